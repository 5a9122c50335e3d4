"""Long tables in parts: which one is asked for, and where those beside it are."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from ...errors import SetupError
from .pages import Asked


@dataclass(frozen=True, slots=True)
class Paged:
    """A part of a table among the others."""

    count: int
    """Rows of all of them."""
    number: int
    pages: int
    before: str
    after: str
    """The queries of the addresses beside it; empty where there is nothing."""


def number_of(asked: Asked) -> int:
    """Which part the address asks for, from 1."""
    text = asked.query.get("page", "") or "1"
    if not text.isdecimal() or not 1 <= int(text) <= 1_000_000:
        raise SetupError(f"{text!r} is no page.", advice="Pages are counted from 1.")
    return int(text)


def paged(asked: Asked, number: int, count: int, size: int) -> Paged:
    """The part among those beside it, which ask for the same otherwise."""
    pages = max(1, -(-count // size))

    def at(page: int) -> str:
        asking = {name: value for name, value in asked.query.items() if value}
        return urlencode({**asking, "page": page}) if 1 <= page <= pages else ""

    return Paged(count, number, pages, at(number - 1), at(number + 1))
