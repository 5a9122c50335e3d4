"""A DuckDB file that is held while transactions come fast, with commits on a thread of their own."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from time import monotonic

import duckdb

from .database import connect, explained


class HeldDatabase:
    """One connection at most, and one commit under way at most.

    `settled` waits for the commit under way, raises what it raised, and gives the connection.
    """

    def __init__(self, path: Path, *, let_go_after: float) -> None:
        self._path = path
        self._patience = let_go_after
        self._database: duckdb.DuckDBPyConnection | None = None
        self._open = False
        self._committed_at = float("-inf")
        self._under_way: Future[object] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="commit")

    def settled(self) -> duckdb.DuckDBPyConnection:
        """The connection, with nothing under way on it."""
        self.settle()
        if self._database is None:
            self._database = connect(self._path)
        return self._database

    def in_transaction(self) -> duckdb.DuckDBPyConnection:
        """The connection, inside a transaction."""
        database = self.settled()
        if not self._open:
            database.execute("BEGIN")
            self._open = True
        return database

    def commit(self) -> None:
        """Begin to commit. When the last commit is long ago, finish and let go of the file."""
        if not self._open or self._database is None:
            return
        self._open = False
        self._under_way = self._thread.submit(self._database.execute, "COMMIT")
        rare, self._committed_at = monotonic() - self._committed_at > self._patience, monotonic()
        if rare:
            self.settle()
            self.let_go()

    def settle(self) -> None:
        """Wait for the commit under way."""
        if self._under_way is not None:
            under_way, self._under_way = self._under_way, None
            with explained(self._path):
                under_way.result()

    def let_go(self) -> None:
        """Close the file; a transaction that is open is undone."""
        try:
            self.settle()
        finally:
            database, self._database, self._open = self._database, None, False
            if database is not None:
                with explained(self._path):
                    database.close()
