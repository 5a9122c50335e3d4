"""What keeps a transaction as it is: closed books, deposits, bank matches, and what was made from it."""

from __future__ import annotations

from ...catalog.rest import RecordType
from ..ledger.ledger import Key
from . import refusals
from .amounts import detail
from .books import Books
from .records import Record

_KEEPS = {"TimeActivity": "Invoice", "ReimburseCharge": "Invoice"}
"""Types that stay while a transaction of another type is made from them."""


def check_date(books: Books, found: RecordType, *records: Record) -> None:
    """Nothing that posts is written into closed books, and nothing moves out of them (6200, 6210)."""
    closed = books.preference("AccountingInfoPrefs", "BookCloseDate")
    if not closed or not found.posts:
        return
    if any(record.get("TxnDate", closed) <= closed for record in records):
        raise refusals.books_closed(with_password=books.switches.closing_password)


def check_change(books: Books, found: RecordType, record: Record) -> None:
    """What lies in a deposit cannot be changed (6540)."""
    check_date(books, found, record)
    if any(source[0] == "Deposit" for source in books.links.sources_of(_key(found, record))):
        raise refusals.deposited()


def check_void(books: Books, found: RecordType, record: Record) -> None:
    check_change(books, found, record)
    if _key(found, record) in books.switches.matched:
        raise refusals.void_failed()


def check_delete(books: Books, found: RecordType, record: Record) -> None:
    check_change(books, found, record)
    key = _key(found, record)
    if key in books.switches.matched:
        raise refusals.matched()
    if any(source[0] == _KEEPS.get(found.name) for source in books.links.sources_of(key)):
        raise refusals.cannot_delete(found.name)
    if found.name in ("Bill", "Purchase") and _is_billed(record):
        raise refusals.billed_purchase()


def _key(found: RecordType, record: Record) -> Key:
    return found.name, str(record.get("Id", ""))


def _is_billed(record: Record) -> bool:
    return any(detail(line).get("BillableStatus") == "HasBeenBilled" for line in record.get("Line", ()))
