"""What became of changes that were sent and not answered, where QuickBooks does not remember the message set.

A new record is found by its number or name, or by the mark in its memo; a record that was there tells by its EditSequence
whether it was changed. What is found must also be young, look as it was sent, and have been made by no other change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import Enum

from ...catalog.qbxml import Edition, RecordType, record_type
from ...catalog.qbxml.rets import Ret, ret_of
from ...operations import Change, In, Member, Predicate, Sent, as_moment
from ...protocols.qbxml_questions import PARTIES, Question, filters_of, question
from ...protocols.qbxml_reader import read_requests
from ...protocols.qbxml_records import (
    LINE_ID,
    NEW_LINE,
    as_list,
    differences,
    elements_in,
    id_of,
    line_families,
    name_in,
    same_reference,
    same_value,
    with_journal_lines,
)
from .prepared import Fields
from .what_is_there import Books, name_of

SLACK = timedelta(days=1)
"""By how much QuickBooks' clock may be behind ours."""
_NEW = ("name", "mark", "contents")
"""What tells of a record that was not there before."""
CENT = Decimal("0.01")


class Nothing(Enum):
    """When no record was found."""

    NOT_THERE = "it was not done"
    CANNOT_TELL = "nobody can tell"


Found = Fields | Nothing
"""The record as it is now, or why there is none."""


@dataclass(frozen=True, slots=True)
class Sought:
    """A member of an unanswered message set, with what was sent for it."""

    member: Member
    kind: RecordType
    root: str
    body: Fields
    at: datetime

    @property
    def by(self) -> str:
        return str(self.member.carrier.get("by", ""))

    @property
    def id(self) -> str:
        return str(self.member.carrier.get("id", ""))


def is_new(change: Change, carrier: Fields) -> bool:
    """Whether a change makes a record, by what tells of it there."""
    return carrier["by"] in _NEW if carrier else change.makes_a_record


def sought_in(sent: Sent, edition: Edition, members: Iterable[Member]) -> list[Sought]:
    """Members of a message set, with what stands in their requests."""
    asked = {each.id: each for each in read_requests(sent.body, edition).requests}
    found = []
    for member in members:
        content = asked[member.mark].content
        root = next(
            (n for n, v in content.items() if n.endswith(("Add", "Mod")) and isinstance(v, Mapping)), ""
        )
        body = content[root] if root else content
        found.append(Sought(member, record_type(member.change.type), root, body, sent.at))
    return found


@dataclass(frozen=True, slots=True)
class LookUp:
    """Looks changes up in a company file."""

    books: Books
    is_of_another: Callable[[Change, str], bool]

    def found(self, some: Iterable[Sought]) -> dict[str, Found]:
        """What is there of each, by the ids of their changes."""
        found: dict[str, Found] = {}
        groups: dict[tuple[str, str], list[Sought]] = {}
        for each in some:
            groups.setdefault((each.kind.name, each.by), []).append(each)
        for (_, by), group in groups.items():
            if by in _NEW:
                found |= self._new_ones(group)
            elif by in ("stamp", "gone", "void", "data-ext"):
                found |= self._those_there(group)
            elif by == "definition":
                found |= {each.member.change.id: self._definition(each) for each in group}
            else:
                nothing = Nothing.NOT_THERE if by == "again" else Nothing.CANNOT_TELL
                found |= {each.member.change.id: nothing for each in group}
        return found

    # ---- new records

    def _new_ones(self, some: Sequence[Sought]) -> dict[str, Found]:
        kind = some[0].kind
        ret = self.books.ret(kind.name)
        if ret is None:
            return {each.member.change.id: Nothing.CANNOT_TELL for each in some}
        candidates = list(self._candidates(ret, some))
        found: dict[str, Found] = {}
        claimed: set[str] = set()
        for each in some:
            fits = [
                record
                for record in candidates
                if id_of(record) not in claimed
                and _is_it(each, ret, record)
                and not self.is_of_another(each.member.change, id_of(record))
            ]
            claimed |= {id_of(record) for record in fits[:1]}
            found[each.member.change.id] = fits[0] if fits else Nothing.NOT_THERE
        return found

    def _candidates(self, ret: Ret, some: Sequence[Sought]) -> Iterator[Fields]:
        """The records among which these may be: those with their names or numbers, or those made since."""
        if some[0].by == "name":
            names = {str(each.member.carrier["value"]) for each in some}
            for records in self.books.by_names({ret.kind.name: names}).values():
                yield from records
        elif some[0].by == "mark" and "ModifiedDateRangeFilter" in filters_of(ret):
            earliest = min(each.at for each in some) - SLACK
            yield from self.books.since(ret, earliest.replace(microsecond=0), _of_parties(ret, some))
        else:
            yield from self.books.all_of(question(ret))

    def _definition(self, sought: Sought) -> Found:
        """Of a custom field, which has no id."""
        if self.books.ret("DataExtDef") is None:  # the Online Edition does not tell of them
            return Nothing.CANNOT_TELL
        owner, name = str(sought.member.carrier["owner"]), str(sought.member.carrier["name"])
        asked = Question(ret_of("DataExtDef", self.books.company.edition), {"OwnerID": [owner]})
        there = (
            each
            for each in self.books.all_of(asked)
            if str(each["DataExtName"]).casefold() == name.casefold()
        )
        return next(there, Nothing.NOT_THERE)

    # ---- records that were there

    def _those_there(self, some: Sequence[Sought]) -> dict[str, Found]:
        kind = some[0].kind
        there = self.books.by_ids({kind.name: {each.id for each in some}})
        return {
            each.member.change.id: _judged(each, there.get((kind.name, each.id)), self.books.company.edition)
            for each in some
        }


