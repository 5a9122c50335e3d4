"""The books of a company file: the ledger, the stock and the links, brought along with every transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ..ledger.inventory import Inventory
from ..ledger.ledger import Ledger
from .currencies import currency_of
from .entry import Entry
from .items import ItemFacts
from .links import Links
from .postings import entry_of
from .records import ZERO, Key

if TYPE_CHECKING:
    from .company import DesktopCompany


class Books:
    """What has been posted. Desktop costs stock at the average of what is on hand."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.inventory = Inventory("average")
        self.links = Links()

    def post(self, company: DesktopCompany, key: Key, record: Mapping[str, Any]) -> None:
        """Post a transaction in the place of what it posted before, and again those whose costs are new with it.

        Refused, with nothing posted, where its lines cannot be: so this comes before the record is kept.
        """
        entry = entry_of(company, key, record)
        again = self.inventory.move(key, entry.movements)
        if any(movement.value is None for movement in entry.movements):
            # The costs are known only now.
            entry = entry_of(company, key, record)
        self._enter(entry)
        self._post_again(company, again)

    def unpost(self, company: DesktopCompany, key: Key) -> None:
        """Take a transaction out of the books."""
        again = self.inventory.move(key, ())
        self.ledger.post(key, ())
        self._post_again(company, again)

    def post_settled(self, company: DesktopCompany, keys: Iterable[Key]) -> None:
        """Post again what settles, or is settled, in a foreign currency: its share depends on that of the others."""
        for kind, txn_id in sorted(keys):
            record = company.records[kind].get(txn_id)
            if record is not None and currency_of(company, record):
                self.post(company, (kind, txn_id), record)

    def _post_again(self, company: DesktopCompany, keys: set[Key]) -> None:
        for key in sorted(keys):
            self._enter(entry_of(company, key, company.records[key[0]][key[1]]))

    def _enter(self, entry: Entry) -> None:
        self.ledger.post(entry.key, entry.postings, entry.heading)

    def worth(self, item: ItemFacts) -> Decimal:
        """What the stock of an item is worth."""
        return sum(
            (
                posting.amount
                for postings in self.ledger.entries.values()
                for posting in postings
                if posting.item == item.id and posting.account == item.asset_account
            ),
            ZERO,
        )
