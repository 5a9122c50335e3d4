"""What customers owe and what is owed to vendors, document by document, on any day.

Every entry on receivables or payables is an item; a payment takes as much from the item it settles as from itself,
so that the items always add up to the account, whatever was settled until then.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from ..company.amounts import cents
from ..ledger.ledger import ZERO, Heading, Key, Posting
from .activity import OF, Activity, Move

SIDES = {"Customer": 1, "Vendor": -1}
"""The sign with which a debit moves what is shown."""


@dataclass(slots=True)
class Item:
    """A document that a customer or vendor has a balance from."""

    key: Key
    heading: Heading
    posting: Posting
    party: str
    home: Decimal = ZERO
    foreign: Decimal = ZERO
    settled: Decimal = ZERO
    """In the document's currency, with the sign of `foreign`."""

    @property
    def open(self) -> Decimal:
        """What is left, in the home currency."""
        if not self.settled or not self.foreign:
            return self.home
        return self.home - cents(self.home * self.settled / self.foreign)

    @property
    def due(self) -> str:
        return self.heading.due or self.heading.date


def open_items(activity: Activity, kind: str) -> list[Item]:
    """All items until the report's date, settled ones too, by due date; what grows the balance is positive."""
    day = activity.asked.period.end.isoformat()
    items = _items(activity, kind, day)
    for (key, party), item in items.items():
        for source, amount in activity.books.links.sources_of(key).items():
            settling = items.get((source, party))
            if settling is not None:
                share = amount if item.foreign > 0 else -amount
                item.settled += share
                settling.settled -= share
    kept = (item for item in items.values() if _passes(activity, item))
    return sorted(kept, key=lambda item: (item.due, int(item.key[1])))


def _items(activity: Activity, kind: str, day: str) -> dict[tuple[Key, str], Item]:
    items: dict[tuple[Key, str], Item] = {}
    for key, heading, posting in _on_account(activity, kind):
        if heading.date <= day:
            party = posting.name[1] if posting.name else ""
            item = items.setdefault((key, party), Item(key, heading, posting, party))
            item.home += SIDES[kind] * posting.amount
            item.foreign += SIDES[kind] * posting.foreign
    return items


def _on_account(activity: Activity, kind: str) -> Iterator[tuple[Key, Heading, Posting]]:
    for key, heading, posting in activity.books.ledger.lines():
        if posting.name and posting.name[0] == kind:
            yield key, heading, posting


def _passes(activity: Activity, item: Item) -> bool:
    asked = activity.asked
    move = Move(item.key, item.heading, item.posting._replace(party=item.posting.name))
    tests = asked.filters().items()
    if not all(OF[name](move) in ids for name, ids in tests if name in OF):
        return False
    due = asked.dates("duedate")
    return due is None or due.holds(item.due)
