"""A mirror in DuckDB: rows, deletions and the cursor are committed together, or not at all.

Pages are gathered into batches, and batches into transactions, which are written on a thread of their own while the
next pages are decoded. The file is let go of after a commit, so that others can read it, unless
commits come so fast that opening it would be most of the work. What a killed run had not committed is read again: the
cursor says from where, and rows are always replaced by key.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Self

import duckdb

from ...protocols.kept_types import KeptType, Layout, key_columns, owner_columns
from ...protocols.table_names import table_name
from ..base import Cursor, Gone, Page
from ..leave_out import LeaveOut
from ..mirrors.batches import FORMAT, ROWS_PER_BATCH, Batch, Rows, stored_cursor
from ..mirrors.sql_text import joined_key, quoted
from .database import explained, first_row
from .held import HeldDatabase
from .names import follow_names
from .promote import promote_extras

ROWS_PER_COMMIT = 15_000
"""Small transactions make DuckDB slow. Rows may be committed before their cursor is: after a kill they are replaced."""

SLOW = 1.0
"""Seconds between two commits from which on the file is let go of meanwhile."""

_BOOKKEEPING = """
CREATE TABLE IF NOT EXISTS {schema}._tieout_mirror (source VARCHAR, format INTEGER, catalog VARCHAR, cursor JSON, committed_at TIMESTAMPTZ);
CREATE TABLE IF NOT EXISTS {schema}._tieout_table (record_type VARCHAR, table_name VARCHAR);
"""


class DuckDBMirror:
    """One QuickBooks company in one schema of a DuckDB file."""

    def __init__(
        self,
        path: Path,
        schema: str,
        source: str,
        layout: Layout,
        *,
        raw: bool = False,
        leave_out: LeaveOut | None = None,
    ) -> None:
        self.path = path
        self.schema = schema
        self.source = source
        self._layout = layout
        self._raw = raw
        self._leave_out = leave_out or LeaveOut()
        self._batch = Batch()
        self._columns: dict[str, set[str]] = {}
        self._uncommitted = 0
        self._is_uncommitted = False
        """Whether something was handed to the writer that no commit followed."""
        self._in_transaction = False
        self._is_first = True
        self._renamed: set[str] = set()
        self._cursor: Cursor | None = None
        self._database = HeldDatabase(path, let_go_after=SLOW)

    @property
    def catalog(self) -> str:
        """The fingerprint of what the tables are made by."""
        return self._layout.fingerprint

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self.flush()
        finally:
            self._database.let_go()

    # ---- before the first page

    def prepare(self, types: Sequence[str], *, writing: bool = False) -> Cursor | None:
        """Make the tables that are missing and give the cursor of the last commit. The file stays open for who writes at once."""
        is_new = not self.path.exists()
        database = self._database.settled()
        with explained(self.path):
            database.execute("BEGIN")
            database.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(self.schema)}")
            database.execute(_BOOKKEEPING.format(schema=quoted(self.schema)))
            cursor, made_with = self._check_owner(database)
            self._columns = {} if is_new else _existing_columns(database, self.schema)
            for name in types:
                self._make_tables(database, self._layout.kept(name))
            database.execute("COMMIT")
            if made_with != self.catalog:
                self._promote_extras(database, types)
        self._is_first = cursor is None
        if not writing:
            self._database.let_go()
        return cursor

    def _check_owner(self, database: duckdb.DuckDBPyConnection) -> tuple[Cursor | None, str]:
        """The cursor, and the version of the catalog that the file was written with; a foreign file is refused."""
        found = first_row(
            database.execute(f"SELECT source, format, catalog, cursor FROM {self._table('_tieout_mirror')}")
        )
        if found is None:
            row = [self.source, FORMAT, self.catalog]
            database.execute(
                f"INSERT INTO {self._table('_tieout_mirror')} VALUES (?, ?, ?, NULL, now())", row
            )
            return None, self.catalog
        source, made_format, made_with, cursor = found
        return stored_cursor(
            (source, made_format, made_with, cursor),
            self.source,
            place=f"The schema {self.schema!r} of {self.path}",
            advice='Give this company a schema of its own: `schema = "…"` in the [connection] of the file.',
        )

    def _promote_extras(self, database: duckdb.DuckDBPyConnection, types: Sequence[str]) -> None:
        database.execute("BEGIN")
        for name in types:
            of = self._layout.kept(name)
            promote_extras(database, self.schema, of, self._leave_out, partial(self._widen, database, of))
        database.execute(f"UPDATE {self._table('_tieout_mirror')} SET catalog = ?", [self.catalog])
        database.execute("COMMIT")

    def _make_tables(self, database: duckdb.DuckDBPyConnection, of: KeptType) -> None:
        for name, empty in of.declared_tables().items():
            self._make_table(database, of, name, empty)

    def _make_table(self, database: duckdb.DuckDBPyConnection, of: KeptType, name: str, like: Any) -> None:
        if name in self._columns:
            return
        shown = like.select([c for c in like.column_names if not self._leave_out.hides(of, name, c)])
        if not shown.column_names:
            return
        database.register("page_rows", shown.slice(0, 0))
        extra = ""
        if name == table_name(of.name):
            known = set(shown.column_names)
            extra = "".join(
                f", NULL::{kind} AS {quoted(c)}" for c, kind in _OWN_COLUMNS.items() if c not in known
            )
        database.execute(f"CREATE TABLE {self._table(name)} AS SELECT *{extra} FROM page_rows LIMIT 0")
        database.unregister("page_rows")
        database.execute(f"INSERT INTO {self._table('_tieout_table')} VALUES (?, ?)", [of.name, name])
        self._columns[name] = {*shown.column_names, *(_OWN_COLUMNS if extra else ())}

    # ---- while a source is read

    def put(self, page: Page) -> None:
        """Hand over a page; its rows replace those with the same key."""
        of = self._layout.kept(page.type)
        tables = self._leave_out.trim(of, page, raw=self._raw)
        self._batch.put(of, tables)
        if not self._is_first and of.called:
            self._renamed.add(page.type)
        if self._batch.rows >= ROWS_PER_BATCH:
            self._send()

    def gone(self, gone: Gone) -> None:
        """Hand over ids that QuickBooks has no more."""
        self._batch.steps.append(gone)

    def mark(self, cursor: Cursor) -> None:
        """Everything handed over so far is complete up to this cursor. It is committed with the rows before it, or later."""
        self._cursor = cursor

    def flush(self) -> None:
        """Commit everything handed over; rows after the last mark go before their cursor does."""
        self._send(commit=True)
        self._database.settle()

    # ---- writing, on a thread of its own

    def _send(self, *, commit: bool = False) -> None:
        batch, self._batch = self._batch, Batch()
        self._uncommitted += batch.rows
        commit = commit or self._uncommitted >= ROWS_PER_COMMIT
        if not batch.steps and (not commit or self._is_all_committed()):
            return
        if commit:
            batch.cursor, self._cursor, self._uncommitted = self._cursor, None, 0
            batch.renamed, self._renamed = self._renamed, set()
        self._is_uncommitted = not commit
        self._database.submit(partial(self._write, batch, commit), commits=commit)

    def _is_all_committed(self) -> bool:
        """Whether there is nothing to commit, so that the file need not be opened."""
        return self._cursor is None and not self._is_uncommitted and not self._renamed

    def _write(self, batch: Batch, commit: bool, database: duckdb.DuckDBPyConnection) -> None:
        if not self._in_transaction:
            database.execute("BEGIN")
        for step in batch.steps:
            self._delete(database, step) if isinstance(step, Gone) else self._replace(database, step)
        if commit:
            follow_names(database, self.schema, self._layout, batch.renamed, self._columns)
        if batch.cursor is not None:
            update = f"UPDATE {self._table('_tieout_mirror')} SET cursor = ?, committed_at = now()"
            database.execute(update, [json.dumps(batch.cursor)])
        if commit:
            database.execute("COMMIT")
        self._in_transaction = not commit

    def _replace(self, database: duckdb.DuckDBPyConnection, rows: Rows) -> None:
        header = table_name(rows.of.name)
        for name, table in rows.each():
            self._widen(database, rows.of, name, table)
        joined = rows.joined()
        for part in joined[header]:
            self._delete_keys(database, rows.of, part)
        for name, parts in joined.items():
            own = ", now() AS _synced_at" if name == header else ""
            for part in parts:
                database.register("page_rows", part)
                database.execute(f"INSERT INTO {self._table(name)} BY NAME SELECT *{own} FROM page_rows")
                database.unregister("page_rows")

    def _delete_keys(self, database: duckdb.DuckDBPyConnection, of: KeptType, rows: Any) -> None:
        """Take away what the rows replace: headers and all parts. Nothing is scanned twice when nothing is there."""
        key, header = key_columns(of), table_name(of.name)
        owner = owner_columns(of)
        database.register("page_keys", rows.select(list(key)))
        same = " AND ".join(f"t.{quoted(c)} = k.{quoted(c)}" for c in key)
        found = first_row(
            database.execute(f"SELECT 1 FROM {self._table(header)} t JOIN page_keys k ON {same} LIMIT 1")
        )
        if found:
            for name in self._tables_of(database, of.name):
                mine = key if name == header else owner
                same = " AND ".join(f"t.{quoted(m)} = k.{quoted(c)}" for m, c in zip(mine, key, strict=True))
                database.execute(f"DELETE FROM {self._table(name)} t USING page_keys k WHERE {same}")
        database.unregister("page_keys")

    def _delete(self, database: duckdb.DuckDBPyConnection, gone: Gone) -> None:
        """Keep the header with `_deleted_at`, take the parts away."""
        header = table_name(gone.type)
        of = self._layout.kept(gone.type)
        key, owner = joined_key(key_columns(of)), joined_key(owner_columns(of))
        ids = list(gone.ids)
        at = (gone.at or datetime.now(UTC)).isoformat()
        for name in self._tables_of(database, gone.type):
            if name == header:
                mark = f"UPDATE {self._table(name)} SET _deleted_at = ?::TIMESTAMPTZ WHERE {key} IN (SELECT unnest(?)) AND _deleted_at IS NULL"
                database.execute(mark, [at, ids])
            else:
                database.execute(
                    f"DELETE FROM {self._table(name)} WHERE {owner} IN (SELECT unnest(?))", [ids]
                )

    def _widen(self, database: duckdb.DuckDBPyConnection, of: KeptType, name: str, table: Any) -> None:
        """Add what the page has and the file has not: tables and columns."""
        if name not in self._columns:
            self._make_table(database, of, name, table)
        new = [column for column in table.column_names if column not in self._columns[name]]
        if not new:
            return
        database.register("page_rows", table.select(new).slice(0, 0))
        for column, kind in database.execute(
            "SELECT column_name, column_type FROM (DESCRIBE page_rows)"
        ).fetchall():
            database.execute(f"ALTER TABLE {self._table(name)} ADD COLUMN {quoted(column)} {kind}")
        database.unregister("page_rows")
        self._columns[name].update(new)

    def _tables_of(self, database: duckdb.DuckDBPyConnection, type_name: str) -> list[str]:
        rows = database.execute(
            f"SELECT table_name FROM {self._table('_tieout_table')} WHERE record_type = ?", [type_name]
        )
        return [name for (name,) in rows.fetchall()]

    # ---- what it holds

    def count(self, type_name: str) -> int:
        """Records that are not deleted."""
        self._send()
        return _count(self._database.settled(), self._table(table_name(type_name)))

    def ids(self, type_name: str) -> Collection[str]:
        """Ids of records that are not deleted."""
        self._send()
        key = joined_key(key_columns(self._layout.kept(type_name)))
        table = self._table(table_name(type_name))
        found = self._database.settled().execute(f"SELECT {key} FROM {table} WHERE _deleted_at IS NULL")
        return {name for (name,) in found.fetchall()}

    def _table(self, name: str) -> str:
        return f"{quoted(self.schema)}.{quoted(name)}"


_OWN_COLUMNS = {"_extra": "JSON", "_raw": "JSON", "_synced_at": "TIMESTAMPTZ", "_deleted_at": "TIMESTAMPTZ"}


def _existing_columns(database: duckdb.DuckDBPyConnection, schema: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    rows = database.execute(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = ?", [schema]
    )
    for table, column in rows.fetchall():
        found.setdefault(table, set()).add(column)
    return found


def _count(database: duckdb.DuckDBPyConnection, table: str) -> int:
    row = first_row(database.execute(f"SELECT count(*) FROM {table} WHERE _deleted_at IS NULL"))
    return int(row[0]) if row else 0
