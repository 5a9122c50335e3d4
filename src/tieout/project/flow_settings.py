"""Every setting of a process that brings documents from one place to another, declared once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from ..catalog.nearest import did_you_mean
from ..errors import SetupError
from .address import Address
from .declaration import setting, settings_of
from .schedule_settings import ScheduleSettings

_SPAN = re.compile(r"(?P<count>\d+) (?P<unit>second|minute|hour|day|week)s?")
VERBS = ("add", "modify", "put", "delete", "void", "upload")
BRANCH = ("when", "map", "to", "do", "exists", "match", "lines", "files")
"""The settings that a branch has of its own; what it does not say holds as the process says it."""


def span_of(text: str) -> timedelta:
    """`10 minutes` as a span of time; ValueError for what is none."""
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no span of time: write a number and a unit, such as 10 minutes.")
    return timedelta(**{f"{match['unit']}s": int(match["count"])})


def _span(text: str) -> str:
    span_of(text)
    return text


def _since(text: str) -> str:
    try:
        datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no time: write 2026-01-01 or 2026-01-01T08:00:00+01:00.") from error
    return text


def _at_least_one(number: int) -> int:
    if number < 1:
        raise ValueError(f"{number} is less than 1.")
    return number


def _retries(number: int) -> int:
    if not 0 <= number <= 5:
        raise ValueError(f"{number} is not between 0 and 5.")
    return number


def _written_back(table: Mapping[str, str]) -> Mapping[str, str]:
    if "to" not in table or len(table) < 2:
        raise ValueError(
            'it says no place or no field: write { to = "shop:orders", order_no = "order_no", invoice = "Id" }.'
        )
    return table


def check_alerts(places: tuple[str, ...]) -> tuple[str, ...]:
    """The places; ValueError for one that cannot be told."""
    for place in places:
        if not place.startswith(("mailto:", "https://", "http://127.0.0.1", "http://localhost")):
            raise ValueError(f"{place!r} is no place to tell: write mailto:ann@example.com or https://….")
    return places


def _branches(tables: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    declared = {each.key: each for each in settings_of(FlowSettings) if each.key in BRANCH}
    for number, table in enumerate(tables, 1):
        for key, value in table.items():
            if key not in declared:
                raise ValueError(f"branch {number} has no setting {key!r}.{did_you_mean(key, declared)}")
            try:
                declared[key].value(value)
            except (ValueError, SetupError) as error:
                raise ValueError(f"branch {number}, {key}: {error}") from error
        if "when" not in table and number < len(tables):
            raise ValueError(f"branch {number} has no `when`, so those after it are never taken.")
    return tables


def paths_of(text: str) -> tuple[str, ...]:
    """`shop, order_no` as its fields."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


