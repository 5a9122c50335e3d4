"""Statements in DuckDB's SQL, read as they come, with their parameters as values."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from ...catalog.nearest import did_you_mean
from ...errors import SetupError
from ...operations import Query, Statement
from ..base import Page, Record
from ..mirrors.sql_text import quoted
from ..row_page import ROWS, pages
from .database import opened

ROW = "row"
"""What the records of a statement are called."""


def read_statement(path: Path, schema: str, query: Query, statement: Statement) -> Iterator[Page]:
    """The rows of a statement; all else that the query asks for is done here."""
    missing = [name for name in statement.names if name not in statement.parameters]
    if missing:
        raise SetupError(
            f"The statement for {path} asks for :{missing[0]}, and nothing gives it a value."
            f"{did_you_mean(missing[0], statement.parameters)}",
            advice="Name a parameter that the process knows, such as :last_success.",
        )
    if not path.exists():
        raise SetupError(f"{path} is not there.", advice="The first run that writes to it makes it.")
    asked = Query(where=query.where, fields=query.fields, order=query.order, limit=query.limit)
    yield from pages(query.types[0] if query.types else ROW, _rows(path, schema, statement), asked)


def _rows(path: Path, schema: str, statement: Statement) -> Iterator[Record]:
    read = 0
    with opened(path, read_only=True) as database:
        database.execute(f"USE {quoted(schema)}")
        given = {name: statement.parameters[name] for name in statement.names}
        try:
            result = database.execute(statement.spelled(lambda name: f"${name}"), given or None)
            names = [column[0] for column in result.description or ()]
            while some := result.fetchmany(ROWS):
                for row in some:
                    read += 1
                    yield {name: _exact(value) for name, value in zip(names, row, strict=True)}
        except (duckdb.ProgrammingError, duckdb.DataError) as error:
            after = f" after {read:,} rows" if read else ""
            raise SetupError(
                f"The statement for {path} failed{after}: {' '.join(str(error).split())}",
                advice="Correct it.",
            ) from error


def _exact(value: Any) -> Any:
    return Decimal(repr(value)) if isinstance(value, float) else value
