"""The kind `duckdb`: a file that mirrors are written to, and whose tables can be read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import arro3.core as arrow
import duckdb

from ...catalog.nearest import did_you_mean
from ...errors import SetupError
from ...operations import Change, Compare, Outcome, PlannedChange, Query, Sent, fields_of, holds
from ...protocols.kept_types import Layout
from ..base import Connection, Health, Intents, Page, Record, Supports
from ..leave_out import LeaveOut
from ..mirrors.comparison import Comparison, no_mirror
from ..mirrors.own_tables import MIRROR
from ..mirrors.sql_text import quoted
from .database import first_row, opened
from .layout_views import lay_out
from .mirror import DuckDBMirror
from .resting_mirror import RestingMirror
from .statements import read_statement
from .table_page import TablePage
from .writing import DuckDBWriter

KEPT = "kept by tieout: replaced as a whole by every run"
"""The comment of a table that may be replaced."""


class DuckDBConnection(Connection):
    """A DuckDB file; the file is made when something is first written."""

    supports = Supports(tables=True, writes=True, statements=True)
    id_field = "id"

    def __init__(self, name: str, path: Path, schema: str = "main") -> None:
        self.name = name
        self.path = path
        self.schema = schema

    @property
    def identity(self) -> str:
        return f"duckdb:{self.path}:{self.schema}"

    def check(self) -> Health:
        if not self.path.exists():
            return Health(str(self.path), {"state": "not there yet; the first run makes it"})
        with opened(self.path, read_only=True) as database:
            version = first_row(database.execute("SELECT version()"))
        size = self.path.stat().st_size
        return Health(
            str(self.path), {"duckdb": version and version[0], "bytes": size, "tables": len(self.types())}
        )

    def types(self) -> Sequence[str]:
        """Names of the tables."""
        if not self.path.exists():
            return ()
        with opened(self.path, read_only=True) as database:
            rows = database.execute(
                "SELECT table_name FROM information_schema.tables WHERE table_schema = ? ORDER BY 1",
                [self.schema],
            )
            return [name for (name,) in rows.fetchall()]

    def read(self, query: Query) -> Iterator[Page]:
        """Each table as one page, filtered here; a statement's rows as they come."""
        if query.statement is not None:
            yield from read_statement(self.path, self.schema, query, query.statement)
            return
        known = self.types()
        for name in query.types or known:
            if name not in known:
                raise SetupError(
                    f"{self.path} has no table {name!r}.{did_you_mean(name, known)}",
                    advice=f"`tieout types {self.name}` lists the tables.",
                )
            page = self._ordered_page(name, query)
            if query.where is not None:
                page = page.only([holds(query.where, record) is True for record in page.records()])
            yield page.first(query.limit).select(query.fields)

    def get(self, type_name: str, record_id: str) -> Record:
        """The row with this id. Rows of parts are not told apart by theirs, so one of several is not given."""
        found = Query((type_name,), Compare(self.id_field, "=", record_id), limit=2)
        rows = [row for page in self.read(found) for row in page.records()]
        if len(rows) > 1:
            raise SetupError(
                f"{type_name} has several rows with the id {record_id}.",
                advice=f'Say which: `tieout query {self.name}:{type_name} --where "…"`.',
            )
        return rows[0] if rows else super().get(type_name, record_id)

    def _ordered_page(self, name: str, query: Query) -> TablePage:
        with opened(self.path, read_only=True) as database:
            rows = database.sql(f"SELECT * FROM {quoted(self.schema)}.{quoted(name)}")
            ordered = [field for field, _ in query.order]
            for field in (*fields_of(query.where), *query.fields, *ordered):
                if field not in rows.columns:
                    raise SetupError(
                        f"{name} has no column {field!r}.{did_you_mean(field, rows.columns)}",
                        advice=f"`tieout types {self.name}:{name}` lists its columns.",
                    )
            terms = [f"{quoted(field)}{' DESC' * descending}" for field, descending in query.order]
            return TablePage(name, arrow.Table.from_arrow(rows.order(", ".join(terms)) if terms else rows))

    def write(self, changes: Iterable[Change], intents: Intents, /) -> Iterator[Outcome]:
        """Insert, update, put and delete rows, many in one transaction, with a mark for each change beside them."""
        return DuckDBWriter(self.name, self.path, self.schema).write(changes, intents)

    def resolve(self, sent: Sent, _intents: Intents, /) -> list[Outcome]:
        return DuckDBWriter(self.name, self.path, self.schema).resolve(sent)

    def plan_changes(self, changes: Iterable[Change], /) -> Iterator[PlannedChange]:
        return DuckDBWriter(self.name, self.path, self.schema).plan(changes)

    def mirror(
        self, source: str, layout: Layout, *, raw: bool = False, leave_out: LeaveOut | None = None
    ) -> RestingMirror:
        """A writer for the mirror of `source` in this file's schema."""
        mirror = DuckDBMirror(self.path, self.schema, source, layout, raw=raw, leave_out=leave_out)
        return RestingMirror(mirror)

    def lay_out(self) -> None:
        """Keep views beside the mirror by which it looks like Fivetran's tables."""
        lay_out(self.path, self.schema)

    def keep(self, page: Page) -> None:
        """Put a page's tables in the place of those that it left here before; nobody else's are touched."""
        with opened(self.path) as database:
            database.execute(f"CREATE SCHEMA IF NOT EXISTS {quoted(self.schema)}")
            database.execute("BEGIN")
            for name, table in page.tables().items():
                self._refuse_foreign(database, name)
                place = f"{quoted(self.schema)}.{quoted(name)}"
                database.register("page_rows", table)
                database.execute(f"CREATE OR REPLACE TABLE {place} AS SELECT * FROM page_rows")
                database.execute(f"COMMENT ON TABLE {place} IS '{KEPT}'")
                database.unregister("page_rows")
            database.execute("COMMIT")

    def _refuse_foreign(self, database: duckdb.DuckDBPyConnection, name: str) -> None:
        asked = "SELECT comment FROM duckdb_tables() WHERE schema_name = ? AND table_name = ?"
        found = first_row(database.execute(asked, [self.schema, name]))
        if found is not None and found[0] != KEPT:
            raise SetupError(
                f"{self.path} has a table {name} that tieout did not make.",
                advice='Rename it, or give the connection a schema of its own: `schema = "…"`.',
            )

    @contextmanager
    def comparison(self, layout: Layout, leave_out: LeaveOut | None = None) -> Iterator[Comparison]:
        """The mirror, open for comparing."""
        if MIRROR not in self.types():
            raise no_mirror(str(self.path))
        with opened(self.path, read_only=True) as database:
            yield Comparison(database, self.schema, layout, leave_out or LeaveOut())
