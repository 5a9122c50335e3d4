"""Queries of qbXML: a predicate as the filters that a type's query has.

Filters of QuickBooks only narrow: whatever is pushed, the whole predicate is applied again to what comes back, so a
filter may let more through than the predicate, and never less. Ids, full names and numbers exclude all other filters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

from ..catalog.nearest import did_you_mean
from ..catalog.qbxml import Element, Shape
from ..catalog.qbxml.actions import iterates
from ..catalog.qbxml.flat import flatten
from ..catalog.qbxml.rets import Ret
from ..errors import SetupError
from ..operations import And, Compare, In, Like, Not, Or, Predicate, Value, as_moment, conjuncts
from .qbxml_writer import Request

NAMED_ALONE = ("TxnID", "ListID", "FullName", "RefNumber")
"""Naming records this way leaves no room for other filters."""

PARTS = ("IncludeComponentLineItems", "IncludeLineItems", "IncludeLinkedTxns")
"""What QuickBooks leaves out unless it is asked for."""

IGNORED_ONLINE = frozenset(("ActiveStatus", "IncludeRetElement"))
"""Elements that the schema of the Online Edition has, and that it does not support (QuickBooks SDK, Onscreen Reference)."""

PARTIES = ("CustomerRef", "VendorRef", "EntityRef", "PayeeEntityRef")


@dataclass(frozen=True, slots=True)
class Question:
    """A query of one type."""

    ret: Ret
    content: Mapping[str, Any] = field(default_factory=dict)
    """Filters and what to include, as the request holds them."""
    pushed: tuple[Predicate, ...] = ()
    """The parts of the predicate that QuickBooks narrows by."""

    @property
    def pages(self) -> bool:
        """Whether QuickBooks can hand the answer over in parts."""
        return (
            iterates(self.ret.kind, self.ret.edition)
            and "MaxReturned" in filters_of(self.ret)
            and self.content.keys().isdisjoint(NAMED_ALONE)
        )

    def request(self, size: int | None = None, iterator: str = "") -> Request:
        """The request; for the first of `size` records where it pages, or for the next ones of an iterator."""
        content = dict(self.content)
        if size is not None and self.pages:
            content["MaxReturned"] = size
            content["@iterator"] = "Continue" if iterator else "Start"
            if iterator:
                content["@iteratorID"] = iterator
        return Request(self.ret.kind.name, "Query", content)


def question(ret: Ret, where: Predicate | None = None, fields: Sequence[str] = ()) -> Question:
    """What to ask for a predicate; inactive records too, lines, links and custom fields, unless it says otherwise."""
    elements = filters_of(ret)
    content: dict[str, Any] = {}
    pushed: list[Predicate] = []
    parts = list(conjuncts(where))
    alone = next((part for part in parts if _names_records(part, elements, ret)), None)
    if alone is not None:
        content[_field_of(alone)] = list(_values_of(alone))
        pushed.append(alone)
    else:
        pushed.extend(part for part in parts if _narrow(content, part, elements, days=_tells_days(ret)))
        for name in ("ActiveStatus", "DoneStatus"):
            if name in elements:
                content.setdefault(name, "All")
    content |= _included(elements, fields, ret)
    return Question(ret, content, tuple(pushed))


@cache
def filters_of(ret: Ret) -> frozenset[str]:
    """What stands in a type's query at the top: its filters, and what it may include."""
    query = ret.kind.shape(ret.kind.message("Query", "Rq"), ret.edition)
    names = frozenset(each.name for each in query.elements())
    return names - IGNORED_ONLINE if ret.edition.country == "OE" else names


def explained(where: Predicate | None, asked: Question) -> Iterator[tuple[Predicate, bool]]:
    """Each part of a predicate, and whether QuickBooks narrows by it."""
    for part in conjuncts(where):
        yield part, part in asked.pushed


def check_field(path: str, ret: Ret) -> Element:
    """The element at a dotted path of a Ret; SetupError with the nearest name where there is none."""
    shape: Shape | None = ret.shape
    found: Element | None = None
    for name in path.split("."):
        elements = {each.name: each for each in shape.elements()} if shape is not None else {}
        if name not in elements:
            raise SetupError(
                f"{ret.kind.name} has no field {path!r} in qbXML {ret.edition}.{did_you_mean(name, elements)}",
                advice=f"`tieout types qbxml:{ret.kind.name} --message read` lists them.",
            )
        found = elements[name]
        shape = ret.kind.shape(found.shape, ret.edition) if found.shape else None
    assert found is not None, "a path has a name in it"
    return found


def with_times_read(predicate: Predicate, ret: Ret) -> Predicate:
    """The same with what it says of days and times as such; SetupError for a text that is none."""
    match predicate:
        case And(parts):
            return And(tuple(with_times_read(part, ret) for part in parts))
        case Or(parts):
            return Or(tuple(with_times_read(part, ret) for part in parts))
        case Not(part):
            return Not(with_times_read(part, ret))
        case Compare(path, op, value):
            return Compare(path, op, _read_time(value, path, ret))
        case In(path, values):
            return In(path, tuple(_read_time(value, path, ret) for value in values))
    return predicate


def _read_time(value: Value, path: str, ret: Ret) -> Value:
    declared = check_field(path, ret).value
    reader = _TIMES.get(declared.base) if declared is not None else None
    if reader is None or not isinstance(value, str):
        return value
    read, wanted = reader
    try:
        return read(value.strip())
    except ValueError:
        raise SetupError(
            f"where: {ret.kind.name}.{path} wants {wanted}, not {value!r}.", advice=f"Write {wanted}."
        ) from None


