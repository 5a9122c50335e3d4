"""Parquet, through DuckDB: decimals, days and times with their own types."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

import duckdb

from ...errors import SetupError
from ...protocols.record_files import Given
from ..row_page import RowPage

_AT_ONCE = 1_000
"""Rows."""


def read_parquet(file: BinaryIO, name: str) -> Iterator[Given]:
    """A record for each row; DuckDB reads files of this machine, so it gets a copy."""
    with TemporaryDirectory(prefix="tieout-") as folder, duckdb.connect() as database:
        copy = Path(folder, "read.parquet")
        with copy.open("wb") as written:
            shutil.copyfileobj(file, written)
        database.execute("SET TimeZone = 'UTC'")
        try:
            rows = database.execute("SELECT * FROM read_parquet(?)", [str(copy)])
            names = [column[0] for column in rows.description or ()]
            number = 0
            while some := rows.fetchmany(_AT_ONCE):
                for row in some:
                    number += 1
                    yield Given(f"{name}, row {number}", dict(zip(names, row, strict=True)))
        except duckdb.Error as error:
            told = str(error).replace(str(copy), name)
            raise SetupError(f"{name} is no Parquet file: {told}.", advice="Save it anew.") from error


def write_parquet(records: Sequence[Mapping[str, Any]], type_name: str) -> bytes:
    """The records as a file."""
    (table,) = RowPage(type_name, records).tables().values()
    with TemporaryDirectory(prefix="tieout-") as folder, duckdb.connect() as database:
        file = Path(folder, "written.parquet")
        database.register("page_rows", table)
        database.execute(f"COPY page_rows TO '{str(file).replace(chr(39), chr(39) * 2)}' (FORMAT parquet)")
        return file.read_bytes()
