"""A mirror in PostgreSQL or SQLite: rows, deletions and the cursor are committed together, or not at all.

Pages are gathered into batches, which are written on a thread of their own while the next pages are decoded. The tables
are those of a mirror in DuckDB. Rows may be committed before their cursor: after a kill they are read again, and replaced by
key. When the catalog knows more than the mirror was made with, and something waits for it in `_extra`, everything is read again.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, Self

from ...protocols.kept_types import KeptType, Layout, key_columns, owner_columns
from ...protocols.table_names import table_name
from ..base import Cursor, Gone, Page
from ..leave_out import LeaveOut
from ..mirrors.batches import FORMAT, ROWS_PER_BATCH, Batch, Rows, fitted, stored_cursor
from ..mirrors.sql_text import joined_key, quoted
from .mirror_names import follow_names
from .mirror_store import Store, family_of

_IDS_AT_ONCE = 500
_OWN = {"_extra": "json", "_raw": "json", "_synced_at": "now", "_deleted_at": "moment"}
"""Columns of headers besides those of their records."""


class SqlMirror:
    """One QuickBooks company in one schema of a database."""

    def __init__(
        self,
        store: Store,
        source: str,
        layout: Layout,
        *,
        raw: bool = False,
        leave_out: LeaveOut | None = None,
    ) -> None:
        self._store = store
        self._source = source
        self._layout = layout
        self._raw = raw
        self._leave_out = leave_out or LeaveOut()
        self._batch = Batch()
        self._cursor: Cursor | None = None
        self._is_first = True
        self._types: list[str] = []
        self._columns: dict[str, set[str]] = {}
        self._new_keys: dict[str, set[Any]] = {}
        """Of types that had no rows before this run: the keys put since, so that nothing is looked for in vain."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="mirror")
        self._under_way: Future[None] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                self.flush()
            else:
                self._wait_for_end()
        finally:
            self._thread.shutdown()
            self._store.close()

    # ---- before the first page

    def prepare(self, types: Sequence[str]) -> Cursor | None:
        """Make the tables that are missing and give the cursor of the last commit."""
        store = self._store
        with store.transaction():
            store.make_bookkeeping()
            self._columns = {name: set(columns) for name, columns in store.families().items()}
            cursor, made_with = self._check_owner()
            for name in types:
                of = self._layout.kept(name)
                declared = self._leave_out.trim_tables(of, of.declared_tables())
                for table, empty in fitted(declared, store.named).items():
                    self._make_table(of, table, empty)
                if not store.execute(f"SELECT 1 FROM {quoted(table_name(name))} LIMIT 1"):
                    self._new_keys[name] = set()
            if made_with != self._layout.fingerprint:
                if any(self._waits_in_extra(name) for name in types):
                    cursor = None
                store.execute("UPDATE _tieout_mirror SET catalog = ?", self._layout.fingerprint)
            if cursor is not None:
                self._make_indexes(types)
        self._is_first, self._types = cursor is None, list(types)
        return cursor

    def _check_owner(self) -> tuple[Cursor | None, str]:
        """The cursor, and the version of the catalog that the tables were made with; a foreign mirror is refused."""
        found = self._store.execute("SELECT source, format, catalog, cursor FROM _tieout_mirror")
        if not found:
            row = (self._source, FORMAT, self._layout.fingerprint)
            self._store.execute("INSERT INTO _tieout_mirror VALUES (?, ?, ?, NULL, NULL)", *row)
            return None, self._layout.fingerprint
        source, made_format, made_with, cursor = found[0]
        return stored_cursor(
            (source, made_format, made_with, cursor),
            self._source,
            place=self._store.name,
            advice="Give this company a schema, or a file, of its own.",
        )

    def _waits_in_extra(self, type_name: str) -> bool:
        table = quoted(table_name(type_name))
        return bool(self._store.execute(f"SELECT 1 FROM {table} WHERE _extra IS NOT NULL LIMIT 1"))

    def _make_table(self, of: KeptType, name: str, like: Any) -> None:
        if name in self._columns:
            return
        kinds = {each.name: self._store.types[family_of(each.type)] for each in like.schema}
        if name == table_name(of.name):
            kinds |= {c: self._store.own_types[kind] for c, kind in _OWN.items() if c not in kinds}
        told = ", ".join(f"{quoted(column)} {kind}" for column, kind in kinds.items())
        self._store.execute(f"CREATE TABLE {quoted(name)} ({told})")
        self._store.execute("INSERT INTO _tieout_table VALUES (?, ?)", of.name, name)
        self._columns[name] = set(kinds)

    def _make_indexes(self, types: Iterable[str]) -> None:
        """After the first rows: filling tables that have none is twice as fast."""
        for type_name in types:
            of = self._layout.kept(type_name)
            for name in self._tables_of(type_name):
                key = key_columns(of) if name == table_name(type_name) else owner_columns(of)
                self._store.make_index(name, key)

    # ---- while a source is read

    def put(self, page: Page) -> None:
        """Hand over a page; its rows replace those with the same key."""
        of = self._layout.kept(page.type)
        tables = fitted(self._leave_out.trim(of, page, raw=self._raw), self._store.named)
        self._batch.put(of, tables)
        if not self._is_first and of.called:
            self._batch.renamed.add(page.type)
        if self._batch.rows >= ROWS_PER_BATCH:
            self._send()

    def gone(self, gone: Gone) -> None:
        """Hand over ids that QuickBooks has no more."""
        self._batch.steps.append(gone)

    def mark(self, cursor: Cursor) -> None:
        """Everything handed over so far is complete up to this cursor; it is committed with the rows before it, or later."""
        self._batch.cursor = cursor

    def flush(self) -> None:
        """Commit everything handed over."""
        self._send()
        self._settle()
        if self._is_first and self._types:
            with self._store.transaction():
                self._make_indexes(self._types)

    # ---- writing, on a thread of its own

    def _send(self) -> None:
        batch, self._batch = self._batch, Batch()
        if batch.steps or batch.cursor is not None:
            self._settle()
            self._under_way = self._thread.submit(self._write, batch)

    def _settle(self) -> None:
        """Wait for the batch under way; what it raised is raised here."""
        under_way, self._under_way = self._under_way, None
        if under_way is not None:
            under_way.result()

    def _wait_for_end(self) -> None:
        """Let the batch under way come to its end; another error is being told already."""
        if self._under_way is not None:
            self._under_way.exception()

    def _write(self, batch: Batch) -> None:
        with self._store.transaction():
            for step in batch.steps:
                self._mark_deleted(step) if isinstance(step, Gone) else self._replace(step)
            follow_names(self._store, self._layout, batch.renamed, self._columns)
            if batch.cursor is not None:
                self._store.execute(
                    "UPDATE _tieout_mirror SET cursor = ?, committed_at = ?",
                    json.dumps(batch.cursor),
                    self._now(),
                )

    def _replace(self, rows: Rows) -> None:
        of, header = rows.of, table_name(rows.of.name)
        for name, table in rows.each():
            self._widen(of, name, table)
        joined = rows.joined()
        if self._may_be_there(rows):
            for part in joined[header]:
                self._delete_keys(of, part.select(list(key_columns(of))))
        for name, parts in joined.items():
            for part in parts:
                self._store.load(name, part)

    def _may_be_there(self, rows: Rows) -> bool:
        """Whether one of the records may have rows already."""
        new = self._new_keys.get(rows.of.name)
        if new is None:
            return True
        known = not new.isdisjoint(rows.keys)
        new |= rows.keys
        return known

    def _delete_keys(self, of: KeptType, keys: Any) -> None:
        """Take away what the rows replace: headers and all parts."""
        header, key = table_name(of.name), key_columns(of)
        self._store.load_keys(keys)
        same = " AND ".join(f"t.{quoted(c)} = k.{quoted(c)}" for c in key)
        if not self._store.execute(f"SELECT 1 FROM {quoted(header)} t JOIN page_keys k ON {same} LIMIT 1"):
            return
        listed = ", ".join(f"k.{quoted(c)}" for c in key)
        for name in self._tables_of(of.name):
            columns = key if name == header else owner_columns(of)
            mine = ", ".join(map(quoted, columns))
            self._store.execute(
                f"DELETE FROM {quoted(name)} WHERE ({mine}) IN (SELECT {listed} FROM page_keys k)"
            )

    def _mark_deleted(self, gone: Gone) -> None:
        """Keep the header with `_deleted_at`, take the parts away."""
        of, header = self._layout.kept(gone.type), table_name(gone.type)
        at = gone.at.astimezone(UTC).isoformat() if gone.at else self._now()
        ids = list(gone.ids)
        for begin in range(0, len(ids), _IDS_AT_ONCE):
            some = ids[begin : begin + _IDS_AT_ONCE]
            places = ", ".join("?" for _ in some)
            for name in self._tables_of(gone.type):
                if name == header:
                    self._store.execute(
                        f"UPDATE {quoted(name)} SET _deleted_at = ? WHERE {joined_key(key_columns(of))} IN ({places}) "
                        "AND _deleted_at IS NULL",
                        at,
                        *some,
                    )
                else:
                    owner = joined_key(owner_columns(of))
                    self._store.execute(f"DELETE FROM {quoted(name)} WHERE {owner} IN ({places})", *some)

    def _widen(self, of: KeptType, name: str, table: Any) -> None:
        """Add what the page has and the database has not: tables and columns."""
        if name not in self._columns:
            self._make_table(of, name, table.slice(0, 0))
        for column in table.schema:
            if column.name not in self._columns[name]:
                kind = self._store.types[family_of(column.type)]
                self._store.execute(f"ALTER TABLE {quoted(name)} ADD COLUMN {quoted(column.name)} {kind}")
                self._columns[name].add(column.name)

    def _tables_of(self, type_name: str) -> list[str]:
        found = self._store.execute("SELECT table_name FROM _tieout_table WHERE record_type = ?", type_name)
        return [name for (name,) in found]

    def _now(self) -> str:
        return datetime.now(UTC).isoformat()

    # ---- what it holds

    def count(self, type_name: str) -> int:
        """Records that are not deleted."""
        return len(self.ids(type_name))

    def ids(self, type_name: str) -> Collection[str]:
        """Ids of records that are not deleted."""
        self._send()
        self._settle()
        key = joined_key(key_columns(self._layout.kept(type_name)))
        table = quoted(table_name(type_name))
        with self._store.transaction():
            return {
                row[0] for row in self._store.execute(f"SELECT {key} FROM {table} WHERE _deleted_at IS NULL")
            }
