"""The engine's progress in a file of SQLite, where the state is in one too.

It can be made anew at any time, for the agenda begins again what was under way. So a damaged one stops nobody.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlalchemy

from ..errors import SetupError

LOG = logging.getLogger("tieout.worker")

_SCHEME = "sqlite:///"
_NEW_ENOUGH = (3, 42)
"""Older versions of SQLite lack `unixepoch('subsec')`, which DBOS needs: it is added to each connection."""


def sqlite_url(file: Path) -> str:
    """The address of an engine's file."""
    return f"{_SCHEME}{file.as_posix()}"


def file_of(url: str) -> Path:
    """The file at such an address."""
    return Path(url.removeprefix(_SCHEME))


def is_damaged(file: Path) -> bool:
    """Whether there is a file that is not, or not any more, one of SQLite's."""
    if not file.exists():
        return False
    try:
        with closing(sqlite3.connect(file)) as database:
            return bool(database.execute("PRAGMA quick_check(1)").fetchone() != ("ok",))
    except sqlite3.DatabaseError as error:
        return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def put_aside_damaged(file: Path) -> None:
    """Let the engine begin with a new file; SetupError where another process has this one open and the system forbids that."""
    if not is_damaged(file):
        return  # somebody did it before us
    aside = file.with_name(f"{file.name}.damaged")
    try:
        for ending in ("-wal", "-shm"):
            file.with_name(file.name + ending).unlink(missing_ok=True)
        file.replace(aside)
    except OSError as error:
        raise SetupError(
            f"{file} is damaged.",
            advice="Stop every tieout of this project, and start it again: a new one is made.",
        ) from error
    LOG.warning("%s was damaged and is now %s: what was under way begins again.", file, aside.name)


def sqlite_engine(url: str) -> sqlalchemy.Engine:
    """A database file that several threads and processes write to, its last word on the disk."""
    engine = sqlalchemy.create_engine(url)

    @sqlalchemy.event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        if sqlite3.sqlite_version_info < _NEW_ENOUGH:
            connection.create_function("unixepoch", 1, lambda _modifier: time.time())
        connection.isolation_level = "IMMEDIATE"
        for pragma in (
            "busy_timeout = 30000",
            "foreign_keys = ON",
            "journal_mode = WAL",
            "synchronous = FULL",
        ):
            connection.execute(f"PRAGMA {pragma}")

    return engine
