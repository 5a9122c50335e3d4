"""What rows or columns of a report are put together by: accounts, names, items, classes, what a transaction says, pieces of time.

The names are those of SummarizeRowsBy and SummarizeColumnsBy. What a line does not say has a place of its own (`No name`, `Unclassified`),
so that the parts add up to the whole.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from .. import refusals
from ..items import ItemFacts
from ..records import Record, called, id_of, item_lines
from ..references import PEOPLE, items
from ..special_accounts import RESULT_TYPES
from .asked import Line, ReportAsked
from .dates import PIECES

ITEM_TYPES: Mapping[str, str] = {
    "ItemService": "Service",
    "ItemInventory": "Inventory",
    "ItemInventoryAssembly": "Assembly",
    "ItemNonInventory": "Parts",
    "ItemFixedAsset": "Fixed Assets",
    "ItemOtherCharge": "Other Charges",
    "ItemDiscount": "Discounts",
    "ItemPayment": "Payments",
    "ItemSalesTax": "Sales Tax",
}
"""How reports call the types of items, in their order."""
NO_ITEM = "No item"


class Head(NamedTuple):
    """What stands in front of a row, or above a column."""

    order: tuple[int, str]
    title: str
    row_type: str = ""
    value: str = ""
    """The full name of the element that it is about."""


Axis = Callable[[Line], Head]


def axis(asked: ReportAsked, by: str) -> Axis:
    """By a name of SummarizeRowsBy or SummarizeColumnsBy; Refused for what the books do not know."""
    if by in PIECES:
        return _times(asked, by)
    if by in PEOPLE or by == "Payee":
        return _people(asked, PEOPLE if by == "Payee" else (by,))
    if by in _OF_THE_TRANSACTION:
        return _of_the_transaction(asked, by)
    if by in _OF_A_PERSON:
        return _of_a_person(asked, by)
    if by not in _AXES:
        raise refusals.no_report(f"{asked.name} by {by}")
    return _AXES[by](asked)


def columns(asked: ReportAsked, lines: Iterable[Line], by: str) -> list[tuple[str, list[Line]]]:
    """The lines of the period, put into columns with headings; the last one, `TOTAL`, has them all."""
    inside = [line for line in lines if asked.period.holds(line[1].date)]
    head_of = axis(asked, by)
    found: dict[Head, list[Line]] = {}
    if by in PIECES:  # each piece is there, whether or not anything happened in it
        found = {head: [] for head in _pieces(asked, by)}
    if by != "TotalOnly":
        for line in inside:
            found.setdefault(head_of(line), []).append(line)
    return [*((head.title, found[head]) for head in sorted(found)), ("TOTAL", inside)]


def items_of(asked: ReportAsked) -> Iterator[ItemFacts]:
    """Every item, type by type."""
    for kind in items():
        for record in asked.company.all_of(kind):
            yield ItemFacts(kind, record)


# ---- one after the other


def _nothing(title: str) -> Head:
    return Head((1, ""), title)


def _total_only(_: ReportAsked) -> Axis:
    return lambda _: Head((0, ""), "")


def _element(kind: str, record: Record) -> Head:
    full = called(record)
    return Head((0, full.casefold()), full, kind, full)


def _accounts(asked: ReportAsked) -> Axis:
    heads = {
        each["ListID"]: Head((0, f"{number:06}"), called(each), "account", called(each))
        for number, each in enumerate(asked.company.all_of("Account"))
    }
    return lambda line: heads[line[2].account]


def _classes(asked: ReportAsked) -> Axis:
    heads = {each["ListID"]: _element("class", each) for each in asked.company.all_of("Class")}
    return lambda line: heads.get(line[2].class_, _nothing("Unclassified"))


def _items(asked: ReportAsked) -> Axis:
    heads = {item.id: _element("item", dict(item.record)) for item in items_of(asked)}
    return lambda line: heads.get(line[2].item, _nothing(NO_ITEM))


def _item_types(asked: ReportAsked) -> Axis:
    heads = {item.id: item_type(item) for item in items_of(asked)}
    return lambda line: heads.get(line[2].item, _nothing(NO_ITEM))


def item_type(item: ItemFacts) -> Head:
    order = [*ITEM_TYPES, item.kind].index(item.kind)
    return Head((0, f"{order:02}"), ITEM_TYPES.get(item.kind, item.kind))


def _tax_codes(asked: ReportAsked) -> Axis:
    def head(line: Line) -> Head:
        (kind, txn_id), _, posting = line
        record = asked.company.records.get(kind, {}).get(txn_id, {})
        for each in item_lines(kind, record) if posting.line else ():
            if each["TxnLineID"] == posting.line and each.get("SalesTaxCodeRef"):
                return _element("salesTaxCode", each["SalesTaxCodeRef"])
        return _nothing("No sales tax code")

    return head


def _tax_lines(asked: ReportAsked) -> Axis:
    """An account has the line of the tax form that was said of it; the two kinds of accounts that have none stand apart."""
    heads: dict[str, Head] = {}
    for each in asked.company.all_of("Account"):
        said = str((each.get("TaxLineInfoRet") or {}).get("TaxLineName") or "")
        kind = "income/expense" if each["AccountType"] in RESULT_TYPES else "balance sheet"
        heads[each["ListID"]] = (
            Head((0, said.casefold()), said) if said else Head((1, kind), f"Tax Line Unassigned ({kind})")
        )
    return lambda line: heads[line[2].account]


_AXES: Mapping[str, Callable[[ReportAsked], Axis]] = {
    "Account": _accounts,
    "Class": _classes,
    "ItemDetail": _items,
    "ItemType": _item_types,
    "SalesTaxCode": _tax_codes,
    "TaxLine": _tax_lines,
    "TotalOnly": _total_only,
}


def _people(asked: ReportAsked, kinds: tuple[str, ...]) -> Axis:
    heads = {
        (kind, each["ListID"]): _element(kind[0].lower() + kind[1:], each)
        for kind in kinds
        for each in asked.company.all_of(kind)
    }
    nobody = _nothing(f"No {kinds[0].lower()}" if len(kinds) == 1 else "No name")
    return lambda line: heads.get(line[2].name or line[2].party or ("", ""), nobody)


_OF_A_PERSON: Mapping[str, tuple[str, str, str]] = {
    "CustomerType": ("Customer", "customerType", "No customer type"),
    "VendorType": ("Vendor", "vendorType", "No vendor type"),
}


def _of_a_person(asked: ReportAsked, by: str) -> Axis:
    """A job is of its own type; one that says none is of its customer's."""
    kind, row_type, none = _OF_A_PERSON[by]
    kept = asked.company.records.get(kind, {})

    def head(line: Line) -> Head:
        party = line[2].name or line[2].party
        record = kept.get(party[1]) if party and party[0] == kind else None
        while record:
            if record.get(f"{by}Ref"):
                return _element(row_type, record[f"{by}Ref"])
            record = kept.get(id_of(record.get("ParentRef")))
        return _nothing(none)

    return head


_OF_THE_TRANSACTION: Mapping[str, tuple[str, str]] = {
    "PaymentMethod": ("paymentMethod", "No payment method"),
    "SalesRep": ("salesRep", "No Sales Rep"),
    "ShipMethod": ("shipMethod", "No ship method"),
    "Terms": ("terms", "No terms"),
}


def _of_the_transaction(asked: ReportAsked, by: str) -> Axis:
    row_type, none = _OF_THE_TRANSACTION[by]

    def head(line: Line) -> Head:
        (kind, txn_id), _, _ = line
        said = asked.company.records.get(kind, {}).get(txn_id, {}).get(f"{by}Ref")
        return _element(row_type, said) if said else _nothing(none)

    return head


# ---- time


def _pieces(asked: ReportAsked, by: str) -> list[Head]:
    """In the order of time, each with its first day."""
    return [Head((0, piece.start.isoformat()), title) for title, piece in asked.cut(by)]


def _times(asked: ReportAsked, by: str) -> Axis:
    """Of lines within the period."""
    pieces = _pieces(asked, by)
    return lambda line: pieces[bisect_right(pieces, line[1].date, key=lambda each: each.order[1]) - 1]
