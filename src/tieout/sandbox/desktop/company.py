"""A company file: its records as QuickBooks keeps them, and how they come, change and go.

`lists` and `transactions` have the rules of writing, `books` what is posted, `balances` what a record shows beyond what was
said of it. A transaction that moves balances leaves the TimeModified of the lists alone, as QuickBooks does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from ...catalog.qbxml import Edition, newest
from ...catalog.qbxml.rets import Ret, ret_of
from ..clock import Clock, system_clock
from . import currency_list, lists, refusals, serial_and_lot_numbers, transactions
from .books import Books
from .budgets import Budgets
from .currencies import rate_of, refuse_while_off
from .extensions import Extensions
from .items import NO_ITEM, ItemFacts
from .line_amounts import HUNDRED
from .message_sets import MessageSets
from .other_facts import Form1099
from .records import Key, Record, called, id_of, price, reference_to
from .references import PEOPLE, items
from .special_accounts import SPECIAL_ACCOUNTS
from .subscriptions import Subscriptions

__all__ = ["Deleted", "DesktopCompany", "Record", "called"]

LOGGED = timedelta(days=90)
"""How long QuickBooks tells of deletions."""


@dataclass(frozen=True, slots=True)
class Deleted:
    """One entry of the log of deletions."""

    type: str
    id: str
    created: str
    at: datetime
    name: str


@dataclass
class DesktopCompany:
    """One company file."""

    name: str = "Larch & Daughters"
    file: str = r"C:\QuickBooks\larch.qbw"
    edition: Edition = field(default_factory=lambda: newest("US"))
    product: str = "QuickBooks Premier 2023"
    major: int = 33
    clock: Clock = system_clock
    multicurrency: bool = False
    tracking: str = ""
    """`SerialNumber` or `LotNumber`, where the file tracks the one or the other."""
    expiration_dates: bool = False
    """Whether such numbers have dates of expiration."""
    payments_touch: bool = True
    """Whether what is paid gets a new TimeModified and EditSequence with it; what QuickBooks does is not published."""
    records: dict[str, dict[str, Record]] = field(default_factory=dict)
    deleted: list[Deleted] = field(default_factory=list)
    books: Books = field(default_factory=Books)
    extensions: Extensions = field(default_factory=Extensions)
    cleared: dict[tuple[Key, str], str] = field(default_factory=dict)
    """By transaction and line (empty for the whole), its ClearedStatus where somebody said one."""
    message_sets: MessageSets = field(default_factory=MessageSets)
    subscriptions: Subscriptions = field(default_factory=Subscriptions)
    is_sample: bool = True
    """Whether it calls itself one of QuickBooks' sample companies, which need no subscription to payroll."""
    budgets: Budgets = field(default_factory=Budgets)
    form_1099: Form1099 = field(default_factory=Form1099)
    home_currency: str = field(default="", init=False)
    """The ListID of the currency of the books; empty where multi-currency is off."""
    _numbers: int = 0
    _transactions: int = 0
    _sequence: int = 0

    def __post_init__(self) -> None:
        if self.multicurrency:
            self.home_currency = currency_list.begin(self)
        serial_and_lot_numbers.begin(self)

    # ---- finding

    def find(self, kinds: tuple[str, ...], reference: Mapping[str, Any]) -> Record | None:
        """A list's element by ListID, else by its full name in any case."""
        for kind in kinds:
            kept = self.records.get(kind, {})
            if reference.get("ListID"):
                if reference["ListID"] in kept:
                    return kept[reference["ListID"]]
                continue
            wanted = str(reference.get("FullName", "")).casefold()
            found = next((each for each in kept.values() if called(each).casefold() == wanted), None)
            if found is not None:
                return found
        return None

    def all_of(self, kind: str) -> Iterator[Record]:
        yield from self.records.get(kind, {}).values()

    def existing(self, kind: str, record_id: str) -> Record:
        found = self.records.get(kind, {}).get(record_id)
        if found is None:
            raise refusals.not_there(record_id)
        return found

    def transaction(self, txn_id: str) -> Key | None:
        """A transaction of whatever type, by its TxnID."""
        found = (kind for kind, kept in self.records.items() if txn_id in kept and "TxnID" in kept[txn_id])
        return next(((kind, txn_id) for kind in found), None)

    def item(self, list_id: str) -> ItemFacts:
        """What an item says; NO_ITEM where there is none."""
        kinds = (kind for kind in items() if list_id in self.records.get(kind, ()))
        return next((ItemFacts(kind, self.records[kind][list_id]) for kind in kinds), NO_ITEM)

    def list_kind(self, list_id: str) -> str:
        """Which of the lists of people somebody is in."""
        return next((kind for kind in PEOPLE if list_id in self.records.get(kind, ())), "")

    def in_family(self, payer: str, owner: str) -> bool:
        """Whether a customer pays for itself or for one of its jobs; a vendor for itself."""
        while owner and owner != payer:
            owner = id_of(self.records.get("Customer", {}).get(owner, {}).get("ParentRef"))
        return bool(owner)

    def special_account(self, special: str) -> Record:
        """The account of a SpecialAccountType; it is made when it is first needed."""
        found = next(
            (each for each in self.all_of("Account") if each.get("SpecialAccountType") == special), None
        )
        if found is not None:
            return found
        name, kind = SPECIAL_ACCOUNTS[special]
        taken = self.find(("Account",), {"FullName": name})
        said = {"Name": f"{name} *" if taken else name, "AccountType": kind, "SpecialAccountType": special}
        return self._add_to_list(ret_of("Account", self.edition), said)

    # ---- prices and taxes

    @property
    def charges_tax(self) -> bool:
        """Sales tax is charged as soon as there is a tax item."""
        return bool(self.records.get("ItemSalesTax"))

    def usual_tax(self) -> Record | None:
        """The tax item of customers that have none of their own: the first that was made."""
        found = next(self.all_of("ItemSalesTaxGroup"), None) or next(self.all_of("ItemSalesTax"), None)
        return reference_to(found) if found else None

    def tax_code(self, *, taxable: bool) -> Record | None:
        """The first tax code that is taxable, or is not."""
        found = next((each for each in self.all_of("SalesTaxCode") if each["IsTaxable"] is taxable), None)
        return reference_to(found) if found else None

    def price_for(
        self, record: Mapping[str, Any]
    ) -> Callable[[ItemFacts, Mapping[str, Any]], Decimal | None]:
        """Prices on a sale, in its currency: the item's, changed by the price level of the line, else of the customer."""
        rate = rate_of(record)
        customer = self.records.get("Customer", {}).get(id_of(record.get("CustomerRef")), {})

        def find(item: ItemFacts, line: Mapping[str, Any]) -> Decimal | None:
            level_id = id_of(line.get("PriceLevelRef") or customer.get("PriceLevelRef"))
            level = self.records.get("PriceLevel", {}).get(level_id, {})
            percent = level.get("PriceLevelFixedPercentage")
            for each in level.get("PriceLevelPerItemRet", ()):
                if id_of(each["ItemRef"]) == item.id:
                    if each.get("CustomPrice") is not None:
                        is_its_own = id_of(level.get("CurrencyRef")) == id_of(record.get("CurrencyRef"))
                        return (
                            Decimal(each["CustomPrice"]) if is_its_own else price(each["CustomPrice"] / rate)
                        )
                    percent = each.get("CustomPricePercent")
            if item.price is None:
                return None
            if percent is None or item.kind == "ItemDiscount":
                return item.price if rate == 1 else price(item.price / rate)
            return price(item.price * (HUNDRED + percent) / HUNDRED / rate)

        return find

    def average_cost(self, item_id: str) -> Decimal:
        """What one of an item's stock is worth; its PurchaseCost while there is none."""
        item, stock = self.item(item_id), self.books.ledger.stock[item_id]
        return price(self.books.worth(item) / stock) if stock > 0 else item.cost

    # ---- writing

    def add(self, kind: str, content: Mapping[str, Any]) -> Record:
        """A record from what stands in `CustomerAdd`; Refused where a rule is broken.

        Empty for a payment that only sets credits: QuickBooks makes no transaction of it.
        """
        ret = ret_of(kind, self.edition)
        refuse_while_off(self, content)
        if ret.key == "ListID":
            return self._add_to_list(ret, content)
        if not ret.key:
            raise refusals.unavailable()
        return transactions.write(self, ret, content, None) or {}

    def _add_to_list(self, ret: Ret, content: Mapping[str, Any]) -> Record:
        return lists.write(self, ret, content, None)

    def modify(self, kind: str, content: Mapping[str, Any]) -> Record:
        """A record with the fields of `CustomerMod` in the place of what it had."""
        ret = ret_of(kind, self.edition)
        before = self.existing(kind, str(content.get(ret.key, "")))
        refuse_while_off(self, content)
        if str(content.get("EditSequence", "")) != before["EditSequence"]:
            raise refusals.out_of_date(str(content.get("EditSequence", "")))
        said = {name: value for name, value in content.items() if name not in (ret.key, "EditSequence")}
        if ret.key == "ListID":
            return lists.write(self, ret, said, before)
        return transactions.write(self, ret, said, before) or before

    def delete(self, kind: str, record_id: str) -> Deleted:
        """Take a record away; Refused while another needs it."""
        record = self.existing(kind, record_id)
        if "ListID" in record:
            lists.delete(self, kind, record)
        else:
            transactions.delete(self, (kind, record_id))
        return self._log(kind, record_id, record)

    def void(self, kind: str, record_id: str) -> Record:
        """Keep a transaction with all its amounts at zero."""
        self.existing(kind, record_id)
        return transactions.void(self, (kind, record_id))

    def merge(self, kind: str, source_id: str, target_id: str) -> tuple[Deleted, Record]:
        """Let one element of a list take another's place."""
        source, target = self.existing(kind, source_id), self.existing(kind, target_id)
        lists.merge(self, kind, source, target)
        self.touch((kind, target_id))
        return self._log(kind, source_id, source), target

    def _log(self, kind: str, record_id: str, record: Record) -> Deleted:
        gone = Deleted(kind, record_id, record["TimeCreated"], self.clock(), called(record))
        self.deleted.append(gone)
        return gone

    def deletions(self, kind: str) -> list[Deleted]:
        """Of the last ninety days, in the order in which they happened."""
        return [each for each in self.deleted if each.type == kind and each.at >= self.clock() - LOGGED]

    # ---- stamps and numbers

    def touch(self, key: Key) -> None:
        """A record was changed: it gets another EditSequence and TimeModified."""
        record = self.records[key[0]][key[1]]
        record["TimeModified"] = self.stamp()
        self._sequence = max(self._sequence + 1, int(self.clock().timestamp()))
        record["EditSequence"] = str(self._sequence)

    def touch_linked(self, key: Key) -> None:
        """A record was paid, or used as a payment."""
        if self.payments_touch:
            self.touch(key)

    @contextmanager
    def at(self, now: datetime) -> Iterator[None]:
        """Let it be another time, for what happens in the block."""
        clock, self.clock = self.clock, lambda: now
        try:
            yield
        finally:
            self.clock = clock

    def stamp(self) -> str:
        return self.clock().isoformat(timespec="seconds")

    def new_number(self) -> str:
        """Of a line, or of an id."""
        self._numbers += 1
        return str(self._numbers)

    def next_transaction(self) -> int:
        """The TxnNumber, which counts transactions."""
        self._transactions += 1
        return self._transactions

    def new_id(self, ret: Ret) -> str:
        number, made = int(self.new_number()), int(self.clock().timestamp())
        return f"{number:X}-{made}" if ret.key == "TxnID" else f"{0x80000000 + number:X}-{made}"
