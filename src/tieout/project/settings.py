"""Every setting of the project file, declared once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit

from ..catalog import reports, rest
from ..catalog.nearest import did_you_mean
from ..errors import SetupError
from .address import Address
from .declaration import Settings, setting, settings_of
from .ends import END_KINDS
from .flow_settings import FlowSettings, check_alerts
from .kind import ConnectionSettings, check_key
from .qbxml_settings import DesktopSettings, OnlineLegacySettings, WebConnectorSettings
from .schedule_settings import ScheduleSettings
from .setting_checks import base_url, between

_BLANK = re.compile(r"\{[a-z_][a-z0-9_]*\}")
_COUNTRY = re.compile("[A-Z]{2}")
_DOTTED = re.compile(r"[A-Za-z]\w*(\.[A-Za-z]\w*)*")


def _company(text: str) -> str:
    if not text.isdecimal() and not _BLANK.fullmatch(text):  # one of many, filled for each
        raise ValueError(
            f"{text!r} is no company number: QuickBooks numbers its companies with digits alone."
        )
    return text


def _country(text: str) -> str:
    if not _COUNTRY.fullmatch(text):
        raise ValueError(f"{text!r} is no country: write two capital letters, such as US.")
    return text


def _whole_connection(text: str) -> Address:
    """Tables have names of their own, so none can be named."""
    address = Address.parse(text)
    if address.types or address.words:
        raise ValueError(
            f"{text!r} names a table, and tables get their names here: write {address.connection}:."
        )
    return address


def _types_and_fields(words: tuple[str, ...]) -> tuple[str, ...]:
    for word in words:
        if not _DOTTED.fullmatch(word):
            raise ValueError(f"{word!r} is neither a type nor a field: write Customer or Customer.Notes.")
    return words


def _named_values(words: tuple[str, ...]) -> tuple[str, ...]:
    for word in words:
        if "=" not in word:
            raise ValueError(f"{word!r} has no value: write start_date=2026-01-01.")
    return words


def _smtp(text: str) -> str:
    place = urlsplit(text)
    if place.scheme not in ("smtp", "smtps") or not place.hostname:
        raise ValueError("this is no address of a mail server: write smtp://host:587 or smtps://host.")
    return text


def _state(text: str) -> str:
    if urlsplit(text).scheme not in ("postgresql", "postgres"):
        raise ValueError(
            f"{text!r} is no address of a Postgres database: write postgresql://user@host/database."
        )
    return text


@dataclass(frozen=True, kw_only=True)
class WholeProjectSettings(Settings):
    """What concerns the whole project; it stands above the first table."""

    SUMMARY: ClassVar[str] = "What concerns the whole project; these lines stand above the first table."

    state: str = setting(
        "A Postgres database to keep journal, links and cursors in, for several machines; the extra `postgres` is needed. "
        "A file in `.tieout` when absent.",
        default="",
        check=_state,
        example='"postgresql://tieout@db/tieout"',
    )
    documents: str = setting(
        "Whether the journal keeps the documents that were exchanged in writing, without bank and tax numbers.",
        default="purge",
        choices=("purge", "keep"),
    )
    documents_days: int = setting("How many days documents are kept.", default=30, check=between(1, 3650))
    smtp: str = setting(
        "The mail server for alerts; its password is best a variable of the environment.",
        default="",
        check=_smtp,
        example='"smtp://ann:${SMTP_PASSWORD}@mail.example.com:587"',
    )
    alert_from: str = setting("Whom alerts by e-mail are from.", default="", example='"tieout@example.com"')
    reads_per_month: int = setting(
        "Budget of reads in a month, for all companies of QuickBooks Online together: Intuit meters them for each application. From "
        "80 % mirrors run less often, from 100 % they rest until the next month; what is written goes on. No budget when 0.",
        default=0,
        check=between(0, 10**12),
    )
    reads_per_company: int = setting("The same for each company.", default=0, check=between(0, 10**12))
    webhook_token: str = setting(
        "The verifier token of your application's webhooks, best a variable of the environment; `tieout serve` takes no webhooks "
        "when absent.",
        default="",
        example='"${QUICKBOOKS_WEBHOOK_TOKEN}"',
    )
    run_key: str = setting(
        "The key with which programs may start runs at /runs of `tieout serve`, best a variable of the environment; nobody may when "
        "absent.",
        default="",
        check=check_key,
        example='"${TIEOUT_RUN_KEY}"',
    )
    alert: tuple[str, ...] = setting(
        "Whom to tell when something that runs by itself fails, waits for long, or needs a person: mailto: or https: addresses.",
        default=(),
        check=check_alerts,
        example='["mailto:ann@example.com"]',
    )


@dataclass(frozen=True, kw_only=True)
class OnlineSettings(ConnectionSettings):
    """QuickBooks Online."""

    KIND = "online"
    SUMMARY = "A company in QuickBooks Online, or in the sandbox on this machine."

    company: str = setting(
        "Number of the company (the realm id), which `tieout connect` learns when you sign in.",
        check=_company,
        example='"4620816365"',
    )
    environment: str = setting(
        "Which of Intuit's two worlds the company lives in.",
        default="production",
        choices=("production", "sandbox"),
    )
    base_url: str = setting(
        "Address of another server that answers like QuickBooks, such as `tieout sandbox online`; "
        "Intuit's when absent.",
        default="",
        check=base_url,
        example='"http://127.0.0.1:8020"',
    )
    client_id: str = setting(
        "Client id of your application at developer.intuit.com.", example='"${QUICKBOOKS_CLIENT_ID}"'
    )
    client_secret: str = setting("Client secret of your application.", default="", secret=True)
    redirect_uri: str = setting(
        "Address to which Intuit sends the browser after signing in; it must be listed in your application.",
        default="http://localhost:8926/callback",
    )
    minor_version: int = setting(
        "Minor version of the REST API to ask for.", default=75, check=between(1, 999)
    )
    country: str = setting(
        "Country of the company, in two letters, where the record types differ; found out when absent.",
        default="",
        check=_country,
        example='"US"',
    )
    marks: bool = setting(
        "Put a mark such as [tieout 1f2e3d4c5b6a] into the memo of a record that has no number of its own, so that it is "
        "found again if its answer is lost; without marks a person has to look.",
        default=True,
    )
    replay_minutes: int = setting(
        "How long QuickBooks is trusted to recognize a request that is sent again; it publishes no number.",
        default=60,
        check=between(0, 1440),
    )
    requests_at_once: int = setting(
        "How many requests may be under way at the same time.", default=10, check=between(1, 10)
    )

    def check_word(self, word: str, /) -> None:
        type_name, _, path = word.partition(".")
        if reports.is_report(type_name) and not path:
            return
        found = rest.record_type(type_name)
        if path and found.field(path) is None:
            raise SetupError(f"{type_name} has no field {path!r}.{did_you_mean(path, found.fields)}")
        if path in (found.words("key") or ("Id",)):
            raise SetupError(
                f"{word} cannot be left out: records are told apart by it.",
                advice=f"Take it out of `except`, or leave out all of {type_name}.",
            )


@dataclass(frozen=True, kw_only=True)
class DuckDBSettings(ConnectionSettings):
    """A DuckDB file."""

    KIND = "duckdb"
    SUMMARY = "A DuckDB file, made when it is not there yet."
    TAKES_WORDS = True

    path: str = setting("The file, beside the project file unless absolute.", example='"warehouse.duckdb"')
    schema: str = setting("Schema for the tables, made when it is not there yet.", default="main")


@dataclass(frozen=True, kw_only=True)
class MemorySettings(ConnectionSettings):
    """Nothing but memory."""

    KIND = "memory"
    SUMMARY = "Records kept in memory until the program ends, for trying things out."


_DECLARED: tuple[type[ConnectionSettings], ...] = (
    OnlineSettings,
    DesktopSettings,
    WebConnectorSettings,
    OnlineLegacySettings,
    *END_KINDS,
    DuckDBSettings,
    MemorySettings,
)
KINDS: Mapping[str, type[ConnectionSettings]] = {declared.KIND: declared for declared in _DECLARED}


@dataclass(frozen=True, kw_only=True)
class ProcessSettings(ScheduleSettings):
    """A mirror: whole types, kept as they are."""

    SUMMARY: ClassVar[str] = "A mirror: whole types or all of them, kept as they are. `to` names no type."
    ELSEWHERE: ClassVar[frozenset[str]] = frozenset(each.key for each in settings_of(FlowSettings))
    """Settings that a process with documents alone has, as far as they are not below."""

    source: Address = setting(
        "Address of the records to read.", key="from", check=Address.parse, example='"books:*"'
    )
    target: Address = setting(
        "Address to bring them to.", key="to", check=_whole_connection, example='"warehouse:"'
    )
    do: str = setting(
        "What to do with each record; `put` adds it or replaces the one that is there.",
        choices=("put",),
        example='"put"',
    )
    only: str = setting(
        "`changed` brings what is new, changed or deleted since the last run; `all` brings everything.",
        default="all",
        choices=("changed", "all"),
    )
    excluded: tuple[str, ...] = setting(
        "Types and fields to leave out.",
        default=(),
        key="except",
        check=_types_and_fields,
        example='["TaxAgency", "Customer.Notes"]',
    )
    params: tuple[str, ...] = setting(
        "What to ask of a report, when `from` names one.",
        default=(),
        check=_named_values,
        example='["start_date=2026-01-01", "summarize_column_by=Month"]',
    )
    raw: bool = setting("Keep each record as it was sent too, in a column of its own.", default=False)
    layout: str = setting(
        "Views to keep beside the mirror: `fivetran` for the tables and columns of Fivetran's connector for QuickBooks Online, "
        "which dbt's packages run on.",
        default="",
        choices=("", "fivetran"),
        example='"fivetran"',
    )

    @property
    def asked(self) -> Mapping[str, str]:
        """The parameters of a report by name."""
        pairs = (text.partition("=") for text in self.params)
        return {name.strip(): value.strip() for name, _, value in pairs}

    @property
    def excluded_types(self) -> frozenset[str]:
        return frozenset(word for word in self.excluded if "." not in word)

    @property
    def excluded_fields(self) -> Mapping[str, frozenset[str]]:
        """Dotted fields by type."""
        split = [word.split(".", 1) for word in self.excluded if "." in word]
        return {name: frozenset(path for n, path in split if n == name) for name, _ in split}
