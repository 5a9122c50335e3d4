"""A mirror as Parquet files: one for each table, and the cursor in one beside them, which is replaced last.

DuckDB does the work in a file of its own, which is filled from the Parquet files before and thrown away after. Files appear
whole, one after the other: whoever dies between them finds the old cursor, reads again from there, and replaces rows by key.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

from ...protocols.kept_types import Layout
from ..base import Cursor, Gone, Page
from ..leave_out import LeaveOut
from ..mirrors.own_tables import MIRROR, TABLES
from .database import opened
from .mirror import DuckDBMirror
from .parquet_files import Files, fill_table, write_table


class ParquetMirror:
    """One QuickBooks company in one folder."""

    def __init__(
        self,
        files: Files,
        source: str,
        layout: Layout,
        *,
        raw: bool = False,
        leave_out: LeaveOut | None = None,
    ) -> None:
        self._files = files
        self._layout = layout
        self._folder = TemporaryDirectory(prefix="tieout-")
        self._path = Path(self._folder.name, "mirror.duckdb")
        self._inner = DuckDBMirror(self._path, "main", source, layout, raw=raw, leave_out=leave_out)
        self._there: set[str] = set()
        """Tables that have a file."""
        self._touched: set[str] = set()
        """Types of which something changed."""
        self._marked = False

    def __enter__(self) -> Self:
        self._inner.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        try:
            if kind is None:
                self.flush()
            self._inner.__exit__(kind, *rest)
        finally:
            self._folder.cleanup()

    def prepare(self, types: Sequence[str]) -> Cursor | None:
        """Make ready for these types; the cursor that stands beside the files, None before the first."""
        with opened(self._path) as database:
            if fill_table(database, MIRROR, self._files):
                fill_table(database, TABLES, self._files)
                names = database.execute(f"SELECT table_name FROM {TABLES}").fetchall()
                self._there = {name for (name,) in names if fill_table(database, name, self._files)}
        return self._inner.prepare(types)

    def put(self, page: Page) -> None:
        self._touched.add(page.type)
        self._inner.put(page)

    def gone(self, gone: Gone) -> None:
        self._touched.add(gone.type)
        self._inner.gone(gone)

    def mark(self, cursor: Cursor) -> None:
        self._marked = True
        self._inner.mark(cursor)

    def flush(self) -> None:
        """Write the files of all tables that changed, and the cursor's last."""
        self._inner.flush()
        with opened(self._path) as database:
            kept = database.execute(f"SELECT record_type, table_name FROM {TABLES}").fetchall()
            naming = self._naming()
            changed = [
                name
                for type_name, name in kept
                if name not in self._there or type_name in self._touched or name in naming
            ]
            for name in changed:
                write_table(database, name, self._files)
            if changed:
                write_table(database, TABLES, self._files)
            if changed or self._marked:
                write_table(database, MIRROR, self._files)
        self._there.update(changed)
        self._touched, self._marked = set(), False

    def _naming(self) -> set[str]:
        """Tables that name records of what changed: a new name is carried to them."""
        called = (each for each in self._touched if self._layout.kept(each).called)
        return {reference.table for each in called for reference in self._layout.references_to(each)}

    def count(self, type_name: str) -> int:
        return self._inner.count(type_name)

    def ids(self, type_name: str) -> Collection[str]:
        return self._inner.ids(type_name)
