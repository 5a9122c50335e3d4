"""What every connection kind implements, and what passes between kinds and processes.

PAGE      records of one type as QuickBooks sent them, with two lazy views
GONE      ids of one type that are no longer there
MARK      a cursor: everything handed over before it is complete. It is committed with the rows
NOTICE    a sentence a person should read once
EXPECTED  how many records of a type are about to come, for a progress bar

A kind implements `check · read · write · close`, and `changes` where it can. Callers ask `supports` what a kind can do, never what it is.
What changed since a cursor is the kind's own business: `changes` yields pages, deletions and the next cursor.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, Protocol, Self

from ..catalog.rest import RecordType, record_type, type_names
from ..errors import NotFound, SetupError
from ..operations import Change, Compare, Outcome, PlannedChange, Predicate, Query, Sent
from ..protocols.kept_types import Layout
from ..protocols.query_language import explain
from ..protocols.rest_layout import REST

Record = dict[str, Any]
"""Wire names; money as Decimal."""

Cursor = dict[str, Any]
"""Opaque to all but the kind that made it; JSON."""


@dataclass(frozen=True, slots=True)
class Supports:
    """What a kind can do."""

    changes: bool = False
    """`changes(cursor)` tells what is new, what changed and what is gone."""
    tables: bool = False
    """As a destination it takes whole Arrow tables."""
    writes: bool = False
    """It takes changes of single records."""
    examines: bool = False
    """It can say, point by point, what it lacks."""
    statements: bool = False
    """It reads by a `Statement` in its own language, besides by types."""


class Page(Protocol):
    """Some records of one type."""

    type: str
    time: datetime | None
    """The server's clock when it answered."""

    def __len__(self) -> int: ...

    def records(self) -> list[Record]: ...

    def tables(self) -> Mapping[str, Any]:
        """Arrow tables by name: one of headers, one per repeated part."""
        ...

    def texts(self) -> list[str]:
        """Each record as the text that came over the wire."""
        ...


@dataclass(frozen=True, slots=True)
class Gone:
    """Records that are no longer in QuickBooks."""

    type: str
    ids: Sequence[str]
    at: datetime | None = None
    """When, as far as QuickBooks says."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Everything handed over before this is complete."""

    cursor: Cursor


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person should know."""

    text: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """How many records of a type are about to come."""

    type: str
    rows: int


News = Page | Gone | Mark | Notice | Expected
"""What `changes` hands over."""


class Intents(Protocol):
    """Where a kind says what it is about to send, and what became of it; kept on the disk by whoever hands it over."""

    @property
    def restored_to(self) -> datetime | None:
        """Since when what was written may not be known, because an older backup was restored: what is to be added is looked up first."""
        ...

    def attempt(self, change: Change) -> int:
        """How often a change was definitely refused so far."""
        ...

    def sending(self, sent: Sent) -> None:
        """This goes out next, exactly so; it is committed when this returns."""
        ...

    def answered(
        self, sent: Sent, outcomes: Sequence[Outcome], answer: bytes = b"", *, at_once: bool = True
    ) -> None:
        """What became of its members; those without an outcome were surely not done.

        Not `at_once`, it may be lost with the machine's power: the kind finds it out again when it is asked to resolve.
        """
        ...

    def note(self, outcomes: Sequence[Outcome]) -> None:
        """Outcomes for which nothing was sent."""
        ...

    def is_of_another(self, change: Change, record_id: str) -> bool:
        """Whether a record is known to have been made by another change than this one."""
        ...


class Known(Protocol):
    """What the destination holds by now, for a census."""

    def count(self, type_name: str) -> int: ...

    def ids(self, type_name: str) -> Collection[str]: ...


@dataclass(frozen=True, slots=True)
class Health:
    """What `check` found: the company, and lines worth reading."""

    company: str
    details: Mapping[str, Any] = field(default_factory=dict)
    time_zone: str = ""
    """The company's, as in America/New_York; empty where it tells none."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One point of what a connection needs."""

    point: str
    state: Literal["ok", "not ok", "cannot tell"]
    told: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class PlannedRead:
    """How records of one type would be read."""

    type: str
    statement: str = ""
    """What would be sent, empty when nothing is."""
    conditions: tuple[tuple[str, str], ...] = ()
    """Each part of the predicate, and who does it: `QuickBooks` or `here`."""


class Mirror(Protocol):
    """A destination that keeps whole record types as they are in QuickBooks.

    Everything put, gone and marked is committed together or not at all, in order; `count` and `ids` answer for
    all that was handed over. Leaving the context without an error commits what was handed over; leaving it with
    one drops what was not committed yet.
    """

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None: ...

    def prepare(self, types: Sequence[str]) -> Cursor | None:
        """Make ready for these types; the cursor of the last commit, None before the first."""
        ...

    def put(self, page: Page) -> None: ...

    def gone(self, gone: Gone) -> None: ...

    def mark(self, cursor: Cursor) -> None: ...

    def flush(self) -> None: ...

    def count(self, type_name: str) -> int: ...

    def ids(self, type_name: str) -> Collection[str]: ...


