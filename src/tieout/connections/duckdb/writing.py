"""Changes written to tables of a DuckDB file: many in one transaction, and beside them a mark for each.

Whoever dies before the transaction's end has changed nothing; whoever dies after it left marks, by which the next run knows
what was done. DuckDB knows no savepoints: where one change is refused, each gets a transaction of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb

from ...catalog.nearest import did_you_mean
from ...errors import AlreadyExists, Invalid, NotFound, RecordRefused, SetupError
from ...operations import Add, Change, Delete, Modify, Outcome, PlannedChange, Put, Sent
from ...protocols import exact_json
from ..base import Intents
from ..mirrors.sql_text import quoted
from ..row_changes import (
    found_done,
    members_of,
    names_no_key,
    planned,
    prepared,
    refuse_other_verbs,
    without_key,
)
from ..row_page import plain
from .database import opened

MARKS = "_tieout_written"
TOGETHER = 500
"""Changes in one transaction."""

_OF_RECORDS = (duckdb.ConstraintException, duckdb.ConversionException, duckdb.InvalidInputException)


@dataclass(frozen=True, slots=True)
class _Table:
    """A table, with what tells its rows apart."""

    name: str
    columns: Mapping[str, str]
    """Their types."""
    keys: tuple[tuple[str, ...], ...]
    """The primary key, then other unique columns."""


@dataclass(frozen=True, slots=True)
class _Ready:
    """A change as a row."""

    change: Change
    table: _Table
    row: Mapping[str, Any]
    key: Mapping[str, Any]


class DuckDBWriter:
    """Writes to one schema of a file."""

    def __init__(self, name: str, path: Path, schema: str) -> None:
        self._name = name
        self._path = path
        self._schema = schema
        self._tables: dict[str, _Table] = {}

    def write(self, changes: Iterable[Change], intents: Intents) -> Iterator[Outcome]:
        """An outcome for each change."""
        feed = iter(changes)
        while some := list(islice(feed, TOGETHER)):
            ready, refused = prepared(some, self._ready)
            intents.note(refused)
            yield from refused
            if ready:
                yield from self._send(ready, intents)

    def resolve(self, sent: Sent) -> list[Outcome]:
        """What was committed of a transaction whose end nobody heard of."""
        with opened(self._path) as database:
            self._make_marks(database)
            asked = f"SELECT change_id, record_id FROM {self._at(MARKS)} WHERE request = ?"
            done = dict(database.execute(asked, [sent.id]).fetchall())
        return found_done(sent, done)

    def plan(self, changes: Iterable[Change]) -> Iterator[PlannedChange]:
        """What would be written; nothing is."""
        return planned(changes, self._ready)

    # ---- before

    def _ready(self, change: Change) -> _Ready:
        refuse_other_verbs(change)
        table = self._table(change.type)
        record = dict(change.record)
        linked = str(record.pop("Id")) if "Id" in record and "Id" not in table.columns else ""
        row = {name: self._value(table, name, value, change) for name, value in record.items()}
        if isinstance(change, Add):
            return _Ready(change, table, row, {})
        if not table.keys:
            raise without_key(table.name, self._name)
        named = next((k for k in table.keys if all(row.get(n) is not None for n in k)), ())
        key = {name: row[name] for name in named}
        if not key and linked:
            key = dict(zip(table.keys[0], linked.split("|"), strict=False))
        if not key:
            raise names_no_key(change, table.name, table.keys[0])
        if isinstance(change, Modify) and change.full:
            row = {**dict.fromkeys(n for n in table.columns if n not in key), **row}
        return _Ready(change, table, row, key)

    def _value(self, table: _Table, name: str, value: Any, change: Change) -> Any:
        if name not in table.columns:
            raise Invalid(
                f"{change.place or self._name}: {table.name} has no column {name!r}.{did_you_mean(name, table.columns)}",
                element=name,
                record=change.record,
                advice="Let the map name the table's columns, and nothing else.",
            )
        if isinstance(value, dict | list) and table.columns[name] in ("JSON", "VARCHAR"):
            return str(exact_json.encode(plain(value)), "utf-8")
        return value

    def _table(self, name: str) -> _Table:
        if name not in self._tables:
            if not self._path.exists():
                raise SetupError(
                    f"{self._path} is not there, so it has no table {name}.",
                    advice="Make the table first: CREATE TABLE … in DuckDB.",
                )
            with opened(self._path, read_only=True) as database:
                self._tables[name] = self._looked_up(database, name)
        return self._tables[name]

    def _looked_up(self, database: duckdb.DuckDBPyConnection, name: str) -> _Table:
        asked = "SELECT column_name, data_type FROM duckdb_columns() WHERE schema_name = ? AND table_name = ?"
        columns = dict(database.execute(asked, [self._schema, name]).fetchall())
        if not columns:
            tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = ?"
            known = [row[0] for row in database.execute(tables, [self._schema]).fetchall()]
            raise SetupError(
                f"{self._path} has no table {name!r}.{did_you_mean(name, known)}",
                advice="Make it first: CREATE TABLE … in DuckDB.",
            )
        asked = (
            "SELECT constraint_column_names FROM duckdb_constraints() WHERE schema_name = ? AND table_name = ? "
            "AND constraint_type IN ('PRIMARY KEY', 'UNIQUE') ORDER BY constraint_type"
        )
        keys = database.execute(asked, [self._schema, name]).fetchall()
        return _Table(name, columns, tuple(tuple(row[0]) for row in keys))

    # ---- the transaction

    def _send(self, ready: Sequence[_Ready], intents: Intents) -> Iterator[Outcome]:
        body = exact_json.encode([plain(each.change.record) for each in ready])
        sent = Sent(uuid4().hex, members_of(ready, intents), {}, body, datetime.now(UTC))
        intents.sending(sent)
        with opened(self._path) as database:
            self._make_marks(database)
            try:
                outcomes = self._committed(database, ready, sent.id)
            except (RecordRefused, *_OF_RECORDS):
                database.execute("ROLLBACK")
                outcomes = [self._alone(database, each, sent.id) for each in ready]
        intents.answered(sent, outcomes)
        yield from outcomes

    def _committed(
        self, database: duckdb.DuckDBPyConnection, ready: Sequence[_Ready], request: str
    ) -> list[Outcome]:
        """All of them in one transaction, with their marks."""
        database.execute("BEGIN")
        outcomes = []
        for each in ready:
            change_id = each.change.id
            marked = database.execute(
                f"SELECT record_id FROM {self._at(MARKS)} WHERE change_id = ?", [change_id]
            ).fetchone()
            if marked and isinstance(each.change, Add):
                note = "was there already"
                outcomes.append(Outcome(change=each.change, state="done", record_id=marked[0], note=note))
                continue
            record_id = self._carry_out(database, each)
            mark = f"INSERT OR REPLACE INTO {self._at(MARKS)} VALUES (?, ?, ?, now())"
            database.execute(mark, [change_id, request, record_id])
            outcomes.append(
                Outcome(change=each.change, state="done", record=each.change.record, record_id=record_id)
            )
        database.execute("COMMIT")
        return outcomes

    def _alone(self, database: duckdb.DuckDBPyConnection, ready: _Ready, request: str) -> Outcome:
        change = ready.change
        try:
            return self._committed(database, [ready], request)[0]
        except RecordRefused as error:
            database.execute("ROLLBACK")
            return Outcome(change=change, state="refused", error=error)
        except _OF_RECORDS as error:
            database.execute("ROLLBACK")
            told = f"{change.place or ready.table.name}: {' '.join(str(error).split())}"
            is_there = "uplicate key" in told
            kind = AlreadyExists if is_there else Invalid
            advice = (
                'Write do = "put" to change the row that is there.'
                if is_there
                else "Correct the record, or its map."
            )
            return Outcome(
                change=change, state="refused", error=kind(told, record=change.record, advice=advice)
            )

    def _carry_out(self, database: duckdb.DuckDBPyConnection, ready: _Ready) -> str:
        """Do it; the row's key."""
        match ready.change:
            case Add():
                return self._insert(database, ready, ready.row)
            case Put() | Modify():
                found = self._update(database, ready)
                if found:
                    return found
                if isinstance(ready.change, Put):
                    return self._insert(database, ready, {**ready.key, **ready.row})
            case Delete():
                text = f"DELETE FROM {self._at(ready.table.name)} WHERE {_same(ready.key)} RETURNING 1"
                if database.execute(text, list(ready.key.values())).fetchall():
                    return _joined(ready.key.values())
        told = " and ".join(f"{name} {value}" for name, value in ready.key.items())
        raise NotFound(
            f"{ready.change.place or self._name}: {ready.table.name} has no row with {told}.",
            record=ready.change.record,
            element=next(iter(ready.key)),
        )

    def _insert(self, database: duckdb.DuckDBPyConnection, ready: _Ready, row: Mapping[str, Any]) -> str:
        columns, places = ", ".join(map(quoted, row)), ", ".join("?" for _ in row)
        text = (
            f"INSERT INTO {self._at(ready.table.name)} ({columns}) VALUES ({places}){_returning(ready.table)}"
        )
        return _joined(database.execute(text, list(row.values())).fetchall()[0] if ready.table.keys else ())

    def _update(self, database: duckdb.DuckDBPyConnection, ready: _Ready) -> str:
        """The key of the row that was updated; empty when there is none."""
        changed = {name: value for name, value in ready.row.items() if name not in ready.key}
        at, key = self._at(ready.table.name), list(ready.key.values())
        if changed:
            setting = ", ".join(f"{quoted(name)} = ?" for name in changed)
            text = f"UPDATE {at} SET {setting} WHERE {_same(ready.key)}{_returning(ready.table)}"
            found = database.execute(text, [*changed.values(), *key]).fetchall()
        else:
            names = ", ".join(map(quoted, ready.table.keys[0]))
            found = database.execute(f"SELECT {names} FROM {at} WHERE {_same(ready.key)}", key).fetchall()
        return _joined(found[0]) if found else ""

    def _make_marks(self, database: duckdb.DuckDBPyConnection) -> None:
        database.execute(
            f"CREATE TABLE IF NOT EXISTS {self._at(MARKS)} "
            "(change_id VARCHAR PRIMARY KEY, request VARCHAR, record_id VARCHAR, written_at TIMESTAMPTZ)"
        )

    def _at(self, table: str) -> str:
        return f"{quoted(self._schema)}.{quoted(table)}"


def _same(key: Mapping[str, Any]) -> str:
    return " AND ".join(f"{quoted(name)} = ?" for name in key)


def _returning(table: _Table) -> str:
    return f" RETURNING {', '.join(map(quoted, table.keys[0]))}" if table.keys else ""


def _joined(values: Iterable[Any]) -> str:
    return "|".join(map(str, values))
