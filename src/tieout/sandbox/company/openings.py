"""Opening balances: what an account, a customer or a vendor is created with, against Opening Balance Equity.

An account's becomes a journal entry, a customer's an invoice and a vendor's a bill, for those are settled like any
other; a credit note of either where the balance is on the other side.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from ...catalog.rest import record_type
from . import locks, refusals
from .amounts import cents, money
from .books import Books
from .records import Record

ONLY_ON_CREATE = ("OpenBalanceDate",)
"""What no answer shows again."""
MAY_OPEN = ("Balance", "OpenBalanceDate", "QtyOnHand")
"""Fields that a client can write with a new record only; the ledger tells the first and last from then on."""
_DEBIT, _CREDIT = "Debit", "Credit"
_SIDES = {"Asset": (_DEBIT, _CREDIT), "Liability": (_CREDIT, _DEBIT), "Equity": (_CREDIT, _DEBIT)}
_NAMED = ("Accounts Receivable", "Accounts Payable")
_MEMO = "Opening Balance"


class Opening(NamedTuple):
    """What a new record begins with."""

    balance: Decimal
    """Money, or a quantity of goods."""
    day: str


def take(type_name: str, record: Record, *, is_new: bool) -> Opening | None:
    """What a record says of its beginning, taken out of it where answers do not show it or show what is now."""
    match type_name:
        case "Account":
            balance, day = record.get("OpeningBalance"), record.get("OpeningBalanceDate", "")
        case "Customer" | "Vendor":
            balance, day = record.pop("Balance", None), record.pop("OpenBalanceDate", "")
        case "Item":
            balance, day = record.pop("QtyOnHand", None), record.get("InvStartDate", "")
            balance = balance if record["Type"] == "Inventory" else None
        case _:
            return None
    return Opening(Decimal(balance), day) if is_new and balance else None


def check_account(books: Books, record: Record) -> None:
    """An opening balance has its date (6060), on an account that carries balances, in books that are open."""
    if not record.get("OpeningBalance"):
        return
    if "OpeningBalanceDate" not in record:
        raise refusals.opening_date_missing()
    if record["Classification"] not in _SIDES or record["AccountType"] in _NAMED:
        raise refusals.broken_rule("Accounts of this type have no opening balance.", element="OpeningBalance")
    _check_date(books, record["OpeningBalanceDate"])


def check_name(books: Books, record: Record) -> None:
    """What a customer or vendor is opened with is money, in books that are open; as of today unless it says."""
    if record.get("Balance"):
        record["Balance"] = money(record["Balance"], "Balance")
        record.setdefault("OpenBalanceDate", books.today().isoformat())
        _check_date(books, record["OpenBalanceDate"])


def _check_date(books: Books, day: str) -> None:
    locks.check_date(books, record_type("JournalEntry"), {"TxnDate": day})


def transaction(books: Books, type_name: str, record: Record, opening: Opening) -> tuple[str, Record]:
    """What brings a record to its opening balance: the type, and what to write."""
    balance = opening.balance
    if type_name == "Account":
        return "JournalEntry", _journal_entry(books, record, balance)
    written: Record = {
        "TxnDate": opening.day,
        "CurrencyRef": dict(record["CurrencyRef"]),
        "PrivateNote": _MEMO,
        "Line": [_line_of(books, type_name, abs(balance))],
    }
    if books.country != "US":
        written["GlobalTaxCalculation"] = "NotApplicable"
    if type_name == "Customer":
        return "Invoice" if balance > 0 else "CreditMemo", {**written, "CustomerRef": {"value": record["Id"]}}
    return "Bill" if balance > 0 else "VendorCredit", {**written, "VendorRef": {"value": record["Id"]}}


def _line_of(books: Books, type_name: str, amount: Decimal) -> Record:
    equity = {"value": books.account("OpeningBalanceEquity")["Id"]}
    kind, account = (
        ("SalesItemLineDetail", "ItemAccountRef")
        if type_name == "Customer"
        else ("AccountBasedExpenseLineDetail", "AccountRef")
    )
    return {"Description": _MEMO, "Amount": amount, "DetailType": kind, kind: {account: equity}}


def _journal_entry(books: Books, account: Record, balance: Decimal) -> Record:
    amount = cents(balance)
    side, other = _SIDES[account["Classification"]]
    if amount < 0:
        side, other = other, side
    equity = books.account("OpeningBalanceEquity")
    return {
        "TxnDate": account["OpeningBalanceDate"],
        "CurrencyRef": dict(account["CurrencyRef"]),
        "PrivateNote": _MEMO,
        "Line": [_side(side, account["Id"], abs(amount)), _side(other, equity["Id"], abs(amount))],
    }


def _side(side: str, account: str, amount: Decimal) -> Record:
    return {
        "Description": _MEMO,
        "Amount": amount,
        "DetailType": "JournalEntryLineDetail",
        "JournalEntryLineDetail": {"PostingType": side, "AccountRef": {"value": account}},
    }
