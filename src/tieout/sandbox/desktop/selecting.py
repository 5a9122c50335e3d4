"""Which records a query is about: every filter that qbXML's queries have for ids, names, dates, state and parties."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from ...catalog.qbxml.rets import Ret
from .balances import seen
from .company import DesktopCompany
from .records import Record, called

ALWAYS = ("IncludeLineItems", "IncludeLinkedTxns", "IncludeRetElement", "OwnerID", "MaxReturned")

_ABOUT_BALANCES = ("PaidStatus", "TotalBalanceFilter")
"""Filters about what only shows when a record is seen."""

Asked = Mapping[str, Any]


class NotReproduced(Exception):
    """A filter that the sandbox does not know; better no answer than a wrong one."""


def selected(company: DesktopCompany, ret: Ret, asked: Asked) -> tuple[list[Record], list[str]]:
    """The records that fit, and which of the ids and names that were asked for are not there."""
    kept = list(company.all_of(ret.kind.name))
    for name in (ret.key, "FullName", "RefNumber", "RefNumberCaseSensitive"):
        if name in asked:
            found, missing = _named(kept, name, asked[name])
            return [seen(company, ret.kind.name, record) for record in found], missing
    tests = list(_tests(company, ret, asked))
    fits = [record for record in kept if all(test(record) for test in tests)]
    return [seen(company, ret.kind.name, record) for record in fits], []


def shown(record: Record, ret: Ret, asked: Asked) -> Record:
    """A record as the query wants it: without lines and links unless they are asked for."""
    wanted = asked.get("IncludeRetElement")
    found = {
        name: value
        for name, value in record.items()
        if (not wanted or name in wanted)
        and (asked.get("IncludeLinkedTxns") or name != "LinkedTxn")
        and (asked.get("OwnerID") or name != "DataExtRet")
    }
    if "IncludeLineItems" in _elements(ret) and not asked.get("IncludeLineItems"):
        found = {
            name: value for name, value in found.items() if not name.endswith(("LineRet", "LineGroupRet"))
        }
    return found


def _elements(ret: Ret) -> frozenset[str]:
    query = ret.kind.shape(ret.kind.message("Query", "Rq"), ret.edition)
    return frozenset(each.name for each in query.elements())


def _named(kept: list[Record], name: str, wanted: Any) -> tuple[list[Record], list[str]]:
    texts = [str(each) for each in (wanted if isinstance(wanted, list) else [wanted])]
    field = "RefNumber" if name == "RefNumberCaseSensitive" else name
    exact = name not in ("FullName", "RefNumber")
    found: dict[int, Record] = {}
    missing = []
    for text in texts:
        there = [
            each
            for each in kept
            if _same(called(each) if field == "FullName" else str(each.get(field, "")), text, exact)
        ]
        found |= {id(each): each for each in there}
        if not there:
            missing.append(text)
    return list(found.values()), missing


def _same(left: str, right: str, exact: bool) -> bool:
    return left == right if exact else left.casefold() == right.casefold()


def _tests(company: DesktopCompany, ret: Ret, asked: Asked) -> Iterator[Callable[[Record], bool]]:
    if "ActiveStatus" in _elements(ret) and asked.get("ActiveStatus", "ActiveOnly") != "All":
        active = asked.get("ActiveStatus", "ActiveOnly") == "ActiveOnly"
        yield lambda record: record.get("IsActive", True) is active
    for name, value in asked.items():
        if name.startswith("@") or name in ALWAYS or name == "ActiveStatus":
            continue
        if name in _ABOUT_BALANCES:
            test = _test(name, value)
            yield lambda record, test=test: test(seen(company, ret.kind.name, record))  # type: ignore[misc]
        else:
            yield _test(name, value)


def _test(name: str, value: Any) -> Callable[[Record], bool]:
    match name:
        case "FromModifiedDate":
            earliest = moment(value, time.min)
            return lambda record: moment(record["TimeModified"]) >= earliest
        case "ToModifiedDate":
            latest = moment(value, time.max)
            return lambda record: moment(record["TimeModified"]) <= latest
        case "ModifiedDateRangeFilter":
            tests = [_test(inner, each) for inner, each in value.items()]
            return lambda record: all(test(record) for test in tests)
        case "TxnDateRangeFilter" if "DateMacro" not in value:
            first, last = value.get("FromTxnDate", ""), value.get("ToTxnDate", "9999-12-31")
            return lambda record: first <= str(record.get("TxnDate", "")) <= last
        case "EntityFilter" if value.keys() <= {"ListID", "FullName"}:
            return lambda record: any(_party(part, value) for part in record.values())
        case "NameFilter":
            return _criterion(value["MatchCriterion"], str(value["Name"]), called)
        case "RefNumberFilter":
            return _criterion(
                value["MatchCriterion"], str(value["RefNumber"]), lambda r: str(r.get("RefNumber", ""))
            )
        case "PaidStatus":
            return lambda record: value == "All" or bool(record.get("IsPaid", False)) is (value == "PaidOnly")
    raise NotReproduced(name)


def _party(part: Any, value: Mapping[str, Any]) -> bool:
    if not isinstance(part, Mapping):
        return False
    names = [str(each).casefold() for each in value.get("FullName", ())]
    return part.get("ListID") in value.get("ListID", ()) or str(part.get("FullName", "")).casefold() in names


def _criterion(kind: str, text: str, of: Callable[[Record], str]) -> Callable[[Record], bool]:
    wanted = text.casefold()
    match kind:
        case "StartsWith":
            return lambda record: of(record).casefold().startswith(wanted)
        case "EndsWith":
            return lambda record: of(record).casefold().endswith(wanted)
    return lambda record: wanted in of(record).casefold()


def moment(text: str, default: time = time.min) -> datetime:
    """A DATETIME; a date alone begins, or ends, its day."""
    if "T" not in text:
        return datetime.combine(date.fromisoformat(text), default, UTC)
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
