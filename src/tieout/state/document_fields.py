"""The index by which documents are found: each tracked field, and each part of a key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Protocol

from .database import State

_LONGEST = 200
"""Characters of a value that are kept."""


class Known(Protocol):
    """A document of a run, and by what it is known."""

    @property
    def run(self) -> str: ...
    @property
    def document(self) -> str: ...
    @property
    def known_by(self) -> Mapping[str, str]: ...


def enter_fields(state: State, documents: Iterable[Known]) -> None:
    """Let documents be found by their fields; within the transaction that keeps them."""
    state.many(
        "keep_document_field",
        [
            {"field": name, "value": indexed(value), "run": each.run, "document": each.document}
            for each in documents
            for name, value in each.known_by.items()
        ],
    )


def indexed(text: str) -> str:
    """What is the same for all that predicates take for equal: text without regard to case, numbers by their value."""
    try:
        number = Decimal(text)
        if number.is_finite():
            return str(number.normalize() if number else 0)[:_LONGEST]
    except ArithmeticError:
        pass  # text, or a number that no amount of money will be
    return text.casefold()[:_LONGEST]
