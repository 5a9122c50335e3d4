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


class RestingMirror:
    """A mirror in DuckDB, whose file is opened when it has to be."""

    def __init__(self, mirror: DuckDBMirror) -> None:
        self._mirror = mirror
        self._file = StandingFile(mirror.path, mirror.schema)
        self._standing: Standing | None = None
        """While the file rests: what is known of it."""
        self._types: tuple[str, ...] = ()
        self._cursor: Cursor | None = None
        self._counts: dict[str, int] = {}

    def __enter__(self) -> Self:
        self._mirror.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, *others: object) -> None:
        if kind is None:
            self.flush()
        self._mirror.__exit__(kind, *others)
        if kind is None and self._standing is None and self._cursor is not None:
            mirror = self._mirror
            self._file.keep(
                Standing(mirror.source, mirror.catalog, self._types, self._cursor, now(), self._counts)
            )

    def prepare(self, types: Sequence[str]) -> Cursor | None:
        """Make ready for these types; the cursor of the last run, None before the first."""
        self._types = tuple(types)
        self._standing = self._file.read(self._mirror.source, self._mirror.catalog, self._types)
        if self._standing is None:
            self._file.forget()
            self._cursor = self._mirror.prepare(types)
        else:
            self._cursor, self._counts = self._standing.cursor, dict(self._standing.counts)
        return self._cursor

    def put(self, page: Page) -> None:
        self._awake()
        self._counts.pop(page.type, None)
        self._mirror.put(page)

    def gone(self, gone: Gone) -> None:
        self._awake()
        self._counts.pop(gone.type, None)
        self._mirror.gone(gone)

    def mark(self, cursor: Cursor) -> None:
        """Everything handed over so far is complete up to this cursor."""
        self._cursor = cursor
        if self._standing is None:
            self._mirror.mark(cursor)

    def flush(self) -> None:
        """Commit everything handed over; where that is a cursor alone, beside the file."""
        if self._standing is not None and not self._keep_beside(self._standing):
            self._awake()
        if self._standing is None:
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

    def _keep_beside(self, standing: Standing) -> bool:
        if self._cursor is None or self._cursor == standing.cursor:
            return True
        if now() - standing.committed > COMMITTED_EVERY:
            return False
        self._standing = replace(standing, cursor=self._cursor)
        return self._file.keep_again(self._standing)

    def _awake(self) -> None:
        """Open the file after all."""
        if self._standing is None:
            return
        self._standing = None
        self._file.forget()
        self._mirror.prepare(self._types, writing=True)
        if self._cursor is not None:
            self._mirror.mark(self._cursor)
