"""What an open amount is worth in the home currency when it is settled.

A payment relieves receivables at the rate of the invoice and brings money at its own; the difference is a realized
exchange gain or loss. Settled in parts, an invoice is relieved by shares that add up to the cent to what it posted,
so that nothing stays on the account once it is paid.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import NamedTuple

from ..company.amounts import cents
from ..company.books import Books
from .ledger import ZERO, Key, Posting


class Relief(NamedTuple):
    """How a settlement takes its part from what the target had posted."""

    account: str
    home: Decimal
    """Opposite in sign to what was posted."""
    foreign: Decimal
    name: Key | None
    """Whose balance it moves: the customer of the invoice may be a job of the one who pays."""


def relief(
    books: Books, source: Key, target: Key, amount: Decimal, is_open: Callable[[Posting], bool]
) -> Relief | None:
    """The postings that settle an amount of a target; None where the target has posted nothing of that sort."""
    opened = [posting for posting in books.ledger.entries.get(target, ()) if is_open(posting)]
    home = sum((posting.amount for posting in opened), ZERO)
    foreign = sum((posting.foreign for posting in opened), ZERO)
    if not foreign:
        return None
    direction = 1 if foreign > 0 else -1
    before = sum(_settled_before(books, source, target), ZERO)
    share = _part(home, before + amount, abs(foreign)) - _part(home, before, abs(foreign))
    return Relief(opened[0].account, -share, -direction * amount, opened[0].name)


def _part(home: Decimal, amount: Decimal, whole: Decimal) -> Decimal:
    return cents(home * amount / whole)


def _settled_before(books: Books, source: Key, target: Key) -> Iterator[Decimal]:
    """What others of the source's kind took from the target before it."""
    for other, amount in books.links.sources_of(target).items():
        if other == source:
            return
        if (other[0] == "Deposit") == (source[0] == "Deposit"):
            yield amount
