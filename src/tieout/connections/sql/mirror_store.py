"""What a mirror asks of a database, and how PostgreSQL and SQLite do it: COPY in one, many inserts at once in the other.

Arrow tables become text through DuckDB, without the interpreter: CSV for COPY, rows of plain values for SQLite.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import arro3.core as arrow
import duckdb

from ...errors import Busy, SetupError, Unreachable
from ..mirrors.sql_text import quoted

_Type = arrow.DataType
_LONGEST_NAME = 63
"""Bytes of a name in PostgreSQL; longer ones would be cut without a word."""
_MEGABYTE = 1 << 20
_ROWS_AT_ONCE = 5_000

_FAMILIES_OF_POSTGRES = {
    "boolean": "bool",
    "bigint": "whole",
    "date": "day",
    "numeric": "number",
    "timestamp with time zone": "moment",
}


class Store(Protocol):
    """One schema of a database, on one connection."""

    @property
    def name(self) -> str: ...

    types: Mapping[str, str]
    """The types of columns for what they hold: bool, whole, day, number, moment and text."""
    own_types: Mapping[str, str]
    """Types of the columns that are a mirror's own: json, now, moment."""

    def named(self, name: str) -> str:
        """A name as the database takes it."""
        ...

    def transaction(self) -> AbstractContextManager[None]:
        """A block that is committed at its end, or not at all."""
        ...

    def execute(self, text: str, *values: Any) -> list[tuple[Any, ...]]:
        """Run a statement with `?` for each value."""
        ...

    def make_bookkeeping(self) -> None: ...

    def families(self) -> dict[str, dict[str, str]]:
        """The columns of each table there, and what they hold: bool, whole, day, number, moment or text."""
        ...

    def load(self, name: str, table: Any) -> None:
        """Add the rows of an Arrow table."""
        ...

    def load_keys(self, keys: Any) -> None:
        """Put the rows of an Arrow table into `page_keys`, in place of those there."""
        ...

    def texts(self, name: str, columns: Sequence[str]) -> Iterator[Sequence[tuple[str | None, ...]]]:
        """A table's rows, some after the other, with all values as texts."""
        ...

    def make_index(self, name: str, columns: Sequence[str]) -> None: ...

    view_types: Mapping[str, str]
    """What a view's columns are cast to by kind; nothing for a kind that is left as it is."""

    def table_in_views(self, name: str) -> str:
        """A table as views name it."""
        ...

    def replace_view(self, layout: str, name: str, select: str) -> None:
        """Make a view of a layout, in place of the one before."""
        ...

    def view_rows(self, layout: str, name: str) -> list[tuple[Any, ...]]:
        """What a view of a layout shows; nothing where there is none."""
        ...

    def close(self) -> None: ...


