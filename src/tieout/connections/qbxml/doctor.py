"""What QuickBooks Desktop needs on its machine, point by point: what is there, what is missing, and what nobody can tell from here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ...errors import TieoutError
from ...protocols.qbxml_writer import Request
from ..base import Finding
from .company import Company, Spoken
from .host import Host
from .surroundings import company_file, other_programs, quickbooks_running, signed_in_user, windows_session


def examine(connect: Callable[[], Host], company: Company, file: str) -> Iterator[Finding]:
    """Each point in the order in which they are needed; after one without which nothing goes on, no more."""
    try:
        with connect() as host:
            yield Finding(
                "worker", "ok", f"{host.about.host}, Python {host.about.python}, {host.about.bits}-bit"
            )
            yield from _examined(host, company, file)
    except TieoutError as error:
        yield Finding("worker", "not ok", str(error), str(error.advice))


def _examined(host: Host, company: Company, file: str) -> Iterator[Finding]:
    is_com = host.about.host == "com"
    seen = host.look(file)
    yield _library(seen, is_com=is_com)
    yield windows_session(seen)
    yield signed_in_user(seen)
    yield quickbooks_running(seen)
    yield from other_programs(seen)
    if file:
        yield from company_file(file, seen.get("file"))
    try:
        spoken = company.spoken()
        access = _access(company)
        company.release()
    except TieoutError as error:
        yield Finding("session", "not ok", str(error), str(error.advice))
        return
    if not file:
        yield from company_file(spoken.file, host.look(spoken.file).get("file"))
    yield from _session(spoken)
    yield from access
    if is_com:
        yield _staying_signed_in()


def _library(seen: Mapping[str, Any], *, is_com: bool) -> Finding:
    if not is_com:
        return Finding("COM library", "ok", "a sandbox needs none")
    if seen.get("registered"):
        return Finding("COM library", "ok", f"registered for {seen.get('bits')}-bit programs")
    return Finding(
        "COM library",
        "not ok",
        f"QBXMLRP2 is not registered for {seen.get('bits')}-bit programs.",
        "Install QuickBooks on this machine, and name in `python` a Python of its bitness: 32-bit up to 2021, 64-bit from 2022.",
    )


def _session(spoken: Spoken) -> Iterator[Finding]:
    yield Finding("session", "ok", f"opened with {spoken.file}")
    yield Finding("product", "ok", f"{spoken.product}, release {spoken.release}")
    yield Finding("qbXML", "ok", str(spoken.edition))
    yield Finding("file mode", "ok", spoken.file_mode or "not told by this version")


def _access(company: Company) -> list[Finding]:
    """What the company file lets this application do, as its preferences say."""
    asked = {"IncludeRetElement": ["CurrentAppAccessRights"]} if company.edition.number >= 40 else {}
    (answer,) = company.ask([Request("Preferences", "Query", asked)])
    told = answer.records[0].get("CurrentAppAccessRights") if answer.records else None
    if told is None:
        return [
            Finding(
                "unattended access",
                "cannot tell",
                "This QuickBooks does not say whether it lets tieout in while it is closed.",
                f"{_PREFERENCES}, tieout, Properties.",
            )
        ]
    may = "Allow this application to login automatically"
    user = told.get("AutomaticLoginUserName")
    unattended = (
        Finding("unattended access", "ok", f"allowed{f', as {user}' if user else ''}")
        if told.get("IsAutomaticLoginAllowed")
        else Finding(
            "unattended access",
            "not ok",
            "QuickBooks lets tieout in only while somebody has the file open.",
            f'{_PREFERENCES}, tieout, Properties: "{may}", with a user of its own.',
        )
    )
    personal = (
        Finding("personal data", "ok", "allowed")
        if told.get("IsPersonalDataAccessAllowed")
        else Finding(
            "personal data",
            "cannot tell",
            "Not allowed: social security and credit card numbers come back empty.",
            f"Where they are needed: {_PREFERENCES}, tieout, Properties.",
        )
    )
    return [unattended, personal]


_PREFERENCES = "In QuickBooks as Admin and in single-user mode: Edit, Preferences, Integrated Applications, Company Preferences"


def _staying_signed_in() -> Finding:
    return Finding(
        "signed in at night",
        "cannot tell",
        "Whether the Windows user stays signed in when nobody is there.",
        "Lock the screen instead of signing out, and sign this user in once only: two sign-ins start two of everything.",
    )
