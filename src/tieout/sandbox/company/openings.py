"""Opening balances: what an account is created with becomes a journal entry against Opening Balance Equity."""

from __future__ import annotations

from decimal import Decimal

from . import refusals
from .amounts import cents
from .books import Books
from .records import Record

_DEBIT, _CREDIT = "Debit", "Credit"
_SIDES = {"Asset": (_DEBIT, _CREDIT), "Liability": (_CREDIT, _DEBIT), "Equity": (_CREDIT, _DEBIT)}
_NAMED = ("Accounts Receivable", "Accounts Payable")


def check(record: Record) -> None:
    """An opening balance has its date (6060), on an account that carries balances."""
    if not record.get("OpeningBalance"):
        return
    if "OpeningBalanceDate" not in record:
        raise refusals.opening_date_missing()
    if record["Classification"] not in _SIDES or record["AccountType"] in _NAMED:
        raise refusals.broken_rule("Accounts of this type have no opening balance.", element="OpeningBalance")


def journal_entry(books: Books, account: Record) -> Record:
    """The journal entry that brings an account to its opening balance."""
    amount = cents(Decimal(account["OpeningBalance"]))
    side, other = _SIDES[account["Classification"]]
    if amount < 0:
        side, other = other, side
    equity = books.account("OpeningBalanceEquity")
    return {
        "TxnDate": account["OpeningBalanceDate"],
        "CurrencyRef": dict(account["CurrencyRef"]),
        "PrivateNote": "Opening Balance",
        "Line": [_line(side, account["Id"], abs(amount)), _line(other, equity["Id"], abs(amount))],
    }


def _line(side: str, account: str, amount: Decimal) -> Record:
    return {
        "Description": "Opening Balance",
        "Amount": amount,
        "DetailType": "JournalEntryLineDetail",
        "JournalEntryLineDetail": {"PostingType": side, "AccountRef": {"value": account}},
    }
