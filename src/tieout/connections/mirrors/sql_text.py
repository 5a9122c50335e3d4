"""Pieces of SQL that every database reads alike."""

from __future__ import annotations

from collections.abc import Sequence


def quoted(name: str) -> str:
    """An SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def joined_key(columns: Sequence[str], side: str = "") -> str:
    """SQL for a key as one text, its values joined by `|`; `side` is the table's name with a point."""
    return " || '|' || ".join(f"CAST({side}{quoted(c)} AS TEXT)" for c in columns)
