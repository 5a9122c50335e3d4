"""Texts that a company in the United States can keep: those of ISO-8859-1 (REST API features, "character sets")."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from . import refusals
from .records import Record

_WRITER = msgspec.json.Encoder()
"""Writes letters as they are, so that all texts of a record can be looked at together."""


def check(sent: Record, before: Record | None) -> None:
    """Refuse other letters (2040), except in texts that the record already has."""
    if _WRITER.encode(sent).isascii():
        return
    kept = {text for _, text in _texts(before or {}, "")}
    for path, text in _texts(sent, ""):
        if not text.isascii() and text not in kept and not _fits(text):
            raise refusals.invalid_characters(path)


def _fits(text: str) -> bool:
    try:
        text.encode("iso-8859-1")
    except UnicodeEncodeError:
        return False
    return True


def _texts(part: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(part, str):
        yield path, part
    elif isinstance(part, dict):
        for name, value in part.items():
            yield from _texts(value, f"{path}.{name}" if path else name)
    elif isinstance(part, list):
        for item in part:
            yield from _texts(item, path)
