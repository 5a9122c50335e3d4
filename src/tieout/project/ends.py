"""Settings of the connections to other systems than QuickBooks."""

from __future__ import annotations

import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .declaration import setting
from .kind import ConnectionSettings

_DATABASE = re.compile(r"[a-z0-9_]+(\+[a-z0-9_]+)?:/")
_TABLE = re.compile(r"[A-Za-z_]\w*")


def _database(text: str) -> str:
    if not _DATABASE.match(text):
        raise ValueError("this is no address of a database: write postgresql://user@host/database.")
    return text


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{text!r} is no time zone: write a name such as Europe/London.") from error
    return text


def _table(text: str) -> str:
    if not _TABLE.fullmatch(text):
        raise ValueError(f"{text!r} is no name for a table.")
    return text


@dataclass(frozen=True, kw_only=True)
class SqlSettings(ConnectionSettings):
    """A database, through SQLAlchemy."""

    KIND = "sql"
    SUMMARY = (
        "A database that SQLAlchemy reaches: PostgreSQL, MySQL, SQLite, SQL Server, Oracle and others. "
        "The extra `sql` is needed; it brings the driver for PostgreSQL, and pip the others."
    )
    TAKES_WORDS = True

    url: str = setting(
        "Address of the database, as SQLAlchemy writes it; a path of SQLite is beside the project file unless absolute.",
        check=_database,
        example='"postgresql://shop@db/shop"',
    )
    password: str = setting("Its password, where the address names none.", default="", secret=True)
    schema: str = setting("Schema of the tables; the database's own choice when absent.", default="")
    zone: str = setting(
        "Time zone of the times that the database keeps without one.",
        default="UTC",
        check=_zone,
        example='"Europe/London"',
    )
    marks: str = setting(
        "The table, made when it is not there yet, that tells which changes were written, so that nothing is written "
        "twice.",
        default="tieout_written",
        check=_table,
    )

    @property
    def secrets_of(self) -> str:
        return f"sql:{self.url}"
