"""The settings of all kinds that speak qbXML: Desktop, behind a Web Connector or not, and the legacy Online Edition."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from ..catalog import qbxml
from ..catalog.products import refusal
from ..catalog.qbxml.actions import report_names
from ..errors import SetupError
from ..protocols.qwc_file import check_url
from .declaration import setting
from .kind import ConnectionSettings
from .setting_checks import base_url, between


def _host(text: str) -> str:
    place = urlsplit(text)
    if place.scheme != "tcp" or not place.hostname:
        raise ValueError(f"{text!r} is no address of a sandbox: write tcp://127.0.0.1:PORT?token=TOKEN.")
    return text


def _company_file(text: str) -> str:
    refused = refusal(file=text)
    if refused is not None:
        raise ValueError(f"{refused.says} {refused.advice}")
    return text


def _served_url(text: str) -> str:
    check_url(text)
    return text.rstrip("/")


def _desktop_country(text: str) -> str:
    if text not in ("US", "CA", "UK"):
        raise ValueError(f"{text!r} is no country of QuickBooks Desktop: write US, CA or UK.")
    return text


def _digits(text: str) -> str:
    if not text.isdecimal():
        raise ValueError(f"{text!r} is no AppID: Intuit numbers applications with digits alone.")
    return text


@dataclass(frozen=True, kw_only=True)
class QbxmlSettings(ConnectionSettings):
    """What all kinds have that speak qbXML."""

    marks: bool = setting(
        "Put a mark such as [tieout 1f2e3d4c5b6a] into the memo of a record that has no number or name of its own, so that it "
        "is found again if its answer is lost and QuickBooks does not remember it; without marks a person has to look.",
        default=True,
    )
    requests_per_set: int = setting(
        "How many changes go to QuickBooks in one message set.", default=50, check=between(1, 500)
    )

    def check_word(self, word: str, /) -> None:
        type_name, _, path = word.partition(".")
        if path or type_name not in report_names():
            qbxml.record_type(type_name)


@dataclass(frozen=True, kw_only=True)
class CompanyFileSettings(QbxmlSettings):
    """What all kinds have that speak with a company file."""

    country: str = setting(
        "Country of the QuickBooks, US, CA or UK; found out when absent.", default="", check=_desktop_country
    )
    version: str = setting(
        "Version of qbXML to speak; the newest that both know when absent.", default="", example='"13.0"'
    )


@dataclass(frozen=True, kw_only=True)
class DesktopSettings(CompanyFileSettings):
    """QuickBooks Desktop."""

    KIND = "desktop"
    SUMMARY = "A company file of QuickBooks Desktop, through COM on its machine or in the sandbox."

    python: str = setting(
        "A Python with pywin32 of QuickBooks' bitness: 32-bit up to QuickBooks 2021, 64-bit from 2022; the one that runs tieout "
        "when absent.",
        default="",
        example=r"'C:\Python311-32\python.exe'",
    )
    sandbox: str = setting(
        "Address of a sandbox to use instead, as `tieout sandbox desktop` prints it.",
        default="",
        check=_host,
        example='"${QUICKBOOKS_SANDBOX}"',
    )
    company_file: str = setting(
        "Full path of the company file; the one that is open when absent.",
        default="",
        check=_company_file,
        example=r"'C:\QuickBooks\larch.qbw'",
    )
    known_as: str = setting(
        "Path at which the company file lay when it was first written to, where it was moved since.",
        default="",
        example=r"'C:\Old\larch.qbw'",
    )
    file_mode: str = setting(
        "How the file is opened; `auto` takes it as it is.",
        default="auto",
        choices=("auto", "single", "multi"),
    )
    surrogate: bool = setting(
        "Changes the registry so that a 64-bit Python reaches a 32-bit QuickBooks; a worker is safer.",
        default=False,
    )
    application_name: str = setting("The name that QuickBooks shows to people.", default="tieout")
    timeout: int = setting(
        "Seconds until a call that hangs is given up.", default=900, check=between(5, 86400)
    )


@dataclass(frozen=True, kw_only=True)
class WebConnectorSettings(CompanyFileSettings):
    """QuickBooks Desktop behind a Web Connector."""

    KIND = "web-connector"
    SUMMARY = "A company file of QuickBooks Desktop on any machine, whose Web Connector calls `tieout serve`."

    user: str = setting(
        "The user as whom the Web Connector signs in, which `tieout connect` makes.", example='"larch-4f1c09"'
    )
    url: str = setting(
        "Address at which the Web Connector reaches `tieout serve`: https and the name of a host, or localhost.",
        default="http://localhost:8765",
        check=_served_url,
        example='"https://books.example.com"',
    )
    company_file: str = setting(
        "Full path of the company file on its machine; the one that is open there when absent.",
        default="",
        check=_company_file,
        example=r"'C:\QuickBooks\larch.qbw'",
    )
    patience: int = setting(
        "Seconds that commands wait for the Web Connector to call. Programs do not wait.",
        default=600,
        check=between(0, 86400),
    )
    every: int = setting(
        "Minutes between two calls once Auto-Run is on; left to the person when 0.",
        default=0,
        check=between(0, 10080),
    )
    unattended: str = setting(
        "Whether QuickBooks must let tieout in while it is closed.",
        default="optional",
        choices=("optional", "required"),
    )
    personal_data: str = setting(
        "Whether tieout needs social security and other personal numbers.",
        default="not needed",
        choices=("not needed", "optional", "required"),
    )
    timeout: int = setting(
        "Seconds until a request is given up to which no answer comes.", default=900, check=between(5, 86400)
    )


@dataclass(frozen=True, kw_only=True)
class OnlineLegacySettings(QbxmlSettings):
    """The legacy QuickBooks Online Edition."""

    KIND = "online-legacy"
    SUMMARY = (
        "A company of the legacy QuickBooks Online Edition, which has been closed to new users since May 2014, through its "
        "gateway for qbXML or in the sandbox."
    )

    company: str = setting(
        "A name of your own for the company that the connection ticket stands for; keep it when the ticket is replaced.",
        example='"larch"',
    )
    application_login: str = setting(
        "Login of your application, as Intuit registered it.", example='"books.example.com"'
    )
    application_id: str = setting("Its number, the AppID.", check=_digits, example='"101010101"')
    connection_ticket: str = setting(
        "The connection ticket, TGT-…, that the company's administrator got for the application.",
        default="",
        secret=True,
    )
    gateway: str = setting(
        "Address of another gateway, such as that of `tieout sandbox online-legacy`; Intuit's when absent.",
        default="https://webapps.quickbooks.com/j/AppGateway",
        check=base_url,
        example='"http://127.0.0.1:8030/j/AppGateway"',
    )
    certificate: str = setting(
        "Of a hosted application: a PEM file, beside the project file unless absolute, with the certificate that Intuit signed "
        "and its key.",
        default="",
        example='"intuit.pem"',
    )
    version: str = setting(
        "Version of qbXML to speak, 6.0 at most; the newest when absent.", default="", example='"6.0"'
    )
    timeout: int = setting("Seconds until an answer is given up.", default=120, check=between(5, 3600))

    @property
    def secrets_of(self) -> str:
        return f"online-legacy:{self.company}@{self.gateway}"

    @property
    def needed_secrets(self) -> tuple[str, ...]:
        return ("connection_ticket",)

    def check_word(self, word: str, /) -> None:
        type_name, _, path = word.partition(".")
        kind = qbxml.record_type(type_name)
        if not path and not any(each.country == "OE" for each in qbxml.EDITIONS if kind.can("Query", each)):
            raise SetupError(
                f"The legacy Online Edition has no query for {type_name}.",
                advice="`tieout types qbxml` lists what can be queried.",
            )
