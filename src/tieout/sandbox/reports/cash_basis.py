"""The books on a cash basis: what was sold or bought on account counts when, and as far as, it is paid.

An invoice's moves are put on the days of its payments, each in the proportion that the payment has to the total;
shares are cut from running sums, so that they add up to the cent. What is not paid is not there. Payments, and all
that is paid at once, stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import groupby

from ..company.amounts import cents
from ..company.books import Books
from ..ledger.ledger import ZERO, Key
from .activity import Move

ON_ACCOUNT = ("Invoice", "CreditMemo", "Bill", "VendorCredit")


def when_paid(books: Books, moves: Iterable[Move]) -> Iterator[Move]:
    """The moves as they count on a cash basis; those of one record follow one another."""
    for key, group in groupby(moves, key=lambda move: move.key):
        if key[0] not in ON_ACCOUNT:
            yield from group
            continue
        entry = list(group)
        for paid_before, paid, day in _stages(books, key):
            yield from _stage(entry, paid_before, paid, day)


def _stages(books: Books, key: Key) -> Iterator[tuple[Decimal, Decimal, str]]:
    """How much of a record was settled before and after each settlement, as parts of one, and when."""
    record = books.find(*key) or {}
    whole, own_day = record.get("TotalAmt", ZERO), record.get("TxnDate", "")
    settled = sorted(
        (max(books.ledger.headings[source].date, own_day), amount)
        for source, amount in books.links.sources_of(key).items()
        if amount and source in books.ledger.headings
    )
    before = ZERO
    for day, amount in settled if whole else ():
        after = before + amount
        yield before / whole, after / whole, day
        before = after


def _stage(entry: list[Move], before: Decimal, after: Decimal, day: str) -> Iterator[Move]:
    """The share of an entry; the last move takes the rest, so that it balances."""
    rest = ZERO
    for move in entry[:-1]:
        amount = cents(move.amount * after) - cents(move.amount * before)
        rest += amount
        yield move.share(amount, move.posting.quantity * (after - before), day)
    yield entry[-1].share(-rest, ZERO, day)
