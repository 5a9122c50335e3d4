"""What people are reached and charged by: addresses in the mail and on the web, numbers of cards."""

from __future__ import annotations

import re

from . import refusals
from .records import Record

_EMAIL = re.compile(r"[^@\s,]+@[^@\s,]+\.[^@\s,]+")
_WEBSITE = re.compile(r"(https?://)?[\w-]+(\.[\w-]+)+([:/?#]\S*)?", re.IGNORECASE)
_CARD = re.compile(r"\d{13,19}")


def check(record: Record) -> None:
    """Refuse malformed addresses (2210, 2200) and card numbers that are not masked (6530)."""
    _check(record, "")


def _check(part: Record, place: str) -> None:
    for name, value in part.items():
        if isinstance(value, dict):
            _check(value, f"{place}{name}.")
        elif isinstance(value, list):
            for item in value:
                if isinstance(item, dict):
                    _check(item, f"{place}{name}.")
        elif name in ("Address", "URI", "Number") and isinstance(value, str) and value:
            _check_text(f"{place}{name}", name, value)


def _check_text(path: str, name: str, value: str) -> None:
    if name == "Address" and not all(map(_EMAIL.fullmatch, re.split(r"\s*,\s*", value))):
        raise refusals.invalid_email(path, value)
    if name == "URI" and not _WEBSITE.fullmatch(value):
        raise refusals.invalid_website(path, value)
    if name == "Number" and _CARD.fullmatch(re.sub(r"[ -]", "", value)):
        raise refusals.raw_card_number(path)
