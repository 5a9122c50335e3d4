"""An entry in the making: postings collected line by line, and closed with the account that takes up the rest."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from ..company.amounts import cents
from ..company.books import Books
from ..company.records import Record
from .inventory import Movement
from .ledger import ZERO, Heading, Key, Posting

_NAMING = frozenset({"CustomerRef", "VendorRef", "EntityRef", "Entity"})
_PARTIES = (("CustomerRef", "Customer"), ("VendorRef", "Vendor"))


class _About(NamedTuple):
    """What the postings that are being made are about: the last fields of a Posting."""

    item: str = ""
    line: str = ""
    party: Key | None = None
    class_: str = ""
    department: str = ""
    memo: str = ""


class Entry:
    """The postings of one record, in its currency and the home currency."""

    def __init__(self, books: Books, key: Key, record: Record) -> None:
        self.books = books
        self.key = key
        self.currency: str = record.get("CurrencyRef", {}).get("value", books.home_currency)
        self.abroad = self.currency != books.home_currency
        self.day: str = record.get("TxnDate", "")
        self.postings: list[Posting] = []
        self.movements: list[Movement] = []
        self.balance = ZERO
        """What the postings sum to so far, in the home currency."""
        self.foreign_balance = ZERO
        """The same in the record's own currency."""
        self._rate = Decimal(record.get("ExchangeRate", 1)) if self.abroad else None
        self._header = self._about = _About(
            party=party_of(record),
            class_=record.get("ClassRef", {}).get("value", ""),
            department=record.get("DepartmentRef", {}).get("value", ""),
            memo=record.get("PrivateNote", ""),
        )

    def about_line(self, line: Record, part: Record) -> None:
        """What follows is about a line, until `about_header`."""
        header = self._header
        self._about = _About(
            part["ItemRef"]["value"] if "ItemRef" in part else "",
            line.get("Id", ""),
            party_of(part) or header.party,
            (part["ClassRef"]["value"] if "ClassRef" in part else "") or header.class_,
            (part["DepartmentRef"]["value"] if "DepartmentRef" in part else "") or header.department,
            line.get("Description") or header.memo,
        )

    def about_header(self) -> None:
        self._about = self._header

    def home(self, amount: Decimal) -> Decimal:
        """An amount of this entry in the home currency."""
        return amount if self._rate is None else cents(amount * self._rate)

    def debit(self, account: str, amount: Decimal, name: Key | None = None, quantity: Decimal = ZERO) -> None:
        if amount or quantity:
            self.post(account, self.home(amount), amount, name, quantity)

    def credit(
        self, account: str, amount: Decimal, name: Key | None = None, quantity: Decimal = ZERO
    ) -> None:
        if amount or quantity:
            self.post(account, self.home(-amount), -amount, name, -quantity)

    def post(
        self,
        account: str,
        home: Decimal,
        foreign: Decimal,
        name: Key | None = None,
        quantity: Decimal = ZERO,
        stock: Decimal = ZERO,
    ) -> None:
        """One posting, with what it is about."""
        self.postings.append(Posting(account, home, foreign, name, quantity, stock, *self._about))
        self.balance += home
        self.foreign_balance += foreign

    def at_home(self, account: str, amount: Decimal, quantity: Decimal = ZERO, stock: Decimal = ZERO) -> None:
        """Post what exists in the home currency only: costs of goods, exchange gains."""
        self.post(account, amount, ZERO if self.abroad else amount, None, quantity, stock)

    def rest(self, account: str, name: Key | None = None) -> None:
        """Close the entry."""
        if self.balance or self.foreign_balance:
            self.about_header()
            self.post(account, -self.balance, -self.foreign_balance, name)

    def own(self, sub_type: str, currency: str = "") -> str:
        """The id of an account that QuickBooks posts to by itself."""
        return str(self.books.account(sub_type, currency)["Id"])

    def receive(self, item: Record, quantity: Decimal, value: Decimal) -> None:
        """Note that goods come in; what they are worth was posted by the caller."""
        self.movements.append(Movement(item["Id"], self.day, quantity, value, _standard(item)))

    def issue(self, item: Record, quantity: Decimal) -> Decimal:
        """Note that goods go out; answers what they cost."""
        number = len(self.movements)
        self.movements.append(Movement(item["Id"], self.day, -quantity, None, _standard(item)))
        return self.books.inventory.cost(self.key, number)


def _standard(item: Record) -> Decimal:
    return Decimal(item.get("PurchaseCost", 0))


def heading_of(record: Record) -> Heading:
    """What the ledger says once for all postings of a record."""
    return Heading(
        record.get("TxnDate", ""),
        record.get("DocNumber", ""),
        record.get("CurrencyRef", {}).get("value", ""),
        record.get("PrivateNote", ""),
        record.get("DueDate", ""),
    )


def party_of(part: Record) -> Key | None:
    """Whom a header or a line is about."""
    if _NAMING.isdisjoint(part):
        return None
    for field, type_name in _PARTIES:
        if field in part:
            return type_name, part[field].get("value", "")
    if "EntityRef" in part:
        return part["EntityRef"].get("type", "Vendor"), part["EntityRef"].get("value", "")
    return _entity(part.get("Entity", {}))


def _entity(entity: Record) -> Key | None:
    """A line of a journal entry says `{Type, EntityRef}`, one of a deposit is a plain reference."""
    reference = entity.get("EntityRef", entity)
    kind = entity.get("Type") or reference.get("type") or "Customer"
    return (str(kind).capitalize(), reference["value"]) if reference.get("value") else None
