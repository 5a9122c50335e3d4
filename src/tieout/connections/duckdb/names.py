"""Names beside references: QuickBooks shows what a record is called now, in every record that names it.

It does so without moving those records' stamps, so nothing tells that they changed; the new name has to be carried
to them here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import duckdb

from ...catalog.rest import RecordType, Shape, record_type, record_types
from ...protocols.table_names import column_name, table_name
from .database import quoted

_CALLED = ("fully_qualified_name", "display_name", "name")
"""Columns that hold what a record is called, the first that it has."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a table names records of some types."""

    table: str
    path: tuple[str, ...]
    targets: frozenset[str]

    @property
    def value(self) -> str:
        return column_name((*self.path, "value"))

    @property
    def name(self) -> str:
        return column_name((*self.path, "name"))

    @property
    def type(self) -> str:
        return column_name((*self.path, "type"))

    def columns(self, target: str) -> set[str]:
        """The columns without which it cannot be told that a row names a record of the target."""
        return {self.value, self.name} | ({self.type} if self.targets != {target} else set())

    def which(self, target: str) -> str:
        """A condition for rows that name this target, where they may name others."""
        return f" AND t.{quoted(self.type)} = '{target}'" if self.targets != {target} else ""


def follow_names(
    database: duckdb.DuckDBPyConnection,
    schema: str,
    changed: Collection[str],
    columns: Mapping[str, Collection[str]],
) -> None:
    """Carry the names of the changed types' records to all tables that have such references."""
    for target in changed:
        named = table_name(target)
        called = [quoted(c) for c in _CALLED if c in columns.get(named, ())]
        now = f"SELECT id, coalesce({', '.join(called)}) AS called FROM {quoted(schema)}.{quoted(named)} WHERE _deleted_at IS NULL"
        for reference in _references_to(target) if called else ():
            if reference.columns(target) <= set(columns.get(reference.table, ())):
                database.execute(
                    f"UPDATE {quoted(schema)}.{quoted(reference.table)} t SET {quoted(reference.name)} = n.called "
                    f"FROM ({now}) n WHERE t.{quoted(reference.value)} = n.id "
                    f"AND t.{quoted(reference.name)} != n.called{reference.which(target)}"
                )


@cache
def _references_to(target: str) -> tuple[Reference, ...]:
    mirrored = (each for each in record_types() if not each.wraps)
    return tuple(r for each in mirrored for r in _references(each) if target in r.targets)


def _references(of: RecordType) -> Iterator[Reference]:
    yield from _references_in(of, of.fields, table_name(of.name), (), depth=0)


def _references_in(
    of: RecordType, shape: Shape, table: str, path: tuple[str, ...], depth: int
) -> Iterator[Reference]:
    for name, declared in shape.items():
        at = (*path, name)
        if declared.type == "ref" and declared.targets and not declared.many:
            yield Reference(table, at, frozenset(declared.targets))
        elif declared.is_shape and depth < _DEEPEST:
            inner = of.shape(declared.type)
            if declared.many:
                yield from _references_in(of, inner, f"{table}_{column_name(at)}", (), depth + 1)
            else:
                yield from _references_in(of, inner, table, at, depth)


_DEEPEST = 3
"""Repeated parts inside one another; lines hold lines."""


def is_named(type_name: str) -> bool:
    """Whether records of a type are shown by name in others."""
    return record_type(type_name).kind == "list"
