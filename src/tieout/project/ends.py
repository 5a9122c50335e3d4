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


def _folder(text: str) -> str:
    if not text or text.startswith(("/", ".")) or ".." in text.split("/"):
        raise ValueError(f"{text!r} is no folder inside the folder: write a name such as archive.")
    return text.rstrip("/")


def _seconds(number: int) -> int:
    if number < 0:
        raise ValueError(f"{number} is less than nothing.")
    return number


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


@dataclass(frozen=True, kw_only=True)
class FilesSettings(ConnectionSettings):
    """Files of a folder."""

    KIND = "files"
    SUMMARY = (
        "Files of a folder: CSV, JSON, JSON Lines, XML, Excel and Parquet; here, on an SFTP server (the extra `files`) or in "
        "S3 (the extra `s3`). Excel needs the extra `excel`. Addresses name a file without its ending, `inbox:orders`, or a "
        "pattern, `inbox:orders-*.csv`."
    )
    TAKES_WORDS = True

    path: str = setting(
        "The folder, beside the project file unless absolute, or its address.",
        example='"inbox"` or `"sftp://shop@files.example/outbox"',
    )
    format: str = setting(
        "What all files hold; the ending of each says so when absent. Needed for new files.",
        default="",
        choices=("", "csv", "json", "jsonl", "xml", "xlsx", "parquet"),
    )
    encoding: str = setting("Encoding of CSV.", default="utf-8", example='"windows-1252"')
    records: str = setting(
        "Where in JSON and XML the records are, as a dotted path; at the top when absent.",
        default="",
        example='"orders.order"',
    )
    sheet: str = setting("The sheet of Excel workbooks; the first when absent.", default="")
    one_per_document: bool = setting(
        "Each file is one document: read as one record, with the lines of a table as its `rows`; and written one for each "
        "record, named by its key.",
        default=False,
    )
    after: str = setting(
        "What becomes of files that a process has read and dealt with.",
        default="leave",
        choices=("leave", "archive", "delete"),
    )
    archive: str = setting("The folder inside the folder that they go to.", default="archive", check=_folder)
    quiet_seconds: int = setting(
        "Files that were changed less long ago are left alone, as somebody may still write them.",
        default=2,
        check=_seconds,
    )
    id_field: str = setting("The field that tells records apart.", default="id")
    password: str = setting("Password for the server.", default="", secret=True)

    @property
    def secrets_of(self) -> str:
        return f"files:{self.path}"


END_KINDS: tuple[type[ConnectionSettings], ...] = (SqlSettings, FilesSettings)
