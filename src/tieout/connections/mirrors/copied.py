"""A mirror that is not in DuckDB is compared there all the same: its tables are copied into a file that is thrown away after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import arro3.core as arrow
import duckdb

from ...protocols.kept_types import Layout
from ..leave_out import LeaveOut
from .comparison import Comparison, no_mirror
from .own_tables import MIRROR, REPORTS, TABLES
from .sql_text import quoted

_TYPES = {
    "bool": "BOOLEAN",
    "whole": "BIGINT",
    "day": "DATE",
    "number": "DECIMAL(38, 9)",
    "moment": "TIMESTAMPTZ",
}


class KeptTables(Protocol):
    """The tables of a mirror somewhere."""

    @property
    def name(self) -> str: ...

    def named(self, name: str) -> str:
        """A name as it is there."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """A block in which nothing changes."""
        ...

    def families(self) -> Mapping[str, Mapping[str, str]]:
        """By table, what its columns hold: bool, whole, day, number, moment; anything else is text."""
        ...

    def texts(self, name: str, columns: Sequence[str]) -> Iterator[Sequence[tuple[str | None, ...]]]:
        """Some rows after the other, with all values as texts."""
        ...


@contextmanager
def copied_to_compare(kept: KeptTables, layout: Layout, leave_out: LeaveOut) -> Iterator[Comparison]:
    """The mirror as it is now, open for comparing."""
    with (
        TemporaryDirectory(prefix="tieout-") as folder,
        duckdb.connect(str(Path(folder, "copy.duckdb"))) as database,
    ):
        database.execute("SET TimeZone = 'UTC'")
        database.execute("SET threads = 1")
        database.execute("SET memory_limit = '256MB'")
        with kept.transaction():
            _copy_all(database, kept)
        yield Comparison(database, "main", layout, leave_out, kept.named)


def _copy_all(database: duckdb.DuckDBPyConnection, kept: KeptTables) -> None:
    """All tables that are ours."""
    there = kept.families()
    if MIRROR not in there:
        raise no_mirror(kept.name)
    ours = [name for name in (TABLES, REPORTS) if name in there]
    for name in ours:
        _copy(database, name, there[name], kept)
    listed = " UNION ".join(f"SELECT table_name FROM {name}" for name in ours)
    for (name,) in database.execute(listed).fetchall():
        if name in there:
            _copy(database, name, there[name], kept)


def _copy(
    database: duckdb.DuckDBPyConnection, name: str, families: Mapping[str, str], kept: KeptTables
) -> None:
    types = {column: _TYPES.get(family, "VARCHAR") for column, family in families.items()}
    told = ", ".join(f"{quoted(column)} {kind}" for column, kind in types.items())
    database.execute(f"CREATE TABLE {quoted(name)} ({told})")
    cast = ", ".join(f"TRY_CAST({quoted(column)} AS {kind})" for column, kind in types.items())
    for rows in kept.texts(name, list(types)):
        database.register("some_rows", _as_table(rows, list(types)))
        database.execute(f"INSERT INTO {quoted(name)} SELECT {cast} FROM some_rows")
        database.unregister("some_rows")


def _as_table(rows: Sequence[tuple[str | None, ...]], columns: Sequence[str]) -> Any:
    text = arrow.DataType.utf8()
    values = [arrow.Array(list(column), text) for column in zip(*rows, strict=True)]
    return arrow.Table.from_arrays(values, schema=arrow.Schema([arrow.Field(c, text) for c in columns]))
