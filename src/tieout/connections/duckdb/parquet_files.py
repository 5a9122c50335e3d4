"""Tables of a DuckDB file as Parquet files of a folder, and back."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import duckdb

from ...errors import SetupError
from ..mirrors.sql_text import quoted


class Files(Protocol):
    """Where the files are."""

    def read(self, name: str) -> bytes | None:
        """A whole file; None when it is not there."""
        ...

    def replace(self, name: str, body: bytes) -> None:
        """Put a file in its place at once."""
        ...


def fill_table(database: duckdb.DuckDBPyConnection, name: str, files: Files) -> bool:
    """Make a table of its file; whether there is one."""
    body = files.read(f"{name}.parquet")
    if body is None:
        return False
    with TemporaryDirectory(prefix="tieout-") as folder:
        copy = Path(folder, "copy.parquet")
        copy.write_bytes(body)
        try:
            database.execute(f"CREATE TABLE {quoted(name)} AS SELECT * FROM read_parquet(?)", [str(copy)])
        except duckdb.InvalidInputException as error:
            raise SetupError(
                f"{name}.parquet cannot be read: {error}.",
                advice="Move the folder's files away and run it again: everything is read anew.",
            ) from error
    return True


def write_table(database: duckdb.DuckDBPyConnection, name: str, files: Files) -> None:
    """Put a table into its file."""
    with TemporaryDirectory(prefix="tieout-") as folder:
        file = Path(folder, "written.parquet")
        database.execute(f"COPY {quoted(name)} TO '{file}' (FORMAT parquet, COMPRESSION zstd)")
        files.replace(f"{name}.parquet", file.read_bytes())
