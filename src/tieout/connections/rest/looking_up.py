"""What became of changes that were sent and not answered: looked up in QuickBooks, by what each left behind there.

A new record is found by the field that carries its number or name, or by the mark in its memo; a record that was there
tells by its stamp whether it was changed. What is found must also be young, be of the same party and date, and have been
made by no other change: a number may have been in use before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any

from ...catalog.rest import RecordType, record_type
from ...operations import Change, Compare, In, Member, Predicate, Sent, as_moment
from ...protocols import exact_json
from ...protocols.rest_records import lines_total
from ...protocols.rest_writes import bodies_of
from .company import Company, can_filter, can_sort, everything, key_of
from .differences import differences

SLACK = timedelta(days=1)
"""By how much QuickBooks' clock may be behind ours."""
CREATED = "MetaData.CreateTime"
_NEW = ("field", "mark", "contents")
"""What tells of a record that was not there before."""
CENT = Decimal("0.01")


class Nothing(Enum):
    """When no record was found."""

    NOT_THERE = "it was not done"
    CANNOT_TELL = "nobody can tell"


Found = Mapping[str, Any] | Nothing
"""The record as it is now, or why there is none."""


@dataclass(frozen=True, slots=True)
class Sought:
    """A member of an unanswered request, with what was sent for it."""

    member: Member
    kind: RecordType
    body: Mapping[str, Any]
    at: datetime

    @property
    def by(self) -> str:
        return str(self.member.carrier.get("by", ""))


def is_new(change: Change, carrier: Mapping[str, Any]) -> bool:
    """Whether a change makes a record, by what tells of it there."""
    return carrier["by"] in _NEW if carrier else change.makes_a_record


def sought_in(sent: Sent) -> list[Sought]:
    """The members of a request, with their bodies."""
    if sent.envelope.get("batch"):
        bodies = dict(bodies_of(sent.body))
    elif sent.envelope.get("upload"):
        bodies = {"": b"{}"}
    else:
        bodies = {"": sent.body or b"{}"}
    return [
        Sought(each, record_type(each.change.type), exact_json.decode(bodies[each.mark]), sent.at)
        for each in sent.members
    ]


def look_up(company: Company, sent: Sent, is_of_another: Callable[[Change, str], bool]) -> dict[str, Found]:
    """What is there of each member, by the ids of their changes."""
    found: dict[str, Found] = {}
    groups: dict[tuple[str, str], list[Sought]] = {}
    for each in sought_in(sent):
        groups.setdefault((each.kind.name, each.by), []).append(each)
    for (_, by), some in groups.items():
        match by:
            case "stamp":
                found |= _by_stamp(company, some)
            case "delivery":
                found |= {each.member.change.id: _delivered(company, each) for each in some}
            case _ if by in _NEW:
                found |= _new_ones(company, some, is_of_another)
            case _:
                found |= {each.member.change.id: Nothing.CANNOT_TELL for each in some}
    return found


def _new_ones(
    company: Company, some: Sequence[Sought], is_of_another: Callable[[Change, str], bool]
) -> dict[str, Found]:
    candidates = [record for answer in _asked(company, some) for record in exact_json.decode(answer)]
    found: dict[str, Found] = {}
    claimed: set[str] = set()
    for each in some:
        fits = [
            record
            for record in candidates
            if _name_of(each.kind, record) not in claimed
            and _is_it(each, record)
            and not is_of_another(each.member.change, str(record.get("Id", "")))
        ]
        if fits:
            claimed.add(_name_of(each.kind, fits[0]))
        found[each.member.change.id] = fits[0] if fits else Nothing.NOT_THERE
    return found


def _name_of(kind: RecordType, record: Mapping[str, Any]) -> str:
    return "|".join(str(record.get(name, "")) for name in key_of(kind))


def _asked(company: Company, some: Sequence[Sought]) -> Iterator[bytes]:
    """The records among which these may be: those with their numbers, or those made since."""
    kind, by = some[0].kind, some[0].by
    question = everything(kind)
    since: Predicate | None = None
    if by == "field":
        field = str(some[0].member.carrier["field"])
        since = In(field, tuple(sorted({str(each.member.carrier["value"]) for each in some})))
    elif can_filter(kind, CREATED):
        earliest = min(each.at for each in some) - SLACK
        since = Compare(CREATED, ">=", earliest.replace(microsecond=0))
    pushed = (*question.pushed, *((since,) if since else ()))
    order = ((CREATED, True),) if since and by != "field" and can_sort(kind, CREATED) else ()
    for answer in company.pages(replace(question, pushed=(*pushed, *_dated(some)), order=order)):
        yield answer.records


