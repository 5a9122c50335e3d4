"""The filters of queries: each is a test that a record passes or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .date_ranges import days, moment, within
from .records import Record, called, id_of

if TYPE_CHECKING:
    from .company import DesktopCompany

Test = Callable[[Record], bool]

ABOUT_BALANCES = ("DoneStatus", "PaidStatus", "PendingStatus", "TotalBalanceFilter")
"""Filters about what only shows when a record is seen."""

_ENTITY = ("CustomerRef", "VendorRef", "EntityRef", "PayeeEntityRef", "SalesRepEntityRef")
_COMPARED: Mapping[str, Callable[[Decimal, Decimal], bool]] = {
    "LessThan": lambda left, right: left < right,
    "LessThanEqual": lambda left, right: left <= right,
    "Equal": lambda left, right: left == right,
    "GreaterThanEqual": lambda left, right: left >= right,
    "GreaterThan": lambda left, right: left > right,
}


class NotReproduced(Exception):
    """A filter that the sandbox does not know; better no answer than a wrong one."""


def filter_test(company: DesktopCompany, name: str, value: Any) -> Test:
    """What a filter lets through."""
    match name:
        case "FromModifiedDate" | "ToModifiedDate":
            said: dict[str, Any] = {name: value}
            return lambda record: within(
                moment(record["TimeModified"]), said, "FromModifiedDate", "ToModifiedDate"
            )
        case "ModifiedDateRangeFilter":
            return lambda record: within(
                moment(record["TimeModified"]), value, "FromModifiedDate", "ToModifiedDate"
            )
        case "TxnDateRangeFilter":
            today = company.clock().date()
            period = days(today, value.get("FromTxnDate"), value.get("ToTxnDate"), value.get("DateMacro"))
            return lambda record: period.holds(str(record.get("TxnDate", "")))
        case "NameFilter":
            return _criterion(value["MatchCriterion"], str(value["Name"]), _own_name)
        case "NameRangeFilter":
            first, last = value.get("FromName"), value.get("ToName")
            return lambda record: _between(_own_name(record), first, last)
        case "RefNumberFilter":
            return _criterion(value["MatchCriterion"], str(value["RefNumber"]), _number)
        case "RefNumberRangeFilter":
            low, high = value.get("FromRefNumber"), value.get("ToRefNumber")
            return lambda record: _between_numbers(_number(record), low, high)
        case "PaidStatus":
            return lambda record: value == "All" or bool(record.get("IsPaid", False)) is (value == "PaidOnly")
        case "PendingStatus":
            return lambda record: value == "All" or bool(record.get("IsPending")) is (value == "PendingOnly")
        case "DoneStatus":
            return lambda record: value == "All" or bool(record.get("IsDone")) is (value == "DoneOnly")
        case "TotalBalanceFilter":
            compare, amount, none = _COMPARED[value["Operator"]], value["Amount"], Decimal(0)
            return lambda record: compare(record.get("TotalBalance", record.get("Balance")) or none, amount)
        case "AccountType":
            wanted = value if isinstance(value, list) else [value]
            return lambda record: record.get("AccountType") in wanted
        case "EntityFilter" | "AccountFilter" | "ItemFilter" | "ClassFilter" | "CurrencyFilter":
            return _reference_test(company, name, value)
    raise NotReproduced(name)


def _reference_test(company: DesktopCompany, name: str, value: Mapping[str, Any]) -> Test:
    """Records that name one of these anywhere; an entity only as the one they are about."""
    ids, names = set(_texts(value.get("ListID"))), {each.casefold() for each in _texts(value.get("FullName"))}
    below = {each.casefold() for each in _texts(value.get("FullNameWithChildren"))}
    for list_id in _texts(value.get("ListIDWithChildren")):
        found = next((kept[list_id] for kept in company.records.values() if list_id in kept), None)
        below |= {called(found).casefold()} if found else set()
    end = name.removesuffix("Filter")

    def fits(reference: Any) -> bool:
        full = str(reference.get("FullName", "")).casefold()
        return (
            id_of(reference) in ids
            or full in names
            or any(full == each or full.startswith(f"{each}:") for each in below)
        )

    if name == "EntityFilter":
        return lambda record: any(
            fits(record[field]) for field in _ENTITY if isinstance(record.get(field), dict)
        )
    return lambda record: any(fits(each) for each in _references(record, f"{end}Ref"))


def _references(part: Any, end: str) -> Iterator[Mapping[str, Any]]:
    if isinstance(part, Mapping):
        for name, value in part.items():
            if name.endswith(end) and isinstance(value, Mapping):
                yield value
            else:
                yield from _references(value, end)
    elif isinstance(part, list):
        for each in part:
            yield from _references(each, end)


def _texts(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def _own_name(record: Record) -> str:
    return str(record.get("FullName") or called(record))


def _number(record: Record) -> str:
    return str(record.get("RefNumber", ""))


def _between(text: str, first: Any, last: Any) -> bool:
    own = text.casefold()
    return (not first or own >= str(first).casefold()) and (not last or own <= str(last).casefold())


def _between_numbers(text: str, first: Any, last: Any) -> bool:
    """Compared as numbers where both ends are (QBSDK Programmer's Guide, query filters)."""
    ends = [str(each) for each in (first, last) if each]
    if ends and all(each.isdecimal() for each in ends):
        own = int(text) if text.isdecimal() else None
        return own is not None and (not first or own >= int(first)) and (not last or own <= int(last))
    return _between(text, first, last)


def _criterion(kind: str, text: str, of: Callable[[Record], str]) -> Test:
    wanted = text.casefold()
    match kind:
        case "StartsWith":
            return lambda record: of(record).casefold().startswith(wanted)
        case "EndsWith":
            return lambda record: of(record).casefold().endswith(wanted)
    return lambda record: wanted in of(record).casefold()
