"""What becomes of a run that could not go on: how long it waits, and whether a person has to know.

A run that waits has ended: nothing of it holds a thread, its lane is free, and the next one goes on where it stopped.
"""

from __future__ import annotations

import errno
import re
from dataclasses import dataclass
from datetime import timedelta

from ..errors import Busy, OutcomeUnknown, RemoteProtocolError, TieoutError, Unauthorized, Unreachable

PATIENCE = timedelta(hours=2)
"""How long QuickBooks may be away before a person should know."""

_AWAY = tuple(timedelta(minutes=each) for each in (1, 2, 5, 10, 15, 30))
_SIGN_IN = timedelta(hours=1)
_UNREADABLE = tuple(timedelta(minutes=each) for each in (1, 5, 15))
_LONGEST = timedelta(hours=1)
_NO_ROOM = {errno.ENOSPC, errno.EFBIG, *([errno.EDQUOT] if hasattr(errno, "EDQUOT") else ())}
_NO_ROOM_TEXT = re.compile("No space left|File too large|not enough space|quota exceeded", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Try again after so long; an alert is raised at once where its kind is named."""

    wait: timedelta
    alert: str = ""


def waiting_after(error: Exception, waits: int) -> Waiting | None:
    """How long to wait after an error, the so-manieth in a row from 0; None when waiting does not help.

    Busy (throttled, single-user mode, a dialog): as long as it says, doubled each time, up to an hour.
    Unreachable (the machine is off, maintenance): 1, 2, 5, 10, 15, 30 minutes. Both become an alert when that has gone on for two hours.
    Unauthorized: an alert at once; it is looked at every hour whether somebody has signed in.
    An answer that cannot be read: 1, 5, 15 minutes, then it has failed. An unknown outcome is looked up after a minute, once.
    """
    match error:
        case Busy(wait=seconds):
            wait = min(timedelta(seconds=max(seconds, 1)) * 2 ** min(waits, 12), _LONGEST)
            return Waiting(wait, _if_long(_waited_busy(seconds, waits)))
        case Unreachable():
            return Waiting(_nth(_AWAY, waits), _if_long(_waited(waits)))
        case Unauthorized():
            return Waiting(_SIGN_IN, "sign-in")
        case RemoteProtocolError() if waits < len(_UNREADABLE):
            return Waiting(_UNREADABLE[waits])
        case OutcomeUnknown() if waits == 0:
            return Waiting(_AWAY[0], "unknown")
    return None


def of_full_disk(error: Exception) -> TieoutError | None:
    """What the operating system says of a disk without room, as an error that is waited for; None for any other."""
    if (isinstance(error, OSError) and error.errno in _NO_ROOM) or _of_full_disk_in_duckdb(error):
        return Unreachable(
            f"The disk is full: {error}.",
            advice="Free some space; nothing was lost, and it goes on by itself.",
        )
    return None


def _of_full_disk_in_duckdb(error: Exception) -> bool:
    """DuckDB also writes files that are thrown away after, and numbers its errors in their text alone."""
    is_theirs = type(error).__module__.lstrip("_").partition(".")[0] == "duckdb"
    return is_theirs and bool(_NO_ROOM_TEXT.search(str(error)))


def _nth(waits: tuple[timedelta, ...], number: int) -> timedelta:
    return waits[min(number, len(waits) - 1)]


def _waited(waits: int) -> timedelta:
    """How long was waited in all before this time."""
    return sum((_nth(_AWAY, n) for n in range(waits)), timedelta())


def _waited_busy(seconds: float, waits: int) -> timedelta:
    first = timedelta(seconds=max(seconds, 1))
    return sum((min(first * 2 ** min(n, 12), _LONGEST) for n in range(waits)), timedelta())


def _if_long(waited: timedelta) -> str:
    return "waiting" if waited >= PATIENCE else ""
