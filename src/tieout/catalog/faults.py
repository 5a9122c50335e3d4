"""What a fault code of the REST API means, and what to do about it; the table is `faults.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class FaultFact:
    """One fault code."""

    code: str
    message: str
    """Intuit's short name for it."""
    error: str
    """The name of the class in `tieout.errors` that it is raised as."""
    retry: bool
    """Whether the same request may succeed later, unchanged."""
    advice: str
    """What to do, and who, in one sentence."""


_UNREAD = "Read the detail for the reason, correct the record and send it once more."
_UNEXPLAINED = FaultFact("", "Unexplained", "Invalid", False, _UNREAD)
_SEVERE = FaultFact(
    "",
    "Severe",
    "Unreachable",
    True,
    "Try again in some minutes; if it happens each time, report it with the intuit_tid.",
)
_RANGES = (
    (
        499,
        FaultFact("", "Authentication", "Unauthorized", False, "Sign in again with `tieout connect NAME`."),
    ),
    (599, FaultFact("", "Unsupported", "NotAllowed", False, "Do not ask this of this record type.")),
    (1999, FaultFact("", "General", "Invalid", False, _UNREAD)),
    (4999, FaultFact("", "Validation", "Invalid", False, _UNREAD)),
    (9999, FaultFact("", "Business Rule", "Invalid", False, _UNREAD)),
)
"""Intuit's ranges of codes, each by its last; what is beyond them is severe."""


@cache
def _table() -> Mapping[str, FaultFact]:
    read = tomllib.loads(files(__package__).joinpath("faults.toml").read_text("utf-8"))
    return MappingProxyType(
        {
            code: FaultFact(code, fact["message"], fact["error"], fact.get("retry", False), fact["advice"])
            for code, fact in read.items()
        }
    )


def fault_facts() -> tuple[FaultFact, ...]:
    """Every code of the table, ascending."""
    return tuple(_table().values())


def fault_fact(code: str) -> FaultFact:
    """The fact of this code, padded with zeros or not; a code that is not in the table is judged by its range."""
    plain = str(int(code)) if code.strip().isdecimal() else code.strip()
    return _table().get(plain) or replace(_of_range(plain), code=plain)


def _of_range(code: str) -> FaultFact:
    if not code.isdecimal():
        return _UNEXPLAINED
    return next((fact for last, fact in _RANGES if int(code) <= last), _SEVERE)