class PostgresStore:
    """A schema of PostgreSQL."""

    types: Mapping[str, str] = {
        "bool": "BOOLEAN",
        "whole": "BIGINT",
        "day": "DATE",
        "number": "NUMERIC(38, 9)",
        "moment": "TIMESTAMPTZ",
        "text": "TEXT",
    }
    view_types: Mapping[str, str] = {
        "text": "TEXT",
        "decimal": "NUMERIC(38, 9)",
        "date": "DATE",
        "moment": "TIMESTAMPTZ",
        "bool": "BOOLEAN",
        "int": "INTEGER",
    }
    own_types: Mapping[str, str] = {
        "json": "JSON",
        "now": "TIMESTAMPTZ DEFAULT now()",
        "moment": "TIMESTAMPTZ",
    }

    def __init__(self, name: str, address: str, schema: str) -> None:
        import psycopg

        self.name = name
        self._psycopg = psycopg
        self._schema = schema or "public"
        self._converter = _Converter()
        with self._explained():
            self._connection = psycopg.connect(address, autocommit=True, options="-c timezone=UTC")
            self._connection.execute("SET client_min_messages = warning")
            self._connection.execute(
                "SET synchronous_commit = off"
            )  # in order all the same: what a crash loses is read again
            self._connection.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(self._schema)}".encode())
            self._connection.execute(f"SET search_path = {quoted(self._schema)}".encode())

    def named(self, name: str) -> str:
        return name if len(name) <= _LONGEST_NAME else f"{name[:54]}_{sha256(name.encode()).hexdigest()[:8]}"

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._explained(), self._connection.transaction():
            yield

    def execute(self, text: str, *values: Any) -> list[tuple[Any, ...]]:
        spelled = text.replace("%", "%%").replace("?", "%s").encode() if values else text.encode()
        found = self._connection.execute(spelled, values or None)
        return found.fetchall() if found.description else []

    def make_bookkeeping(self) -> None:
        self.execute(
            "CREATE TABLE IF NOT EXISTS _tieout_mirror "
            "(source TEXT, format INTEGER, catalog TEXT, cursor TEXT, committed_at TIMESTAMPTZ)"
        )
        self.execute("CREATE TABLE IF NOT EXISTS _tieout_table (record_type TEXT, table_name TEXT)")

    def families(self) -> dict[str, dict[str, str]]:
        found = self.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = ? "
            "ORDER BY table_name, ordinal_position",
            self._schema,
        )
        return _grouped(found, _FAMILIES_OF_POSTGRES)

    def load(self, name: str, table: Any) -> None:
        self._copy(name, table)

    def load_keys(self, keys: Any) -> None:
        told = ", ".join(f"{quoted(each.name)} {self.types[family_of(each.type)]}" for each in keys.schema)
        self.execute("DROP TABLE IF EXISTS page_keys")
        self.execute(f"CREATE TEMPORARY TABLE page_keys ({told}) ON COMMIT DROP")
        self._copy("page_keys", keys)
        self.execute("ANALYZE page_keys")  # else it is taken for a table of a thousand pages

    def _copy(self, name: str, table: Any) -> None:
        columns = ", ".join(map(quoted, table.column_names))
        text = f"COPY {quoted(name)} ({columns}) FROM STDIN (FORMAT csv, NULL '\\N')".encode()
        with self._connection.cursor() as cursor, cursor.copy(text) as copy:
            for piece in self._converter.csv(table):
                copy.write(piece)

    def texts(self, name: str, columns: Sequence[str]) -> Iterator[Sequence[tuple[str | None, ...]]]:
        told = ", ".join(f"{quoted(column)}::text" for column in columns)
        with self._connection.cursor("texts") as cursor:
            cursor.execute(f"SELECT {told} FROM {quoted(name)}".encode())
            while rows := cursor.fetchmany(_ROWS_AT_ONCE):
                yield rows

    def make_index(self, name: str, columns: Sequence[str]) -> None:
        told = ", ".join(map(quoted, columns))
        index = self.named(f"{name}_key")
        self.execute(f"CREATE INDEX IF NOT EXISTS {quoted(index)} ON {quoted(name)} ({told})")

    def table_in_views(self, name: str) -> str:
        return f"{quoted(self._schema)}.{quoted(self.named(name))}"

    def replace_view(self, layout: str, name: str, select: str) -> None:
        self.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(self._place(layout))}")
        self.execute(f"CREATE OR REPLACE VIEW {quoted(self._place(layout))}.{quoted(name)} AS {select}")

    def view_rows(self, layout: str, name: str) -> list[tuple[Any, ...]]:
        place = self._place(layout)
        asked = "SELECT 1 FROM information_schema.views WHERE table_schema = ? AND table_name = ?"
        is_there = bool(self.execute(asked, place, name))
        return self.execute(f"SELECT * FROM {quoted(place)}.{quoted(name)}") if is_there else []

    def _place(self, layout: str) -> str:
        """The schema of a layout's views; of a mirror in a schema of its own, one beside that."""
        return layout if self._schema == "public" else f"{self._schema}_{layout}"

    def close(self) -> None:
        self._connection.close()
        self._converter.close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (self._psycopg.OperationalError, self._psycopg.InterfaceError) as error:
            raise Unreachable(f"{self.name}: {' '.join(str(error).split())}.") from error
        except self._psycopg.errors.InsufficientPrivilege as error:
            raise SetupError(
                f"{self.name}: {error}.", advice="Let the user make tables there, or name another schema."
            ) from error
        except self._psycopg.errors.DependentObjectsStillExist as error:
            raise SetupError(
                f"{self.name}: {' '.join(str(error).split())}.",
                advice="Its columns have changed: drop the views of it, and make them anew afterwards.",
            ) from error


