"""The kind `sql`: tables and statements read as streams, and changes written in transactions."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, bindparam, case, exc, select, text
from sqlalchemy import inspect as inspected
from sqlalchemy.types import NullType

from ...catalog.nearest import did_you_mean
from ...errors import Invalid, NotFound, SetupError
from ...operations import (
    Change,
    Outcome,
    PlannedChange,
    Predicate,
    Query,
    Sent,
    Statement,
    conjuncts,
    fields_of,
)
from ...protocols.kept_types import Layout
from ...protocols.query_language import predicate_text
from ..base import Connection, Health, Intents, Page, PlannedRead, Record, Supports
from ..leave_out import LeaveOut
from ..mirrors.batches import fitted
from ..mirrors.comparison import Comparison
from ..mirrors.copied import copied_to_compare
from ..row_page import ROWS, pages
from .columns import TableShape, Values, shape_of
from .database import address, engine_at, explain, explained, reading, shown
from .layout_views import lay_out
from .mirror import SqlMirror
from .mirror_postgres import PostgresStore
from .mirror_reports import keep_tables
from .mirror_sqlite import SqliteStore
from .mirror_store import Store
from .narrowing import can, narrowed
from .writing import Writer, key_of

_CLOCKS = {
    "postgresql": "select now()",
    "mysql": "select utc_timestamp(6)",
    "mariadb": "select utc_timestamp(6)",
    "mssql": "select sysutcdatetime()",
    "oracle": "select sys_extract_utc(systimestamp) from dual",
}
"""How databases are asked for the time; a file of SQLite has this machine's."""

ROW = "row"
"""What the records of a statement are called."""


