"""Views over a mirror of QuickBooks Online by which it looks like Fivetran's tables, so that what was written for those runs on it.

A view has all columns that Fivetran's table has, of fixed types and in a fixed order, whatever columns the mirror has by now: so it can
be replaced while other views are built on it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

from ...catalog.fivetran import ADDRESS, Column, Table, address_columns, addresses, tables
from ...protocols.table_names import table_name
from .sql_text import quoted

LAYOUT = "fivetran"
DIGEST = "_tieout_layout"
"""The view that tells which statements the others were made by."""

_SYNCED, _DELETED = Column("_fivetran_synced", "moment"), Column("_fivetran_deleted", "bool")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a database spells what the views are made of."""

    table: Callable[[str], str]
    """A table of the mirror in SQL."""
    types: Mapping[str, str]
    """The types of columns by kind; those that are absent are left as they are."""

    def typed(self, sql: str, kind: str) -> str:
        return f"CAST({sql} AS {self.types[kind]})" if kind in self.types else sql


def views(there: Mapping[str, Collection[str]], dialect: Dialect) -> dict[str, str]:
    """The SELECT of each view by its name; `there` are the columns of the mirror's tables."""
    made = {name: _Select(table, there, dialect).text() for name, table in tables().items()}
    made[ADDRESS] = _addresses(there, dialect)
    return {**made, DIGEST: f"SELECT '{digest_of(made)}' AS digest"}


def digest_of(made: Mapping[str, str]) -> str:
    """A word that changes when any of the views does."""
    return sha256("\0".join(f"{name} {text}" for name, text in made.items()).encode()).hexdigest()[:16]


def digest_in(made: Mapping[str, str]) -> str:
    """The same of all that `views` gives."""
    return digest_of({name: text for name, text in made.items() if name != DIGEST})


def columns_of(table: Table) -> list[Column]:
    """All columns of a table of theirs, in order."""
    keys = [Column(table.owner), Column(table.order, "int")] if table.part else []
    if table.part == "line_group_line_detail_line":
        keys.append(Column("invoice_line_index", "int"))
    return [*keys, *table.columns, _SYNCED, _DELETED]


class _Select:
    """The statement of one view."""

    def __init__(self, table: Table, there: Mapping[str, Collection[str]], dialect: Dialect) -> None:
        self._table = table
        self._there = there
        self._dialect = dialect
        self._header = table_name(table.type_name)
        self._name = f"{self._header}_{table.part}" if table.part else self._header
        self._columns = frozenset(there.get(self._name, ()))

    def text(self) -> str:
        table, typed = self._table, self._dialect.typed
        is_there = bool(self._columns)
        listed = ", ".join(
            f"{typed(self._sql(each) if is_there else 'NULL', each.kind)} AS {quoted(each.name)}"
            for each in columns_of(table)
        )
        if not is_there:
            return f"SELECT {listed} WHERE 1 = 0"
        origin = f"{self._dialect.table(self._name)} t"
        if table.part:
            origin += f" JOIN {self._dialect.table(self._header)} h ON h.{quoted('id')} = t.{self._owner}"
        return f"SELECT {listed} FROM {origin}{self._where()}"

    def _where(self) -> str:
        """The rows that are meant; where the mirror leaves the column out, all are, or none."""
        if not self._table.where:
            return ""
        column, operator, _ = self._table.where.split()
        if column in self._columns:
            return f" WHERE t.{self._table.where}"
        return "" if operator == "<>" else " WHERE 1 = 0"

    def _sql(self, column: Column) -> str:
        table = self._table
        side = "h" if table.part else "t"
        match column.name:
            case "_fivetran_synced":
                return f"{side}.{quoted('_synced_at')}"
            case "_fivetran_deleted":
                return f"{side}.{quoted('_deleted_at')} IS NOT NULL"
            case table.owner if table.part:
                return f"t.{self._owner}"
            case table.order if table.part:
                return f"t.{quoted('position')} - 1"  # theirs count from nothing
            case "invoice_line_index":
                return f"t.{quoted('line_position')} - 1"
        return self._made(column)

    def _made(self, column: Column) -> str:
        if column.links:
            return self._linked(column)
        needed = {column.source, column.when[0]} - {""}
        if not column.source or not needed <= self._columns:
            return "NULL"
        source = f"t.{quoted(column.source)}"
        if not column.when[0]:
            return source
        return f"CASE WHEN UPPER(t.{quoted(column.when[0])}) = '{column.when[1].upper()}' THEN {source} END"

    def _linked(self, column: Column) -> str:
        """The transaction that a row names itself, or that the links of a line name."""
        types = ", ".join(f"'{each}'" for each in column.links)
        wanted = f"{quoted('txn_type')} IN ({types})"
        if self._table.part == "linked_txn":
            return f"CASE WHEN t.{wanted} THEN t.{quoted('txn_id')} END"
        links = f"{self._name}_linked_txn"
        if not self._there.get(links):
            return "NULL"
        same = f"l.{self._owner} = t.{self._owner} AND l.{quoted('line_position')} = t.{quoted('position')}"
        return f"(SELECT MAX(l.{quoted('txn_id')}) FROM {self._dialect.table(links)} l WHERE {same} AND l.{wanted})"

    @property
    def _owner(self) -> str:
        return quoted(f"{self._header}_id")


def _addresses(there: Mapping[str, Collection[str]], dialect: Dialect) -> str:
    """All addresses, of each id the one whose record was changed last."""
    columns = [*address_columns(), _SYNCED]
    found = " UNION ALL ".join(_addresses_there(there, dialect))
    listed = ", ".join(quoted(each.name) for each in columns)
    if not found:
        empty = ", ".join(f"{dialect.typed('NULL', each.kind)} AS {quoted(each.name)}" for each in columns)
        return f"SELECT {empty} WHERE 1 = 0"
    ranked = f"SELECT a.*, ROW_NUMBER() OVER (PARTITION BY {quoted('id')} ORDER BY changed DESC) AS place FROM ({found}) a"
    return f"SELECT {listed} FROM ({ranked}) b WHERE place = 1"


def _addresses_there(there: Mapping[str, Collection[str]], dialect: Dialect) -> Iterator[str]:
    for each in addresses():
        header = table_name(each.type_name)
        columns = there.get(header, ())
        if f"{each.field}_id" not in columns:
            continue
        sources = {c.name: f"{each.field}_{c.source}" for c in address_columns()}
        listed = ", ".join(
            f"{dialect.typed(quoted(sources[c.name]) if sources[c.name] in columns else 'NULL', c.kind)} AS {quoted(c.name)}"
            for c in address_columns()
        )
        synced = dialect.typed(quoted("_synced_at"), "moment")
        yield (
            f"SELECT {listed}, {synced} AS {quoted(_SYNCED.name)}, {quoted('meta_data_last_updated_time')} AS changed "
            f"FROM {dialect.table(header)} WHERE {quoted(f'{each.field}_id')} IS NOT NULL"
        )
