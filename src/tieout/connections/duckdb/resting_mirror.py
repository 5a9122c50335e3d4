"""A mirror that leaves its file closed until there is something to write: most runs of most companies find nothing new.

The cursor of such a run is kept beside the file, and in the file once a day. It is never ahead of the rows: it is kept for a file
that nobody wrote to.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Self

from ..base import Cursor, Gone, Page
from .mirror import DuckDBMirror
from .standing import Standing, StandingFile, now

COMMITTED_EVERY = timedelta(days=1)
"""How old the cursor in the file itself may become: QuickBooks tells changes of 30 days."""

FEW = 1000
"""Rows that wait until all is there: the file is then opened once, and not for long."""


class RestingMirror:
    """A mirror in DuckDB, whose file is opened when it has to be."""

    def __init__(self, mirror: DuckDBMirror) -> None:
        self._mirror = mirror
        self._file = StandingFile(mirror.path, mirror.schema)
        self._rests = False
        self._standing: Standing | None = None
        """While the file rests: what is known of it; nothing when there is no file yet."""
        self._waiting: list[Page | Gone] = []
        self._rows = 0
        self._types: tuple[str, ...] = ()
        self._cursor: Cursor | None = None
        self._counts: dict[str, int] = {}

    def __enter__(self) -> Self:
        self._mirror.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, *others: object) -> None:
        try:
            if kind is None:
                self.flush()
        finally:
            self._mirror.__exit__(kind, *others)
        if kind is None and not self._rests and self._cursor is not None:
            mirror = self._mirror
            self._file.keep(
                Standing(mirror.source, mirror.catalog, self._types, self._cursor, now(), self._counts)
            )

    def prepare(self, types: Sequence[str]) -> Cursor | None:
        """Make ready for these types; the cursor of the last run, None before the first."""
        self._types = tuple(types)
        self._standing = self._file.read(self._mirror.source, self._mirror.catalog, self._types)
        self._rests = self._standing is not None or not self._mirror.path.exists()
        if self._standing is not None:
            self._cursor, self._counts = self._standing.cursor, dict(self._standing.counts)
        elif not self._rests:
            self._file.forget()
            self._cursor = self._mirror.prepare(types)
        return self._cursor

    def put(self, page: Page) -> None:
        self._take(page, len(page))

    def gone(self, gone: Gone) -> None:
        self._take(gone, len(gone.ids))

    def mark(self, cursor: Cursor) -> None:
        """Everything handed over so far is complete up to this cursor."""
        self._cursor = cursor
        if not self._rests:
            self._mirror.mark(cursor)

    def flush(self) -> None:
        """Commit everything handed over; where that is a cursor alone, beside the file."""
        if self._rests and (self._waiting or not self._is_kept_beside()):
            self._awake()
        if not self._rests:
            self._mirror.flush()

    def count(self, type_name: str) -> int:
        """Records that are not deleted."""
        if type_name not in self._counts:
            self._awake()
            self._counts[type_name] = self._mirror.count(type_name)
        return self._counts[type_name]

    def ids(self, type_name: str) -> Collection[str]:
        """Ids of records that are not deleted."""
        self._awake()
        return self._mirror.ids(type_name)

    def _take(self, given: Page | Gone, rows: int) -> None:
        self._counts.pop(given.type, None)
        if self._rests:
            self._waiting.append(given)
            self._rows += rows
            if self._rows >= FEW:
                self._awake()
        else:
            self._hand_on(given)

    def _hand_on(self, given: Page | Gone) -> None:
        self._mirror.gone(given) if isinstance(given, Gone) else self._mirror.put(given)

    def _is_kept_beside(self) -> bool:
        """Whether the cursor, which is all there is, could be kept without the file."""
        standing = self._standing
        if standing is None or self._cursor is None:
            return False
        if self._cursor == standing.cursor:
            return True
        if now() - standing.committed > COMMITTED_EVERY:
            return False
        self._standing = replace(standing, cursor=self._cursor)
        return self._file.keep_again(self._standing)

    def _awake(self) -> None:
        """Open the file after all, and hand on what waits."""
        if not self._rests:
            return
        self._rests = False
        self._file.forget()
        self._mirror.prepare(self._types, writing=True)
        for given in self._waiting:
            self._hand_on(given)
        self._waiting.clear()
        # What came after the last cursor goes with it all the same: rows may be ahead of their cursor.
        if self._cursor is not None:
            self._mirror.mark(self._cursor)
