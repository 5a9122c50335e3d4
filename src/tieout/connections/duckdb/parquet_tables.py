"""Mirrors and reports in a folder of Parquet files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from ...errors import SetupError
from ...protocols.kept_types import Layout
from ..base import Page
from ..leave_out import LeaveOut
from ..mirrors.comparison import Comparison, no_mirror
from ..mirrors.own_tables import MIRROR, REPORTS, TABLES
from ..mirrors.sql_text import quoted
from .database import opened
from .parquet_files import Files, fill_table, write_table
from .parquet_mirror import ParquetMirror


class ParquetTables:
    """The tables of one folder; DuckDB works on copies of them that are thrown away after."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def mirror(
        self, source: str, layout: Layout, *, raw: bool = False, leave_out: LeaveOut | None = None
    ) -> ParquetMirror:
        """A writer for the mirror of `source`."""
        return ParquetMirror(self._files, source, layout, raw=raw, leave_out=leave_out)

    @contextmanager
    def comparison(self, layout: Layout, leave_out: LeaveOut) -> Iterator[Comparison]:
        """The mirror as it is now, open for comparing."""
        with _passing() as database:
            if not fill_table(database, MIRROR, self._files):
                raise no_mirror("The folder")
            fill_table(database, TABLES, self._files)
            tables = database.execute(f"SELECT table_name FROM {TABLES}").fetchall()
            for name in (*(name for (name,) in tables), *self._reports(database)):
                fill_table(database, name, self._files)
            yield Comparison(database, "main", layout, leave_out)

    def keep(self, page: Page) -> None:
        """Put a page's tables in the place of those that were left here before; nobody else's are touched."""
        with _passing() as database:
            ours = self._reports(database)
            for name, table in page.tables().items():
                if name not in ours:
                    self._add_report(database, name)
                database.register("page_rows", table)
                database.execute(f"CREATE TABLE {quoted(name)} AS SELECT * FROM page_rows")
                database.unregister("page_rows")
                write_table(database, name, self._files)

    def _reports(self, database: duckdb.DuckDBPyConnection) -> list[str]:
        """The tables that hold reports."""
        if not fill_table(database, REPORTS, self._files):
            database.execute(f"CREATE TABLE {REPORTS} (table_name VARCHAR)")
        return [name for (name,) in database.execute(f"SELECT table_name FROM {REPORTS}").fetchall()]

    def _add_report(self, database: duckdb.DuckDBPyConnection, name: str) -> None:
        """Say that a file is ours before it is there."""
        if self._files.read(f"{name}.parquet") is not None:
            raise SetupError(
                f"The folder has a file {name}.parquet that tieout did not make.",
                advice="Rename it, or name another folder.",
            )
        database.execute(f"INSERT INTO {REPORTS} VALUES (?)", [name])
        write_table(database, REPORTS, self._files)


@contextmanager
def _passing() -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB file for as long as it is worked on."""
    with TemporaryDirectory(prefix="tieout-") as folder, opened(Path(folder, "passing.duckdb")) as database:
        yield database
