"""The double-entry books: what each transaction posts, and the sums over it.

Every entry sums to zero in the home currency, so the trial balance is zero whatever is written, voided or
deleted. A customer's or vendor's balance is kept in that customer's or vendor's own currency.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
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
    """In the transaction's currency."""
    name: Key | None = None
    """The customer or vendor whose balance it moves."""
    item: str = ""
    """The inventory item whose stock it moves, by `quantity`."""
    quantity: Decimal = ZERO


@dataclass
class Touched:
    """What an entry moves: the records whose computed fields must be looked at again."""

    accounts: set[str] = field(default_factory=set)
    names: set[Key] = field(default_factory=set)
    items: set[str] = field(default_factory=set)


class Ledger:
    """All entries, and the balances that follow from them."""

    def __init__(self) -> None:
        self.entries: dict[Key, tuple[Posting, ...]] = {}
        self.accounts: defaultdict[str, Decimal] = defaultdict(Decimal)
        """Balances by account in the home currency; debits are positive."""
        self.foreign: defaultdict[str, Decimal] = defaultdict(Decimal)
        """Balances by account in the transactions' own currency."""
        self.names: defaultdict[Key, Decimal] = defaultdict(Decimal)
        self.stock: defaultdict[str, Decimal] = defaultdict(Decimal)

    def post(self, key: Key, postings: Iterable[Posting]) -> Touched:
        """Put an entry in the place of what this record posted before; no postings take it away."""
        touched = Touched()
        new = tuple(postings)
        self._add(self.entries.pop(key, ()), -1, touched)
        self._add(new, 1, touched)
        if new:
            self.entries[key] = new
        return touched

    def trial_balance(self) -> dict[str, Decimal]:
        """Balances other than zero, by account."""
        return {account: amount for account, amount in self.accounts.items() if amount}

    def _add(self, postings: Iterable[Posting], sign: int, touched: Touched) -> None:
        for posting in postings:
            self.accounts[posting.account] += sign * posting.amount
            self.foreign[posting.account] += sign * posting.foreign
            touched.accounts.add(posting.account)
            if posting.name:
                self.names[posting.name] += sign * posting.foreign
                touched.names.add(posting.name)
            if posting.item:
                self.stock[posting.item] += sign * posting.quantity
                touched.items.add(posting.item)