class SqlConnection(Connection):
    """A database at an address of SQLAlchemy; types are its tables and views."""

    supports = Supports(tables=True, writes=True, statements=True)
    id_field = "id"

    def __init__(
        self,
        name: str,
        url: str,
        *,
        password: str = "",
        schema: str = "",
        zone: str = "UTC",
        marks: str = "tieout_written",
    ) -> None:
        self.name = name
        self._url = address(url, password)
        self._schema = schema or None
        self._zone = zone
        self._marks = marks
        self._shapes: dict[str, TableShape] = {}

    @cached_property
    def _engine(self) -> Engine:
        return engine_at(self._url, self._zone)

    @property
    def _values(self) -> Values:
        return Values(self._engine.dialect.name, ZoneInfo(self._zone))

    @property
    def identity(self) -> str:
        return f"sql:{shown(self._url)}{f':{self._schema}' if self._schema else ''}".replace(" ", "%20")

    def check(self) -> Health:
        with reading(self._engine, self.name) as database:
            version = ".".join(map(str, database.dialect.server_version_info or ()))
        return Health(shown(self._url), {self._engine.dialect.name: version, "tables": len(self.types())})

    def types(self) -> Sequence[str]:
        """Names of the tables and views."""
        with explained(self.name):
            inspector = inspected(self._engine)
            names = {
                *inspector.get_table_names(schema=self._schema),
                *inspector.get_view_names(schema=self._schema),
            }
        return sorted(names - {self._marks})

    # ---- reading

    def read(self, query: Query) -> Iterator[Page]:
        """Pages as the database hands rows out; none is held longer than it is looked at."""
        if query.statement is not None:
            yield from self._read_statement(query, query.statement)
            return
        for name in query.types or self.types():
            yield from self._read_table(query, self.shape(name))

    def _read_table(self, query: Query, shape: TableShape) -> Iterator[Page]:
        self._refuse_unknown(shape, (*fields_of(query.where), *query.fields, *(f for f, _ in query.order)))
        chosen = select(shape.of).where(*narrowed(query.where, shape, self._values))
        for field, descending in query.order:
            column = shape.of.c[field]
            nothing = case((column.is_(None), 0), else_=1)
            chosen = chosen.order_by(*(e.desc() if descending else e for e in (nothing, column)))
        asked = Query(where=query.where, fields=query.fields, limit=query.limit)
        with closing(self._rows(chosen, shape.name, shape)) as rows:
            yield from pages(shape.name, rows, asked, self._clock())

    def _read_statement(self, query: Query, statement: Statement) -> Iterator[Page]:
        missing = [name for name in statement.names if name not in statement.parameters]
        if missing:
            raise SetupError(
                f"The statement for {self.name} asks for :{missing[0]}, and nothing gives it a value."
                f"{did_you_mean(missing[0], statement.parameters)}",
                advice="Name a parameter that the process knows, such as :last_success.",
            )
        spelled = text(statement.spelled(lambda name: f":{name}", lambda other: other.replace(":", r"\:")))
        given = [
            bindparam(name, self._values.parameter(statement.parameters[name]), type_=NullType())
            for name in statement.names
        ]
        asked = Query(where=query.where, fields=query.fields, order=query.order, limit=query.limit)
        with closing(self._rows(spelled.bindparams(*given), "the statement")) as rows:
            yield from pages(query.types[0] if query.types else ROW, rows, asked, self._clock())

    def _rows(self, chosen: Any, what: str, shape: TableShape | None = None) -> Generator[Record, None, None]:
        values, read = self._values, 0
        with (
            reading(self._engine, self.name) as database,
            self._told_where(what, lambda: read),
            closing(database.execute(chosen)) as result,
        ):
            if not result.returns_rows:
                raise SetupError(
                    f"{what} for {self.name} returns no rows; nothing was changed by it.",
                    advice="Write a statement that selects.",
                )
            names = list(result.keys())
            families = [shape.columns[n].family if shape and n in shape.columns else "" for n in names]
            for some in result.partitions(ROWS):
                for row in some:
                    read += 1
                    yield {n: values.read(v, f) for n, v, f in zip(names, row, families, strict=True)}

    def _clock(self) -> datetime:
        """The database's clock: what is stamped later than it says was not read yet."""
        asked = _CLOCKS.get(self._engine.dialect.name)
        if asked is None:
            return datetime.now(UTC)
        with reading(self._engine, self.name) as database:
            found: datetime = database.exec_driver_sql(asked).scalar_one()
        return found if found.tzinfo else found.replace(tzinfo=UTC)

    @contextmanager
    def _told_where(self, what: str, rows: Any) -> Iterator[None]:
        """A read that fails half way says after how many rows; it never looks like the end."""
        try:
            yield
        except exc.DBAPIError as error:
            after = f" after {rows():,} rows" if rows() else ""
            raise explain(error, self.name, f"{what} failed{after}: ") from error

    def get(self, type_name: str, record_id: str) -> Record:
        """The row with this primary key; the values of several columns are joined by `|`."""
        shape = self.shape(type_name)
        key = key_of(shape, record_id)
        if not key:
            raise SetupError(
                f"{type_name} of {self.name} has no primary key.",
                advice=f'Say which row: `tieout query {self.name}:{type_name} --where "…"`.',
            )
        same = [
            shape.of.c[n] == bindparam(None, v, NullType(), unique=True)
            for n, v in self._row(shape, key).items()
        ]
        with closing(self._rows(select(shape.of).where(*same), type_name, shape)) as rows:
            for page in pages(type_name, rows, Query(limit=1)):
                return page.records()[0]
        raise NotFound(f"{self.name} has no {type_name} with the id {record_id}.")

    def _row(self, shape: TableShape, key: Mapping[str, Any]) -> dict[str, Any]:
        """A key as the database has it; NotFound when its columns hold nothing like it."""
        try:
            return self._values.row(shape, key, "")
        except Invalid as error:
            raise NotFound(f"{self.name} has no such {shape.name}: {error}") from error

    def count(self, type_name: str, where: Predicate | None = None) -> int:
        return sum(len(page) for page in self.read(Query((type_name,), where)))

    def plan(self, query: Query) -> list[PlannedRead]:
        if query.statement is not None:
            return [PlannedRead(query.types[0] if query.types else ROW, query.statement.text)]
        plans = []
        for name in query.types or self.types():
            shape = self.shape(name)
            parts = tuple(
                (predicate_text(part), "database" if can(part, shape, self._values) else "here")
                for part in conjuncts(query.where)
            )
            chosen = select(shape.of).where(*narrowed(query.where, shape, self._values))
            plans.append(PlannedRead(name, " ".join(str(chosen.compile(self._engine)).split()), parts))
        return plans

    def shape(self, name: str) -> TableShape:
        """What a table holds; SetupError with the nearest name when there is none."""
        if name not in self._shapes:
            with explained(self.name):
                found = shape_of(self._engine, name, self._schema)
            if found is None:
                raise SetupError(
                    f"{self.name} has no table {name!r}.{did_you_mean(name, self.types())}",
                    advice=f"`tieout types {self.name}` lists the tables.",
                )
            self._shapes[name] = found
        return self._shapes[name]

    def _refuse_unknown(self, shape: TableShape, fields: Iterable[str]) -> None:
        for field in fields:
            if field not in shape.columns:
                raise SetupError(
                    f"{shape.name} has no column {field!r}.{did_you_mean(field, shape.columns)}",
                    advice=f"Its columns are {', '.join(shape.columns)}.",
                )

    # ---- writing

    def write(self, changes: Iterable[Change], intents: Intents, /) -> Iterator[Outcome]:
        """Insert, update, put and delete rows, many in one transaction, with a mark for each change beside them."""
        yield from self._writer().write(changes, intents)

    def resolve(self, sent: Sent, _intents: Intents, /) -> list[Outcome]:
        """The changes of a transaction that was committed; what has no mark was not done."""
        return self._writer().resolve(sent)

    def plan_changes(self, changes: Iterable[Change], /) -> Iterator[PlannedChange]:
        yield from self._writer().plan(changes)

    def _writer(self) -> Writer:
        return Writer(self._engine, self.name, self.shape, self._values, self._marks, self._schema)

    # ---- keeping mirrors

    def mirror(
        self, source: str, layout: Layout, *, raw: bool = False, leave_out: LeaveOut | None = None
    ) -> SqlMirror:
        """A writer for the mirror of `source` in this database, where it is PostgreSQL or SQLite."""
        return SqlMirror(self._store(), source, layout, raw=raw, leave_out=leave_out)

    def lay_out(self) -> None:
        """Keep views beside the mirror by which it looks like Fivetran's tables."""
        with closing(self._store()) as store:
            lay_out(store)

    def keep(self, page: Page) -> None:
        """Put a page's tables in the place of those that it left here before; nobody else's are touched."""
        with closing(self._store()) as store:
            keep_tables(store, fitted(page.tables(), store.named))

    @contextmanager
    def comparison(self, layout: Layout, leave_out: LeaveOut | None = None) -> Iterator[Comparison]:
        """The mirror as it is now, open for comparing."""
        with (
            closing(self._store()) as store,
            copied_to_compare(store, layout, leave_out or LeaveOut()) as comparison,
        ):
            yield comparison

    def _store(self) -> Store:
        match self._url.get_backend_name():
            case "postgresql":
                address = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
                return PostgresStore(self.name, address, self._schema or "")
            case "sqlite":
                return SqliteStore(self.name, str(self._url.database))
        raise SetupError(
            f"{self.name} cannot keep a mirror.",
            advice="Name a database of PostgreSQL or SQLite, or a connection of the kind duckdb.",
        )

    def close(self) -> None:
        if "_engine" in self.__dict__:
            self._engine.dispose()
            del self.__dict__["_engine"]
