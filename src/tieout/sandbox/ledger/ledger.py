"""The double-entry books: what each transaction posts, and the sums over it.

Every entry sums to zero in the home currency, so the trial balance is zero whatever is written, voided or
deleted. A customer's or vendor's balance is kept in that customer's or vendor's own currency.

Besides transactions, two lists post what they are opened with: `("Account", id)` and `("Item", id)`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

ZERO = Decimal(0)

Key = tuple[str, str]
"""A record: its type and id."""


class Posting(NamedTuple):
    """One side of an entry."""

    account: str
    """The account's id."""
    amount: Decimal
    """In the home currency; debits are positive."""
    foreign: Decimal
    """In the transaction's currency; zero for what exists in the home currency only, such as exchange gains."""
    name: Key | None = None
    """The customer or vendor whose balance it moves."""
    quantity: Decimal = ZERO
    """How much of the item was sold or bought, taken back negative: on the posting of the line's own amount,
    not on the cost of goods that follows from it."""
    stock: Decimal = ZERO
    """By how much the item's quantity on hand moves."""
    item: str = ""
    """The product or service of the line."""
    line: str = ""
    """The Id of the line, empty for what the header posts."""
    party: Key | None = None
    """The customer, vendor or employee it is about: the line's, else the transaction's."""
    class_: str = ""
    """The class's id."""
    department: str = ""
    """The department's id."""
    memo: str = ""
    """The line's description, else the transaction's note."""


class Heading(NamedTuple):
    """What all postings of an entry have in common."""

    date: str = ""
    """TxnDate."""
    number: str = ""
    """DocNumber."""
    currency: str = ""
    memo: str = ""
    """PrivateNote."""
    due: str = ""
    """DueDate."""


NO_HEADING = Heading()


@dataclass
class Touched:
    """What entries move: the records whose computed fields must be looked at again."""

    accounts: set[str] = field(default_factory=set)
    names: set[Key] = field(default_factory=set)
    items: set[str] = field(default_factory=set)

    def add(self, other: Touched) -> None:
        self.accounts |= other.accounts
        self.names |= other.names
        self.items |= other.items


class Ledger:
    """All entries, and the balances that follow from them."""

    def __init__(self) -> None:
        self.entries: dict[Key, tuple[Posting, ...]] = {}
        self.headings: dict[Key, Heading] = {}
        self.accounts: defaultdict[str, Decimal] = defaultdict(Decimal)
        """Balances by account in the home currency; debits are positive."""
        self.foreign: defaultdict[str, Decimal] = defaultdict(Decimal)
        """Balances by account in the transactions' own currency."""
        self.names: defaultdict[Key, Decimal] = defaultdict(Decimal)
        self.stock: defaultdict[str, Decimal] = defaultdict(Decimal)

    def post(self, key: Key, postings: Iterable[Posting], heading: Heading = NO_HEADING) -> Touched:
        """Put an entry in the place of what this record posted before; no postings take it away."""
        touched = Touched()
        new = tuple(postings)
        self._add(map(_reversed, self.entries.pop(key, ())), touched)
        self.headings.pop(key, None)
        self._add(new, touched)
        if new:
            self.entries[key] = new
            self.headings[key] = heading
        return touched

    def lines(self) -> Iterator[tuple[Key, Heading, Posting]]:
        """Every posting with the record that posted it; in the order of posting, not of dates."""
        for key, postings in self.entries.items():
            heading = self.headings[key]
            for posting in postings:
                yield key, heading, posting

    def trial_balance(self) -> dict[str, Decimal]:
        """Balances other than zero, by account."""
        return {account: amount for account, amount in self.accounts.items() if amount}

    def _add(self, postings: Iterable[Posting], touched: Touched) -> None:
        for posting in postings:
            self.accounts[posting.account] += posting.amount
            self.foreign[posting.account] += posting.foreign
            touched.accounts.add(posting.account)
            if posting.name:
                self.names[posting.name] += posting.foreign
                touched.names.add(posting.name)
            if posting.stock:
                self.stock[posting.item] += posting.stock
                touched.items.add(posting.item)


def _reversed(posting: Posting) -> Posting:
    return posting._replace(amount=-posting.amount, foreign=-posting.foreign, stock=-posting.stock)
