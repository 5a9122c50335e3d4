"""Changes written to tables: many in one transaction, and beside them a mark for each in the same transaction.

    changes ▶ Sent, committed by the journal ▶ one transaction: rows and marks ▶ outcomes, committed by the journal

Whoever dies before the transaction's end has changed nothing. Whoever dies after it left marks, by which the next run
knows what was done. A refused change does not keep the others from being written: the transaction is
undone and made again, with a savepoint around each change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Engine, bindparam, exc
from sqlalchemy.types import NullType

from ...errors import AlreadyExists, Invalid, NotFound, RecordRefused, SetupError
from ...operations import Add, Change, Delete, Modify, Outcome, PlannedChange, Put, Sent
from ...protocols import exact_json
from ..base import Intents, Record
from ..row_changes import (
    found_done,
    members_of,
    names_no_key,
    planned,
    prepared,
    refuse_other_verbs,
    without_key,
)
from .columns import TableShape, Values
from .database import said, state_of, writing
from .marks import Marks

TOGETHER = 200
"""Changes in one transaction."""


@dataclass(frozen=True, slots=True)
class _Ready:
    """A change as rows."""

    change: Change
    shape: TableShape
    row: Mapping[str, Any]
    key: Mapping[str, Any]
    """The columns that tell the row, and their values; empty for a row to add."""


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes to one database."""

    engine: Engine
    name: str
    shape: Callable[[str], TableShape]
    values: Values
    marks_table: str
    schema: str | None

    def write(self, changes: Iterable[Change], intents: Intents) -> Iterator[Outcome]:
        """An outcome for each change."""
        feed = iter(changes)
        marks = Marks(self.engine, self.name, self.marks_table, self.schema)
        while some := list(islice(feed, TOGETHER)):
            ready, refused = prepared(some, self._ready)
            intents.note(refused)
            yield from refused
            if ready:
                marks.make_table()
                yield from self._send(ready, marks, intents)

    def resolve(self, sent: Sent) -> list[Outcome]:
        """What was committed of a transaction whose end nobody heard of."""
        marks = Marks(self.engine, self.name, self.marks_table, self.schema)
        marks.make_table()
        with writing(self.engine, self.name) as database:  # a transaction still under way there is waited for
            done = marks.of_request(database, sent.id)
        return found_done(sent, done)

    def plan(self, changes: Iterable[Change]) -> Iterator[PlannedChange]:
        """What would be written; nothing is."""
        return planned(changes, self._ready)

    # ---- before

    def _ready(self, change: Change) -> _Ready:
        refuse_other_verbs(change)
        shape = self.shape(change.type)
        record = dict(change.record)
        named = str(record.pop("Id")) if "Id" in record and "Id" not in shape.columns else ""
        row = self.values.row(shape, record, change.place)
        if isinstance(change, Add):
            return _Ready(change, shape, row, {})
        if not shape.key and not shape.unique:
            raise without_key(shape.name, self.name)
        names = shape.keys_in(row)
        key = {name: row[name] for name in names} or self._key_named(shape, named, change)
        if not key:
            raise names_no_key(change, shape.name, shape.key or shape.unique[0])
        if isinstance(change, Modify) and change.full:
            row = {**{n: None for n in shape.columns if n not in (*shape.key, *key)}, **row}
        return _Ready(change, shape, row, key)

    def _key_named(self, shape: TableShape, named: str, change: Change) -> Mapping[str, Any]:
        return self.values.row(shape, key_of(shape, named), change.place) if named else {}

    # ---- the transaction

    def _send(self, ready: Sequence[_Ready], marks: Marks, intents: Intents) -> Iterator[Outcome]:
        body = exact_json.encode([dict(each.change.record) for each in ready])
        sent = Sent(uuid4().hex, members_of(ready, intents), {}, body, datetime.now(UTC))
        intents.sending(sent)
        try:
            outcomes = self._all(ready, sent.id, marks)
        except (exc.IntegrityError, exc.DataError, exc.ProgrammingError, RecordRefused):
            outcomes = self._one_by_one(ready, sent.id, marks)
        intents.answered(sent, outcomes)
        yield from outcomes

    def _all(self, ready: Sequence[_Ready], request: str, marks: Marks) -> list[Outcome]:
        """All of them, or none: what the database refuses of one is raised."""
        with writing(self.engine, self.name, passing=_OF_RECORDS) as database:
            before = marks.of_changes(database, [e.change.id for e in ready if isinstance(e.change, Add)])
            outcomes = [self._carry_out(database, each, before) for each in ready]
            marks.put(database, request, outcomes)
            return outcomes

    def _one_by_one(self, ready: Sequence[_Ready], request: str, marks: Marks) -> list[Outcome]:
        """Each on its own inside one transaction: the refused ones are undone, and the rest is kept."""
        with writing(self.engine, self.name) as database:
            before = marks.of_changes(database, [e.change.id for e in ready if isinstance(e.change, Add)])
            outcomes = [self._tried(database, each, before) for each in ready]
            marks.put(database, request, [each for each in outcomes if each.state == "done"])
            return outcomes

    def _tried(self, database: Connection, ready: _Ready, before: Mapping[str, str]) -> Outcome:
        try:
            with database.begin_nested():
                return self._carry_out(database, ready, before)
        except RecordRefused as error:
            return Outcome(change=ready.change, state="refused", error=error)
        except _OF_RECORDS as error:
            if state_of(error) == "42501":
                raise SetupError(
                    f"{self.name}: {said(error)}.", advice="Give the user the right to do so."
                ) from error
            return Outcome(change=ready.change, state="refused", error=_refusal(error, ready))

    def _carry_out(self, database: Connection, ready: _Ready, before: Mapping[str, str]) -> Outcome:
        change = ready.change
        if change.id in before:
            return Outcome(change=change, state="done", record_id=before[change.id], note="was there already")
        match change:
            case Add():
                return self._done(ready, self._insert(database, ready))
            case Put():
                if self._update(database, ready):
                    return self._done(ready, self._id_there(database, ready))
                return self._done(ready, self._insert(database, ready, {**ready.key, **ready.row}))
            case Modify():
                if self._update(database, ready):
                    return self._done(ready, self._id_there(database, ready))
            case Delete():
                chosen = ready.shape.of.delete().where(*_same(ready))
                found = self._id_there(database, ready)
                if database.execute(chosen).rowcount:
                    return Outcome(change=change, state="done", record_id=found)
        raise NotFound(
            f"{change.place or self.name}: {ready.shape.name} has no row with {_told(ready.key)}.",
            record=change.record,
            element=next(iter(ready.key)),
        )

    def _insert(self, database: Connection, ready: _Ready, row: Mapping[str, Any] | None = None) -> str:
        """The primary key of the new row."""
        given, key = dict(ready.row if row is None else row), ready.shape.key
        chosen = ready.shape.of.insert().values({name: _value(value) for name, value in given.items()})
        if all(given.get(name) is not None for name in key):
            database.execute(chosen)
            return _joined({name: given[name] for name in key})
        if database.dialect.insert_returning:
            made = database.execute(chosen.returning(*(ready.shape.of.c[name] for name in key))).one()
            return "|".join(map(str, made))
        return str(database.execute(chosen).lastrowid or "")

    def _update(self, database: Connection, ready: _Ready) -> bool:
        """Whether there was a row to update."""
        changed = {name: _value(value) for name, value in ready.row.items() if name not in ready.key}
        if not changed:
            return database.execute(_chosen(ready)).first() is not None
        return bool(database.execute(ready.shape.of.update().where(*_same(ready)).values(changed)).rowcount)

    def _id_there(self, database: Connection, ready: _Ready) -> str:
        """The primary key of a row that was found by its key."""
        if tuple(ready.key) == ready.shape.key or not ready.shape.key:
            return _joined(ready.key)
        found = database.execute(_chosen(ready)).first()
        return "|".join(map(str, found)) if found else ""

    def _done(self, ready: _Ready, record_id: str) -> Outcome:
        record: Record = {**ready.change.record}
        return Outcome(change=ready.change, state="done", record=record, record_id=record_id)


