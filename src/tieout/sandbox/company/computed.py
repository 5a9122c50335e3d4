"""Fields that follow from the ledger: balances of accounts and names, stock of items.

They change without moving the record's SyncToken or LastUpdatedTime; a client that looks only at what changed
does not see them (the catalog marks them `computed`).
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from ..ledger.ledger import ZERO, Touched
from .books import Books
from .records import StoredRecord

_BALANCE_SHEET = ("Asset", "Liability", "Equity")


def refresh(books: Books, touched: Touched) -> None:
    """Bring the computed fields of everything an entry moved up to date."""
    for account in touched.accounts:
        _refresh_account(books, account)
    for type_name, id_ in touched.names:
        _refresh_name(books, type_name, id_)
    for item in touched.items:
        stored = books.store("Item").get(item)
        if stored:
            stored.compute("QtyOnHand", books.ledger.stock[item])


def _refresh_account(books: Books, id_: str) -> None:
    stored = books.store("Account").get(id_)
    if stored is None:
        return
    stored.compute("CurrentBalance", account_balance(books, stored))
    for account in (stored, *_above(books, "Account", stored)):
        account.compute("CurrentBalanceWithSubAccounts", _with_sub_accounts(books, account))


def account_balance(books: Books, stored: StoredRecord) -> Decimal:
    """CurrentBalance: of balance sheet accounts only, debits positive, nothing once the account is inactive."""
    record = stored.record
    if not stored.active or record.get("Classification") not in _BALANCE_SHEET:
        return ZERO
    foreign = record["CurrencyRef"]["value"] != books.home_currency
    return (books.ledger.foreign if foreign else books.ledger.accounts)[stored.id]


def _with_sub_accounts(books: Books, stored: StoredRecord) -> Decimal:
    below = (_with_sub_accounts(books, child) for child in books.store("Account").below(stored.id))
    return account_balance(books, stored) + sum(below, ZERO)


def _refresh_name(books: Books, type_name: str, id_: str) -> None:
    stored = books.store(type_name).get(id_)
    if stored is None:
        return
    stored.compute("Balance", name_balance(books, type_name, id_))
    if type_name == "Customer":
        for customer in (stored, *_above(books, "Customer", stored)):
            customer.compute("BalanceWithJobs", _with_jobs(books, customer.id))


def name_balance(books: Books, type_name: str, id_: str) -> Decimal:
    """What a customer owes us, what we owe a vendor."""
    return books.ledger.names[type_name, id_] * (-1 if type_name == "Vendor" else 1)


def _with_jobs(books: Books, id_: str) -> Decimal:
    below = (_with_jobs(books, child.id) for child in books.store("Customer").below(id_))
    return name_balance(books, "Customer", id_) + sum(below, ZERO)


def _above(books: Books, type_name: str, stored: StoredRecord) -> Iterator[StoredRecord]:
    above = stored.record.get("ParentRef")
    parent = books.store(type_name).get(above["value"]) if above else None
    if parent:
        yield parent
        yield from _above(books, type_name, parent)