@dataclass(frozen=True, kw_only=True)
class FlowSettings(ScheduleSettings):
    """Documents from one place to another."""

    SUMMARY: ClassVar[str] = (
        "Documents from one place to another, mapped, each once. `to` names a type, such as `books:Invoice`."
    )

    ELSEWHERE: ClassVar[frozenset[str]] = frozenset({"except", "params", "raw", "layout"})
    """Settings that a mirror alone has."""

    source: Address = setting(
        "Address of what to read: a type, or words that its connection understands, with `:last_success` and the like in them.",
        key="from",
        check=Address.parse,
        example='"shop:select * from orders where paid_at > :last_success"',
    )
    where: str = setting(
        "Only records that fit, as in SQL; asked of the source where it can be.",
        default="",
        example='"Balance > 0"',
    )
    group: str = setting(
        "Fields by which rows become one document, `{ order_no, rows: […] }`.",
        default="",
        example='"order_no"',
    )
    each: str = setting(
        "A list in the document, of which each item makes a document of its own.",
        default="",
        example='"payments"',
    )
    when: str = setting(
        "Only documents that fit, as in SQL; the others are skipped.",
        default="",
        example="\"status = 'paid'\"",
    )
    map: str = setting(
        "What makes records of a document: a `.jsonata` file beside this one, or a Python function as `module:name`; "
        "the document is the record when absent.",
        default="",
        example='"order_to_invoice.jsonata"',
    )
    to: str = setting(
        "Address to bring them to; each branch may have its own.", default="", example='"books:Invoice"'
    )
    do: str = setting("What to do with each record.", default="add", choices=VERBS, example='"add"')
    lines: str = setting(
        "Of `modify` and `put`: what becomes of lines that a record does not name.",
        default="replace",
        choices=("keep", "replace"),
    )
    files: str = setting(
        "Of `upload`: the folder of the files that `FileName` names, beside the project file.",
        default="",
        example='"receipts"',
    )
    exists: str = setting(
        "Of `add`: what to do with a record that is there already, found by `match`.",
        default="refuse",
        choices=("refuse", "skip", "modify"),
    )
    match: str = setting(
        "The field by which it is looked up; the number or name of its type when absent.",
        default="",
        example='"DocNumber"',
    )
    route: Sequence[Mapping[str, Any]] = setting(
        "Branches, `[[process.NAME.route]]`: a document takes the first whose `when` it fits, with its `map`, `to` and `do`.",
        default=(),
        check=_branches,
    )
    key: str = setting(
        "Fields of the document that make it the same one when it comes again; all that it says when absent.",
        default="",
        example='"order_no"',
    )
    only: str = setting(
        "`changed` brings what is new or changed, and takes away what is gone; `all` brings what the source hands over.",
        default="all",
        choices=("changed", "all"),
    )
    by: str = setting(
        "How what changed is found: by the source's `cursor`, by `stamp` (LastUpdatedTime; what is gone is not seen), or by a "
        "`snapshot` of what came before; the first that the source can when absent.",
        default="",
        choices=("", "cursor", "stamp", "snapshot"),
    )
    deletions: bool = setting("Of `changed`: whether what is gone is deleted there.", default=True)
    overlap: str = setting(
        "How much `:last_success` and `:last_run` reach back before the run's start.",
        default="10 minutes",
        check=_span,
    )
    since: str = setting("What `:last_success` is before the first run.", default="1970-01-01", check=_since)
    order: str = setting(
        "In which order documents are written, as in SQL.", default="", example='"order_date, order_no"'
    )
    batch: int = setting(
        "How many documents are written and settled before more are read.", default=900, check=_at_least_one
    )
    at_once: str = setting(
        "Whether two runs of it may be under way at once: `allowed` lets each have the company for one batch at a time, so that "
        "`--only` and `tieout rerun` need not wait for the end of a long run.",
        default="never",
        choices=("never", "allowed"),
    )
    on_refused: str = setting(
        "`continue` keeps what is refused and goes on; `stop` ends the run.",
        default="continue",
        choices=("continue", "stop"),
    )
    retry: int = setting(
        "How often to try again, at once and then after 10, 30, 60 and 120 seconds, what may pass: a run that does not reach a side, "
        "a record that somebody else changed meanwhile.",
        default=0,
        check=_retries,
    )
    track: Mapping[str, str] = setting(
        "Tracked fields, to be searched by `tieout runs --where`: a field of the document or of the record, or several with + between.",
        default=(),
        example='{ order = "order_no", customer = "CustomerRef.name" }',
    )
    write_back: Mapping[str, str] = setting(
        "Where to tell what a document became: `to`, and the fields of a row there; `Id` is the record's.",
        default=(),
        check=_written_back,
        example='{ to = "shop:orders", order_no = "order_no", invoice_id = "Id" }',
    )
    archive: str = setting(
        "A folder for a file of each document that is done; its name has time, number, operation and key.",
        default="",
        example='"archive/orders"',
    )
    properties: Mapping[str, str] = setting(
        "Properties for `$property` and, as `:name`, for what to read.",
        default=(),
        example='{ warehouse = "north" }',
    )
    then: tuple[str, ...] = setting(
        "Processes to run after this one, unless it was stopped.", default=(), example='["payments"]'
    )
    alert: tuple[str, ...] = setting(
        "Whom to tell of refusals and failures: mailto: or https: addresses.",
        default=(),
        check=check_alerts,
        example='["mailto:ann@example.com", "https://hooks.example.com/x"]',
    )
    stale: str = setting(
        "Tell them too when nothing arrived for so long.", default="", check=_span, example='"1 day"'
    )

    @property
    def branches(self) -> list[FlowSettings]:
        """The ways out, each with all settings; the process itself where it names no branches."""
        return [replace(self, **{"when": "", "route": (), **each}) for each in self.route or ({},)]

    @property
    def beginning(self) -> datetime:
        """`since` with its zone; UTC when it names none."""
        found = datetime.fromisoformat(self.since)
        return found if found.tzinfo else found.replace(tzinfo=UTC)
