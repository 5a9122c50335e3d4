"""Tables of several pages as one: a page has the columns that its records use, so some lack what others have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import arro3.core as arrow

from ..connections.base import Page


def joined_tables(pages: Iterable[Page]) -> Mapping[str, Any]:
    """The Arrow tables of all pages by name, with every column that any of them has."""
    parts: dict[str, list[Any]] = {}
    for page in pages:
        for name, table in page.tables().items():
            parts.setdefault(name, []).append(table)
    return {name: _joined(tables) for name, tables in parts.items()}


def _joined(tables: list[Any]) -> Any:
    columns = _columns_of_all(tables)
    schema = arrow.Schema(list(columns.values()))
    batches = [batch for table in tables for batch in _widened(table, columns).combine_chunks().to_batches()]
    return arrow.Table.from_batches(batches, schema=schema)


def _columns_of_all(tables: list[Any]) -> dict[str, Any]:
    """Fields by name. The widest table leads, for its columns are in the catalog's order."""
    columns: dict[str, Any] = {}
    for table in sorted(tables, key=lambda table: -int(table.num_columns)):
        for name in table.column_names:
            columns.setdefault(name, table.schema.field(name).with_nullable(True))
    return columns


def _widened(table: Any, columns: Mapping[str, Any]) -> Any:
    present = set(table.column_names)
    arrays = [
        table.column(name) if name in present else _nothing(field.type, table.num_rows)
        for name, field in columns.items()
    ]
    return arrow.Table.from_arrays(arrays, schema=arrow.Schema(list(columns.values())))


def _nothing(kind: Any, rows: int) -> Any:
    return arrow.ChunkedArray([arrow.Array([None] * rows, kind)])
