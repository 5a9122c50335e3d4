"""Sales forms: what comes from the customer, lines, discounts, tax and terms."""

from __future__ import annotations

from ...ledger import taxes
from ...ledger.ledger import ZERO
from .. import amounts
from ..books import Books
from ..records import Record
from .defaults import reference, take_terms


def sales_form(books: Books, record: Record, before: Record | None) -> None:
    record.setdefault("CustomField", [])
    record.setdefault("ApplyTaxAfterDiscount", False)
    record.setdefault("PrintStatus", "NeedToPrint")
    record.setdefault("EmailStatus", "NotSet")
    _take_from_customer(books, record)
    amounts.sales_lines(books, record, before)
    record["TotalAmt"] = amounts.net_total(record) + taxes.apply(books, record, before, "Sales")


def _take_from_customer(books: Books, record: Record) -> None:
    customer = books.find("Customer", record.get("CustomerRef", {}).get("value", "")) or {}
    for field in ("BillAddr", "ShipAddr"):
        if customer.get(field):
            record.setdefault(field, dict(customer[field]))
    if customer.get("PrimaryEmailAddr"):
        record.setdefault("BillEmail", dict(customer["PrimaryEmailAddr"]))


def invoice(books: Books, record: Record, before: Record | None) -> None:
    sales_form(books, record, before)
    goods = list(taxes.goods_of(record["Line"]))
    if len(goods) > amounts.MOST_TAXED_LINES and taxes.is_taxable(books, record):
        raise amounts.too_many_lines(amounts.MOST_TAXED_LINES)
    customer = books.find("Customer", record["CustomerRef"]["value"]) or {}
    take_terms(books, record, customer.get("SalesTermRef"))


def estimate(books: Books, record: Record, before: Record | None) -> None:
    sales_form(books, record, before)
    record.setdefault("TxnStatus", "Pending")


def paid_at_once(books: Books, record: Record, before: Record | None) -> None:
    sales_form(books, record, before)
    if "DepositToAccountRef" not in record:
        record["DepositToAccountRef"] = reference(books.account("UndepositedFunds"))
    record["Balance"] = ZERO
