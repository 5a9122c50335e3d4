"""What several types of record take where nothing was sent: terms, dates, the account of payables, references."""

from __future__ import annotations

from datetime import date, timedelta

from .. import refusals
from ..books import Books
from ..records import Record


def take_terms(books: Books, record: Record, usual: Record | None) -> None:
    if usual:
        record.setdefault("SalesTermRef", dict(usual))
    term = books.find("Term", record.get("SalesTermRef", {}).get("value", "")) or {}
    record.setdefault("DueDate", due(record["TxnDate"], int(term.get("DueDays", 0))))


def due(day: str, days: int) -> str:
    try:
        return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
    except OverflowError:
        raise refusals.invalid_date("TxnDate", day) from None


def name_payables(books: Books, record: Record) -> None:
    record.setdefault(
        "APAccountRef", reference(books.account("AccountsPayable", record["CurrencyRef"]["value"]))
    )


def reference(record: Record) -> Record:
    """A reference to an account or item."""
    return {"value": record["Id"], "name": record["FullyQualifiedName"]}
