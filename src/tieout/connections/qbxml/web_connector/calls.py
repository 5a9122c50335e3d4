"""A call of a Web Connector, and what its texts mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ....catalog.qbxml import EDITIONS
from ....protocols.soap import Result

_REMAINING = re.compile(rb'iteratorRemainingCount="(\d+)"')
_HEAD = 4096
"""Bytes in which the attributes of an answer stand."""


@dataclass(slots=True)
class Call:
    """A call as it came."""

    method: str
    arguments: Mapping[str, str]
    address: str = ""
    """Whoever calls."""
    response: Callable[[], Iterator[bytes]] = lambda: iter(())
    """The argument `response` in pieces of UTF-8, as often as it is asked for."""

    def text(self, name: str) -> str:
        return self.arguments.get(name, "")

    @property
    def ticket(self) -> str:
        return self.text("ticket") or self.text("wcTicket")


@dataclass(frozen=True, slots=True)
class Later:
    """There is no answer yet: ask again after a moment."""

    again: Callable[[], Result | Later]


def hresult_told(text: str) -> str:
    """As `0x80040400`, whether it came so or as a number; of another text, the code of an unspecified error."""
    text = text.strip()
    if not text or text == "0":
        return ""
    try:
        return f"0x{int(text, 0) & 0xFFFFFFFF:08X}"
    except ValueError:
        return "0x80004005"


def versions_up_to(country: str, major: str, minor: str) -> tuple[str, ...]:
    """The versions of qbXML of a country up to the one that the Web Connector names."""
    if not (major.isdecimal() and minor.isdecimal()):
        return ()
    newest: Any = (int(major), int(minor))
    return tuple(
        each.wire
        for each in EDITIONS
        if each.country == (country or "US")
        and tuple(int(part) for part in each.version.split(".")) <= newest
    )


def answers_left(response: Iterator[bytes]) -> int:
    """How many more answers like this one its iterator has."""
    head = next(response, b"")
    found = _REMAINING.search(head[:_HEAD])
    if found is None:
        return 0
    page = max(head.count(b"<TimeCreated>"), 1)
    return -(-int(found[1]) // page)
