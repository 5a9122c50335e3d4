"""What a transaction comes to, under the names that its type has for that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from . import refusals
from .currencies import rate_of
from .line_amounts import cost_in, price_purchase_lines, price_sales_lines, total
from .records import NO_MONEY, ZERO, Record, cents, item_lines, price
from .sales_taxes import default_tax, tax_of_purchase, tax_of_sale

if TYPE_CHECKING:
    from .company import DesktopCompany

SALES = ("CreditMemo", "Estimate", "Invoice", "SalesOrder", "SalesReceipt")
PURCHASES = ("Bill", "Check", "CreditCardCharge", "CreditCardCredit", "ItemReceipt", "VendorCredit")
TOTAL = {
    "ARRefundCreditCard": "TotalAmount",
    "Bill": "AmountDue",
    "BillPaymentCheck": "Amount",
    "BillPaymentCreditCard": "Amount",
    "Charge": "Amount",
    "Check": "Amount",
    "CreditCardCharge": "Amount",
    "CreditCardCredit": "Amount",
    "CreditMemo": "TotalAmount",
    "Deposit": "DepositTotal",
    "Estimate": "TotalAmount",
    "ItemReceipt": "TotalAmount",
    "PurchaseOrder": "TotalAmount",
    "ReceivePayment": "TotalAmount",
    "SalesOrder": "TotalAmount",
    "SalesReceipt": "TotalAmount",
    "SalesTaxPaymentCheck": "Amount",
    "Transfer": "Amount",
    "VendorCredit": "CreditAmount",
}
"""Where a type says what it comes to. An Invoice says it in two parts, Subtotal and SalesTaxTotal."""


def total_of(kind: str, record: Mapping[str, Any]) -> Decimal:
    """What a transaction comes to, always positive; of a journal entry, its debits."""
    if kind == "Invoice":
        return cents(_sum(record, "Subtotal", "SalesTaxTotal", "Tax1Total", "Tax2Total"))
    if kind == "JournalEntry":
        return _sum_of_lines(record.get("JournalDebitLine", ()))
    return cents(record.get(TOTAL.get(kind, ""), None) or ZERO)


def fill_in(
    company: DesktopCompany, kind: str, record: Record, content: Mapping[str, Any], fields: frozenset[str]
) -> None:
    """Amounts of lines and of the whole; the record is not kept yet."""
    if kind in SALES:
        _sale(company, kind, record, fields)
    elif kind in PURCHASES:
        _purchase(company, kind, record)
    elif kind == "PurchaseOrder":
        _order(company, record)
    elif kind == "Charge":
        _charge(company, record, content)
    elif kind == "Deposit":
        cash = (record.get("CashBackInfoRet") or {}).get("Amount") or ZERO
        record["DepositTotal"] = cents(_sum_of_lines(record.get("DepositLineRet", ())) - cash)
    elif kind == "SalesTaxPaymentCheck":
        record["Amount"] = _sum_of_lines(record.get("SalesTaxPaymentCheckLineRet", ()))
    elif kind == "JournalEntry":
        _journal(record)


def _sale(company: DesktopCompany, kind: str, record: Record, fields: frozenset[str]) -> None:
    names = (f"{kind}LineRet", f"{kind}LineGroupRet")
    price_sales_lines(record, names, company.item, company.price_for(record), company.new_number)
    lines = list(item_lines(kind, record))
    default_tax(company, record, lines, fields)
    before_tax = [line for line in lines if not company.item(_item_id(line)).kind.startswith("ItemSalesTax")]
    tax = tax_of_sale(company, record, before_tax)
    if "SalesTaxTotal" in fields:
        record["SalesTaxTotal"] = tax.total
        if record.get("ItemSalesTaxRef"):
            record["SalesTaxPercentage"] = tax.rate
    record["Subtotal"] = total(lines, company.item)
    if kind != "Invoice":
        whole = _sum(record, "Subtotal", "SalesTaxTotal", "Tax1Total", "Tax2Total")
        record["TotalAmount"] = cents(whole)
    if total_of(kind, record) < 0:
        raise refusals.not_saved("Transaction", "The total of a transaction cannot be negative.")


def _purchase(company: DesktopCompany, kind: str, record: Record) -> None:
    price_purchase_lines(record, company.item, company.new_number, rate_of(record))
    items = list(item_lines(kind, record))
    expenses = list(record.get("ExpenseLineRet") or ())
    for line in expenses:
        line.setdefault("Amount", NO_MONEY)
    amounts = total(items, company.item) + _sum_of_lines(expenses)
    tax = tax_of_purchase(company, [*items, *expenses]) + _sum(record, "Tax1Total", "Tax2Total")
    applied = sum((each.get("Amount") or ZERO for each in record.get("ApplyCheckToTxn") or ()), ZERO)
    record[TOTAL[kind]] = cents(amounts + tax + applied)
    if record[TOTAL[kind]] < 0:
        raise refusals.not_saved("Transaction", "The total of a transaction cannot be negative.")


def _order(company: DesktopCompany, record: Record) -> None:
    names = ("PurchaseOrderLineRet", "PurchaseOrderLineGroupRet")
    rate = rate_of(record)
    price_sales_lines(record, names, company.item, lambda item, _: cost_in(item, rate), company.new_number)
    lines = list(item_lines("PurchaseOrder", record))
    record["TotalAmount"] = cents(total(lines, company.item) + tax_of_purchase(company, lines))


def _charge(company: DesktopCompany, record: Record, content: Mapping[str, Any]) -> None:
    """A statement charge is one line by itself."""
    item, quantity = company.item(_item_id(record)), record.get("Quantity")
    if record.get("Rate") is None and record.get("Amount") is None and item.price is not None:
        record["Rate"] = price(item.price / rate_of(record))
    if content.get("Amount") is not None and content.get("Rate") is None:
        record.pop("Rate", None)
        if quantity:
            record["Rate"] = price(record["Amount"] / quantity)
    elif record.get("Rate") is not None:
        record["Amount"] = cents(record["Rate"] * (1 if quantity is None else quantity))
    record.setdefault("Amount", NO_MONEY)


def _journal(record: Record) -> None:
    sides = [_sum_of_lines(record.get(name) or ()) for name in ("JournalDebitLine", "JournalCreditLine")]
    if sides[0] != sides[1]:
        raise refusals.not_saved(
            "Transaction", "The transaction is not in balance: debits must equal credits."
        )


def _sum(record: Mapping[str, Any], *names: str) -> Decimal:
    return sum((record.get(name) or ZERO for name in names), ZERO)


def _sum_of_lines(lines: Iterable[Mapping[str, Any]]) -> Decimal:
    return cents(sum((line.get("Amount") or ZERO for line in lines), ZERO))


def _item_id(line: Mapping[str, Any]) -> str:
    return str((line.get("ItemRef") or {}).get("ListID", ""))
