"""What QuickBooks Desktop needs on its machine, point by point: what is there, what is missing, and what nobody can tell from here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ...catalog.products import refusal
from ...errors import TieoutError
from ..base import Finding
from .company import Company, Spoken
from .host import Host


def examine(connect: Callable[[], Host], company: Company, file: str) -> Iterator[Finding]:
    """Each point in the order in which they are needed; after one without which nothing goes on, no more."""
    try:
        with connect() as host:
            seen = host.look()
            yield Finding(
                "worker", "ok", f"{host.about.host}, Python {host.about.python}, {host.about.bits}-bit"
            )
            is_com = host.about.host == "com"
    except TieoutError as error:
        yield Finding("worker", "not ok", str(error), str(error.advice))
        return
    yield _library(seen, is_com=is_com)
    yield _file(file)
    try:
        spoken = company.spoken()
        company.release()
    except TieoutError as error:
        yield Finding("session", "not ok", str(error), str(error.advice))
    else:
        yield from _session(spoken)
    yield from _out_of_sight(is_com=is_com)


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


def _file(file: str) -> Finding:
    refused = refusal(file=file)
    if refused is not None:
        return Finding("company file", "not ok", refused.says, refused.advice)
    return Finding("company file", "ok", file or "whichever is open in QuickBooks")


def _session(spoken: Spoken) -> Iterator[Finding]:
    yield Finding("session", "ok", f"opened with {spoken.file}")
    yield Finding("product", "ok", f"{spoken.product}, release {spoken.release}")
    yield Finding("qbXML", "ok", str(spoken.edition))
    yield Finding("file mode", "ok", spoken.file_mode or "not told by this version")


def _out_of_sight(*, is_com: bool) -> Iterator[Finding]:
    if not is_com:
        return
    yield Finding(
        "signed-in desktop",
        "cannot tell",
        "Whether the Windows user stays signed in when nobody is there.",
        "Lock the screen instead of signing out; a Windows service cannot start QuickBooks.",
    )
    yield Finding(
        "unattended access",
        "cannot tell",
        "Whether QuickBooks lets tieout in while it is closed.",
        'In QuickBooks as Admin: Preferences, Integrated Applications, tieout, "Allow this application to login automatically".',
    )
