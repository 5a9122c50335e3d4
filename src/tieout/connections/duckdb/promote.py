"""Fields that a newer catalog knows move from `_extra` into columns of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import duckdb

from ...catalog.rest import RecordType
from ...protocols import rest
from ...protocols.rest_tables import RestPage, TypeReader
from ...protocols.table_names import table_name
from .database import quoted
from .leave_out import LeaveOut

Widen = Callable[[str, Any], None]
"""Adds the columns of an Arrow table that the table of this name has not."""


def promote_extras(
    database: duckdb.DuckDBPyConnection, schema: str, of: RecordType, leave_out: LeaveOut, widen: Widen
) -> None:
    """Read the type's `_extra` with today's catalog: what it knows goes into columns, the rest stays."""
    header = table_name(of.name)
    at = f"{quoted(schema)}.{quoted(header)}"
    rows = database.execute(f"SELECT id, _extra FROM {at} WHERE _extra IS NOT NULL").fetchall()
    if not rows or of.words("key") or of.words("wraps"):
        return
    records = [_sketch(identity, rest.decode(extra.encode())) for identity, extra in rows]
    tables = leave_out.trim(RestPage(TypeReader(of), rest.encode(records)), raw=False)
    for name, table in tables.items():
        widen(name, table)
        database.register("page_rows", table)
        key = ("id",) if name == header else tuple(c for c in table.column_names if _is_key(c, header))
        _fill(
            database,
            f"{quoted(schema)}.{quoted(name)}",
            key,
            [c for c in table.column_names if c not in (*key, "_extra")],
        )
        database.unregister("page_rows")
    _keep_unknown(database, at, tables[header])


def _is_key(column: str, header: str) -> bool:
    return column in (f"{header}_id", "position") or column.endswith("_position")


def _fill(database: duckdb.DuckDBPyConnection, table: str, key: tuple[str, ...], columns: list[str]) -> None:
    same = " AND ".join(f"t.{quoted(c)} = p.{quoted(c)}" for c in key)
    for column in map(quoted, columns):
        database.execute(
            f"UPDATE {table} t SET {column} = p.{column} FROM page_rows p WHERE {same} AND p.{column} IS NOT NULL"
        )
    missing = " AND ".join(f"p.{quoted(c)} IS NOT NULL" for c in columns[:1])
    if "position" in key and missing:
        database.execute(
            f"INSERT INTO {table} BY NAME SELECT * FROM page_rows p WHERE {missing} "
            f"AND NOT EXISTS (SELECT 1 FROM {table} t WHERE {same})"
        )


def _keep_unknown(database: duckdb.DuckDBPyConnection, table: str, headers: Any) -> None:
    kept = headers if "_extra" in headers.column_names else None
    if kept is None:
        database.execute(f"UPDATE {table} SET _extra = NULL WHERE _extra IS NOT NULL")
        return
    database.register("page_rows", kept.select(["id", "_extra"]))
    database.execute(f"UPDATE {table} t SET _extra = p._extra FROM page_rows p WHERE t.id = p.id")
    database.unregister("page_rows")


def _sketch(identity: str, extra: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a record that `_extra` holds, at its places: `{"/Line/1/New": 5}` → `{"Line": [{}, {"New": 5}]}`."""
    record: dict[str, Any] = {"Id": identity}
    for pointer, value in extra.items():
        parts = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
        _place(record, parts, value)
    return record


def _place(node: Any, parts: list[str], value: Any) -> None:
    name, rest_of_path = parts[0], parts[1:]
    if isinstance(node, list):
        index = int(name)
        node.extend({} for _ in range(index + 1 - len(node)))
        _place(node[index], rest_of_path, value)
    elif not rest_of_path:
        node[name] = value
    else:
        empty: Any = [] if rest_of_path[0].isdigit() else {}
        _place(node.setdefault(name, empty), rest_of_path, value)