_OF_RECORDS = (exc.IntegrityError, exc.DataError, exc.ProgrammingError)
"""What a database says of one record; all else stops the writing."""


def key_of(shape: TableShape, record_id: str) -> dict[str, Any]:
    """A primary key from its text; empty where there is none, or it has other columns."""
    parts = record_id.split("|") if len(shape.key) > 1 else [record_id]
    return dict(zip(shape.key, parts, strict=True)) if len(parts) == len(shape.key) else {}


def _chosen(ready: _Ready) -> Any:
    columns = [ready.shape.of.c[name] for name in ready.shape.key or ready.key]
    return ready.shape.of.select().with_only_columns(*columns).where(*_same(ready))


def _same(ready: _Ready) -> list[Any]:
    return [ready.shape.of.c[name] == _value(value) for name, value in ready.key.items()]


def _value(value: Any) -> Any:
    """A value that the driver hands over as it is."""
    return bindparam(None, value, type_=NullType(), unique=True)


def _joined(key: Mapping[str, Any]) -> str:
    return "|".join(map(str, key.values()))


def _told(key: Mapping[str, Any]) -> str:
    return " and ".join(f"{name} {value}" for name, value in key.items())


def _refusal(error: exc.DBAPIError, ready: _Ready) -> RecordRefused:
    told = f"{ready.change.place or ready.shape.name}: {said(error)}."
    code = state_of(error)
    record = ready.change.record
    if code == "23505" or "UNIQUE constraint failed" in told or "Duplicate entry" in told:
        return AlreadyExists(
            told,
            code=code,
            record=record,
            advice='`tieout put`, or do = "put" in a process, changes the row that is there.',
        )
    return Invalid(told, code=code, record=record, advice="Correct what the record says.")
