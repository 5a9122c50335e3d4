"""Bring the books along with a record: its own entry, and the entries that depend on it.

The cost of a sale depends on purchases dated before it, whenever they are written; what a payment relieves depends
on the rate of its invoice, and on what others took from it. Those entries are posted again when that changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from ..company.books import Books
from ..company.records import Record
from .entry import Entry, heading_of
from .ledger import Heading, Key, Touched
from .postings import entry_of, starting_stock


def book(books: Books, key: Key, record: Record, dependents: Iterable[Key] = ()) -> Touched:
    """Post a record, and again what depends on it."""
    touched, again = _post(books, entry_of(books, key, record), record)
    _post_again(books, {*again, *dependents} - {key}, touched)
    return touched


def unbook(books: Books, key: Key, dependents: Iterable[Key] = ()) -> Touched:
    """Take a record's entry away."""
    again = books.inventory.move(key, ())
    touched = books.ledger.post(key, ())
    _post_again(books, {*again, *dependents} - {key}, touched)
    return touched


def book_starting_stock(books: Books, item: Record, quantity: Decimal) -> Touched:
    """Post what an inventory item is created with."""
    return _post(books, starting_stock(books, item, quantity), {"TxnDate": item.get("InvStartDate", "")})[0]


def related(books: Books, key: Key) -> set[Key]:
    """The records whose entries share a settlement with this one: who settles it, and who settles what it settles."""
    found = set(books.links.sources_of(key))
    for link in books.links.stated_by(key):
        found |= set(books.links.sources_of(link.target))
    return found


def _post(books: Books, entry: Entry, record: Record) -> tuple[Touched, set[Key]]:
    """Post an entry; answers also the records whose costs are new because of it."""
    again = books.inventory.move(entry.key, entry.movements)
    if entry.movements and any(movement.value is None for movement in entry.movements):
        # The costs are known only now.
        entry = entry_of(books, entry.key, record)
    return books.ledger.post(entry.key, entry.postings, _heading(books, record)), again


def _heading(books: Books, record: Record) -> Heading:
    heading = heading_of(record)
    return heading if heading.currency else heading._replace(currency=books.home_currency)


def _post_again(books: Books, keys: Iterable[Key], touched: Touched) -> None:
    for key in sorted(keys):
        record = books.find(*key)
        if record is not None and key in books.ledger.entries:
            entry = entry_of(books, key, record)
            touched.add(books.ledger.post(key, entry.postings, books.ledger.headings[key]))
