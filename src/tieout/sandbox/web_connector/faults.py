"""What goes wrong on demand: `killed-after-processing:3` at the third document of a session, `closed` at its beginning."""

from __future__ import annotations

from dataclasses import dataclass

from ...catalog.nearest import did_you_mean
from ...errors import SetupError

AT_A_DOCUMENT = {
    "killed-before-processing": "takes the document and is killed before QuickBooks sees it",
    "killed-after-processing": "has QuickBooks process the document and is killed before it sends the answer",
    "answers-twice": "sends the same answer twice",
    "answers-late": "signs in anew before it sends the answer, under its old ticket",
    "loses-the-answer": "does not send the answer, and asks for the last error instead",
}
AT_THE_BEGINNING = {
    "wrong-file": "has another company file open",
    "closed": "cannot start QuickBooks at the first two tries",
    "dialog": "finds a dialog open in QuickBooks, at every try",
}


class Killed(Exception):
    """The Web Connector is gone, as after a power cut."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong, once."""

    name: str
    document: int = 0
    """Counted from 1 over all sessions; 0 where it is at the beginning of one."""


def parse_fault(text: str) -> Fault:
    """A fault as it is written on the command line."""
    name, _, number = text.partition(":")
    known = {**AT_A_DOCUMENT, **AT_THE_BEGINNING}
    if name not in known or (number and not number.isdecimal()):
        raise SetupError(
            f"There is no fault {text!r}.{did_you_mean(name, known)}",
            advice=f"Choose from {', '.join(known)}; a number after a colon says at which document.",
        )
    return Fault(name, int(number or 1) if name in AT_A_DOCUMENT else 0)
