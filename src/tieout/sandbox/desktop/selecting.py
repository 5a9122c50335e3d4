"""Which records a query is about, and how much of each it is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ...catalog.qbxml.rets import Ret
from .balances import seen
from .company import DesktopCompany
from .filters import ABOUT_BALANCES, Test, filter_test
from .records import Record, called

ALWAYS = (
    "ActiveStatus", "IncludeComponentLineItems", "IncludeLineItems", "IncludeLinkedTxns", "IncludeRetElement",
    "MaxReturned", "OwnerID",
)  # fmt: skip

_LINES = ("LineRet", "LineGroupRet", "JournalDebitLine", "JournalCreditLine", "AppliedToTxnRet")

Asked = Mapping[str, Any]


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
    """A record as the query wants it: without lines, links and extensions unless they are asked for."""
    wanted = asked.get("IncludeRetElement")
    found = {
        name: value
        for name, value in record.items()
        if (not wanted or name in wanted) and (asked.get("IncludeLinkedTxns") or name != "LinkedTxn")
    }
    elements = _elements(ret)
    if "IncludeLineItems" in elements and not asked.get("IncludeLineItems"):
        needed = {each.name for each in ret.shape.elements() if each.least}
        found = {name: value for name, value in found.items() if not name.endswith(_LINES) or name in needed}
    if "IncludeComponentLineItems" in elements and not asked.get("IncludeComponentLineItems"):
        found.pop("ComponentItemLineRet", None)
    return with_extensions_of(found, asked.get("OwnerID"))


def with_extensions_of(record: Record, owners: Any) -> Record:
    """Only the data of these owners: 0 has the custom fields, a GUID the private data of an application."""
    wanted = {str(each).upper() for each in owners or ()}
    kept = [each for each in record.get("DataExtRet", ()) if each["OwnerID"] in wanted]
    rest = {name: value for name, value in record.items() if name != "DataExtRet"}
    return {**rest, "DataExtRet": kept} if kept else rest


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


def _tests(company: DesktopCompany, ret: Ret, asked: Asked) -> Iterator[Test]:
    if "ActiveStatus" in _elements(ret) and asked.get("ActiveStatus", "ActiveOnly") != "All":
        active = asked.get("ActiveStatus", "ActiveOnly") == "ActiveOnly"
        yield lambda record: record.get("IsActive", True) is active
    for name, value in asked.items():
        if name.startswith("@") or name in ALWAYS:
            continue
        test = filter_test(company, name, value)
        if name in ABOUT_BALANCES:
            yield lambda record, test=test: test(seen(company, ret.kind.name, record))  # type: ignore[misc]
        else:
            yield test
