"""Writing to a destination of dlt, and reading back what lies there. Numbers are decimals there, ids as they are given.

A change is loaded with others of its kind. What is added carries the id of its request in a column, so that after a kill the
destination itself tells whether it arrived; what is put or deleted may be loaded again without harm.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from itertools import chain
from typing import Any
from uuid import uuid4

from ...catalog.nearest import did_you_mean
from ...errors import AlreadyExists, Invalid, NotAllowed, OutcomeUnknown, RecordRefused, SetupError
from ...operations import Add, Change, Delete, Member, Outcome, PlannedChange, Put, Query, Sent
from ...protocols.kept_types import Layout
from ..base import Connection, Health, Intents, Mirror, Page, Supports
from ..leave_out import LeaveOut
from ..mirrors.comparison import Comparison
from ..mirrors.copied import copied_to_compare
from ..row_page import pages, plain
from .kept_tables import DltTables
from .mirror import DltMirror
from .pipeline import GONE, Load, NotTaken, Pipeline

REQUEST = "_tieout_request"
"""The column of what was added that names the request."""
AT_ONCE = 1_000
"""Changes of one load, which takes a second or two however small it is."""
_OURS = ("_dlt_", "_tieout_")
_PLACES, _BEFORE = 9, 29
"""Digits of a decimal behind and before its point: dlt declares decimals of 38 digits, 9 of them behind."""


class DltDestination(Connection):
    """A dataset; its tables are the types, and their columns are named as dlt does it."""

    def __init__(self, name: str, pipeline: Pipeline, called: str, *, id_field: str = "id") -> None:
        self.name = name
        self.id_field = id_field
        self.supports = Supports(tables=pipeline.merges, writes=True)
        self._pipeline = pipeline
        self._called = called

    @property
    def identity(self) -> str:
        return f"dlt:{self.name}:{self._called}/{self._pipeline.dataset}"

    def check(self) -> Health:
        return Health(f"{self._called}/{self._pipeline.dataset}", {"tables": len(self._pipeline.tables())})

    # ---- reading

    def types(self) -> Sequence[str]:
        return [name for name in self._pipeline.tables() if not name.startswith(_OURS)]

    def read(self, query: Query) -> Iterator[Page]:
        """The rows of tables; all that a query asks for is done here."""
        for name in query.types or self.types():
            table = self._pipeline.named(name)
            columns = self._shown(table)
            if not columns:
                raise SetupError(
                    f"{self.name} has no {name!r}.{did_you_mean(name, self.types())}",
                    advice=f"`tieout types {self.name}` lists its tables.",
                )
            found = self._pipeline.rows(table, columns)
            records = (dict(zip(columns, row, strict=True)) for some in found for row in some)
            yield from pages(name, (plain(each) for each in records), query)

    def _shown(self, table: str) -> list[str]:
        return [name for name in self._pipeline.columns(table) if not name.startswith(_OURS)]

    # ---- writing

    def write(self, changes: Iterable[Change], intents: Intents, /) -> Iterator[Outcome]:
        """An outcome for each change; those that follow one another and are alike are loaded together."""
        self._pipeline.finish()
        together: list[Change] = []
        for change in chain(changes, [None]):
            if together and (change is None or not self._goes_with(change, together)):
                yield from self._loaded(together, intents)
                together = []
            if change is not None:
                together.append(change)

    def _goes_with(self, change: Change, others: Sequence[Change]) -> bool:
        first = others[0]
        alike = (change.type, isinstance(change, Add)) == (first.type, isinstance(first, Add))
        ids = {self._id_of(each) for each in others} - {None}
        return alike and len(others) < AT_ONCE and self._id_of(change) not in ids

    def _loaded(self, changes: Sequence[Change], intents: Intents) -> Iterator[Outcome]:
        request = uuid4().hex
        rows, refused = self._rows(changes, request)
        intents.note(refused)
        yield from refused
        if not rows:
            return
        members = tuple(
            Member(each, intents.attempt(each), each.verb, carrier={"id": str(row.get(self.id_field, ""))})
            for each, row in rows
        )
        sent = Sent(request, members, {"type": changes[0].type}, b"", datetime.now(UTC))
        intents.sending(sent)
        outcomes = self._carried_out(sent, [row for _, row in rows])
        intents.answered(sent, outcomes)
        yield from outcomes

    def _carried_out(self, sent: Sent, rows: Sequence[Mapping[str, Any]]) -> list[Outcome]:
        first = sent.members[0].change
        if isinstance(first, Add):
            load = Load(first.type, rows, "append")
        else:
            load = Load(first.type, rows, "merge", key=[self.id_field])
        try:
            self._pipeline.load([load])
        except NotTaken as error:
            if isinstance(first, Add) and self._arrived(sent):
                return [
                    _outcome(each, OutcomeUnknown(f"A part of it arrived: {error}")) for each in sent.members
                ]
            refusal = Invalid(str(error), advice=error.advice, record=first.record)
            return [_outcome(each, refusal) for each in sent.members]
        return [_outcome(each) for each in sent.members]

    def resolve(self, sent: Sent, _intents: Intents, /) -> list[Outcome]:
        """Whether it arrived, once what lies in the pipeline's folder is loaded."""
        self._pipeline.finish()
        if isinstance(sent.members[0].change, Add) and self._arrived(sent):
            return [_outcome(each) for each in sent.members]
        return []  # what is put or deleted is so once more

    def _arrived(self, sent: Sent) -> bool:
        table = self._pipeline.named(str(sent.envelope["type"]))
        return any((sent.id,) in some for some in self._pipeline.rows(table, [REQUEST]))

    def plan_changes(self, changes: Iterable[Change], /) -> Iterator[PlannedChange]:
        for change in changes:
            rows, refused = self._rows([change], "")
            if refused:
                yield PlannedChange(change=change, operation="refuse", error=refused[0].error)
            else:
                yield PlannedChange(
                    change=change, operation="append" if isinstance(change, Add) else "merge", sent=rows[0][1]
                )

    def _rows(
        self, changes: Sequence[Change], request: str
    ) -> tuple[list[tuple[Change, dict[str, Any]]], list[Outcome]]:
        """Each change with its row, and outcomes of those that cannot be done."""
        there = self._ids_there(changes)
        rows, refused = [], []
        for change in changes:
            try:
                row = self._row(change)
                if isinstance(change, Add):
                    if str(row.get(self.id_field)) in there:
                        raise AlreadyExists(
                            f"{change.place or self.name}: {change.type} has a row {row[self.id_field]} already.",
                            record=change.record,
                        )
                    row[REQUEST] = request
                rows.append((change, row))
            except RecordRefused as error:
                refused.append(Outcome(change=change, state="refused", error=error))
        return rows, refused

    def _ids_there(self, changes: Sequence[Change]) -> set[str]:
        """Of what is to be added, the ids that are taken."""
        if not isinstance(changes[0], Add) or not any(self._id_of(each) for each in changes):
            return set()
        table, wanted = self._pipeline.named(changes[0].type), {self._id_of(each) for each in changes}
        found = self._pipeline.rows(table, [self._pipeline.named(self.id_field)], AT_ONCE)
        return {str(each) for some in found for (each,) in some if str(each) in wanted}

    def _row(self, change: Change) -> dict[str, Any]:
        """The record as dlt gets it; RecordRefused where that cannot be."""
        if not isinstance(change, Add | Put | Delete):
            raise NotAllowed(
                f"{self.name} knows no {change.verb}.",
                record=change.record,
                advice="Use add, put or delete.",
            )
        if not isinstance(change, Add) and not self._pipeline.merges:
            raise NotAllowed(
                f"dlt only adds to {self._called}, it neither replaces nor deletes rows there.",
                record=change.record,
                advice="Use add, or a destination that is a database.",
            )
        where = change.place or self.name
        record_id = self._id_of(change)
        if record_id is None and not isinstance(change, Add):
            raise Invalid(
                f"{where}: the record has no {self.id_field}, and a {change.verb} needs one.",
                record=change.record,
                element=self.id_field,
                advice="Give it one, or say with `id_field` what it is called.",
            )
        if isinstance(change, Delete):
            return {self.id_field: record_id, GONE: True}
        given = {
            name: value for name, value in change.record.items() if name != "Id" or self.id_field == "Id"
        }
        row = {name: _decimals(value, f"{where}: {name}") for name, value in given.items()}
        return row if record_id is None else {**row, self.id_field: record_id}

    def _id_of(self, change: Change) -> str | None:
        """An id is a text there, so that it stays the same however it is given."""
        found = change.record.get(self.id_field, change.record.get("Id"))
        return None if found is None or found == "" else str(found)

    def mirror(
        self, source: str, layout: Layout, *, raw: bool = False, leave_out: LeaveOut | None = None
    ) -> Mirror:
        """A writer for the mirror of `source`, with the tables that other mirrors have."""
        return DltMirror(self._pipeline, source, layout, raw=raw, leave_out=leave_out)

    @contextmanager
    def comparison(self, layout: Layout, leave_out: LeaveOut | None = None) -> Iterator[Comparison]:
        """The mirror, copied to be compared."""
        with copied_to_compare(
            DltTables(self._pipeline, layout), layout, leave_out or LeaveOut()
        ) as comparison:
            yield comparison


def _outcome(member: Member, error: OutcomeUnknown | RecordRefused | None = None) -> Outcome:
    if error is None:
        return Outcome(change=member.change, state="done", record_id=str(member.carrier["id"]))
    state = "unknown" if isinstance(error, OutcomeUnknown) else "refused"
    return Outcome(change=member.change, state=state, error=error)  # type: ignore[arg-type]


def _decimals(value: Any, place: str) -> Any:
    """Numbers as decimals, for a column that first sees 5 has to hold 12.10; one that would be cut is refused."""
    if isinstance(value, Mapping):
        return {name: _decimals(each, f"{place}.{name}") for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_decimals(each, place) for each in value]
    value = plain(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return value
    number = Decimal(value)
    if not _fits(number):
        raise Invalid(
            f"{place} is {value}, and a decimal there has {_PLACES} digits behind its point and {_BEFORE} before it.",
            advice="Round it, or send it as a text.",
        )
    return number


def _fits(number: Decimal) -> bool:
    if not number.is_finite():
        return False
    _, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int), "it is finite"
    zeros = len(digits) - len("".join(map(str, digits)).rstrip("0"))
    return not number or (exponent + zeros >= -_PLACES and number.adjusted() < _BEFORE)