def _of_parties(ret: Ret, some: Sequence[Sought]) -> tuple[Predicate, ...]:
    """The customers or vendors of all of these, where each names one in the same way."""
    for party in PARTIES:
        named = [each.body.get(party) for each in some]
        for key in ("ListID", "FullName"):
            values = {str(each[key]) for each in named if isinstance(each, Mapping) and each.get(key)}
            if values and party in ret.fields and all(isinstance(e, Mapping) and e.get(key) for e in named):
                return (In(f"{party}.{key}", tuple(sorted(values))),)
    return ()


def _is_it(sought: Sought, ret: Ret, record: Fields) -> bool:
    carrier = sought.member.carrier
    if sought.by == "mark":
        return str(carrier["value"]) in str(record.get(str(carrier["field"]), ""))
    if sought.by == "name" and name_of(ret, record).casefold() != str(carrier["value"]).casefold():
        return False
    return _is_young(sought, record) and _looks_the_same(sought, ret, record)


def _is_young(sought: Sought, record: Fields) -> bool:
    made = record.get("TimeCreated")
    return not made or as_moment(str(made)) >= sought.at - SLACK


def _looks_the_same(sought: Sought, ret: Ret, record: Fields) -> bool:
    """Whether what was sent is there: names, references, dates, and the sum of the lines."""
    known = elements_in(sought.kind.name, sought.root, ret.edition)
    for name, value in sought.body.items():
        element = known.get(name)
        if element is None or value in (None, "") or name not in record:
            continue
        if element.value is not None and element.value.base not in ("amount", "price", "quantity"):
            if not same_value(value, record[name], element.value, ret.edition):
                return False
        elif element.shape.split(" ")[0] == "ref" and not same_reference(value, record[name]):
            return False
    ours, theirs = _lines_total(sought, ret, sought.body), _lines_total(sought, ret, record)
    return ours is None or theirs is None or abs(ours - theirs) < CENT


def _lines_total(sought: Sought, ret: Ret, record: Fields) -> Decimal | None:
    """What the lines come to; None where one does not say."""
    total = Decimal(0)
    for family in line_names(sought.kind.name, sought.root, ret.edition):
        for line in as_list(record.get(family)) or as_list(
            record.get(name_in(sought.kind.name, ret.name, ret.edition, family))
        ):
            amount = line.get("Amount") if isinstance(line, Mapping) else None
            if amount is None and isinstance(line, Mapping) and {"Quantity", "Rate"} <= line.keys():
                amount = Decimal(line["Quantity"]) * Decimal(line["Rate"])
            if not isinstance(amount, Decimal):
                return None
            total += amount
    return total


def line_names(kind: str, root: str, edition: Edition) -> tuple[str, ...]:
    """The single lines of a new record: `InvoiceLineAdd`, never groups of them."""
    return tuple(n for n in elements_in(kind, root, edition) if n.endswith("LineAdd") and "Group" not in n)


def _judged(sought: Sought, record: Fields | None, edition: Edition) -> Found:
    """Whether the record that is there was changed as it was to be."""
    ret = ret_of(sought.kind.name, edition)
    match sought.by:
        case "gone":
            left = {ret.key: sought.id, "status": "Deleted"}
            return left if record is None else Nothing.NOT_THERE
        case "void":
            is_void = record is not None and str(record.get("Memo", "")).startswith("VOID:")
            return record if is_void and record is not None else Nothing.NOT_THERE
        case "data-ext":
            return record if record is not None and _has_value(sought, record) else Nothing.NOT_THERE
    if record is None or str(record.get("EditSequence")) == str(sought.member.carrier["token"]):
        return Nothing.NOT_THERE
    return record if _is_as_sent(sought, ret, record) else Nothing.CANNOT_TELL


def _has_value(sought: Sought, record: Fields) -> bool:
    carrier = sought.member.carrier
    values = [
        str(each.get("DataExtValue", ""))
        for each in record.get("DataExtRet", ())
        if str(each.get("DataExtName", "")).casefold() == str(carrier["name"]).casefold()
        and str(each.get("OwnerID", "0")).casefold() == str(carrier["owner"]).casefold()
    ]
    return values == ([carrier["value"]] if carrier["value"] else [])


def _is_as_sent(sought: Sought, ret: Ret, record: Fields) -> bool:
    """Whether a record that was modified says all of what was sent; lines that were added have ids by now."""
    kind, edition = sought.kind, ret.edition
    families = line_families(kind.name, sought.root, edition)
    lines = {name for family in families for name in family}
    fields = {name: value for name, value in sought.body.items() if name not in lines}
    if next(differences(kind, sought.root, ret.name, edition, fields, record), None) is not None:
        return False
    if "JournalLineMod" in lines:
        record = with_journal_lines(record)
    return all(_lines_are_as_sent(sought, ret, family, record) for family in families)


def _lines_are_as_sent(sought: Sought, ret: Ret, family: tuple[str, ...], record: Fields) -> bool:
    kind, edition = sought.kind, ret.edition
    listed = [(name, line) for name in family for line in as_list(sought.body.get(name))]
    there = [
        line
        for name in family
        for line in as_list(record.get(name) or record.get(name_in(kind.name, ret.name, edition, name)))
    ]
    own = {str(line.get(LINE_ID)): line for line in there}
    if not listed:
        return True
    return len(listed) == len(there) and all(
        str(line[LINE_ID]) == NEW_LINE
        or (
            str(line[LINE_ID]) in own
            and next(differences(kind, name, name, edition, line, own[str(line[LINE_ID])]), None) is None
        )
        for name, line in listed
    )