def _dated(some: Sequence[Sought]) -> tuple[Predicate, ...]:
    """Date and party of marked records, where all of them say the same."""
    if some[0].by != "mark":
        return ()
    kind = some[0].kind
    found: list[Predicate] = []
    dates = {str(each.body.get("TxnDate", "")) for each in some}
    if can_filter(kind, "TxnDate") and "" not in dates:
        found.append(
            In("TxnDate", tuple(sorted(dates))) if len(dates) > 1 else Compare("TxnDate", "=", dates.pop())
        )
    party = str(kind.head.get("party", ""))
    parties = {str((each.body.get(party) or {}).get("value", "")) for each in some}
    if party and can_filter(kind, party) and "" not in parties:
        found.append(In(party, tuple(sorted(parties))))
    return tuple(found)


def _is_it(sought: Sought, record: Mapping[str, Any]) -> bool:
    if sought.by == "mark":
        return str(sought.member.carrier["value"]) in str(record.get(str(sought.member.carrier["field"]), ""))
    if sought.by == "field":
        field = str(sought.member.carrier["field"])
        if str(record.get(field, "")).casefold() != str(sought.member.carrier["value"]).casefold():
            return False
    return _is_young(sought, record) and _looks_the_same(sought, record)


def _is_young(sought: Sought, record: Mapping[str, Any]) -> bool:
    made = (record.get("MetaData") or {}).get("CreateTime")
    return made is None or as_moment(made) >= sought.at - SLACK


def _looks_the_same(sought: Sought, record: Mapping[str, Any]) -> bool:
    """Whether what was sent is there: names, references, dates, and the sum of the lines."""
    for name, value in sought.body.items():
        declared = sought.kind.fields.get(name)
        if declared is None or name == "sparse":
            continue
        is_figure = declared.type in ("decimal", "int")
        if is_figure and sought.kind.words("key") and record.get(name) != value:
            return False  # what is there is the one before
        if declared.type not in ("str", "date", "ref", "enum", "bool"):
            continue
        if declared.type == "ref":
            if str((record.get(name) or {}).get("value", "")) != str(value.get("value", "")) and record.get(
                name
            ):
                return False
        elif name in record and str(record[name]).strip() != str(value).strip():
            return False
    ours, theirs = lines_total(sought.body), lines_total(record)
    return ours is None or theirs is None or abs(ours - theirs) < CENT


def _by_stamp(company: Company, some: Sequence[Sought]) -> dict[str, Found]:
    kind = some[0].kind
    ids = {str(each.member.carrier["id"]) for each in some if each.member.carrier.get("id")}
    if kind.head.get("singleton"):
        records = [r for answer in company.pages(everything(kind)) for r in exact_json.decode(answer.records)]
        there = dict.fromkeys(ids or {""}, records[0]) if records else {}
    else:
        there = {
            str(_inner(kind, r)["Id"]): r
            for answer in company.among(kind, ids)
            for r in exact_json.decode(answer.records)
        }
    return {
        each.member.change.id: _as_changed(each, there.get(str(each.member.carrier.get("id", ""))))
        for each in some
    }


def _inner(kind: RecordType, record: Mapping[str, Any]) -> Mapping[str, Any]:
    return next((record[name] for name in kind.wraps if name in record), record)


def _as_changed(sought: Sought, record: Mapping[str, Any] | None) -> Found:
    """Whether the record that is there was changed as it was to be."""
    carrier = sought.member.carrier
    if sought.member.operation == "delete":
        left = {"Id": carrier["id"], "status": "Deleted", "domain": "QBO"}
        return left if record is None else Nothing.NOT_THERE
    if record is None:
        return Nothing.NOT_THERE
    if str(record.get("SyncToken", "")) == str(carrier["token"]):
        return Nothing.NOT_THERE
    if carrier.get("voided"):
        is_void = str(record.get("PrivateNote", "")).startswith("Voided")
        return record if is_void else Nothing.NOT_THERE
    if not differences(sought.body, record):
        return record
    changes = int(str(record["SyncToken"])) - int(str(carrier["token"]))
    return Nothing.NOT_THERE if changes == 1 else Nothing.CANNOT_TELL


def _delivered(company: Company, sought: Sought) -> Found:
    """An e-mail went out if the record tells of another delivery than before."""
    for answer in company.among(sought.kind, {str(sought.member.carrier["id"])}):
        for record in exact_json.decode(answer.records):
            when = (record.get("DeliveryInfo") or {}).get("DeliveryTime")
            return record if when and when != sought.member.carrier["was"] else Nothing.NOT_THERE
    return Nothing.CANNOT_TELL
