"""How QuickBooks completes each type of record: defaults, amounts, dates, addresses.

`complete` is called with the record as it was sent (merged with what was there, for a sparse update) after its
references were resolved. What it adds is what the service answers beyond what it was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from ....catalog.rest import RecordType
from ...ledger import taxes
from .. import account_roles, amounts, budgets, currencies, refusals, time_activities
from ..amounts import cents, detail
from ..books import Books
from ..records import Record
from . import lists, money, purchases, sales

Completion = Callable[[Books, Record, Record | None], None]


def complete(books: Books, record_type: RecordType, record: Record, before: Record | None) -> None:
    """Add to a record what QuickBooks adds."""
    if record_type.kind == "transaction":
        _complete_transaction(books, record_type, record)
    elif "Active" in record_type.fields:
        record.setdefault("Active", True)
    special = _COMPLETIONS.get(record_type.name)
    if special:
        special(books, record, before)
    _check_completed(books, record_type, record)
    if record_type.kind == "transaction":
        _add_home_amounts(books, record_type, record)


def _check_completed(books: Books, record_type: RecordType, record: Record) -> None:
    account_roles.check(books, record_type, record)
    if record_type.posts:
        _check_start_dates(books, record)


def _check_start_dates(books: Books, record: Record) -> None:
    """Goods do not move before their first day (6270)."""
    for line in taxes.goods_of(record.get("Line", ()), also="ItemAdjustmentLineDetail"):
        part = detail(line)
        item = books.find("Item", part["ItemRef"]["value"]) if "ItemRef" in part else None
        if item and item["Type"] == "Inventory" and record["TxnDate"] < item.get("InvStartDate", ""):
            raise refusals.before_start_date(item["Name"], item["InvStartDate"])


def _complete_transaction(books: Books, record_type: RecordType, record: Record) -> None:
    if "TxnDate" not in record:
        record["TxnDate"] = books.today().isoformat()
    if record_type.name != "TimeActivity":
        _complete_currency(books, record_type, record)
    kinds = record_type.words("lines")
    if kinds:
        record.setdefault("Line", [])
        if record_type.name != "JournalEntry":
            amounts.check_count(record["Line"], amounts.MOST_LINES)
        amounts.check_lines(record["Line"], kinds)


def _complete_currency(books: Books, record_type: RecordType, record: Record) -> None:
    """The party's currency where none was sent, and the day's rate."""
    if "CurrencyRef" not in record:
        record["CurrencyRef"] = books.currency(_usual_currency(books, record_type, record))
    code = record["CurrencyRef"]["value"]
    if code == books.home_currency:
        record.pop("ExchangeRate", None)
    if books.multicurrency:
        record.setdefault("ExchangeRate", books.rate(code, record["TxnDate"]))


def _usual_currency(books: Books, record_type: RecordType, record: Record) -> str:
    if record_type.head.get("party"):
        return _party_currency(books, record_type, record)
    return currencies.account_currency(books, record_type, record) or books.home_currency


def _party_currency(books: Books, record_type: RecordType, record: Record) -> str:
    field = record_type.head.get("party", "")
    declared = record_type.fields.get(field)
    for target in declared.targets if declared else ():
        party = books.find(target, record.get(field, {}).get("value", "")) or {}
        if "CurrencyRef" in party:
            return str(party["CurrencyRef"]["value"])
    return books.home_currency


def _add_home_amounts(books: Books, record_type: RecordType, record: Record) -> None:
    """HomeTotalAmt where a company keeps several currencies."""
    if books.multicurrency and "HomeTotalAmt" in record_type.fields and "TotalAmt" in record:
        record["HomeTotalAmt"] = cents(record["TotalAmt"] * Decimal(record.get("ExchangeRate", 1)))


def _time_activity(books: Books, record: Record, _before: Record | None) -> None:
    time_activities.check(books, record)
    record.setdefault("BillableStatus", "NotBillable")
    record.setdefault("Taxable", False)
    if "StartTime" not in record:
        record.setdefault("Hours", 0)
        record.setdefault("Minutes", 0)


def _budget(books: Books, record: Record, _before: Record | None) -> None:
    budgets.check(books, record)


_COMPLETIONS: Mapping[str, Completion] = {
    "Account": lists.account,
    "Attachable": lists.attachable,
    "Bill": purchases.bill,
    "BillPayment": money.bill_payment,
    "Budget": _budget,
    "CompanyCurrency": lists.company_currency,
    "CreditCardPaymentTxn": money.moved,
    "CreditMemo": sales.sales_form,
    "Customer": lists.customer,
    "Deposit": money.deposit,
    "Employee": lists.employee,
    "Estimate": sales.estimate,
    "InventoryAdjustment": money.inventory_adjustment,
    "Invoice": sales.invoice,
    "Item": lists.item,
    "JournalEntry": money.journal_entry,
    "Payment": money.payment,
    "Purchase": purchases.purchase,
    "PurchaseOrder": purchases.purchase_order,
    "RefundReceipt": sales.paid_at_once,
    "SalesReceipt": sales.paid_at_once,
    "Term": lists.term,
    "TimeActivity": _time_activity,
    "Transfer": money.moved,
    "Vendor": lists.vendor,
    "VendorCredit": purchases.bought_on_account,
}
