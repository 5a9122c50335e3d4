"""Which fields a modification may empty: all but those that QuickBooks answers with 3190."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from . import RecordType
from .editions import Edition


def can_be_cleared(kind: RecordType, field: str, edition: Edition) -> bool:
    """Whether a field, or a line's as `InvoiceLineMod/ItemRef`, may be set to nothing."""
    return field not in _never_empty().get(kind.name, ()) and field not in _required(kind.name, edition)


@cache
def _never_empty() -> dict[str, frozenset[str]]:
    text = files(__package__).joinpath("_never_empty.toml").read_text("utf-8")
    return {name: frozenset(words.split()) for name, words in tomllib.loads(text).items()}


@cache
def _required(name: str, edition: Edition) -> frozenset[str]:
    """What a new record must have."""
    from . import record_type

    kind = record_type(name)
    if edition not in kind.in_schema.get("Add", frozenset()):
        return frozenset()
    shape = kind.shape(kind.message("Add", ""), edition)
    return frozenset(each.name for each in shape.elements() if each.least > 0)
