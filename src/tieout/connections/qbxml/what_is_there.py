"""What is in the company file before changes are sent: the records they are about, and those that have their names.

Many are asked for in one request, and those of several types in one message set.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ...catalog.qbxml import RecordType, record_type
from ...catalog.qbxml.rets import Ret, ret_of
from ...errors import RemoteProtocolError, SetupError, Unreachable
from ...operations import And, Change, Compare, In, Predicate
from ...protocols.qbxml_questions import Question, filters_of, question
from ...protocols.qbxml_records import called, id_of
from .company import Answer, Company, error_from
from .cut_answers import CUT, halves
from .patience import Patience

AT_ONCE = 100
"""Ids or names in one request."""
PAGE = 200

PEOPLE = ("Customer", "Vendor", "Employee", "OtherName")
"""They share one list of names."""

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Books:
    """The company file, asked patiently."""

    company: Company
    patience: Patience = field(default_factory=Patience)

    def by_ids(self, wanted: Mapping[str, Iterable[str]]) -> dict[tuple[str, str], Fields]:
        """The records of these types and ids that are there."""
        asked = ((ret, ret.key, ids) for ret, ids in self._queried(wanted) if ret.key)
        return {(ret.kind.name, id_of(record)): record for ret, record in self._found(asked)}

    def by_names(self, wanted: Mapping[str, Iterable[str]]) -> dict[tuple[str, str], list[Fields]]:
        """The records of these types and full names, or numbers, by type and folded name."""
        found: dict[tuple[str, str], list[Fields]] = {}
        asked = (
            (ret, naming_filter(ret), names) for ret, names in self._queried(wanted) if naming_filter(ret)
        )
        for ret, record in self._found(asked):
            found.setdefault((ret.kind.name, name_of(ret, record).casefold()), []).append(record)
        return found

    def since(self, ret: Ret, earliest: datetime, more: Sequence[Predicate] = ()) -> list[Fields]:
        """The records of a type that were made or changed since, all where it cannot be asked for so."""
        return self.all_of(question(ret, And((Compare("TimeModified", ">=", earliest), *more))))

    def all_of(self, asked: Question) -> list[Fields]:
        """The answer to a question, part by part; from the beginning again where QuickBooks lost its place in between."""
        for _ in range(self.patience.attempts):
            records = self._parts_of(asked)
            if records is not None:
                return records
        raise Unreachable("QuickBooks lost its place in an answer again and again.")

    def _parts_of(self, asked: Question) -> list[Fields] | None:
        records: list[Fields] = []
        request = asked.request(PAGE)
        while True:
            answer = self._ask([request])[0]
            if answer.answered.is_refusal and records:
                return None  # the iterator ended with its session
            if answer.answered.is_refusal:
                raise error_from(answer.answered)
            if answer.answered.status == CUT:
                return [each for half in halves(asked) for each in self.all_of(half)]
            records += answer.records
            iterator = answer.answered.iterator
            if iterator is None or iterator[1] <= 0:
                return records
            request = asked.request(PAGE, iterator[0])

    def ret(self, type_name: str) -> Ret | None:
        """What a type's query answers with; None where there is no such query, or no such type."""
        try:
            ret = ret_of(type_name, self.company.edition)
        except SetupError:
            return None
        return ret if ret.name and ret.kind.can("Query", ret.edition) else None

    def _queried(self, wanted: Mapping[str, Iterable[str]]) -> Iterator[tuple[Ret, tuple[str, ...]]]:
        for name, values in wanted.items():
            ret = self.ret(name)
            if ret is not None:
                yield ret, tuple(sorted(set(values)))

    def _found(self, asked: Iterable[tuple[Ret, str, tuple[str, ...]]]) -> Iterator[tuple[Ret, Fields]]:
        questions = [
            (ret, field_name, some) for ret, field_name, values in asked for some in _chunks(values, AT_ONCE)
        ]
        if not questions:
            return
        answers = self._ask([question(ret, In(name, some)).request() for ret, name, some in questions])
        for (ret, name, some), answer in zip(questions, answers, strict=True):
            if answer.answered.is_refusal:
                # One value that QuickBooks takes in no question keeps the others from nothing.
                if len(some) > 1:
                    yield from self._found((ret, name, (each,)) for each in some)
                continue
            if answer.answered.status == CUT:
                yield from self._one_by_one(ret, name, some)
                continue
            for record in answer.records:
                yield ret, record

    def _one_by_one(self, ret: Ret, name: str, some: tuple[str, ...]) -> Iterator[tuple[Ret, Fields]]:
        """Too many records have these names or numbers for one answer."""
        if len(some) == 1:
            raise RemoteProtocolError(
                f"QuickBooks has more records of {ret.kind.name} with the {name} {some[0]!r} than it hands over at once."
            )
        yield from self._found((ret, name, (each,)) for each in some)

    def _ask(self, requests: Sequence[Any]) -> list[Answer]:
        return self.patience.until_answered(self.company, lambda: self.company.ask(requests))


def naming_filter(ret: Ret) -> str:
    """The field of a query by which people name records: `FullName` of lists, `RefNumber` of transactions."""
    filters = filters_of(ret)
    if "RefNumber" in filters and "RefNumber" in ret.fields:
        return "RefNumber"
    return "FullName" if "FullName" in filters and {"FullName", "Name"} & ret.fields else ""


def name_of(ret: Ret, record: Fields) -> str:
    """The name or number by which a record is asked for."""
    return str(record.get("RefNumber", "")) if naming_filter(ret) == "RefNumber" else called(record)


def wanted_name(record: Fields) -> str:
    """The full name, or number, that a record given by a caller has or is to have; empty where it cannot be told."""
    if record.get("FullName"):
        return str(record["FullName"])
    name, parent = record.get("Name"), record.get("ParentRef")
    if not name:
        return str(record.get("RefNumber") or "")
    if not parent:
        return str(name)
    above = parent.get("FullName") if isinstance(parent, Mapping) else None
    return f"{above}:{name}" if above else ""


def known_kind(change: Change) -> RecordType | None:
    """The type of a change, if there is such a one."""
    try:
        return record_type(change.type)
    except SetupError:
        return None


def sharing_names(type_name: str) -> Sequence[str]:
    """The types whose names no record of this type may have."""
    return PEOPLE if type_name in PEOPLE else (type_name,)


def _chunks(values: tuple[str, ...], size: int) -> Iterator[tuple[str, ...]]:
    for at in range(0, len(values), size):
        yield values[at : at + size]
