"""The kind `memory`: records in this process, for tests and for trying things out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, Self

from ..catalog.nearest import did_you_mean
from ..catalog.rest import record_type
from ..errors import SetupError
from ..operations import Query, holds, values_at
from ..protocols import rest
from ..protocols.kept_types import Layout
from ..protocols.rest_tables import RestPage, TypeReader
from .base import Connection, Cursor, Gone, Health, Page, Record, Supports


class MemoryConnection(Connection):
    """Records by type and id."""

    supports = Supports(tables=True)

    def __init__(self, name: str) -> None:
        self.name = name
        self.stored: dict[str, dict[str, Record]] = {}
        self.cursor: Cursor | None = None

    def check(self) -> Health:
        return Health("memory", {name: len(records) for name, records in self.stored.items()})

    def types(self) -> Sequence[str]:
        return sorted(self.stored)

    def read(self, query: Query) -> Iterator[Page]:
        for name in query.types or self.types():
            if name not in self.stored:
                raise SetupError(f"{self.name} holds no {name!r}.{did_you_mean(name, self.stored)}")
            fitting = (r for r in self.stored[name].values() if query.where is None or holds(query.where, r))
            yield page_of(name, list(islice(_in_order(fitting, query.order), query.limit)))

    def mirror(self, _source: str, layout: Layout, **_settings: Any) -> MemoryMirror:
        """A writer that replaces records by their keys."""
        return MemoryMirror(self, layout)


def page_of(type_name: str, records: Sequence[Mapping[str, Any]], time: datetime | None = None) -> Page:
    """A page of records that are in memory already."""
    return RestPage(TypeReader(record_type(type_name)), rest.encode(list(records)), time)


def _in_order(records: Iterable[Record], order: Sequence[tuple[str, bool]]) -> Iterable[Record]:
    """Sorted by the fields that are named, absent values first."""
    for field, descending in reversed(order):
        records = sorted(records, key=lambda record: _place(record, field), reverse=descending)
    return records


def _place(record: Record, field: str) -> tuple[bool, Any]:
    value = next(values_at(record, field), None)
    return value is not None, value


class MemoryMirror:
    """Commits at every mark, as a database does."""

    def __init__(self, connection: MemoryConnection, layout: Layout) -> None:
        self._connection = connection
        self._layout = layout
        self._pending: list[Page | Gone] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self.flush()

    def prepare(self, types: Sequence[str]) -> Cursor | None:
        for name in types:
            self._connection.stored.setdefault(name, {})
        return self._connection.cursor

    def put(self, page: Page) -> None:
        self._pending.append(page)

    def gone(self, gone: Gone) -> None:
        self._pending.append(gone)

    def mark(self, cursor: Cursor) -> None:
        self.flush()
        self._connection.cursor = cursor

    def flush(self) -> None:
        for step in self._pending:
            stored = self._connection.stored.setdefault(step.type, {})
            if isinstance(step, Gone):
                for identity in step.ids:
                    stored.pop(identity, None)
            else:
                key = self._layout.kept(step.type).key
                stored.update({"|".join(str(record[k]) for k in key): record for record in step.records()})
        self._pending.clear()

    def count(self, type_name: str) -> int:
        return len(self.ids(type_name))

    def ids(self, type_name: str) -> Collection[str]:
        self.flush()
        return self._connection.stored.get(type_name, {}).keys()
