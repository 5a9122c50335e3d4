"""What is in the company before changes are sent: the records they are about, those they name, and whose names are taken.

Many are asked for together, so that it takes few requests.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...catalog.rest import RecordType, record_type
from ...errors import RecordRefused, SetupError, TieoutError
from ...operations import Act, Add, Change, In, Modify, Put
from ...protocols import exact_json
from .company import Company, Question, can_filter, everything

NAMES_AT_ONCE = 100
"""Names in one statement; they are long."""

Records = Mapping[tuple[str, str], Mapping[str, Any]]
"""Records as they are now, by type and id."""

Named = Mapping[tuple[str, str], Sequence[Mapping[str, Any]] | RecordRefused]
"""The records of a name, by type and folded name; or why QuickBooks cannot be asked for it."""


def current_records(company: Company, changes: Iterable[Change]) -> Records:
    """The records that these changes are about."""
    wanted: dict[str, set[str]] = {}
    for change in changes:
        wanted.setdefault(change.type, set()).add(str(change.record.get("Id", "")))
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for type_name, ids in wanted.items():
        kind = record_type(type_name)
        if not kind.can("query"):
            continue
        if kind.head.get("singleton"):
            for answer in company.pages(everything(kind)):
                found |= {
                    (type_name, each): record for record in exact_json.decode(answer.records) for each in ids
                }
            continue
        # One id that is no number would have the question refused for all of them (2030).
        for answer in company.among(kind, {each for each in ids if each.isascii() and each.isdecimal()}):
            found |= {
                (type_name, _id_of(kind, record)): record for record in exact_json.decode(answer.records)
            }
    return found


def records_by_name(company: Company, puts: Iterable[Put]) -> Named:
    """The records that have the names or numbers of these."""
    wanted: dict[str, set[str]] = {}
    for change in puts:
        kind = known_kind(change)
        name = change.record.get(naming_field(kind))
        if kind is not None and name and not change.record.get("Id") and _is_text(str(name)):
            wanted.setdefault(kind.name, set()).add(str(name))
    found: dict[tuple[str, str], list[Mapping[str, Any]] | RecordRefused] = {}
    for type_name, names in wanted.items():
        kind = record_type(type_name)
        for some in _chunks(sorted(names), NAMES_AT_ONCE):
            for name, record in _named(company, kind, some):
                there = found.setdefault((type_name, name.casefold()), [])
                if isinstance(record, RecordRefused):
                    found[(type_name, name.casefold())] = record
                elif isinstance(there, list):
                    there.append(record)
    return found


def _named(
    company: Company, kind: RecordType, names: Sequence[str]
) -> Iterator[tuple[str, Mapping[str, Any] | RecordRefused]]:
    """Name and record; a name that QuickBooks takes in no question keeps the others from nothing."""
    field = naming_field(kind)
    question = everything(kind)
    if can_filter(kind, field):
        question = replace(question, pushed=(*question.pushed, In(field, tuple(names))))
    folded = {name.casefold() for name in names}
    try:
        found = [record for answer in company.pages(question) for record in exact_json.decode(answer.records)]
    except RecordRefused as error:
        if len(names) == 1:
            yield names[0], error
            return
        for name in names:
            yield from _named(company, kind, [name])
        return
    for record in found:
        if str(record.get(field, "")).casefold() in folded:
            yield str(record[field]), record


def taken_names(
    company: Company, changes: Iterable[Change], current: Records
) -> Mapping[tuple[str, str], str]:
    """Names wanted by these changes that other records have: (list, folded name) → whose."""
    wanted: dict[str, set[str]] = {}
    freed: set[str] = set()
    for change in changes:
        kind = known_kind(change)
        if kind is None or not isinstance(change, Add | Modify | Act):
            continue
        if change.record.get("Id") and _frees_its_name(kind, change, current):
            freed.add(f"{kind.name} {change.record['Id']}")
        name = new_name(kind, change, current)
        for list_name in kind.words("unique") or (kind.name,):
            if name and _is_text(name) and _can_be_named(record_type(list_name)):
                wanted.setdefault(list_name, set()).add(name)
    questions = [
        Question(record_type(name), pushed=(In(naming_field(record_type(name)), tuple(some)),), limit=1000)
        for name, names in wanted.items()
        for some in _chunks(sorted(names), NAMES_AT_ONCE)
    ]
    taken: dict[tuple[str, str], str] = {}
    for question, answer in zip(questions, company.ask_together(questions), strict=True):
        if isinstance(answer, TieoutError):
            continue  # QuickBooks itself refuses what is taken
        kind = question.record_type
        for record in exact_json.decode(answer.records):
            holder = f"{kind.name} {record.get('Id')}"
            if holder not in freed:
                taken[(kind.name, str(record.get(naming_field(kind), "")).casefold())] = holder
    return taken


def _frees_its_name(kind: RecordType, change: Change, current: Records) -> bool:
    """Whether a record gives its name away: QuickBooks itself judges what comes after it."""
    return bool(new_name(kind, change, current)) or (isinstance(change, Act) and change.name == "deactivate")


def _can_be_named(kind: RecordType) -> bool:
    return can_filter(kind, str(kind.head["name"]))


def _is_text(name: str) -> bool:
    """Whether it can be sent at all; half a character cannot."""
    return not any("\ud800" <= character <= "\udfff" for character in name)


def known_kind(change: Change) -> RecordType | None:
    """The type of a change, if there is such a one."""
    try:
        return record_type(change.type)
    except SetupError:
        return None


def _id_of(kind: RecordType, record: Mapping[str, Any]) -> str:
    return str(inner(kind, record).get("Id", ""))


def inner(kind: RecordType, record: Mapping[str, Any]) -> Mapping[str, Any]:
    """The record itself, or the transaction that a template wraps."""
    return next((record[name] for name in kind.wraps if name in record), record)


def naming_field(kind: RecordType | None) -> str:
    """The field by which people know a record, and QuickBooks finds it: its name, or its number."""
    if kind is None:
        return ""
    return str(kind.head.get("name") or ("DocNumber" if can_filter(kind, "DocNumber") else ""))


def new_name(kind: RecordType, change: Change, current: Records) -> str:
    """The name that a change gives to a record that does not have it."""
    if kind.kind != "list" or not kind.can("query"):
        return ""
    field = str(kind.head.get("name", ""))
    name = str(change.record.get(field) or "")
    before = current.get((kind.name, str(change.record.get("Id", ""))), {})
    return name if name.casefold() != str(before.get(field, "")).casefold() else ""


def _chunks(names: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for at in range(0, len(names), size):
        yield names[at : at + size]
