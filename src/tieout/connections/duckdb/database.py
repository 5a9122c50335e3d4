"""Opening DuckDB files: only while something is read or written, with errors that say who is in the way.

One process at a time may have a DuckDB file open for writing, and then no other may even read it
(duckdb.org/docs/current/connect/concurrency), so nobody here holds one longer than a batch needs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from ...errors import Busy, SetupError, TieoutError, Unreachable
from .unfinished import remove_unfinished

_SETTINGS = {
    "TimeZone": "UTC",
    "memory_limit": "128MB",
    "threads": "1",  # with one core left for it, two threads cost a third more and gain nothing
}

_HOLDER = re.compile(r"Conflicting lock is held in (.+?) \(PID (\d+)\)")


@contextmanager
def opened(path: Path, *, read_only: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
    """The database at `path`, closed again at the end; times are shown in UTC."""
    connection = connect(path, read_only=read_only)
    try:
        with explained(path):
            yield connection
    finally:
        connection.close()


def connect(path: Path, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """Open the file; Busy when another process has it, SetupError when it is no DuckDB file."""
    with explained(path):
        connection = _connected(path, read_only=read_only)
        for setting, value in _SETTINGS.items():
            connection.execute(f"SET {setting} = '{value}'")
        return connection


def _connected(path: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    try:
        return duckdb.connect(str(path), read_only=read_only)
    except duckdb.IOException:
        if not remove_unfinished(path):
            raise
        return duckdb.connect(str(path), read_only=read_only)


def first_row(result: duckdb.DuckDBPyConnection) -> tuple[Any, ...] | None:
    """The first row or None; the result is read to its end, for an unfinished one blocks the connection."""
    rows = result.fetchall()
    return rows[0] if rows else None


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """DuckDB's errors about the file as ours; any other is a fault of the SQL here and passes."""
    try:
        yield
    except duckdb.Error as error:
        found = _explain(path, error)
        if found is None:
            raise
        raise found from error


def _explain(path: Path, error: duckdb.Error) -> TieoutError | None:
    text = str(error)
    holder = _HOLDER.search(text)
    if holder or "being used by another process" in text:
        who = f"process {holder[2]} ({Path(holder[1]).name})" if holder else "another process"
        return Busy(
            f"{path} is open in {who}.", advice="Close it there and run this again; nothing was lost.", wait=5
        )
    if _UNWRITABLE.search(text):
        return Unreachable(
            f"{path} could not be written, most likely the disk is full: {text}", advice=_GO_ON
        )
    if isinstance(error, duckdb.OutOfMemoryException):
        return Unreachable(f"{path}: {text}", advice=f"Free memory. {_GO_ON}")
    if _UNREADABLE.search(text):
        return SetupError(
            f"{path} is no DuckDB file that this version can open.",
            advice="Move a mirror that is damaged away: it is made anew. Otherwise name another path in the project file, or upgrade: "
            "`pip install --upgrade tieout duckdb`.",
        )
    if isinstance(error, duckdb.IOException):
        return SetupError(
            f"{path} cannot be opened: {text}", advice="Check the path and its folder's permissions."
        )
    return None


_UNWRITABLE = re.compile(r"Could not write|No space left|not enough space|File too large", re.IGNORECASE)
_UNREADABLE = re.compile(r"valid DuckDB database|Serialization|newer version of DuckDB", re.IGNORECASE)
_GO_ON = (
    "Free some space and run it again: it goes on where it stopped, and nothing committed before is lost."
)
