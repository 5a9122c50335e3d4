"""Views in a DuckDB file by which a mirror looks like another's tables, in a schema of their own."""

from __future__ import annotations

from pathlib import Path

import duckdb

from ..mirrors.fivetran_views import DIGEST, LAYOUT, Dialect, digest_in, views
from ..mirrors.sql_text import quoted
from .database import first_row, opened

_TYPES = {
    "text": "VARCHAR",
    "decimal": "DECIMAL(38, 9)",
    "date": "DATE",
    "moment": "TIMESTAMPTZ",
    "bool": "BOOLEAN",
    "int": "INTEGER",
}


def lay_out(path: Path, schema: str) -> None:
    """Bring the views up to date with the columns that the mirror has; the file is written only where they are not."""
    place = LAYOUT if schema == "main" else f"{schema}_{LAYOUT}"
    with opened(path, read_only=True) as database:
        made = _made(database, schema)
        if _digest_there(database, place) == digest_in(made):
            return
    with opened(path) as database:
        database.execute("BEGIN")
        database.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(place)}")
        for name, select in made.items():
            database.execute(f"CREATE OR REPLACE VIEW {quoted(place)}.{quoted(name)} AS {select}")
        database.execute("COMMIT")


def _made(database: duckdb.DuckDBPyConnection, schema: str) -> dict[str, str]:
    there: dict[str, list[str]] = {}
    asked = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = ?"
    for table, column in database.execute(asked, [schema]).fetchall():
        there.setdefault(table, []).append(column)
    return views(there, Dialect(lambda name: f"{quoted(schema)}.{quoted(name)}", _TYPES))


def _digest_there(database: duckdb.DuckDBPyConnection, place: str) -> str:
    asked = "SELECT 1 FROM information_schema.tables WHERE table_schema = ? AND table_name = ?"
    if first_row(database.execute(asked, [place, DIGEST])) is None:
        return ""
    found = first_row(database.execute(f"SELECT digest FROM {quoted(place)}.{quoted(DIGEST)}"))
    return str(found[0]) if found else ""
