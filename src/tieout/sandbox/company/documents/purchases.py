"""What is bought: bills, credits, orders, and what is paid at once."""

from __future__ import annotations

from ...ledger import taxes
from .. import amounts, refusals
from ..amounts import total_of
from ..books import Books
from ..records import Record
from .defaults import name_payables, take_terms


def bill(books: Books, record: Record, before: Record | None) -> None:
    bought_on_account(books, record, before)
    vendor = books.find("Vendor", record["VendorRef"]["value"]) or {}
    if "SalesTermRef" in record or "DueDate" not in record:
        take_terms(books, record, vendor.get("TermRef"))


def _bought(books: Books, record: Record, before: Record | None) -> None:
    amounts.expense_lines(books, record, before)
    record["TotalAmt"] = total_of(record["Line"]) + taxes.apply(books, record, before, "Purchase")


def bought_on_account(books: Books, record: Record, before: Record | None) -> None:
    _bought(books, record, before)
    name_payables(books, record)


def purchase(books: Books, record: Record, before: Record | None) -> None:
    _bought(books, record, before)
    record.setdefault("Credit", False)
    if record["Credit"] and record["PaymentType"] != "CreditCard":
        raise refusals.broken_rule("Credit is for purchases by credit card only.", element="Credit")


def purchase_order(books: Books, record: Record, before: Record | None) -> None:
    bought_on_account(books, record, before)
    record.setdefault("POStatus", "Open")
