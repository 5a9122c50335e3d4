"""A mirror's tables in a file of SQLite: many inserts at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ...errors import Busy, SetupError, Unreachable
from ..mirrors.sql_text import quoted
from .mirror_store import ROWS_AT_ONCE, grouped
from .mirror_texts import Converter


class SqliteStore:
    """A file of SQLite. It has no decimals, so money is text there, every digit of it."""

    types: Mapping[str, str] = {
        "bool": "BOOLEAN",
        "whole": "INTEGER",
        "day": "DAY_TEXT",  # with the affinity of TEXT, as the next two
        "number": "DECIMAL_TEXT",
        "moment": "MOMENT_TEXT",
        "text": "TEXT",
    }
    view_types: Mapping[str, str] = {}
    own_types: Mapping[str, str] = {
        "json": "TEXT",
        "now": "TEXT DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))",
        "moment": "TEXT",
    }

    def __init__(self, name: str, path: str) -> None:
        self.name = name
        self._converter = Converter()
        with self._explained():
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = NORMAL")

    def named(self, name: str) -> str:
        return name

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._explained():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    def execute(self, text: str, *values: Any) -> list[tuple[Any, ...]]:
        return self._database.execute(text, values).fetchall()

    def make_bookkeeping(self) -> None:
        self.execute(
            "CREATE TABLE IF NOT EXISTS _tieout_mirror "
            "(source TEXT, format INTEGER, catalog TEXT, cursor TEXT, committed_at TEXT)"
        )
        self.execute("CREATE TABLE IF NOT EXISTS _tieout_table (record_type TEXT, table_name TEXT)")

    def families(self) -> dict[str, dict[str, str]]:
        found = self.execute(
            "SELECT m.name, c.name, c.type FROM sqlite_master m, pragma_table_info(m.name) c "
            "WHERE m.type = 'table' ORDER BY m.name, c.cid"
        )
        return grouped(found, {kind: family for family, kind in self.types.items()})

    def load(self, name: str, table: Any) -> None:
        columns, places = (
            ", ".join(map(quoted, table.column_names)),
            ", ".join("?" for _ in table.column_names),
        )
        self._database.executemany(
            f"INSERT INTO {quoted(name)} ({columns}) VALUES ({places})", self._converter.rows(table)
        )

    def load_keys(self, keys: Any) -> None:
        told = ", ".join(f"{quoted(name)} TEXT" for name in keys.column_names)
        self._database.execute("DROP TABLE IF EXISTS temp.page_keys")
        self._database.execute(f"CREATE TEMPORARY TABLE page_keys ({told})")
        self.load("page_keys", keys)

    def texts(self, name: str, columns: Sequence[str]) -> Iterator[Sequence[tuple[str | None, ...]]]:
        told = ", ".join(f"CAST({quoted(column)} AS TEXT)" for column in columns)
        found = self._database.execute(f"SELECT {told} FROM {quoted(name)}")
        while rows := found.fetchmany(ROWS_AT_ONCE):
            yield rows

    def make_index(self, name: str, columns: Sequence[str]) -> None:
        told = ", ".join(map(quoted, columns))
        self.execute(f"CREATE INDEX IF NOT EXISTS {quoted(f'{name}_key')} ON {quoted(name)} ({told})")

    def table_in_views(self, name: str) -> str:
        return quoted(name)

    def replace_view(self, layout: str, name: str, select: str) -> None:
        """SQLite has no schemas: the layout stands before the name."""
        view = quoted(f"{layout}_{name}")
        self.execute(f"DROP VIEW IF EXISTS {view}")
        self.execute(f"CREATE VIEW {view} AS {select}")

    def view_rows(self, layout: str, name: str) -> list[tuple[Any, ...]]:
        view = f"{layout}_{name}"
        is_there = self.execute("SELECT 1 FROM sqlite_master WHERE type = 'view' AND name = ?", view)
        return self.execute(f"SELECT * FROM {quoted(view)}") if is_there else []

    def close(self) -> None:
        self._database.close()
        self._converter.close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise Busy(f"{self.name} is open elsewhere: {error}.", wait=5) from error
            raise Unreachable(f"{self.name}: {error}.") from error
        except sqlite3.DatabaseError as error:
            raise SetupError(
                f"{self.name} is no file of SQLite: {error}.", advice="Name another path."
            ) from error
