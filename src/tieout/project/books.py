"""A connection as people use it: verbs over names and words instead of queries and pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import Any, Self

from ..catalog.reports import Report, report
from ..catalog.rest import RecordType, record_type, type_names
from ..connections.base import Connection, Health, Page, PlannedRead, Record
from ..errors import SetupError
from ..operations import Predicate, Query
from ..protocols.queried_fields import UnknownField, find_field
from ..protocols.query_language import parse_where
from .joining import joined_tables

Where = str | Predicate | None
"""`"Balance > 0 and TxnDate >= '2026-01-01'"`, or the predicate that it states."""


class Books:
    """Records of one connection. Close it, or use it with `with`."""

    def __init__(self, connection: Connection, *others: AbstractContextManager[Any]) -> None:
        self.connection = connection
        self._open = ExitStack()
        for other in others:
            self._open.enter_context(other)
        self._open.enter_context(connection)

    @property
    def name(self) -> str:
        return self.connection.name

    def types(self) -> Sequence[str]:
        """The record types that can be read."""
        return self.connection.types()

    def query(
        self,
        *types: str,
        where: Where = None,
        fields: Sequence[str] = (),
        order: str = "",
        limit: int | None = None,
    ) -> Results:
        """The records that fit, of one type, several, or all when none is named. Nothing is read yet.

        `order` is written as in SQL: `"TxnDate desc, DocNumber"`.
        """
        kinds = [_kind(name) for name in types]
        kind = kinds[0] if len(kinds) == 1 else None
        ordered = tuple((_as_spelled("order", path, kind), down) for path, down in parse_order(order))
        wanted = tuple(_as_spelled("fields", path, kind) for path in fields)
        predicate = parse_where(where, kind) if isinstance(where, str) else where
        return Results(self.connection, Query(types, predicate, wanted, ordered, limit))

    def get(self, type_name: str, record_id: str) -> Record:
        """One record by its id; NotFound when there is none."""
        return self.connection.get(type_name, record_id)

    def count(self, type_name: str, where: Where = None) -> int:
        """How many records fit."""
        predicate = parse_where(where, _kind(type_name)) if isinstance(where, str) else where
        return self.connection.count(type_name, predicate)

    def report(self, name: str, params: Mapping[str, str] | None = None, /, **more: str) -> Results:
        """A report as flat rows: `report("ProfitAndLoss", start_date="2026-01-01", summarize_column_by="Month")`.

        Nothing is read yet. `params` takes the parameters that Python cannot spell, such as `class`.
        """
        return ReportResults(self.connection, report(name), {**(params or {}), **more})

    def check(self) -> Health:
        """Prove that it can be used; the errors say what to do when it cannot."""
        return self.connection.check()

    def close(self) -> None:
        self._open.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Results:
    """What a query finds, read when it is looked at: as dicts, as Arrow tables, or page by page."""

    def __init__(self, connection: Connection, query: Query) -> None:
        self.query = query
        self._connection = connection

    def __iter__(self) -> Iterator[Record]:
        """Each record as a dict with QuickBooks' names, money as Decimal."""
        for page in self.pages():
            yield from page.records()

    def pages(self) -> Iterator[Page]:
        return self._connection.read(self.query)

    def plan(self) -> list[PlannedRead]:
        """What would be sent, and which part of the predicate is done here; nothing is sent."""
        return self._connection.plan(self.query)

    def tables(self) -> Mapping[str, Any]:
        """Arrow tables by name, such as `invoice` and `invoice_line`, for whatever speaks Arrow."""
        return joined_tables(self.pages())


class ReportResults(Results):
    """A report, read when it is looked at."""

    def __init__(self, connection: Connection, asked: Report, params: Mapping[str, str]) -> None:
        super().__init__(connection, Query((asked.name,)))
        self._params = params

    def pages(self) -> Iterator[Page]:
        yield self._connection.report(self.query.types[0], self._params)

    def plan(self) -> list[PlannedRead]:
        conditions = tuple((f"{name} = {value}", "QuickBooks") for name, value in self._params.items())
        return [PlannedRead(self.query.types[0], f"report {self.query.types[0]}", conditions)]


def parse_order(text: str) -> Iterator[tuple[str, bool]]:
    """`"TxnDate desc, Id"` as fields, and whether each descends."""
    for part in filter(None, map(str.strip, text.split(","))):
        field, *direction = part.split()
        word = " ".join(direction).casefold()
        if word not in ("", "asc", "desc"):
            raise SetupError(
                f"order: {part!r} is not a field with asc or desc after it.",
                advice="Write it as TxnDate desc, DocNumber.",
            )
        yield field, word == "desc"


def _kind(type_name: str) -> RecordType | None:
    """What the catalog knows of a type; nothing of a database's tables."""
    return record_type(type_name) if type_name in type_names() else None


def _as_spelled(place: str, path: str, kind: RecordType | None) -> str:
    """A field as the catalog spells it; SetupError with the nearest one when it knows none."""
    if kind is None:
        return path
    try:
        return find_field(path, kind).path
    except UnknownField as error:
        raise SetupError(
            f"{place}: {error}", advice=f"`tieout types books:{kind.name}` lists its fields."
        ) from error
