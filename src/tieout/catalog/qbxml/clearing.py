"""Which fields a modification may empty: all but those that QuickBooks answers with 3190."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from . import RecordType
from .editions import Edition
from .shapes import Element


def can_be_cleared(kind: RecordType, field: str, edition: Edition) -> bool:
    """Whether a field, or a line's as `InvoiceLineMod/ItemRef`, may be set to nothing."""
    if field in _never_empty().get(kind.name, ()):
        return False
    has_add = edition in kind.in_schema.get("Add", frozenset())
    return not has_add or field not in required(kind, kind.message("Add", ""), edition)


def required(kind: RecordType, shape: str, edition: Edition) -> tuple[str, ...]:
    """The elements that must stand in a shape; of alternatives, none must."""
    parts = kind.shape(shape, edition).parts
    return tuple(each.name for each in parts if isinstance(each, Element) and each.least > 0)


@cache
def _never_empty() -> dict[str, frozenset[str]]:
    text = files(__package__).joinpath("_never_empty.toml").read_text("utf-8")
    return {name: frozenset(words.split()) for name, words in tomllib.loads(text).items()}
