"""What a mirror asks of a database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol

import arro3.core as arrow

_Type = arrow.DataType

ROWS_AT_ONCE = 5_000
"""Rows that are read together."""


class Store(Protocol):
    """One schema of a database, on one connection."""

    @property
    def name(self) -> str: ...

    types: Mapping[str, str]
    """The types of columns for what they hold: bool, whole, day, number, moment and text."""
    own_types: Mapping[str, str]
    """Types of the columns that are a mirror's own: json, now, moment."""

    def named(self, name: str) -> str:
        """A name as the database takes it."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """A block that is committed at its end, or not at all."""
        ...

    def execute(self, text: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a statement with `?` for each value."""
        ...

    def make_bookkeeping(self) -> None: ...

    def families(self) -> dict[str, dict[str, str]]:
        """The columns of each table there, and what they hold: bool, whole, day, number, moment or text."""
        ...

    def load(self, name: str, table: Any) -> None:
        """Add the rows of an Arrow table."""
        ...

    def load_keys(self, keys: Any) -> None:
        """Put the rows of an Arrow table into `page_keys`, in place of those there."""
        ...

    def texts(self, name: str, columns: Sequence[str]) -> Iterator[Sequence[tuple[str | None, ...]]]:
        """A table's rows, some after the other, with all values as texts."""
        ...

    def make_index(self, name: str, columns: Sequence[str]) -> None: ...

    view_types: Mapping[str, str]
    """What a view's columns are cast to by kind; nothing for a kind that is left as it is."""

    def table_in_views(self, name: str) -> str:
        """A table as views name it."""
        ...

    def replace_view(self, layout: str, name: str, select: str) -> None:
        """Make a view of a layout, in place of the one before."""
        ...

    def view_rows(self, layout: str, name: str) -> list[tuple[Any, ...]]:
        """What a view of a layout shows; nothing where there is none."""
        ...

    def close(self) -> None: ...


def family_of(kind: Any) -> str:
    """What a column of an Arrow type holds."""
    if kind == _Type.bool():
        return "bool"
    if kind in (_Type.int64(), _Type.int32()):
        return "whole"
    if kind == _Type.date32():
        return "day"
    if _Type.is_decimal(kind):
        return "number"
    return "moment" if kind == _Type.timestamp("us", tz="UTC") else "text"


def grouped(found: Sequence[tuple[str, str, str]], families: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """By table and column what it holds, of rows of table, column and the database's word for its type."""
    columns: dict[str, dict[str, str]] = {}
    for table, column, kind in found:
        columns.setdefault(table, {})[column] = families.get(kind, "text")
    return columns
