"""Holding a page that QuickBooks just sent against the mirror, cell by cell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

import duckdb

from ...errors import SetupError
from ...protocols.kept_types import KeptType, Layout, key_columns, owner_columns
from ...protocols.table_names import table_name
from ..base import Page
from ..leave_out import LeaveOut
from .batches import fitted
from .kept_account import KeptAccount
from .sql_text import joined_key, quoted

_OURS = frozenset({"_raw", "_synced_at", "_deleted_at"})
"""Columns that QuickBooks knows nothing of."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One cell, or one whole record, that is not the same on both sides."""

    type: str
    id: str
    place: str
    quickbooks: str
    mirror: str


def no_mirror(place: str) -> SetupError:
    """Why there is nothing to compare with."""
    return SetupError(f"{place} holds no mirror yet.", advice="Run the process that keeps it first.")


class Comparison:
    """Compares pages with one schema of an open DuckDB database; `named` gives each name of a page as it is there."""

    def __init__(
        self,
        database: duckdb.DuckDBPyConnection,
        schema: str,
        layout: Layout,
        leave_out: LeaveOut,
        named: Callable[[str], str] = str,
    ) -> None:
        self._database = database
        self._schema = schema
        self._layout = layout
        self._leave_out = leave_out
        self._named = named

    def refuse_missing(self, of: KeptType) -> None:
        """SetupError where the mirror was never about this type."""
        if table_name(of.name) not in self._all_columns:
            raise SetupError(f"The mirror holds no {of.name} yet.", advice="Run the process first.")

    def kept_columns(self, of: KeptType, columns: Sequence[str]) -> list[str]:
        """Those of a type's columns that the mirror has, and is meant to have."""
        header = table_name(of.name)
        there = self._columns(header)
        return [c for c in columns if c in there and not self._leave_out.hides(of, header, c)]

    def totals(self, of: KeptType, columns: Sequence[str]) -> dict[str, Decimal]:
        """Sums over the records in the mirror that are not deleted."""
        return self._sums(self._table(table_name(of.name)), columns, "WHERE _deleted_at IS NULL")

    def page_totals(self, of: KeptType, page: Page, columns: Sequence[str]) -> dict[str, Decimal]:
        """The same sums over a page."""
        table = page.tables()[table_name(of.name)]
        present = [c for c in columns if c in table.column_names]
        self._database.register("page_rows", table)
        sums = self._sums("page_rows", present, "")
        self._database.unregister("page_rows")
        return {c: sums.get(c, Decimal(0)) for c in columns}

    def _sums(self, table: str, columns: Sequence[str], where: str) -> dict[str, Decimal]:
        if not columns:
            return {}
        picked = ", ".join(f"sum({quoted(c)})" for c in columns)
        (row,) = self._database.execute(f"SELECT {picked} FROM {table} {where}").fetchall()
        return {c: Decimal(value or 0) for c, value in zip(columns, row, strict=True)}

    def ids(self, of: KeptType, page: Page) -> set[str]:
        """The keys of a page's records."""
        table = page.tables()[table_name(of.name)]
        return {
            "|".join(map(str, key))
            for key in zip(*(table.column(c).to_pylist() for c in key_columns(of)), strict=True)
        }

    def kept_ids(self, of: KeptType) -> set[str]:
        """The keys of the mirror's records that are not deleted."""
        query = f"SELECT {joined_key(key_columns(of))} FROM {self._table(table_name(of.name))} WHERE _deleted_at IS NULL"
        return {row[0] for row in self._database.execute(query).fetchall()}

    def differing(self, of: KeptType, page: Page) -> set[str]:
        """Ids of the page's records that the mirror lacks, or holds with any other cell."""
        tables = self._tables(of, page)
        header = table_name(of.name)
        self._database.register("page_header", tables[header])
        found = self._ids_of_headers(of, tables[header].column_names)
        for name in self._parts(of):
            found |= self._ids_of_parts(of, name, tables.get(name))
        self._database.unregister("page_header")
        return found

    def _ids_of_headers(self, of: KeptType, columns: Sequence[str]) -> set[str]:
        header, key = table_name(of.name), key_columns(of)
        theirs, ours = set(columns) - of.fleeting, self._columns(header) - _OURS - of.fleeting
        cells = [f"p.{quoted(c)}::VARCHAR IS DISTINCT FROM t.{quoted(c)}::VARCHAR" for c in theirs & ours]
        cells += [f"t.{quoted(c)} IS NOT NULL" for c in ours - theirs]
        cells += [f"p.{quoted(c)} IS NOT NULL" for c in theirs - ours]
        query = (
            f"SELECT {joined_key(key, 'p.')} FROM page_header p LEFT JOIN {self._table(header)} t "
            f"ON {' AND '.join(f'p.{quoted(c)} = t.{quoted(c)}' for c in key)} AND t._deleted_at IS NULL "
            f"WHERE t.{quoted(key[0])} IS NULL OR {' OR '.join(cells)}"
        )
        return {row[0] for row in self._database.execute(query).fetchall()}

    def _ids_of_parts(self, of: KeptType, name: str, rows: Any) -> set[str]:
        key, owner = joined_key(key_columns(of)), joined_key(owner_columns(of))
        mine = f"SELECT * FROM {self._table(name)} WHERE {owner} IN (SELECT {key} FROM page_header)"
        if rows is None:
            return {
                row[0] for row in self._database.execute(f"SELECT DISTINCT {owner} FROM ({mine})").fetchall()
            }
        self._database.register("page_rows", rows)
        columns = sorted(self._columns(name) | set(rows.column_names))
        left = ", ".join(_or_null(c, rows.column_names) for c in columns)
        right = ", ".join(_or_null(c, self._columns(name)) for c in columns)
        theirs, ours = f"SELECT {left} FROM page_rows", f"SELECT {right} FROM ({mine})"
        query = f"SELECT DISTINCT {owner} FROM (({theirs} EXCEPT ALL {ours}) UNION ALL ({ours} EXCEPT ALL {theirs}))"
        found = {row[0] for row in self._database.execute(query).fetchall()}
        self._database.unregister("page_rows")
        return found

    def explain(self, of: KeptType, page: Page, identity: str) -> list[Difference]:
        """What exactly differs in one record of a page."""
        header, tables = table_name(of.name), self._tables(of, page)
        found = self._explain_rows(of, identity, header, tables.get(header))
        for name in self._parts(of):
            found += self._explain_rows(of, identity, name, tables.get(name))
        return found

    def _explain_rows(self, of: KeptType, identity: str, name: str, rows: Any) -> list[Difference]:
        is_header = name == table_name(of.name)
        owner = joined_key(key_columns(of) if is_header else owner_columns(of))
        theirs: list[dict[str, Any]] = []
        if rows is not None:
            self._database.register("page_rows", rows)
            theirs = self._rows("page_rows", owner, identity, "")
            self._database.unregister("page_rows")
        alive = " AND _deleted_at IS NULL" if is_header else ""
        ours = self._rows(self._table(name), owner, identity, alive)
        if is_header and not ours:
            return [Difference(of.name, identity, "", "present", "missing")]
        return [
            Difference(of.name, identity, _place(name, of, place, column), _shown(left), _shown(right))
            for place, left_row, right_row in _paired(theirs, ours)
            for column in sorted({*left_row, *right_row} - _OURS - of.fleeting)
            if (left := left_row.get(column)) != (right := right_row.get(column))
        ]

    def accounts(self) -> list[KeptAccount] | None:
        """The accounts that are not deleted; None where the mirror does not hold what kind they are of."""
        columns = self._layout.account_columns
        kept = self.kept_columns(self._layout.kept("Account"), columns)
        identity, _, classification, *_ = columns
        if not {identity, classification} <= {*kept}:
            return None
        picked = ", ".join(c if c in kept else "NULL" for c in columns)
        query = f"SELECT {picked} FROM {self._table('account')} WHERE _deleted_at IS NULL"
        return [KeptAccount(*row) for row in self._database.execute(query).fetchall()]

    def latest_day(self, types: Sequence[str]) -> str:
        """The last day that a transaction of these types is dated on; empty when there is none."""
        kinds = [kind for kind in map(self._layout.kept, types) if self.kept_columns(kind, ("txn_date",))]
        asked = [
            f"SELECT max(txn_date) FROM {self._table(table_name(kind.name))} WHERE _deleted_at IS NULL"
            for kind in kinds
        ]
        days = [row[0] for each in asked for row in self._database.execute(each).fetchall()]
        return max((str(day) for day in days if day), default="")

    def rows(self, table: str, columns: Sequence[str]) -> Iterator[Mapping[str, Any]] | None:
        """Rows of a table that is no record type's; None where it is not there, or a column is not."""
        if not {*columns} <= self._columns(table):
            return None
        picked = ", ".join(map(quoted, columns))
        result = self._database.cursor().execute(f"SELECT {picked} FROM {self._table(table)}")
        return (dict(zip(columns, row, strict=True)) for row in iter(result.fetchone, None))

    def _rows(self, table: str, owner: str, identity: str, also: str) -> list[dict[str, Any]]:
        result = self._database.execute(
            f"SELECT COLUMNS(*)::VARCHAR FROM {table} WHERE {owner} = ?{also}", [identity]
        )
        names = [column[0] for column in result.description or ()]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def _columns(self, name: str) -> frozenset[str]:
        """The columns of a table; nobody changes them while we compare."""
        return self._all_columns.get(name, frozenset())

    @cached_property
    def _all_columns(self) -> Mapping[str, frozenset[str]]:
        query = "SELECT table_name, list(column_name) FROM information_schema.columns WHERE table_schema = ? GROUP BY 1"
        found = self._database.execute(query, [self._schema]).fetchall()
        return {name: frozenset(columns) for name, columns in found}

    def _parts(self, of: KeptType) -> list[str]:
        query = (
            f"SELECT table_name FROM {self._table('_tieout_table')} WHERE record_type = ? AND table_name != ?"
        )
        return [row[0] for row in self._database.execute(query, [of.name, table_name(of.name)]).fetchall()]

    def _tables(self, of: KeptType, page: Page) -> dict[str, Any]:
        """A page's tables as the mirror would hold them."""
        return fitted(self._leave_out.trim(of, page, raw=False), self._named)

    def _table(self, name: str) -> str:
        return f"{quoted(self._schema)}.{quoted(name)}"


def _or_null(column: str, present: Any) -> str:
    return (
        f"{quoted(column)}::VARCHAR AS {quoted(column)}"
        if column in present
        else f"NULL::VARCHAR AS {quoted(column)}"
    )


def _paired(
    theirs: list[dict[str, Any]], ours: list[dict[str, Any]]
) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Rows of both sides by their positions."""

    def place(row: dict[str, Any]) -> str:
        return ".".join(str(row[c]) for c in sorted(row) if c.endswith("position") and row[c] is not None)

    left, right = {place(r): r for r in theirs}, {place(r): r for r in ours}
    return [(p, left.get(p, {}), right.get(p, {})) for p in sorted({*left, *right})]


def _place(name: str, of: KeptType, position: str, column: str) -> str:
    part = name.removeprefix(table_name(of.name)).lstrip("_")
    return f"{part}[{position}].{column}" if part else column


def _shown(value: Any) -> str:
    return "—" if value is None else str(value)
