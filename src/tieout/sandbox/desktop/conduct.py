"""How QuickBooks behaves besides answering: states that refuse every caller, and what goes wrong at message sets on demand.

    {"do": "drop-after-commit", "after": 2, "times": 1}

after     how many message sets go well first (0)
times     how many then go wrong (1), or "always"
share     of those that are due, so many go wrong, by chance and the same every time (1)
requests  how many requests `kill` still does (0)
seconds   how long `hang` takes (2)
on        "write", or "any", queries too ("write")
do        drop-before-commit   the connection breaks, and nothing was done
          drop-after-commit    the connection breaks when all was done
          kill                 QuickBooks dies at work: every session is gone
          hang                 QuickBooks is silent for a while, and does the work then
          busy                 the call is rejected, and nothing was done
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from random import Random

from ...catalog.nearest import did_you_mean
from ...errors import SetupError
from .refusals import CallRefused

DEEDS = ("drop-before-commit", "drop-after-commit", "kill", "hang", "busy")
PLACES = ("write", "any")
ADVICE = 'An entry is like {"do": "drop-after-commit", "after": 2, "times": 1}.'

READY = "ready"

STATES: Mapping[str, tuple[str, str]] = {
    "single-user": (
        "0x80040410",
        "The QuickBooks company data file is currently open in a mode other than the one specified by your application.",
    ),
    "dialog-open": (
        "0x80040414",
        "A modal dialog box is showing in the QuickBooks user interface. Your application cannot access QuickBooks "
        "until the user dismisses the dialog box.",
    ),
    "other-file-open": (
        "0x8004040A",
        "A QuickBooks company data file is already open and it is different from the one requested.",
    ),
    "not-authorized": (
        "0x8004041A",
        "This application does not have permission to access this QuickBooks company data file. The QuickBooks "
        "administrator can grant access permission through the Integrated Application preferences.",
    ),
    "admin-needed": (
        "0x80040418",
        "This application has not accessed this QuickBooks company data file before. The QuickBooks administrator must "
        "grant an application permission to access a QuickBooks company data file for the first time.",
    ),
}
"""The HRESULT and text that every BeginSession gets; `single-user` only where another mode was asked for."""


class ConnectionDropped(Exception):
    """The caller is to hear nothing more."""


def died() -> CallRefused:
    """What COM says when QuickBooks is gone."""
    return CallRefused("0x800706BA", "The RPC server is unavailable.")


def busy() -> CallRefused:
    return CallRefused("0x80010001", "Call was rejected by callee.")


def other_file_open() -> CallRefused:
    return CallRefused(*STATES["other-file-open"])


@dataclass(slots=True)
class DesktopFault:
    """One entry of the plan; `after` and `times` say what is left of them."""

    do: str
    on: str = "write"
    after: int = 0
    times: int | None = 1
    """None is always."""
    share: float = 1.0
    requests: int = 0
    seconds: float = 2.0

    def is_due(self, chance: Callable[[], float], *, writes: bool) -> bool:
        """Whether it happens at this message set; it is counted."""
        if self.on == "write" and not writes:
            return False
        if self.after > 0:
            self.after -= 1
            return False
        if self.times == 0 or (self.share < 1 and chance() >= self.share):
            return False
        if self.times is not None:
            self.times -= 1
        return True


@dataclass(slots=True)
class Conduct:
    """What goes wrong, and the state that QuickBooks is in."""

    state: str = READY
    faults: list[DesktopFault] = field(default_factory=list)
    _chance: Random = field(default_factory=lambda: Random(1))

    def enter(self, state: str) -> None:
        """Be in a state from now on; SetupError for one that there is not."""
        if state not in (READY, *STATES):
            known = (READY, *STATES)
            raise SetupError(
                f"There is no state {state!r}.{did_you_mean(state, known)}",
                advice=f"The states are {', '.join(known)}.",
            )
        self.state = state

    def plan(self, entries: object) -> None:
        """Let these go wrong, instead of what was planned before; all of them or, with an error, none."""
        self.faults = read_faults(entries)

    def refuse_opening(self, mode: str) -> None:
        """CallRefused where nobody may begin a session now."""
        if self.state != READY and not (self.state == "single-user" and mode in ("auto", "single")):
            raise CallRefused(*STATES[self.state])

    def refuse_working(self) -> None:
        """CallRefused where a dialog keeps QuickBooks from everything."""
        if self.state == "dialog-open":
            raise CallRefused(*STATES[self.state])

    def take(self, *, writes: bool) -> DesktopFault | None:
        """What goes wrong with this message set."""
        due = [each for each in self.faults if each.is_due(self._chance.random, writes=writes)]
        return due[0] if due else None


def read_faults(entries: object) -> list[DesktopFault]:
    """A plan as a file or a control message holds it; SetupError with the place of a mistake."""
    if not isinstance(entries, list):
        raise SetupError("The faults must be a list of entries.", advice=ADVICE)
    return [_read(f"Fault {number}", entry) for number, entry in enumerate(entries, 1)]


def _read(place: str, entry: object) -> DesktopFault:
    if not isinstance(entry, Mapping):
        raise SetupError(f"{place} must be an object.", advice=ADVICE)
    known = [each.name for each in fields(DesktopFault)]
    for key in entry:
        if key not in known:
            raise SetupError(f"{place} has no setting {key!r}.{did_you_mean(str(key), known)}", advice=ADVICE)
    for key, words in (("do", DEEDS), ("on", PLACES)):
        if entry.get(key, "write") not in words:
            raise SetupError(
                f"{place}: {key} = {entry.get(key)!r} is none of {', '.join(words)}.", advice=ADVICE
            )
    always = entry.get("times") == "always"
    for key in ("after", "requests", *(() if always else ("times",))):
        if (
            not isinstance(entry.get(key, 0), int)
            or isinstance(entry.get(key), bool)
            or entry.get(key, 0) < 0
        ):
            raise SetupError(f"{place}: {key} must be a whole number.", advice=ADVICE)
    share, seconds = entry.get("share", 1.0), entry.get("seconds", 2.0)
    for key, value, most in (("share", share, 1), ("seconds", seconds, 3600)):
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= most:
            raise SetupError(f"{place}: {key} must be a number from 0 to {most}.", advice=ADVICE)
    return DesktopFault(
        do=entry["do"],
        on=entry.get("on", "write"),
        after=entry.get("after", 0),
        times=None if always else entry.get("times", 1),
        share=float(share),
        requests=entry.get("requests", 0),
        seconds=float(seconds),
    )
