"""A change made ready to be sent to a company file, and what its answer means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from ...catalog.qbxml import Edition, RecordType
from ...errors import OutcomeUnknown, TieoutError
from ...operations import Change, Outcome
from ...protocols.qbxml_records import id_of, total_of
from ...protocols.qbxml_writer import LONGEST_SET_ID, Request

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What will be sent for a change."""

    change: Change
    kind: RecordType
    """The type of the record, not of the request: `Invoice`, where the request is TxnDel."""
    operation: str
    """add, modify, delete, void, or the name of an act."""
    edition: Edition
    request: Request
    written: str
    """The request as it stands in the message set."""
    body: Fields = field(default_factory=dict)
    """What stands in `InvoiceAdd`."""
    root: str = ""
    """The shape of the body."""
    record_id: str = ""
    before: Fields | None = None
    """The record as it was read for this."""
    carrier: Fields = field(default_factory=dict)
    writes: frozenset[str] = frozenset()
    """What no other change of the same message set may touch: it was read before, and is different after."""


def mark_in_set(change: Change) -> str:
    """What the request is called in its message set: its requestID."""
    return sha256(change.id.encode()).hexdigest()[:16]


def set_id(parts: Iterator[tuple[str, int, str]], at: str) -> str:
    """A digest of changes, attempts and requests, and of the moment: no two message sets are called the same."""
    digest = sha256(at.encode())
    for change, attempt, written in parts:
        digest.update(f"\0{change}\0{attempt}\0{len(written)}\0{written}".encode())
    return digest.hexdigest()[:LONGEST_SET_ID]


def done(change: Change, record: Fields, note: str = "", record_id: str = "") -> Outcome:
    """It was done, and this is the record now."""
    return Outcome(
        change=change,
        state="done",
        record=record,
        record_id=record_id or id_of(record),
        total=total_of(record),
        note=note,
    )


def refused(change: Change, error: TieoutError) -> Outcome:
    """QuickBooks, or we, will not do it."""
    if getattr(error, "record", False) is None:
        error.record = change.record  # type: ignore[attr-defined]
    return Outcome(change=change, state="refused", error=error, record_id=named_id(change.record))


def unknown(change: Change) -> Outcome:
    """It was sent, and nobody can tell what became of it."""
    told = f"{change.verb} of a {change.type} was sent, and nobody can tell what became of it."
    error = OutcomeUnknown(told, advice="Look in QuickBooks, and say what you find with `tieout settle`.")
    return Outcome(change=change, state="unknown", error=error)


def named_id(record: Fields) -> str:
    """The id by which a change names its record: as `Id`, or as QuickBooks calls it."""
    return str(record.get("Id") or id_of(record))
