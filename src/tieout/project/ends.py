"""Settings of the connections to other systems than QuickBooks."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ..catalog.nearest import did_you_mean
from ..errors import SetupError
from .declaration import setting
from .functions import is_function
from .kind import ConnectionSettings, check_key

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

    @property
    def needed_secrets(self) -> tuple[str, ...]:
        return ("password",)


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

    @property
    def needed_secrets(self) -> tuple[str, ...]:
        return ("password",) if "://" in self.path else ()


def _service(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username:
        raise ValueError(f"{text!r} is no address of a service: write https://host/path.")
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
        raise ValueError(
            f"{text!r} would send secrets in the clear: only this machine may be reached without https."
        )
    return text.rstrip("/")


def _types(words: tuple[str, ...]) -> tuple[str, ...]:
    for word in words:
        _table(word)
    return words


def _paths(words: tuple[str, ...]) -> tuple[str, ...]:
    for word in words:
        name, equals, path = word.partition("=")
        if not equals or not _TABLE.fullmatch(name.strip()) or not path.strip():
            raise ValueError(f"{word!r} is no type with its path: write orders=/v1/orders.")
    return words


@dataclass(frozen=True, kw_only=True)
class HttpSettings(ConnectionSettings):
    """A web service."""

    KIND = "http"
    SUMMARY = (
        "A web service that speaks JSON over REST. Addresses name a type of `paths`, `shop:orders`, or a path with its "
        "parameters, `shop:/v1/orders?since=:last_success`. Secrets are asked for by `tieout connect NAME`. With `listen` it is the "
        "other way round: others send documents to `tieout serve`."
    )
    TAKES_WORDS = True

    base_url: str = setting(
        "Address of the service; needed unless the connection listens.",
        default="",
        check=_service,
        example='"https://shop.example/api"',
    )
    listen: tuple[str, ...] = setting(
        "Types of documents that others send: `tieout serve` takes them in at POST /in/NAME/TYPE. Such a connection asks nobody.",
        default=(),
        check=_types,
        example='["order"]',
    )
    listen_key: str = setting(
        "The key of those who may send documents, best a variable of the environment.",
        default="",
        check=check_key,
        example='"${SHOP_KEY}"',
    )
    signature_header: str = setting(
        "The header in which they put the HMAC-SHA256 of the body by that key, in hexadecimal or base64; when absent they show "
        "the key itself: Authorization: Bearer KEY.",
        default="",
        example='"X-Shop-Signature"',
    )
    largest: int = setting("Most bytes that they may send at once.", default=5_000_000, check=_seconds)
    paths: tuple[str, ...] = setting(
        "The types, each with its path.", default=(), check=_paths, example='["orders=/v1/orders"]'
    )
    records: str = setting(
        "Where in an answer its records are, as a dotted path; found when there is one list only.",
        default="",
        example='"data.orders"',
    )
    paging: str = setting(
        "How one comes to the next page.",
        default="link",
        choices=("link", "page", "offset", "cursor", "none"),
    )
    page_parameter: str = setting(
        "The parameter that takes the number of a page, an offset or a cursor.", default="", example='"page"'
    )
    next: str = setting(
        "Where an answer has the next link or cursor, as a dotted path, `data.-1.id` for the last record's; the header Link when absent.",
        default="",
        example='"meta.next_cursor"',
    )
    page_size: int = setting(
        "Records of a page; the service's choice when absent.", default=0, check=_seconds
    )
    size_parameter: str = setting("The parameter that takes it.", default="", example='"limit"')
    auth: str = setting(
        "As whom the service is asked: with a `header`, a user and password (`basic`), or OAuth client credentials "
        "(`oauth`).",
        default="none",
        choices=("none", "header", "basic", "oauth"),
    )
    header: str = setting("The header of `header`.", default="Authorization")
    token: str = setting("The value of that header, such as Bearer and a token.", default="", secret=True)
    user: str = setting("The user of `basic`.", default="")
    password: str = setting("Its password.", default="", secret=True)
    token_url: str = setting(
        "Where `oauth` gets its tokens.", default="", check=_service, example='"https://shop.example/token"'
    )
    client_id: str = setting("The client of `oauth`.", default="")
    scope: str = setting("The scope that it asks for.", default="")
    client_secret: str = setting("Its secret.", default="", secret=True)
    id_field: str = setting("The field that tells records apart.", default="id")
    modify: str = setting(
        "The method that changes some fields of a record.", default="PATCH", choices=("PATCH", "PUT")
    )
    idempotency_header: str = setting(
        "The header by which the service recognizes a request that is sent again. Without one, a new record whose answer was "
        "lost is looked up by its id, or a person has to look. Of a connection that listens, Idempotency-Key when absent.",
        default="",
        example='"Idempotency-Key"',
    )
    timeout: int = setting("Seconds until an answer is given up.", default=60, check=_seconds)

    @property
    def secrets_of(self) -> str:
        return f"http:{self.base_url} {self.token_url}"

    @property
    def complaints(self) -> Sequence[tuple[str, str]]:
        if self.listen:
            return () if self.listen_key else [("listen_key", "listen_key is missing, and listen needs it.")]
        if not self.base_url:
            return [
                (
                    "base_url",
                    "base_url is missing: name the address of the service, or the types that it listens for.",
                )
            ]
        needs: Mapping[str, Sequence[str]] = {
            f'auth = "{self.auth}"': {"basic": ("user",), "oauth": ("token_url", "client_id")}.get(
                self.auth, ()
            ),
            f'paging = "{self.paging}"': {
                "page": ("page_parameter",),
                "offset": ("page_parameter",),
                "cursor": ("page_parameter", "next"),
            }.get(self.paging, ()),
        }
        return [
            (key, f"{key} is missing, and {word} needs it.")
            for word, keys in needs.items()
            for key in keys
            if not getattr(self, key)
        ]

    @property
    def needed_secrets(self) -> tuple[str, ...]:
        return {"header": ("token",), "basic": ("password",), "oauth": ("client_secret",)}.get(self.auth, ())

    def check_word(self, word: str, /) -> None:
        if self.listen and word not in self.listen:
            raise SetupError(
                f"{word} is not taken in.{did_you_mean(word, self.listen)}",
                advice="Name it in `listen` of the connection.",
            )


def _made_by(text: str) -> str:
    if not is_function(text):
        raise ValueError(f"{text!r} names no function: write module:name.")
    return text


@dataclass(frozen=True, kw_only=True)
class DltSettings(ConnectionSettings):
    """A source or a destination of dlt."""

    KIND = "dlt"
    SUMMARY = (
        "A source of dlt to read from, or a destination of dlt to write to. The extra `dlt` is needed, and the packages of the "
        "destination: pip install 'dlt[bigquery]'. dlt looks for secrets where it always does, in `.dlt/` and the environment."
    )

    source: str = setting(
        "The function that makes the source, as module:name; the module may be beside the project file.",
        default="",
        check=_made_by,
        example='"my_sources:shop"',
    )
    destination: str = setting("The destination, as dlt calls it.", default="", example='"bigquery"')
    arguments: Mapping[str, str] = setting(
        "Arguments of the source's function or of the destination. A path of the destinations duckdb and filesystem is beside the "
        "project file unless absolute.",
        default=(),
        example='{ bucket_url = "lake" }',
    )
    dataset: str = setting("The dataset of the destination.", default="tieout")
    id_field: str = setting("The field that tells records apart.", default="id")

    @property
    def complaints(self) -> Sequence[tuple[str, str]]:
        if bool(self.source) == bool(self.destination):
            return [("source", "name either a source or a destination; each is a connection of its own.")]
        return ()


def listens(settings: ConnectionSettings) -> bool:
    """Whether others send documents to a connection, so that it is asked for nothing."""
    return isinstance(settings, HttpSettings) and bool(settings.listen)


END_KINDS: tuple[type[ConnectionSettings], ...] = (SqlSettings, FilesSettings, HttpSettings, DltSettings)