class Connection(ABC):
    """Where records live, and as whom we come there."""

    name: str
    supports: Supports = Supports()
    id_field = "Id"
    """What the id of a record is called here."""

    @property
    def identity(self) -> str:
        """What is connected to, whatever it is called here: `online:4620816365@https://…`."""
        return self.name

    @property
    def layout(self) -> Layout:
        """How its records become tables."""
        return REST

    @abstractmethod
    def check(self) -> Health:
        """Prove that it can be used; the errors say what to do when it cannot."""

    def examine(self) -> Iterator[Finding]:
        """What it needs, point by point, where the kind can say so."""
        raise NotImplementedError(f"{self.name} is not examined")

    @abstractmethod
    def types(self) -> Sequence[str]:
        """The record types that can be read here."""

    def described(self, type_name: str) -> RecordType | None:
        """What the catalog of REST knows of a type, to spell fields as it does; None where another one rules, or none."""
        return record_type(type_name) if type_name in type_names() else None

    def id_field_of(self, _type_name: str, /) -> str:
        """What the id of a record of this type is called here."""
        return self.id_field

    def naming_field(self, type_name: str) -> str:
        """The field by which people know a record of this type, its number or its name; empty where there is none."""
        kind = self.described(type_name)
        return str(kind.head.get("number") or kind.head.get("name") or "") if kind else ""

    def sought(self, field: str, record: Mapping[str, object]) -> str:
        """By which value of a field a record that may be there already is looked up; empty where it has none."""
        return str(record.get(field) or "")

    def has_field(self, type_name: str, path: str) -> bool:
        """Whether a record of this type may have such a dotted field; what has none of ours is kept here, and not sent."""
        kind = self.described(type_name)
        return kind is not None and kind.field(path) is not None

    def field_names(self, type_name: str, path: Sequence[str]) -> Collection[str] | None:
        """The fields that a record to be written may have, below a path of others; None where nobody knows."""
        kind = self.described(type_name)
        return kind.names_at(path) if kind is not None else None

    def total_of(self, type_name: str, record: Record) -> Decimal | None:
        """What a record comes to; None where its type has no such total."""
        kind = self.described(type_name)
        total = record.get(str(kind.head.get("total", ""))) if kind else None
        return Decimal(total) if isinstance(total, int | Decimal) else None

    def alike(self, _type_name: str, _record: Record, /) -> list[Record]:
        """Some records that this one, which was sent without an answer, may be: with its number, or of its party and date."""
        return []

    @abstractmethod
    def read(self, query: Query) -> Iterator[Page]:
        """Pages of the records that fit."""

    def plan(self, query: Query) -> list[PlannedRead]:
        """How `read` would go about it; nothing is sent."""
        here = tuple(explain(query.where, None))
        return [PlannedRead(name, conditions=here) for name in query.types or self.types()]

    def get(self, type_name: str, record_id: str) -> Record:
        """One record by its id; NotFound when there is none."""
        by_id = Query((type_name,), Compare(self.id_field, "=", record_id), limit=1)
        for page in self.read(by_id):
            for record in page.records():
                return record
        raise NotFound(f"{self.name} has no {type_name} with the id {record_id}.")

    def count(self, type_name: str, where: Predicate | None = None) -> int:
        """How many records fit."""
        return sum(len(page) for page in self.read(Query((type_name,), where)))

    def changes(
        self, types: Sequence[str], cursor: Cursor | None, known: Known, *, again: Sequence[str] = ()
    ) -> Iterator[News]:
        """All records when `cursor` is None, else what is new, changed or gone since; all of the types in `again`."""
        raise NotImplementedError(f"{self.name} cannot tell what changed")

    def write(self, _changes: Iterable[Change], _intents: Intents, /) -> Iterator[Outcome]:
        """Carry out changes; an outcome for each, as it becomes known. A refusal is an outcome, not an error.

        What is sent is told to `intents` before; requests may be under way together, but never two that touch one record.
        """
        raise SetupError(
            f"{self.name} takes no changes of single records.", advice="Name a connection to QuickBooks."
        )

    def resolve(self, _sent: Sent, _intents: Intents, /) -> list[Outcome]:
        """What became of a request that was sent and never answered; members without an outcome were not done."""
        raise NotImplementedError(f"{self.name} sends nothing")

    def plan_changes(self, _changes: Iterable[Change], /) -> Iterator[PlannedChange]:
        """What `write` would send for each change, what would become different, and what would be refused; nothing is sent."""
        raise SetupError(
            f"{self.name} takes no changes of single records.", advice="Name a connection to QuickBooks."
        )

    def document(self, type_name: str, _record_id: str, name: str, /) -> bytes:
        """A record as a file, where the kind has such: `pdf`, or `download` of what is attached."""
        raise SetupError(
            f"{self.name} has no {name} of {type_name}.",
            advice="QuickBooks Online alone prints a pdf, and hands out what is attached.",
        )

    def is_report(self, _name: str, /) -> bool:
        """Whether there is a report of this name here."""
        return False

    def report(self, name: str, _params: Mapping[str, str] | None = None, /) -> Page:
        """A report as flat rows, where the kind has reports."""
        raise SetupError(f"{self.name} has no report {name}.", advice="Ask a connection to QuickBooks.")

    def dealt_with(self, _query: Query, /) -> None:
        """All that was read for a query has been dealt with: files go to their archive then, where they are to.

        What was only looked up beside it, by another query, stays.
        """
        return

    def told_balances(self) -> Mapping[str, Decimal] | None:
        """By full name, what each account comes to in QuickBooks, debits positive, where the kind tells it so."""
        return None

    def close(self) -> None:
        """Let go of files and sockets."""
        return

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
