"""A DuckDB file that is held while transactions come fast, and written to on a thread of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from time import monotonic

import duckdb

from .database import connect, explained

Work = Callable[[duckdb.DuckDBPyConnection], object]


class HeldDatabase:
    """One connection at most, and one piece of work under way at most.

    What it raised is raised at each call after it: nothing is to be written without what went before.
    """

    def __init__(self, path: Path, *, let_go_after: float) -> None:
        self._path = path
        self._patience = let_go_after
        self._database: duckdb.DuckDBPyConnection | None = None
        self._committed_at = float("-inf")
        self._under_way: Future[object] | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="duckdb")

    def submit(self, work: Work, *, commits: bool) -> None:
        """Begin some work. When it commits and the last commit is long ago, finish it and let go of the file."""
        self._under_way = self._thread.submit(work, self.settled())
        if commits:
            rare, self._committed_at = monotonic() - self._committed_at > self._patience, monotonic()
            if rare:
                self.let_go()

    def settled(self) -> duckdb.DuckDBPyConnection:
        """The connection, with nothing under way on it."""
        self.settle()
        if self._database is None:
            self._database = connect(self._path)
        return self._database

    def settle(self) -> None:
        """Wait for the work under way."""
        if self._under_way is not None:
            with explained(self._path):
                self._under_way.result()
            self._under_way = None

    def let_go(self) -> None:
        """Close the file; a transaction that is open is undone."""
        try:
            self.settle()
        finally:
            database, self._database = self._database, None
            if database is not None:
                with explained(self._path):
                    database.close()
