"""A connection as people use it: verbs over names and words instead of queries and pages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import TYPE_CHECKING, Any, Self

from ..catalog.rest import RecordType
from ..connections.base import Connection, Health, Page, PlannedRead, Record
from ..errors import SetupError
from ..operations import (
    Act,
    Add,
    Change,
    Delete,
    Lines,
    Modify,
    Outcome,
    PlannedChange,
    Predicate,
    Put,
    Query,
    Statement,
    Void,
)
from ..processes.write import Writing, identified, planned_changes, write_changes
from ..protocols.queried_fields import UnknownField, find_field
from ..protocols.query_language import parse_where
from .joining import joined_tables

if TYPE_CHECKING:
    from ..state.journal import Journal

PATIENCE = 60.0
"""Seconds that a program waits while another thread or process writes to the same company."""

ROW = "row"
"""What the records of a statement are called."""

Where = str | Predicate | None
"""`"Balance > 0 and TxnDate >= '2026-01-01'"`, or the predicate that it states."""


class Books:
    """Records of one connection. Close it, or use it with `with`."""

    def __init__(
        self, connection: Connection, *others: AbstractContextManager[Any], journal: Journal | None = None
    ) -> None:
        self.connection = connection
        self._journal = journal
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
        statement: Statement | None = None,
    ) -> Results:
        """The records that fit, of one type, several, or all when none is named. Nothing is read yet.

        `order` is written as in SQL: `"TxnDate desc, DocNumber"`. A `statement`, in the connection's own language, stands in the
        place of types; its records are called `row`.
        """
        kinds = [self.connection.described(name) for name in types]
        kind = kinds[0] if len(kinds) == 1 else None
        ordered = tuple((_as_spelled("order", path, kind), down) for path, down in parse_order(order))
        wanted = tuple(_as_spelled("fields", path, kind) for path in fields)
        predicate = parse_where(where, kind) if isinstance(where, str) else where
        named = types if statement is None else (ROW,)
        return Results(self.connection, Query(named, predicate, wanted, ordered, limit, statement))

    def get(self, type_name: str, record_id: str) -> Record:
        """One record by its id; NotFound when there is none."""
        return self.connection.get(type_name, record_id)

    def count(self, type_name: str, where: Where = None) -> int:
        """How many records fit."""
        predicate = (
            parse_where(where, self.connection.described(type_name)) if isinstance(where, str) else where
        )
        return self.connection.count(type_name, predicate)

    def report(self, name: str, params: Mapping[str, str] | None = None, /, **more: str) -> Results:
        """A report as flat rows: `report("ProfitAndLoss", start_date="2026-01-01", summarize_column_by="Month")`.

        Nothing is read yet. `params` takes the parameters that Python cannot spell, such as `class`.
        """
        return ReportResults(self.connection, name, {**(params or {}), **more})

    def add(self, type_name: str, record: Mapping[str, Any], *, key: str = "") -> Record:
        """Add a record; it comes back whole, with its Id. RecordRefused says why not.

        With a `key`, such as `"order_no=17"`, the record is never added twice, however often this is called.
        """
        return self._one(Add(type=type_name, record=record, key=key))

    def modify(
        self,
        type_name: str,
        record: Mapping[str, Any],
        *,
        full: bool = False,
        lines: Lines = "keep",
        key: str = "",
    ) -> Record:
        """Change the fields that are given, named by Id or by the key it was added with; None clears one.

        Lines that are not named are kept, unless `lines="replace"`. `full` clears what is not given.
        """
        return self._one(Modify(type=type_name, record=record, full=full, lines=lines, key=key))

    def delete(self, type_name: str, record_id: str, *, key: str = "") -> Record:
        """Take a record away for good; what is left of it comes back."""
        return self._one(Delete(type=type_name, record=_named(record_id), key=key))

    def void(self, type_name: str, record_id: str, *, key: str = "") -> Record:
        """Keep a record with all its amounts at zero."""
        return self._one(Void(type=type_name, record=_named(record_id), key=key))

    def put(
        self, type_name: str, record: Mapping[str, Any], *, lines: Lines = "replace", key: str = ""
    ) -> Record:
        """Make it so: modify the record if it is there, by Id, key, name or number; add it otherwise."""
        return self._one(Put(type=type_name, record=record, lines=lines, key=key))

    def act(self, type_name: str, name: str, record_id: str = "", **arguments: str) -> Outcome:
        """Something else: `act("Invoice", "send", "130", to="ann@example.com")`, `deactivate`, `reactivate`."""
        record = _named(record_id)
        return self._outcome(Act(type=type_name, name=name, record=record, arguments=arguments))

    def document(self, type_name: str, record_id: str) -> bytes:
        """A record as PDF; of an Attachable, its file."""
        return self.connection.document(
            type_name, record_id, "download" if type_name == "Attachable" else "pdf"
        )

    def attach(self, file_name: str, content: bytes, *, to: str = "", note: str = "") -> Record:
        """Upload a file, attached to a record: `attach("scan.pdf", data, to="Invoice:130")`."""
        told = {**({"Note": note} if note else {}), **attached(to)}
        return _record_of(
            self._outcome(
                Act(
                    type="Attachable",
                    name="upload",
                    record=told,
                    arguments={"name": file_name},
                    content=content,
                )
            )
        )

    def write(self, changes: Iterable[Change], *, name: str = "", again: bool = False) -> Writing:
        """Many changes at once: an outcome for each, as they become known. A refusal is an outcome here, not an error.

        `for outcome in books.write(Add(type="Invoice", record=…, key=f"order_no={n}") for n in orders): …`
        """
        with_ids = identified(changes, by_contents=False)
        return write_changes(
            self.connection,
            with_ids,
            self.journal,
            name=name or f"write {self.name}",
            again=again,
            wait=PATIENCE,
        )

    def plan(self, changes: Iterable[Change]) -> Iterator[PlannedChange]:
        """What `write` would send, what would become different, what would be refused; nothing is written."""
        return planned_changes(self.connection, identified(changes, by_contents=False), self.journal)

    @property
    def journal(self) -> Journal:
        """What was sent from here, and what became of it."""
        if self._journal is None:
            raise SetupError(
                f"{self.name} was opened without a journal, and nothing is written without one.",
                advice="Open it with tieout.connect.",
            )
        return self._journal

    def _one(self, change: Change) -> Record:
        """The whole record; one that was there before is read."""
        outcome = self._outcome(change)
        if outcome.record is not None and set(outcome.record) == {"Id"}:
            return self.connection.get(change.type, outcome.record_id)
        return _record_of(outcome)

    def _outcome(self, change: Change) -> Outcome:
        (outcome,) = self.write([change], name=f"{change.verb} {self.name}:{change.type}")
        return outcome.raise_unless_done()

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

    def __init__(self, connection: Connection, name: str, params: Mapping[str, str]) -> None:
        super().__init__(connection, Query((name,)))
        self._params = params

    def pages(self) -> Iterator[Page]:
        yield self._connection.report(self.query.types[0], self._params)

    def plan(self) -> list[PlannedRead]:
        conditions = tuple((f"{name} = {value}", "QuickBooks") for name, value in self._params.items())
        return [PlannedRead(self.query.types[0], f"report {self.query.types[0]}", conditions)]


def _named(record_id: str) -> Mapping[str, Any]:
    return {"Id": record_id} if record_id else {}


def attached(to: str) -> dict[str, Any]:
    """`Invoice:130` as the reference of an Attachable."""
    if not to:
        return {}
    type_name, _, record_id = to.partition(":")
    return {"AttachableRef": [{"EntityRef": {"type": type_name, "value": record_id}}]}


def _record_of(outcome: Outcome) -> Record:
    return dict(outcome.record or {})


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
