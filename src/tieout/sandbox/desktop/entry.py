"""An entry in the making: the postings of one transaction, each with what it is about."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ..ledger.inventory import Movement
from ..ledger.ledger import Heading, Posting
from . import refusals
from .items import ItemFacts
from .records import ZERO, Key, called, id_of

if TYPE_CHECKING:
    from .company import DesktopCompany

_NAMED = {"AccountsReceivable": "Customer", "AccountsPayable": "Vendor"}
"""Types of accounts whose postings move somebody's balance."""


class Entry:
    """The postings of one transaction in the making."""

    def __init__(self, company: DesktopCompany, key: Key, record: Mapping[str, Any]) -> None:
        self.company = company
        self.key = key
        self.record = record
        self.postings: list[Posting] = []
        self.movements: list[Movement] = []
        self._party = _party(company, record)
        self._about: Mapping[str, Any] = {}

    @property
    def heading(self) -> Heading:
        record = self.record
        return Heading(
            record.get("TxnDate", ""),
            called(record),
            "",
            record.get("Memo") or "",
            record.get("DueDate") or "",
        )

    def about(self, line: Mapping[str, Any]) -> None:
        """What follows is about this line."""
        self._about = line

    def debit(
        self,
        account: str,
        amount: Decimal,
        name: Key | None = None,
        *,
        quantity: Decimal = ZERO,
        stock: Decimal = ZERO,
    ) -> None:
        """Credits are negative."""
        if not (amount or quantity or stock):
            return
        line = self._about
        party = _party(self.company, line) or self._party
        self.postings.append(
            Posting(
                account=account,
                amount=amount,
                foreign=amount,
                name=self._named(account, name or party),
                item=id_of(line.get("ItemRef")),
                quantity=quantity,
                stock=stock,
                line=str(line.get("TxnLineID", "")),
                party=name or party,
                class_=id_of(line.get("ClassRef") or self.record.get("ClassRef")),
                memo=line.get("Desc") or line.get("Memo") or self.record.get("Memo") or "",
            )
        )

    def rest(self, account: str, name: Key | None = None) -> None:
        """Close the entry."""
        self.about({})
        self.debit(account, -sum((posting.amount for posting in self.postings), ZERO), name)

    def account(self, field: str, special: str) -> str:
        """The record's own account, or the one that QuickBooks posts to by itself."""
        return id_of(self.record.get(field)) or self.special(special)

    def special(self, special: str) -> str:
        return str(self.company.special_account(special)["ListID"])

    def _named(self, account: str, party: Key | None) -> Key | None:
        kind = self.company.records["Account"].get(account, {}).get("AccountType", "")
        wanted = _NAMED.get(kind)
        if wanted is None:
            return None
        if party is None or party[0] != wanted:
            told = wanted.lower()
            raise refusals.not_saved(
                "Transaction", f"A posting to {kind} needs a {told} in the {told} field."
            )
        return party

    # ---- goods

    def receive(self, item: ItemFacts, quantity: Decimal, value: Decimal) -> None:
        self.movements.append(Movement(item.id, self.heading.date, quantity, value, item.cost))

    def issue(self, item: ItemFacts, quantity: Decimal) -> Decimal:
        """Note that goods go out; what they cost."""
        number = len(self.movements)
        self.movements.append(Movement(item.id, self.heading.date, -quantity, None, item.cost))
        return self.company.books.inventory.cost(self.key, number)


def _party(company: DesktopCompany, part: Mapping[str, Any]) -> Key | None:
    for field in ("CustomerRef", "VendorRef", "EntityRef", "PayeeEntityRef"):
        if part.get(field):
            id_ = id_of(part[field])
            return company.list_kind(id_), id_
    return None
