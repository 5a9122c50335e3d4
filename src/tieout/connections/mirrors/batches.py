"""What will be written next to a mirror: pages joined into few big tables, in order with deletions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import arro3.core as arrow

from ...errors import SetupError
from ...protocols.kept_types import KeptType, key_columns
from ...protocols.table_names import table_name
from ..base import Cursor, Gone

FORMAT = 1
"""Of a mirror's tables; those of a newer format are refused."""

ROWS_PER_BATCH = 5_000
"""Rows that are inserted together."""


class Rows:
    """Tables of one record type, ready to be written; pages are joined as long as no key repeats."""

    def __init__(self, of: KeptType) -> None:
        self.of = of
        self.tables: dict[str, list[Any]] = {}
        self.keys: set[Any] = set()

    def take(self, keys: Sequence[Any], tables: Mapping[str, Any]) -> bool:
        """Add a page's tables; False when one of its records is here already."""
        if not self.keys.isdisjoint(keys):
            return False
        self.keys.update(keys)
        for name, table in tables.items():
            self.tables.setdefault(name, []).append(table)
        return True

    def each(self) -> Iterator[tuple[str, Any]]:
        """Every table of every page, with its name."""
        return ((name, table) for name, tables in self.tables.items() for table in tables)

    def joined(self) -> dict[str, list[Any]]:
        """By name, the tables of one schema joined into one, so that the database sees few big ones."""
        return {name: list(_joined(tables)) for name, tables in self.tables.items()}


@dataclass(slots=True)
class Batch:
    """What will be written next, in order."""

    steps: list[Rows | Gone] = field(default_factory=list)
    rows: int = 0
    cursor: Cursor | None = None
    renamed: set[str] = field(default_factory=set)
    """Types of which records may have been renamed."""

    def put(self, of: KeptType, tables: Mapping[str, Any]) -> None:
        """Join a page to the last step, unless that is of another type or has one of the records."""
        header = tables[table_name(of.name)]
        keys = list(zip(*(header.column(name).to_pylist() for name in key_columns(of)), strict=True))
        last = self.steps[-1] if self.steps else None
        if not (isinstance(last, Rows) and last.of is of and last.take(keys, tables)):
            rows = Rows(of)
            rows.take(keys, tables)
            self.steps.append(rows)
        self.rows += len(keys)


def fitted(tables: Mapping[str, Any], named: Callable[[str], str]) -> dict[str, Any]:
    """Arrow tables whose names, and their columns', are such as a database takes."""
    return {
        named(name): table
        if all(named(column) == column for column in table.column_names)
        else table.rename_columns([named(column) for column in table.column_names])
        for name, table in tables.items()
    }


def stored_cursor(
    kept: tuple[str, int, str, str | None], source: str, *, place: str, advice: str
) -> tuple[Cursor | None, str]:
    """The cursor of a row of `_tieout_mirror`, and the catalog its tables were made with; SetupError for a foreign mirror."""
    kept_source, made_format, made_with, cursor = kept
    if made_format > FORMAT:
        raise SetupError(
            f"{place} was made by a newer version of tieout (format {made_format}, this one writes {FORMAT}).",
            advice="Upgrade with `pip install --upgrade tieout`; it was left as it is.",
        )
    if kept_source != source:
        raise SetupError(
            f"{place} holds a mirror of {kept_source}, not of {source}.",
            advice=f"{advice} Ids repeat between companies.",
        )
    return json.loads(cursor) if cursor else None, made_with


def _joined(tables: Iterable[Any]) -> Iterator[Any]:
    groups: list[list[Any]] = []
    for table in tables:
        if groups and groups[-1][0].schema == table.schema:
            groups[-1].append(table)
        else:
            groups.append([table])
    for group in groups:
        batches = [batch for table in group for batch in table.to_batches()]
        yield group[0] if len(group) == 1 else arrow.Table.from_batches(batches)
