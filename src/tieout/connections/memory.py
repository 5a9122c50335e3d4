"""The kind `memory`: records in this process, for tests and for trying things out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Self
from uuid import uuid4

from ..catalog.nearest import did_you_mean
from ..catalog.rest import record_type, type_names
from ..errors import AlreadyExists, NotAllowed, NotFound, RecordRefused, SetupError
from ..operations import (
    Add,
    Change,
    Delete,
    Member,
    Modify,
    Outcome,
    PlannedChange,
    Put,
    Query,
    Sent,
    holds,
)
from ..protocols import exact_json
from ..protocols.kept_types import Layout
from ..protocols.rest_tables import RestPage, TypeReader
from .base import Connection, Cursor, Gone, Health, Intents, Page, Record, Supports
from .row_page import in_order, pages


class MemoryConnection(Connection):
    """Records by type and id."""

    supports = Supports(tables=True, writes=True)

    def __init__(self, name: str) -> None:
        self.name = name
        self.stored: dict[str, dict[str, Record]] = {}
        self.written: dict[str, str] = {}
        """The record of each change that was made."""
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
            if name not in type_names():
                yield from pages(name, fitting, Query(order=query.order, limit=query.limit))
                continue
            yield page_of(name, list(islice(in_order(fitting, query.order), query.limit)))

    def write(self, changes: Iterable[Change], intents: Intents, /) -> Iterator[Outcome]:
        """Change records, one after the other."""
        for change in changes:
            member = Member(change, intents.attempt(change), change.verb)
            sent = Sent(uuid4().hex, (member,), {}, b"", datetime.now(UTC))
            intents.sending(sent)
            try:
                record_id = self.written.get(change.id) if isinstance(change, Add) else None
                record_id = record_id or self._changed(change)
                record = self.stored[change.type].get(record_id)
                outcome = Outcome(change=change, state="done", record=record, record_id=record_id)
                self.written[change.id] = record_id
            except RecordRefused as error:
                outcome = Outcome(change=change, state="refused", error=error)
            intents.answered(sent, [outcome])
            yield outcome

    def resolve(self, sent: Sent, _intents: Intents, /) -> list[Outcome]:
        return [
            Outcome(change=each.change, state="done", record_id=self.written[each.change.id])
            for each in sent.members
            if each.change.id in self.written
        ]

    def plan_changes(self, changes: Iterable[Change], /) -> Iterator[PlannedChange]:
        for change in changes:
            yield PlannedChange(change=change, operation=change.verb, sent=change.record)

    def _changed(self, change: Change) -> str:
        """Do it; the record's id, or RecordRefused."""
        there = self.stored.setdefault(change.type, {})
        record_id = str(change.record.get(self.id_field) or "")
        match change:
            case Add():
                record_id = record_id or str(len(self.written) + 1)
                if record_id in there:
                    raise AlreadyExists(
                        f"{self.name} has a {change.type} {record_id} already.", record=change.record
                    )
            case Put() if record_id:
                pass
            case Modify() | Delete() if record_id in there:
                pass
            case Put() | Modify() | Delete():
                raise NotFound(
                    f"{self.name} has no {change.type} {record_id or 'without an Id'}.", record=change.record
                )
            case _:
                raise NotAllowed(f"Memory knows no {change.verb}.", record=change.record)
        if isinstance(change, Delete):
            del there[record_id]
        else:
            kept = there.get(record_id, {}) if isinstance(change, Modify) and not change.full else {}
            there[record_id] = {**kept, **change.record, self.id_field: record_id}
        return record_id

    def mirror(self, _source: str, layout: Layout, **_settings: Any) -> MemoryMirror:
        """A writer that replaces records by their keys."""
        return MemoryMirror(self, layout)


def page_of(type_name: str, records: Sequence[Mapping[str, Any]], time: datetime | None = None) -> Page:
    """A page of records that are in memory already."""
    return RestPage(TypeReader(record_type(type_name)), exact_json.encode(list(records)), time)


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
