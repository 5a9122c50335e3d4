"""A mirror in a destination of dlt: the tables of other mirrors, loaded by merging, and the cursor after them.

What is put and gone is gathered, the last word on each record counts, and goes out with the next cursor. Loads are not one
transaction: rows come first and the cursor in a load of its own, so it never runs ahead. After a kill what lies in the pipeline's
folder is loaded, what came after the cursor is read again, and rows are replaced by key.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self

from ...protocols.kept_types import KeptType, Layout, key_columns, owner_columns
from ...protocols.table_names import table_name
from ..base import Cursor, Gone, Page
from ..leave_out import LeaveOut
from ..mirrors.batches import FORMAT, stored_cursor
from ..mirrors.own_tables import MIRROR, TABLES
from .pipeline import GONE, Load, Pipeline

ROWS_AT_ONCE = 50_000
"""Records that are loaded together; a cursor waits for so many, or for the end."""
_BOOK_COLUMNS = ("source", "format", "catalog", "cursor")

Row = Mapping[str, Any]


@dataclass(slots=True)
class _Gathered:
    """The last word on records of one type, by key: rows by table, or nothing for what is gone."""

    of: KeptType
    rows: dict[str, Mapping[str, Sequence[Row]]] = field(default_factory=dict)
    types: dict[str, dict[str, Mapping[str, Any]]] = field(default_factory=dict)


class DltMirror:
    """One QuickBooks company in one dataset."""

    def __init__(
        self,
        pipeline: Pipeline,
        source: str,
        layout: Layout,
        *,
        raw: bool = False,
        leave_out: LeaveOut | None = None,
    ) -> None:
        self._pipeline = pipeline
        self._source = source
        self._layout = layout
        self._raw = raw
        self._leave_out = leave_out or LeaveOut()
        self._gathered: dict[str, _Gathered] = {}
        self._cursor: Cursor | None = None
        self._tables: dict[str, str] = {}
        """The record type of each table."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.flush()

    def prepare(self, types: Sequence[str]) -> Cursor | None:
        """Finish what a dead process left; the cursor of the last load, None before the first."""
        for name in types:
            self._layout.kept(name)
        self._pipeline.finish()
        self._tables |= {table_name(name): name for name in types}
        found = [row for some in self._pipeline.rows(MIRROR, _BOOK_COLUMNS) for row in some]
        if not found:
            self._keep_book(None)
            return None
        source, made_format, made_with, cursor = found[0]
        cursor, made_with = stored_cursor(
            (source, int(made_format), made_with, cursor),
            self._source,
            place=f"{self._pipeline.name}, dataset {self._pipeline.dataset},",
            advice="Give this company a dataset of its own.",
        )
        if made_with != self._layout.fingerprint and any(map(self._waits_in_extra, types)):
            return None  # a newer catalog knows what lies there: it is read again as a whole
        return cursor

    def _waits_in_extra(self, type_name: str) -> bool:
        found = self._pipeline.rows(table_name(type_name), ["_extra"], ROWS_AT_ONCE)
        return any(text is not None for some in found for (text,) in some)

    def put(self, page: Page) -> None:
        of = self._layout.kept(page.type)
        tables = self._leave_out.trim(of, page, raw=self._raw)
        gathered = self._of(page.type)
        header = table_name(page.type)
        owned: dict[str, dict[str, list[Row]]] = {}
        for name, table in tables.items():
            columns = key_columns(of) if name == header else owner_columns(of)
            gathered.types.setdefault(name, {}).update(_types(table))
            for row in _rows(table):
                key = "|".join(str(row[each]) for each in columns)
                owned.setdefault(key, {}).setdefault(name, []).append(row)
        gathered.rows.update(owned)
        self._load_when_many()

    def gone(self, gone: Gone) -> None:
        self._of(gone.type).rows.update({each: {} for each in gone.ids})

    def mark(self, cursor: Cursor) -> None:
        self._cursor = cursor

    def flush(self) -> None:
        """Load what was handed over, and then the cursor."""
        self._load_rows()
        if self._cursor is not None:
            self._keep_book(self._cursor)
            self._cursor = None

    def _keep_book(self, cursor: Cursor | None) -> None:
        """Whose mirror it is, how far it has come, and which tables it has."""
        text = None if cursor is None else json.dumps(cursor)
        row = (self._source, FORMAT, self._layout.fingerprint, text)
        kept = {**dict(zip(_BOOK_COLUMNS, row, strict=True)), "committed_at": datetime.now(UTC)}
        listed = [{"record_type": name, "table_name": table} for table, name in self._tables.items()]
        self._pipeline.load(
            [
                Load(TABLES, listed, "merge", key=["table_name"]),
                Load(MIRROR, [kept], "merge", key=["source"], types={"cursor": {"data_type": "text"}}),
            ]
        )

    def count(self, type_name: str) -> int:
        return len(self.ids(type_name))

    def ids(self, type_name: str) -> Collection[str]:
        columns = key_columns(self._layout.kept(type_name))
        found = self._pipeline.rows(table_name(type_name), columns, ROWS_AT_ONCE)
        there = {"|".join(map(str, row)) for some in found for row in some}
        gathered = self._of(type_name).rows
        return there.difference(gathered).union(key for key, tables in gathered.items() if tables)

    # ---- loading

    def _of(self, type_name: str) -> _Gathered:
        return self._gathered.setdefault(type_name, _Gathered(self._layout.kept(type_name)))

    def _load_when_many(self) -> None:
        if sum(len(each.rows) for each in self._gathered.values()) >= ROWS_AT_ONCE:
            self.flush()

    def _load_rows(self) -> None:
        """Rows may be there before their cursor, and never after it: the cursor then waits for the next load."""
        loads = [load for each in self._gathered.values() for load in self._loads(each)]
        if loads:
            self._pipeline.load(loads)
        self._gathered.clear()

    def _loads(self, gathered: _Gathered) -> Iterator[Load]:
        of, header = gathered.of, table_name(gathered.of.name)
        keys, owners = key_columns(of), owner_columns(of)
        now = {"_synced_at": datetime.now(UTC)}
        rows = [
            {**row, **now}
            for key, tables in gathered.rows.items()
            for row in tables.get(header) or [{**_key_row(keys, key), GONE: True}]
        ]
        types = {**gathered.types.get(header, {}), "_deleted_at": _TYPES["Timestamp"]}
        yield Load(header, rows, "merge", key=keys, types=types)
        for name in sorted(self._parts(of, gathered)):
            self._tables[name] = of.name
            parts = [
                row
                for key, tables in gathered.rows.items()
                for row in ({**_key_row(owners, key), GONE: True}, *tables.get(name, ()))
            ]
            yield Load(name, parts, "merge", owner=owners, types=gathered.types.get(name, {}))

    def _parts(self, of: KeptType, gathered: _Gathered) -> set[str]:
        """The tables of a type's parts: those of these records, and those that are there already."""
        header, owners = table_name(of.name), owner_columns(of)
        there = {
            name
            for name in self._pipeline.tables()
            if name.startswith(f"{header}_")
            and all(self._pipeline.columns(name).get(each, {}).get("merge_key") for each in owners)
        }
        return (there | set(gathered.types)) - {header}


def _key_row(columns: Sequence[str], key: str) -> dict[str, str]:
    values = key.split("|") if len(columns) > 1 else [key]
    return dict(zip(columns, values, strict=True))


def _rows(table: Any) -> Iterator[Row]:
    names = table.column_names
    columns = [table.column(name).to_pylist() for name in names]
    for values in zip(*columns, strict=True):
        yield {name: value for name, value in zip(names, values, strict=True) if value is not None}


def _types(table: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """What dlt is to know of columns, so that none takes its type from a first value."""
    for each in table.schema:
        yield each.name, kind_of(each.type)


def kind_of(arrow: Any) -> Mapping[str, Any]:
    """What dlt calls a type of Arrow's."""
    return next((told for word, told in _TYPES.items() if word in str(arrow)), {"data_type": "text"})


_TYPES: Mapping[str, Mapping[str, Any]] = {
    "Decimal": {"data_type": "decimal", "precision": 38, "scale": 9},
    "Timestamp": {"data_type": "timestamp"},
    "Date": {"data_type": "date"},
    "Bool": {"data_type": "bool"},
    "Int": {"data_type": "bigint"},
}
