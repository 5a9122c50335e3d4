"""Invoices made from sales orders, bills and receipts made from purchase orders: their lines, and what is left of the orders."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from . import refusals
from .intake import GIVEN, NEW
from .records import ZERO, Key, Record, item_lines, line_names

if TYPE_CHECKING:
    from .company import DesktopCompany

_ORDERS = {"Invoice": "SalesOrder", "Bill": "PurchaseOrder", "ItemReceipt": "PurchaseOrder"}
_COPIED = ("ItemRef", "Desc", "Rate", "ClassRef", "SalesTaxCodeRef", "CustomerRef", "Other1", "Other2")


def bring_in(company: DesktopCompany, kind: str, record: Record, content: Mapping[str, Any]) -> None:
    """Put the open lines of orders into an invoice or bill that is being made."""
    whole = [str(each) for each in content.get("LinkToTxnID", ())]
    if len(set(whole)) < len(whole):
        raise refusals.linked_twice(whole[0])
    name = f"{kind}LineRet" if kind == "Invoice" else "ItemLineRet"
    for line in record.get(name) or ():
        if line.get("LinkToTxn"):
            _bring_line(company, kind, line, whole)
    brought = [line for order_id in whole for line in _lines_of(company, kind, order_id)]
    if brought:
        record[name] = [*(record.get(name) or ()), *brought]
    if (
        whole
        and not brought
        and not any(record.get(each) for each in (*line_names(kind, record), "ExpenseLineRet"))
    ):
        raise refusals.not_saved("Transaction", "There is nothing left of what it is linked to.")


def fulfilled_by(kind: str, record: Mapping[str, Any]) -> dict[tuple[Key, str], Decimal]:
    """How much of which order's lines an invoice or bill is."""
    found: dict[tuple[Key, str], Decimal] = {}
    for line in item_lines(kind, record) if kind in _ORDERS else ():
        said = line.get("LinkToTxn")
        if said:
            order = (_ORDERS[kind], str(said["TxnID"])), str(said["TxnLineID"])
            found[order] = found.get(order, ZERO) + (line.get("Quantity") or ZERO)
    return found


def left_of_line(company: DesktopCompany, order: Key, line: Mapping[str, Any]) -> Decimal:
    """How much of an order's line is still to come."""
    wanted = line.get("Quantity") or ZERO
    if line.get("IsManuallyClosed") or company.records[order[0]][order[1]].get("IsManuallyClosed"):
        return ZERO
    return max(wanted - company.books.links.fulfilled(order, line["TxnLineID"]), ZERO)


def _lines_of(company: DesktopCompany, kind: str, order_id: str) -> Iterator[Record]:
    order = _order(company, kind, order_id)
    for line in item_lines(order[0], company.records[order[0]][order_id]):
        left = left_of_line(company, order, line)
        if left or line.get("Quantity") is None:
            yield _copied(company, kind, order, line, left)


def _copied(company: DesktopCompany, kind: str, order: Key, line: Record, left: Decimal) -> Record:
    made = {name: line[name] for name in _COPIED if line.get(name) is not None}
    if kind != "Invoice" and "Rate" in made:
        made["Cost"] = made.pop("Rate")
    if line.get("Quantity") is not None:
        made["Quantity"] = left
    elif line.get("Amount") is not None:
        made["Amount"] = line["Amount"]
    made["LinkToTxn"] = {"TxnID": order[1], "TxnLineID": line["TxnLineID"]}
    return {"TxnLineID": company.new_number(), **made, GIVEN: frozenset((NEW, *made))}


def _bring_line(company: DesktopCompany, kind: str, line: Record, whole: list[str]) -> None:
    said = line["LinkToTxn"]
    if str(said["TxnID"]) in whole:
        raise refusals.linked_both_ways(str(said["TxnID"]))
    if line.get("ItemRef"):
        raise refusals.not_saved("Transaction", "A line that is linked takes its item from there.")
    order = _order(company, kind, str(said["TxnID"]))
    found = next(
        (
            each
            for each in item_lines(order[0], company.records[order[0]][order[1]])
            if each["TxnLineID"] == said["TxnLineID"]
        ),
        None,
    )
    if found is None:
        raise refusals.not_there(str(said["TxnLineID"]))
    brought = _copied(company, kind, order, found, left_of_line(company, order, found))
    own = {name: value for name, value in line.items() if name not in (GIVEN, "TxnLineID")}
    line |= {**brought, **own, "TxnLineID": line["TxnLineID"], GIVEN: brought[GIVEN] | line[GIVEN]}


def _order(company: DesktopCompany, kind: str, order_id: str) -> Key:
    wanted = _ORDERS.get(kind, "")
    if order_id not in company.records.get(wanted, {}):
        raise refusals.not_there(order_id)
    return wanted, order_id
