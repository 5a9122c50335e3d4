"""What people are reached and charged by: addresses in the mail and on the web, numbers of cards."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from . import refusals
from .records import Record

_EMAIL = re.compile(r"[^@\s,]+@[^@\s,]+\.[^@\s,]+")
_WEBSITE = re.compile(r"(https?://)?[\w-]+(\.[\w-]+)+([:/?#]\S*)?", re.IGNORECASE)
_CARD = re.compile(r"\d{13,19}")


def check(record: Record) -> None:
    """Refuse malformed addresses (2210, 2200) and card numbers that are not masked (6530)."""
    for path, name, value in _texts(record, ""):
        if name == "Address" and not all(map(_EMAIL.fullmatch, re.split(r"\s*,\s*", value))):
            raise refusals.invalid_email(path, value)
        if name == "URI" and not _WEBSITE.fullmatch(value):
            raise refusals.invalid_website(path, value)
        if name == "Number" and _CARD.fullmatch(re.sub(r"[ -]", "", value)):
            raise refusals.raw_card_number(path)


def _texts(part: Any, place: str) -> Iterator[tuple[str, str, str]]:
    """Every text in a record: path, name, value."""
    if isinstance(part, list):
        for item in part:
            yield from _texts(item, place)
    elif isinstance(part, dict):
        for name, value in part.items():
            path = f"{place}.{name}" if place else name
            if isinstance(value, str):
                if value:
                    yield path, name, value
            else:
                yield from _texts(value, path)
