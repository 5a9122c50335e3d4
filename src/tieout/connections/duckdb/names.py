"""Names beside references: QuickBooks shows what a record is called now, in every record that names it.

It does so without moving those records' stamps, so nothing tells that they changed; the new name has to be carried
to them here.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import duckdb

from ...protocols.kept_types import Layout, Reference, key_columns
from ...protocols.table_names import table_name
from ..mirrors.sql_text import quoted
from .database import first_row

DEEPEST = 5
"""Levels of a list; QuickBooks has no more."""


def follow_names(
    database: duckdb.DuckDBPyConnection,
    schema: str,
    layout: Layout,
    changed: Collection[str],
    columns: Mapping[str, Collection[str]],
) -> None:
    """Carry the names of the changed types' records to all tables that have such references."""
    for target in changed:
        of, named = layout.kept(target), table_name(target)
        called = [quoted(c) for c in of.called if c in columns.get(named, ())]
        key = quoted(key_columns(of)[0])
        if of.parent in columns.get(named, ()):
            _follow_parents(database, f"{quoted(schema)}.{quoted(named)}", key, quoted(of.parent))
        now = f"SELECT {key} AS id, coalesce({', '.join(called)}) AS called FROM {quoted(schema)}.{quoted(named)} WHERE _deleted_at IS NULL"
        for reference in layout.references_to(target) if called else ():
            needed = {reference.id, reference.name} | ({reference.type} if reference.type else set())
            if needed <= set(columns.get(reference.table, ())):
                database.execute(
                    f"UPDATE {quoted(schema)}.{quoted(reference.table)} t SET {quoted(reference.name)} = n.called "
                    f"FROM ({now}) n WHERE t.{quoted(reference.id)} = n.id "
                    f"AND t.{quoted(reference.name)} != n.called{_which(reference, target)}"
                )


def _follow_parents(database: duckdb.DuckDBPyConnection, table: str, key: str, parent: str) -> None:
    """Begin full names with what the record above is called now, from the top down."""
    rename = (
        f"UPDATE {table} t SET full_name = p.full_name || ':' || t.name FROM {table} p WHERE t.{parent} = p.{key} "
        "AND p._deleted_at IS NULL AND t.full_name != p.full_name || ':' || t.name"
    )
    for _ in range(DEEPEST):
        if not (first_row(database.execute(rename)) or (0,))[0]:
            return


def _which(reference: Reference, target: str) -> str:
    """A condition for rows that name this target, where they may name others."""
    return f" AND t.{quoted(reference.type)} = '{target}'" if reference.type else ""
