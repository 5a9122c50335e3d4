"""An entry in the making: the postings of one transaction, each with what it is about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ..ledger.inventory import Movement
from ..ledger.ledger import Heading, Posting
from . import refusals
from .currencies import at_home, currency_of, currency_of_account
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
        self.relieved: defaultdict[Key, Decimal] = defaultdict(Decimal)
        """How much of other transactions it has settled so far."""
        self._currency = currency_of(company, record)

    @property
    def is_foreign(self) -> bool:
        return bool(self._currency)

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
        home: Decimal = ZERO,
        quantity: Decimal = ZERO,
        stock: Decimal = ZERO,
    ) -> None:
        """An amount in the transaction's currency, and what is added to it `home`; credits are negative."""
        self.post(account, self.at_home(amount) + home, amount, name, quantity=quantity, stock=stock)

    def post(
        self,
        account: str,
        home: Decimal,
        foreign: Decimal,
        name: Key | None = None,
        *,
        quantity: Decimal = ZERO,
        stock: Decimal = ZERO,
    ) -> None:
        """An amount in the home currency, and the same in the transaction's."""
        if not (home or foreign or quantity or stock):
            return
        line = self._about
        party = _party(self.company, line) or self._party
        named = self._named(account, name or party)
        if foreign and self.company.home_currency:
            self._refuse_other_currency(account, named)
        self.postings.append(
            Posting(
                account=account,
                amount=home,
                foreign=foreign,
                name=named,
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
        """Close the entry in the transaction's currency."""
        self.about({})
        self.debit(account, -sum((posting.foreign for posting in self.postings), ZERO), name)

    def close_at_home(self) -> None:
        """What rates leave over between what was owed and what was paid, and what rounding does, is an exchange gain or loss."""
        left = sum((posting.amount for posting in self.postings), ZERO)
        if left and self.company.home_currency:
            self.about({})
            self.post(self.special("ExchangeGainLoss"), -left, ZERO)

    def at_home(self, amount: Decimal) -> Decimal:
        return at_home(self.record, amount)

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

    def _refuse_other_currency(self, account: str, named: Key | None) -> None:
        """Accounts are in the home currency or the transaction's; receivables and payables, and whose they are, in the latter."""
        own = currency_of_account(self.company, account)
        record = self.company.records["Account"].get(account, {})
        if own != self._currency and (own or record.get("AccountType") in _NAMED):
            raise refusals.other_currency("Account", called(record), self.key[0])
        whose = self.company.records[named[0]][named[1]] if named else {}
        if named and currency_of(self.company, whose) != self._currency:
            raise refusals.other_currency(named[0], called(whose), self.key[0])

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
