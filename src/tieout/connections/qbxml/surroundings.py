"""What a worker sees around it, as findings: its Windows session and user, QuickBooks beside it, what it may do with the file.

A fact that the host did not find out is "cannot tell", never "ok".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...catalog.products import refusal
from ..base import Finding

Seen = Mapping[str, Any]
"""What `look` answers: `session`, `station`, `user`, `administrator`, `processes`; `file` with `reading`, `writing` …"""

PEOPLE_SIT_AT = "winsta0"
"""The one window station that shows windows to people (Microsoft, Window Stations)."""

_MISSING = {2, 3}
_DENIED = {5, 19, 65, 1326}
_IN_USE = {32, 33}
_UNREACHABLE = {21, 51, 53, 55, 59, 64, 67, 1203, 1231}
"""Windows' errors: file or path not found · access denied, write-protected, no network access, sign-in failed · sharing or lock violation
· device not ready, network path not found and their like."""

_DRIVES = (
    "A letter of a network drive belongs to the user who mapped it: name the file as \\\\SERVER\\SHARE\\…"
)


def windows_session(seen: Seen) -> Finding:
    """QuickBooks needs a desktop, which services have none of."""
    session, station = seen.get("session"), str(seen.get("station") or "")
    if session is None:
        return Finding("Windows session", "cannot tell", "The worker does not see in which session it runs.")
    if session == 0 or (station and station.casefold() != PEOPLE_SIT_AT):
        return Finding(
            "Windows session",
            "not ok",
            f"This runs in session {session}{f' at {station}' if station else ''}, as services do: QuickBooks cannot open a window there.",
            "Run tieout as a program of a signed-in user: from the Start menu's Startup folder, or by a task "
            "that runs only when the user is logged on.",
        )
    return Finding("Windows session", "ok", f"session {session}, which has a desktop")


def signed_in_user(seen: Seen) -> Finding:
    """As whom it runs, which decides about rights and about the permission that QuickBooks gives."""
    user = str(seen.get("user") or "")
    if not user:
        return Finding("Windows user", "cannot tell", "The worker does not see as whom it runs.")
    rights = {True: ", an administrator", False: ", without an administrator's rights"}
    return Finding("Windows user", "ok", f"{user}{rights.get(seen.get('administrator'), '')}")  # type: ignore[arg-type]


def quickbooks_running(seen: Seen) -> Finding:
    """QuickBooks must run in the worker's own session, and can be started there where it does not run at all."""
    processes = seen.get("processes")
    if processes is None:
        return Finding("QuickBooks", "cannot tell", "The worker does not see which programs run.")
    running = [each for each in processes if _is_quickbooks(str(each["name"]))]
    elsewhere = sorted({each["session"] for each in running if each["session"] != seen.get("session")})
    if elsewhere:
        sessions = " and ".join(map(str, elsewhere))
        return Finding(
            "QuickBooks",
            "not ok",
            f"{running[0]['name']} runs in session {sessions}, and tieout in session {seen.get('session')}: they cannot reach each other.",
            "Run tieout as the user who has QuickBooks open, or close it there. Sign each user in once only.",
        )
    if len(running) > 1:
        return Finding(
            "QuickBooks",
            "cannot tell",
            f"QuickBooks runs {len(running)} times in this session; which of them answers cannot be said.",
            "Close all but the one that has the company file open.",
        )
    if running:
        return Finding("QuickBooks", "ok", f"{running[0]['name']} runs in this session")
    return Finding("QuickBooks", "ok", "does not run; it is started, without a window, when it is needed")


def other_programs(seen: Seen) -> Iterator[Finding]:
    """Who else asks QuickBooks for sessions, which it gives to one at a time."""
    names = {
        str(each["name"]) for each in seen.get("processes") or () if _is_web_connector(str(each["name"]))
    }
    if names:
        yield Finding(
            "other programs",
            "cannot tell",
            f"{', '.join(sorted(names))} runs here: while it works, tieout waits, and the other way round.",
            "Give both schedules that do not meet.",
        )


def company_file(file: str, about: Mapping[str, Any] | None) -> Iterator[Finding]:
    """Whether it is one, whether it is there, and what may be done with it and beside it."""
    refused = refusal(file=file)
    if refused is not None:
        yield Finding("company file", "not ok", refused.says, refused.advice)
        return
    if about is None:
        yield Finding("company file", "ok", file)
        yield Finding("rights", "cannot tell", "The worker does not see what it may do with the file.")
        return
    reading = int(about["reading"])
    if reading in _MISSING or reading in _UNREACHABLE:
        gone = "is not there" if reading in _MISSING else "cannot be reached"
        yield Finding(
            "company file",
            "not ok",
            f"{file} {gone} (Windows error {reading}).",
            f"Check the path. {_DRIVES}",
        )
        return
    if not file.casefold().endswith(".qbw"):
        yield Finding(
            "company file", "not ok", f"{file} is not called .QBW.", "Name the company file itself."
        )
    else:
        yield Finding("company file", "ok", file + (", on a share" if about.get("on_share") else ""))
    yield _rights(file, about)


def _rights(file: str, about: Mapping[str, Any]) -> Finding:
    folder = file.replace("/", "\\").rpartition("\\")[0]
    on_share = about.get("on_share")
    where = "the share and of its folder" if on_share else "the folder"
    if about.get("read_only"):
        return Finding(
            "rights",
            "not ok",
            f"{file} has the attribute read-only.",
            "Take it off in the properties of the file; a file on a CD or in a restored archive is to be copied first.",
        )
    for what, error in (("read", about["reading"]), ("written to", about["writing"])):
        if error in _DENIED:
            return Finding(
                "rights",
                "not ok",
                f"{file} may not be {what} by this Windows user (Windows error {error}).",
                f"Give the user the right to read and write, in the permissions of {where}.",
            )
    if about["adding_beside"] in _DENIED:
        return Finding(
            "rights",
            "not ok",
            f"No file may be added to {folder}, where QuickBooks keeps its log and its locks.",
            f"Give the user the right to modify, in the permissions of {where}.",
        )
    errors = {about["reading"], about["writing"]}
    if errors & _IN_USE:
        return Finding("rights", "ok", "the file is in use, as it is while QuickBooks has it open")
    if errors != {0} or about["adding_beside"]:
        told = sorted({*errors, about["adding_beside"]} - {0})
        return Finding(
            "rights",
            "cannot tell",
            f"Windows answers with error {', '.join(map(str, told))} for the file or its folder.",
        )
    return Finding("rights", "ok", "the file can be read and written, and its folder too")


def _is_quickbooks(name: str) -> bool:
    """QBW.EXE from 2022, QBW32.EXE and its likes before."""
    return re.fullmatch(r"QBW(32\w*)?\.EXE", name, re.IGNORECASE) is not None


def _is_web_connector(name: str) -> bool:
    return name.upper() == "QBWEBCONNECTOR.EXE"
