"""The kind `http`: records of a web service, read page by page and written one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from ...catalog.nearest import did_you_mean
from ...errors import NotFound, SetupError
from ...operations import Change, Outcome, PlannedChange, Query, Sent, Statement
from ..base import Connection, Health, Intents, Page, PlannedRead, Record, Supports
from ..row_page import RowPage, pages
from .paging import Paging
from .service import Refused, Service
from .writing import HttpWriter

RECORD = "record"
"""What the records of a path are called where nothing else says so."""


class HttpConnection(Connection):
    """A service with a path for each type; a statement is a path with its parameters."""

    supports = Supports(writes=True, statements=True)

    def __init__(
        self,
        name: str,
        service: Service,
        paths: Mapping[str, str],
        paging: Paging | None = None,
        *,
        id_field: str = "id",
        modify: str = "PATCH",
        idempotency_header: str = "",
    ) -> None:
        self.name = name
        self.id_field = id_field
        self._service = service
        self._paths = paths
        self._paging = paging or Paging()
        self._writer = HttpWriter(name, service, self.path, id_field, modify, idempotency_header)

    @property
    def identity(self) -> str:
        return f"http:{self._service.base_url}"

    @property
    def requests_made(self) -> int:
        return self._service.requests_made

    def check(self) -> Health:
        """The first type is asked for; a service has no other way in common to be asked whether it is there."""
        for name in self.types()[:1]:
            next(iter(self.read(Query((name,), limit=1))), None)
        return Health(self._service.base_url, {"types": len(self._paths)})

    def types(self) -> Sequence[str]:
        return sorted(self._paths)

    def path(self, type_name: str) -> str:
        """The path of a type; SetupError with the nearest name when there is none."""
        if type_name not in self._paths:
            raise SetupError(
                f"{self.name} has no {type_name!r}.{did_you_mean(type_name, self._paths)}",
                advice='Name its path in the project file: paths = ["orders=/v1/orders"].',
            )
        return self._paths[type_name]

    # ---- reading

    def read(self, query: Query) -> Iterator[Page]:
        """Pages as the service hands them out; all that a query asks for is done here."""
        if query.statement is not None:
            name = query.types[0] if query.types else RECORD
            asked = Query(query.types, query.where, query.fields, query.order, query.limit)
            yield from self._pages(name, self._spelled(query.statement), asked)
            return
        for name in query.types or self.types():
            yield from self._pages(name, self.path(name), query)

    def _pages(self, name: str, path: str, query: Query) -> Iterator[Page]:
        if query.limit == 0:
            return
        address = self._service.address(path)
        with closing(self._paging.records_of(self._service, address)) as found:  # type: ignore[type-var]
            first = next(found, None)
            if first is not None:
                records = (record for _, record in _again(first, found))
                yield from pages(name, records, query, first[0].time)

    def _spelled(self, statement: Statement) -> str:
        missing = [name for name in statement.names if name not in statement.parameters]
        if missing:
            raise SetupError(
                f"{statement.text} asks for :{missing[0]}, and nothing gives it a value."
                f"{did_you_mean(missing[0], statement.parameters)}",
                advice="Name a parameter that the process knows, such as :last_success.",
            )
        return statement.spelled(lambda name: quote(_text(statement.parameters[name]), safe=""))

    def get(self, type_name: str, record_id: str) -> Record:
        """One record at its own path."""
        path = f"{self.path(type_name).partition('?')[0].rstrip('/')}/{quote(record_id, safe='')}"
        try:
            found = self._service.read(self._service.address(path)).json(path)
        except Refused as error:
            if error.status in (404, 410):
                raise NotFound(f"{self.name} has no {type_name} with the id {record_id}.") from error
            raise SetupError(f"{path}: {error}.") from error
        if not isinstance(found, dict):
            raise NotFound(f"{self.name} answers without a {type_name} with the id {record_id}.")
        return RowPage(type_name, [found]).records()[0]

    def plan(self, query: Query) -> list[PlannedRead]:
        if query.statement is not None:
            return [
                PlannedRead(
                    query.types[0] if query.types else RECORD, f"GET {self._spelled(query.statement)}"
                )
            ]
        planned = super().plan(query)
        return [PlannedRead(e.type, f"GET {self.path(e.type)}", e.conditions) for e in planned]

    # ---- writing

    def write(self, changes: Iterable[Change], intents: Intents, /) -> Iterator[Outcome]:
        """POST, PUT, PATCH and DELETE, one request for each change."""
        return self._writer.write(changes, intents)

    def resolve(self, sent: Sent, _intents: Intents, /) -> list[Outcome]:
        return self._writer.resolve(sent)

    def plan_changes(self, changes: Iterable[Change], /) -> Iterator[PlannedChange]:
        return self._writer.plan(changes)

    def close(self) -> None:
        self._service.close()


def _again(first: Any, rest: Iterable[Any]) -> Iterator[Any]:
    yield first
    yield from rest


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, datetime | date) else str(value)
