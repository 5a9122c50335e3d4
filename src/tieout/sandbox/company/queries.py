"""Statements of the query language, run over a store.

A whole type, or its active records, in the order of their ids is a slice of prepared bytes; nothing is looked at.
Conditions on Id, Active and the time of the last change are tried before a record is read back from its bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cache, partial
from typing import Any

import msgspec

from ...catalog.rest import RecordType
from ...operations import Compare, In, Predicate, as_moment, conjuncts, fields_of, holds, values_at
from ...protocols import exact_json
from ...protocols.query_statement import Statement
from .records import Record, Store, StoredRecord
from .tax_codes import PSEUDO_TAX_CODES

LARGEST_PAGE = 1000
_CHANGED = "MetaData.LastUpdatedTime"
_QUICK = ("Id", "Active", _CHANGED)


@dataclass(frozen=True, slots=True)
class QueryResult:
    """What a statement found."""

    type: str
    records: list[bytes]
    start: int = 1
    total: int | None = None
    """Of a COUNT."""
    count_only: bool = False


def run(statement: Statement, found: RecordType, store: Store) -> QueryResult:
    """Answer a statement that `check_statement` has passed."""
    matching = _matching(statement, found, store)
    if statement.count:
        return QueryResult(found.name, [], total=len(matching), count_only=True)
    page = _page(_ordered(matching, statement.order), statement, found)
    return QueryResult(found.name, _written(page, statement.columns), statement.start)


def _page(ordered: Sequence[StoredRecord], statement: Statement, found: RecordType) -> Sequence[StoredRecord]:
    """A page; the pseudo tax codes stand above the first one and do not count towards its size."""
    first, size = statement.start - 1, min(statement.limit, LARGEST_PAGE)
    if found.name != "TaxCode" or first > 0:
        return ordered[first : first + size]
    above = [stored for stored in ordered if stored.id in PSEUDO_TAX_CODES]
    return [*above, *[stored for stored in ordered if stored not in above][:size]]


def _matching(statement: Statement, found: RecordType, store: Store) -> Sequence[StoredRecord]:
    """Inactive records are left out unless the statement speaks of Active (Data queries)."""
    speaks_of_active = "Active" in fields_of(statement.where)
    hides_inactive = "Active" in found.fields and not speaks_of_active
    parts = tuple(conjuncts(statement.where))
    asked = {part: ids for part in parts if (ids := _ids_asked_for(part)) is not None}
    candidates = _candidates(store, list(asked.values()), hides_inactive=hides_inactive)
    quick = tuple(part for part in parts if set(fields_of(part)) <= set(_QUICK))
    slow = tuple(part for part in parts if part not in quick)
    for part in quick:
        if part not in asked:
            candidates = _quickly(part, candidates)
    return _slowly(slow, candidates) if slow else candidates


def _candidates(store: Store, asked: list[frozenset[str]], *, hides_inactive: bool) -> Sequence[StoredRecord]:
    """The records to look at: those whose ids are asked for, else all."""
    if not asked:
        return store.active() if hides_inactive else store.everything()
    by_number = sorted(frozenset.intersection(*asked), key=lambda id_: (len(id_), id_))
    found = [stored for id_ in by_number if (stored := store.get(id_))]
    return [stored for stored in found if stored.active or not hides_inactive]


def _ids_asked_for(part: Predicate) -> frozenset[str] | None:
    """The ids that a condition admits, where they are numbers and so have one spelling."""
    if isinstance(part, In) and part.field == "Id":
        ids = frozenset(str(value) for value in part.values)
    elif isinstance(part, Compare) and (part.field, part.op) == ("Id", "="):
        ids = frozenset({str(part.value)})
    else:
        return None
    return ids if all(map(str.isdecimal, ids)) else None


def _quickly(part: Predicate, candidates: Iterable[StoredRecord]) -> list[StoredRecord]:
    if isinstance(part, Compare) and part.field == _CHANGED:
        return _changed(part, candidates)
    return [stored for stored in candidates if holds(part, {"Id": stored.id, "Active": stored.active})]


def _changed(part: Compare, candidates: Iterable[StoredRecord]) -> list[StoredRecord]:
    moment = as_moment(part.value)
    return [stored for stored in candidates if _compares(stored.updated, part.op, moment)]


def _compares(left: datetime, op: str, right: datetime) -> bool:
    if left == right:
        return op in ("=", "<=", ">=")
    return op in (("<", "<=") if left < right else (">", ">="))


def _slowly(parts: tuple[Predicate, ...], candidates: Iterable[StoredRecord]) -> list[StoredRecord]:
    """Look inside, at the fields that the conditions name."""
    names = {field.partition(".")[0] for part in parts for field in fields_of(part)}
    decoder = _decoder(tuple(sorted(names)))
    return [stored for stored in candidates if _fits(parts, stored.glimpse(decoder))]


def _fits(parts: Iterable[Predicate], record: Record) -> bool:
    return all(holds(part, record) for part in parts)


@cache
def _decoder(names: tuple[str, ...]) -> msgspec.json.Decoder[msgspec.Struct]:
    """Reads some fields of a record and passes over the others."""
    fields = [(name, msgspec.Raw, msgspec.Raw(b"")) for name in names]
    return msgspec.json.Decoder(msgspec.defstruct("Glimpse", fields, gc=False))


def _ordered(matching: Sequence[StoredRecord], order: tuple[tuple[str, bool], ...]) -> Sequence[StoredRecord]:
    if order in ((), (("Id", False),)):
        return matching
    ordered = list(matching)
    for field, descending in reversed(order):
        ordered.sort(key=partial(_sort_key, field), reverse=descending)
    return ordered


def _sort_key(field: str, stored: StoredRecord) -> tuple[bool, Any]:
    """Absent values first; ids by number, numbers by size, times by when, text in any case."""
    if field == "Id":
        return True, (len(stored.id), stored.id)
    if field == _CHANGED:
        return True, stored.updated
    value = next(values_at(stored.glimpse(_decoder((field.partition(".")[0],))), field), None)
    if value is None:
        return False, 0
    if field.startswith("MetaData."):
        return True, as_moment(value)
    return True, Decimal(value) if isinstance(value, int | Decimal) else str(value).casefold()


def _written(page: Sequence[StoredRecord], columns: tuple[str, ...]) -> list[bytes]:
    if not columns:
        return [stored.encoded for stored in page]
    return [exact_json.encode(_projected(stored.contents, columns)) for stored in page]


def _projected(record: Record, columns: tuple[str, ...]) -> Record:
    """The asked-for fields, whole where a path leads inside one; rows say that they are sparse."""
    names = {column.partition(".")[0] for column in columns} | {"Id"}
    chosen = {name: value for name, value in record.items() if name in names}
    return {**chosen, "domain": "QBO", "sparse": True}
