"""A mirror's tables in PostgreSQL: rows come in by COPY."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

from ...errors import SetupError, Unreachable
from ..mirrors.sql_text import quoted
from .mirror_store import ROWS_AT_ONCE, family_of, grouped
from .mirror_texts import Converter

_LONGEST_NAME = 63
"""Bytes of a name in PostgreSQL; longer ones would be cut without a word."""

_FAMILIES = {
    "boolean": "bool",
    "bigint": "whole",
    "date": "day",
    "numeric": "number",
    "timestamp with time zone": "moment",
}


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
        self._converter = Converter()
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
        return grouped(found, _FAMILIES)

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
            while rows := cursor.fetchmany(ROWS_AT_ONCE):
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
