"""Fields that a newer catalog knows move from `_extra` into columns of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import duckdb

from ...protocols import exact_json
from ...protocols.kept_types import KeptType, key_columns, owner_columns
from ...protocols.table_names import table_name
from ..leave_out import LeaveOut
from ..mirrors.sql_text import quoted

Widen = Callable[[str, Any], None]
"""Adds the columns of an Arrow table that the table of this name has not."""


def promote_extras(
    database: duckdb.DuckDBPyConnection, schema: str, of: KeptType, leave_out: LeaveOut, widen: Widen
) -> None:
    """Read the type's `_extra` with today's catalog: what it knows goes into columns, the rest stays."""
    header = table_name(of.name)
    at = f"{quoted(schema)}.{quoted(header)}"
    (key,) = key_columns(of)[:1]
    kept = f"SELECT {quoted(key)}, _extra FROM {at} WHERE _extra IS NOT NULL"
    rows = database.execute(kept).fetchall()
    records = [_sketch({of.key[0]: identity}, exact_json.decode(extra.encode())) for identity, extra in rows]
    again = of.page_again(records) if rows else None
    if again is None:
        return
    tables = leave_out.trim_tables(of, again)
    for name, table in tables.items():
        widen(name, table)
        database.register("page_rows", table)
        owner = owner_columns(of)
        same = (key,) if name == header else tuple(c for c in table.column_names if _is_key(c, owner))
        rest_of_columns = [c for c in table.column_names if c not in (*same, "_extra")]
        _fill(database, f"{quoted(schema)}.{quoted(name)}", same, rest_of_columns)
        database.unregister("page_rows")
    _keep_unknown(database, at, key, tables[header])


def _is_key(column: str, owner: tuple[str, ...]) -> bool:
    return column in (*owner, "position") or column.endswith("_position")


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


def _keep_unknown(database: duckdb.DuckDBPyConnection, table: str, key: str, headers: Any) -> None:
    kept = headers if "_extra" in headers.column_names else None
    if kept is None:
        database.execute(f"UPDATE {table} SET _extra = NULL WHERE _extra IS NOT NULL")
        return
    database.register("page_rows", kept.select([key, "_extra"]))
    same = f"t.{quoted(key)} = p.{quoted(key)}"
    database.execute(f"UPDATE {table} t SET _extra = p._extra FROM page_rows p WHERE {same}")
    database.unregister("page_rows")


def _sketch(key: Mapping[str, str], extra: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a record that `_extra` holds, at its places: `{"/Line/1/New": 5}` → `{"Line": [{}, {"New": 5}]}`."""
    record: dict[str, Any] = {**key}
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
