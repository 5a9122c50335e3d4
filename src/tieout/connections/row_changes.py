"""Changes on their way to rows of a table: what every database judges alike before it sends anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from ..errors import Invalid, NotAllowed, RecordRefused, SetupError
from ..operations import Add, Change, Delete, Member, Modify, Outcome, PlannedChange, Put, Sent
from .base import Intents
from .row_page import plain

OPERATIONS: Mapping[type[Change], str] = {Add: "insert", Modify: "update", Put: "put", Delete: "delete"}
"""What each change does with rows."""


class ReadyRow(Protocol):
    """A change as a row."""

    @property
    def change(self) -> Change: ...

    @property
    def row(self) -> Mapping[str, Any]: ...

    @property
    def key(self) -> Mapping[str, Any]:
        """The columns that tell the row, and their values; empty for a row to add."""


Ready = TypeVar("Ready", bound=ReadyRow)


def prepared(
    changes: Iterable[Change], ready: Callable[[Change], Ready]
) -> tuple[list[Ready], list[Outcome]]:
    """The changes as rows, and the outcomes of those that are refused here."""
    rows, refused = [], []
    for change in changes:
        try:
            rows.append(ready(change))
        except RecordRefused as error:
            refused.append(Outcome(change=change, state="refused", error=error))
    return rows, refused


def planned(changes: Iterable[Change], ready: Callable[[Change], Ready]) -> Iterator[PlannedChange]:
    """What would be written; nothing is."""
    for change in changes:
        rows, refused = prepared([change], ready)
        for outcome in refused:
            yield PlannedChange(change=change, operation="refuse", error=outcome.error)
        for each in rows:
            yield PlannedChange(
                change=change,
                operation=OPERATIONS[type(change)],
                record_id="|".join(map(str, each.key.values())),
                sent=plain(each.row),
            )


def members_of(rows: Sequence[ReadyRow], intents: Intents) -> tuple[Member, ...]:
    """The changes as the journal commits them before they are sent."""
    return tuple(Member(e.change, intents.attempt(e.change), OPERATIONS[type(e.change)]) for e in rows)


def found_done(sent: Sent, done: Mapping[str, str]) -> list[Outcome]:
    """The outcomes of what left a mark: ids of rows by change."""
    return [
        Outcome(
            change=each.change, state="done", record_id=done[each.change.id], note="found in the database"
        )
        for each in sent.members
        if each.change.id in done
    ]


def refuse_other_verbs(change: Change) -> None:
    """NotAllowed for what cannot be done with a row."""
    if type(change) not in OPERATIONS:
        raise NotAllowed(
            f"A database knows no {change.verb}.",
            record=change.record,
            advice="Use add, modify, put or delete.",
        )


def without_key(table: str, name: str) -> SetupError:
    """Why rows of a table can only be added."""
    return SetupError(
        f"{table} of {name} has no key, so no row of it can be told from the others.",
        advice=f'Give it one, ALTER TABLE {table} ADD PRIMARY KEY (…), or write do = "add".',
    )


def names_no_key(change: Change, table: str, key: Sequence[str]) -> Invalid:
    """Why a change cannot be made of which nobody knows the row."""
    return Invalid(
        f"{change.place or table}: the record names no key of {table}, and a {change.verb} needs one.",
        record=change.record,
        element=key[0],
        advice=f"Give it {' and '.join(key)}.",
    )