_TIMES: Mapping[str, tuple[Callable[[str], date], str]] = {
    "date": (date.fromisoformat, "a date such as '2026-01-31'"),
    "datetime": (as_moment, "a time such as '2026-01-31T08:00:00-08:00'"),
}


# ---- filters


def _names_records(part: Predicate, elements: frozenset[str], ret: Ret) -> bool:
    name = _field_of(part)
    return name in NAMED_ALONE and name in elements and name in ret.fields and bool(_values_of(part))


def _field_of(part: Predicate) -> str:
    return part.field if isinstance(part, Compare | In | Like) else ""


def _values_of(part: Predicate) -> tuple[str, ...]:
    """The texts that a part names outright."""
    if isinstance(part, Compare) and part.op == "=" and isinstance(part.value, str):
        return (part.value,)
    if isinstance(part, In) and part.values and all(isinstance(value, str) for value in part.values):
        return tuple(str(value) for value in part.values)
    return ()


@cache
def _tells_days(ret: Ret) -> bool:
    """Whether a type is asked for by whole days of TimeModified, as in qbXML 1.0."""
    rows = flatten(ret.kind, ret.kind.message("Query", "Rq"), ret.edition)
    return any(row.path.endswith("FromModifiedDate") and row.type == "DATETYPE" for row in rows)


def _narrow(content: dict[str, Any], part: Predicate, elements: frozenset[str], *, days: bool) -> bool:
    match part:
        case Compare("TimeModified", op, datetime() | date() as value) if op != "!=" and days:
            day = value.astimezone(UTC).date() if isinstance(value, datetime) else value
            # QuickBooks' days are its own, which begin up to a day before or after ours
            widened = {"From": day - timedelta(days=1), "To": day + timedelta(days=1)}
            return _between(content, elements, "Modified", op, {e: d.isoformat() for e, d in widened.items()})
        case Compare("TimeModified", op, datetime() | date() as value) if op != "!=":
            return _between(content, elements, "Modified", op, _moment(value))
        case Compare("TxnDate", op, date() as value) if op != "!=":
            return _between(content, elements, "Txn", op, value.isoformat()[:10])
        case Compare("IsActive", "=", bool() as value) if "ActiveStatus" in elements:
            return _once(content, "ActiveStatus", "ActiveOnly" if value else "InactiveOnly")
        case Compare("IsPaid", "=", bool() as value) if "PaidStatus" in elements:
            return _once(content, "PaidStatus", "PaidOnly" if value else "NotPaidOnly")
        case Like("Name", pattern) if "NameFilter" in elements:
            return _once(content, "NameFilter", _matching(pattern, "Name"))
        case Like("RefNumber", pattern) if "RefNumberFilter" in elements:
            return _once(content, "RefNumberFilter", _matching(pattern, "RefNumber"))
        case Compare() | In():
            owner, dot, name = part.field.partition(".")
            if dot and owner in PARTIES and name in ("ListID", "FullName") and "EntityFilter" in elements:
                values = list(_values_of(part))
                return bool(values) and _once(content, "EntityFilter", {name: values})
    return False


def _once(content: dict[str, Any], name: str, value: Any) -> bool:
    if name in content or value is None:
        return False
    content[name] = value
    return True


def _matching(pattern: str, name: str) -> dict[str, str] | None:
    """A LIKE pattern as a criterion: `a%`, `%a`, `%a%`; None for any other."""
    bare = pattern.strip("%")
    if not bare or "%" in bare or "_" in bare or bare == pattern:
        return None
    starts, ends = pattern.startswith("%"), pattern.endswith("%")
    criterion = "Contains" if starts and ends else "EndsWith" if starts else "StartsWith"
    return {"MatchCriterion": criterion, name: bare}


def _between(
    content: dict[str, Any], elements: frozenset[str], kind: str, op: str, value: str | Mapping[str, str]
) -> bool:
    """A range's end, or one value for both; both ends of QuickBooks' ranges are included."""
    ends = {">=": ("From",), ">": ("From",), "<=": ("To",), "<": ("To",), "=": ("From", "To")}[op]
    values = {"From": value, "To": value} if isinstance(value, str) else value
    return all(_put_range(content, elements, kind, end, values[end]) for end in ends)


def _put_range(content: dict[str, Any], elements: frozenset[str], kind: str, end: str, value: str) -> bool:
    """Into the range filter that the query has for it; a transaction's query has room for one of two."""
    name = f"{end}{kind}Date"
    if name in elements:
        return _once(content, name, value)
    whole, other = f"{kind}DateRangeFilter", f"{'Txn' if kind == 'Modified' else 'Modified'}DateRangeFilter"
    if whole not in elements or other in content:
        return False
    inside = dict(content.get(whole, {}))
    if not _once(inside, name, value):
        return False
    content[whole] = inside
    return True


def _moment(value: date) -> str:
    """With its offset where it has one; QuickBooks takes one without as its own local time."""
    if not isinstance(value, datetime):
        return value.isoformat()
    return (value.astimezone(UTC) if value.tzinfo else value).isoformat(timespec="seconds")


def _included(elements: frozenset[str], fields: Iterable[str], ret: Ret) -> dict[str, Any]:
    found: dict[str, Any] = {name: True for name in PARTS if name in elements}
    if "OwnerID" in elements:
        found["OwnerID"] = ["0"]
    tops = dict.fromkeys(path.split(".")[0] for path in fields)
    if tops and "IncludeRetElement" in elements:
        found["IncludeRetElement"] = list(dict.fromkeys((*([ret.key] if ret.key else []), *tops)))
    return found
