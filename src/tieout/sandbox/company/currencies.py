"""Which currency a transaction may be in: that of its customer or vendor, and of every foreign account it names."""

from __future__ import annotations

from collections.abc import Iterator

from ...catalog.rest import RecordType
from . import refusals
from .books import Books
from .records import Record
from .references import references


def check(books: Books, found: RecordType, record: Record, before: Record | None) -> None:
    """Refuse a currency that does not fit (6000); only companies with several currencies can have one."""
    if "CurrencyRef" in record and found.kind == "transaction" and books.multicurrency:
        _check_transaction(books, found, record)
    elif found.kind == "list" and before and _code(before) and _code(record) != _code(before):
        raise refusals.broken_rule("The currency of a record cannot be changed.", element="CurrencyRef")
    elif found.name == "Preferences" and before and _enabled(before) and not _enabled(record):
        raise refusals.broken_rule("Multicurrency cannot be switched off.", element="MultiCurrencyEnabled")


def account_currency(books: Books, found: RecordType, record: Record) -> str:
    """The foreign currency of an account that a record names, else nothing."""
    codes = (_code(account) for account in _accounts(books, found, record))
    return next((code for code in codes if code != books.home_currency), "")


def _check_transaction(books: Books, found: RecordType, record: Record) -> None:
    code = _code(record)
    if record.get("ExchangeRate", 1) <= 0:
        raise refusals.number_out_of_range("ExchangeRate", record["ExchangeRate"])
    for party in _parties(books, found, record):
        if party.get("CurrencyRef") and _code(party) != code:
            raise refusals.wrong_currency()
    for account in _accounts(books, found, record):
        if _code(account) not in (code, books.home_currency):
            raise refusals.wrong_currency()


def _parties(books: Books, found: RecordType, record: Record) -> Iterator[Record]:
    """The customer or vendor of the transaction, and those whose balances its lines move."""
    party = found.head.get("party", "")
    for reference in references(found, record):
        if reference.path in (party, "Line.JournalEntryLineDetail.Entity.EntityRef"):
            for type_name in reference.declared.targets:
                known = books.find(type_name, reference.id)
                if known and reference.value.get("type", type_name) == type_name:
                    yield known
                    break


def _accounts(books: Books, found: RecordType, record: Record) -> Iterator[Record]:
    for reference in references(found, record):
        if reference.declared.targets == ("Account",):
            account = books.find("Account", reference.id)
            if account:
                yield account


def _code(record: Record) -> str:
    return str(record.get("CurrencyRef", {}).get("value", ""))


def _enabled(preferences: Record) -> bool:
    return bool(preferences.get("CurrencyPrefs", {}).get("MultiCurrencyEnabled"))
