"""Arrow tables as text, through DuckDB and without the interpreter: CSV for COPY, rows of plain values for SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import arro3.core as arrow
import duckdb

from ..mirrors.sql_text import quoted
from .mirror_store import family_of

_MEGABYTE = 1 << 20


class Converter:
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
    if arrow.DataType.is_decimal(kind):
        return f"rtrim(rtrim({name}::VARCHAR, '0'), '.')"
    match family_of(kind):
        case "whole":
            return name
        case "bool":
            return f"{name}::INTEGER"
        case "moment":
            return f"strftime({name}, '%Y-%m-%dT%H:%M:%S.%gZ')"
    return f"{name}::VARCHAR"