class SqliteStore:
    """A file of SQLite. It has no decimals, so money is text there, every digit of it."""

    types: Mapping[str, str] = {
        "bool": "BOOLEAN",
        "whole": "INTEGER",
        "day": "DAY_TEXT",  # with the affinity of TEXT, as the next two
        "number": "DECIMAL_TEXT",
        "moment": "MOMENT_TEXT",
        "text": "TEXT",
    }
    view_types: Mapping[str, str] = {}
    own_types: Mapping[str, str] = {
        "json": "TEXT",
        "now": "TEXT DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))",
        "moment": "TEXT",
    }

    def __init__(self, name: str, path: str) -> None:
        self.name = name
        self._converter = _Converter()
        with self._explained():
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = NORMAL")

    def named(self, name: str) -> str:
        return name

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with self._explained():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    def execute(self, text: str, *values: Any) -> list[tuple[Any, ...]]:
        return self._database.execute(text, values).fetchall()

    def make_bookkeeping(self) -> None:
        self.execute(
            "CREATE TABLE IF NOT EXISTS _tieout_mirror "
            "(source TEXT, format INTEGER, catalog TEXT, cursor TEXT, committed_at TEXT)"
        )
        self.execute("CREATE TABLE IF NOT EXISTS _tieout_table (record_type TEXT, table_name TEXT)")

    def families(self) -> dict[str, dict[str, str]]:
        found = self.execute(
            "SELECT m.name, c.name, c.type FROM sqlite_master m, pragma_table_info(m.name) c "
            "WHERE m.type = 'table' ORDER BY m.name, c.cid"
        )
        return _grouped(found, {kind: family for family, kind in self.types.items()})

    def load(self, name: str, table: Any) -> None:
        columns, places = (
            ", ".join(map(quoted, table.column_names)),
            ", ".join("?" for _ in table.column_names),
        )
        self._database.executemany(
            f"INSERT INTO {quoted(name)} ({columns}) VALUES ({places})", self._converter.rows(table)
        )

    def load_keys(self, keys: Any) -> None:
        told = ", ".join(f"{quoted(name)} TEXT" for name in keys.column_names)
        self._database.execute("DROP TABLE IF EXISTS temp.page_keys")
        self._database.execute(f"CREATE TEMPORARY TABLE page_keys ({told})")
        self.load("page_keys", keys)

    def texts(self, name: str, columns: Sequence[str]) -> Iterator[Sequence[tuple[str | None, ...]]]:
        told = ", ".join(f"CAST({quoted(column)} AS TEXT)" for column in columns)
        found = self._database.execute(f"SELECT {told} FROM {quoted(name)}")
        while rows := found.fetchmany(_ROWS_AT_ONCE):
            yield rows

    def make_index(self, name: str, columns: Sequence[str]) -> None:
        told = ", ".join(map(quoted, columns))
        self.execute(f"CREATE INDEX IF NOT EXISTS {quoted(f'{name}_key')} ON {quoted(name)} ({told})")

    def table_in_views(self, name: str) -> str:
        return quoted(name)

    def replace_view(self, layout: str, name: str, select: str) -> None:
        """SQLite has no schemas: the layout stands before the name."""
        view = quoted(f"{layout}_{name}")
        self.execute(f"DROP VIEW IF EXISTS {view}")
        self.execute(f"CREATE VIEW {view} AS {select}")

    def view_rows(self, layout: str, name: str) -> list[tuple[Any, ...]]:
        view = f"{layout}_{name}"
        is_there = self.execute("SELECT 1 FROM sqlite_master WHERE type = 'view' AND name = ?", view)
        return self.execute(f"SELECT * FROM {quoted(view)}") if is_there else []

    def close(self) -> None:
        self._database.close()
        self._converter.close()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise Busy(f"{self.name} is open elsewhere: {error}.", wait=5) from error
            raise Unreachable(f"{self.name}: {error}.") from error
        except sqlite3.DatabaseError as error:
            raise SetupError(
                f"{self.name} is no file of SQLite: {error}.", advice="Name another path."
            ) from error


class _Converter:
    """Arrow tables as text; used by one thread at a time."""

    def __init__(self) -> None:
        self._database = duckdb.connect()
        self._database.execute("SET TimeZone = 'UTC'")
        self._database.execute("SET threads = 1")
        self._folder = TemporaryDirectory(prefix="tieout-")

    def csv(self, table: Any) -> Iterator[bytes]:
        """The rows as CSV; nothing is `\\N`, texts are quoted."""
        texts = [each.name for each in table.schema if family_of(each.type) == "text"]
        shown = ", ".join(
            f"replace({quoted(name)}::VARCHAR, chr(0), chr(65533)) AS {quoted(name)}"
            if name in texts
            else quoted(name)
            for name in table.column_names
        )
        forced = f", FORCE_QUOTE ({', '.join(map(quoted, texts))})" if texts else ""
        file = Path(self._folder.name, "rows.csv")
        self._database.register("page_rows", table)
        self._database.execute(
            f"COPY (SELECT {shown} FROM page_rows) TO '{file}' (FORMAT csv, HEADER false, NULLSTR '\\N'{forced})"
        )
        self._database.unregister("page_rows")
        with file.open("rb") as rows:
            while piece := rows.read(_MEGABYTE):
                yield piece

    def rows(self, table: Any) -> list[tuple[Any, ...]]:
        """The rows as texts and whole numbers; decimals without zeros at their ends."""
        shown = ", ".join(map(_plain, table.schema))
        self._database.register("page_rows", table)
        found = self._database.execute(f"SELECT {shown} FROM page_rows").fetchall()
        self._database.unregister("page_rows")
        return found

    def close(self) -> None:
        self._database.close()
        self._folder.cleanup()


def _plain(column: Any) -> str:
    name, kind = quoted(column.name), column.type
    if _Type.is_decimal(kind):
        return f"rtrim(rtrim({name}::VARCHAR, '0'), '.')"
    match family_of(kind):
        case "whole":
            return name
        case "bool":
            return f"{name}::INTEGER"
        case "moment":
            return f"strftime({name}, '%Y-%m-%dT%H:%M:%S.%gZ')"
    return f"{name}::VARCHAR"


def family_of(kind: Any) -> str:
    """What a column of an Arrow type holds."""
    if kind == _Type.bool():
        return "bool"
    if kind in (_Type.int64(), _Type.int32()):
        return "whole"
    if kind == _Type.date32():
        return "day"
    if _Type.is_decimal(kind):
        return "number"
    return "moment" if kind == _Type.timestamp("us", tz="UTC") else "text"


def _grouped(found: Sequence[tuple[str, str, str]], families: Mapping[str, str]) -> dict[str, dict[str, str]]:
    columns: dict[str, dict[str, str]] = {}
    for table, column, kind in found:
        columns.setdefault(table, {})[column] = families.get(kind, "text")
    return columns
