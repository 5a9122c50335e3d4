"""What was posted, as reports see it: one move per posting, with its transaction, dates and parties."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

from ..company.books import Books
from ..company.records import Record, StoredRecord
from ..ledger.ledger import ZERO, Heading, Key, Posting
from .asked import Asked

INCOME = ("Income", "Other Income")
EXPENSES = ("Cost of Goods Sold", "Expense", "Other Expense")
CREDIT_NATURE = ("Liability", "Equity", "Revenue")
"""Classifications of accounts that grow by credits."""
_LABELS = {
    "Account": "Journal Entry",
    "CreditCardPaymentTxn": "Credit Card Payment",
    "CreditMemo": "Credit Memo",
    "InventoryAdjustment": "Inventory Qty Adjust",
    "Item": "Inventory Starting Value",
    "JournalEntry": "Journal Entry",
    "PurchaseOrder": "Purchase Order",
    "RefundReceipt": "Refund",
    "SalesReceipt": "Sales Receipt",
    "TaxPayment": "Sales Tax Payment",
    "TimeActivity": "Time Charge",
    "VendorCredit": "Vendor Credit",
}
_SEVERAL_LABELS = ("BillPayment", "Purchase")
"""Types that are called otherwise by how they are paid."""
_WORDS = {
    "CreditMemo": "CreditMemo",
    "InventoryAdjustment": "InventoryQuantityAdjustment",
    "Payment": "ReceivePayment",
    "RefundReceipt": "CreditRefund",
    "TaxPayment": "GlobalTaxPayment",
}
"""What the parameter `transaction_type` calls a type when it does not call it by its name."""


@dataclass(frozen=True, slots=True)
class Move:
    """One side of an entry."""

    key: Key
    heading: Heading
    posting: Posting

    @property
    def date(self) -> str:
        return self.heading.date

    @property
    def amount(self) -> Decimal:
        """In the home currency; debits are positive."""
        return self.posting.amount

    @property
    def account(self) -> str:
        return self.posting.account

    def party(self, kind: str) -> str:
        """The id of the customer, vendor or employee it is about; empty when it is about none of this kind."""
        party = self.posting.party
        return party[1] if party and party[0] == kind else ""

    def share(self, amount: Decimal, quantity: Decimal, day: str) -> Move:
        """A part of it, as of another day."""
        posting = self.posting._replace(amount=amount, quantity=quantity)
        return replace(self, heading=self.heading._replace(date=day), posting=posting)


Sorter = Callable[[Move], str]

OF: dict[str, Sorter] = {
    "customer": lambda move: move.party("Customer"),
    "vendor": lambda move: move.party("Vendor"),
    "employee": lambda move: move.party("Employee"),
    "item": lambda move: move.posting.item,
    "class": lambda move: move.posting.class_,
    "department": lambda move: move.posting.department,
    "account": lambda move: move.posting.account,
    "name": lambda move: move.posting.party[1] if move.posting.party else "",
}
"""What a move is about, for each filter."""


class Activity:
    """The moves that a report is about."""

    def __init__(self, books: Books, asked: Asked) -> None:
        self.books = books
        self.asked = asked
        self._names: dict[Key, str] = {}

    @cached_property
    def moves(self) -> list[Move]:
        """Everything that passes the filters up to the period's end, by date."""
        end = self.asked.period.end.isoformat()
        tests = [(OF[name], ids) for name, ids in self.asked.filters().items() if name in OF]
        found = (move for move in self._booked() if move.date <= end)
        kept = [move for move in found if all(of(move) in ids for of, ids in tests)]
        return sorted(kept, key=_in_time)

    def within(self) -> list[Move]:
        """Those of the period itself."""
        start = self.asked.period.start.isoformat()
        return [move for move in self.moves if move.date >= start]

    def before(self) -> list[Move]:
        start = self.asked.period.start.isoformat()
        return [move for move in self.moves if move.date < start]

    def account(self, id_: str) -> Record:
        return self._accounts[id_].record

    def account_type(self, id_: str) -> str:
        return str(self.account(id_)["AccountType"])

    def natural(self, move: Move) -> Decimal:
        """The amount with the sign of the account's nature: what makes it grow is positive."""
        shrinks = self.account(move.account).get("Classification") in CREDIT_NATURE
        return -move.amount if shrinks else move.amount

    def of_types(self, moves: Iterable[Move], types: Iterable[str]) -> list[Move]:
        """Moves on accounts of some types."""
        wanted = frozenset(types)
        return [move for move in moves if self.account_type(move.account) in wanted]

    def record(self, key: Key) -> Record:
        return self.books.find(*key) or {}

    def name_of(self, kind: str, id_: str) -> str:
        """What a list record is called in full."""
        if (kind, id_) not in self._names:
            record = self.books.find(kind, id_) or {}
            name = record.get("FullyQualifiedName") or record.get("DisplayName") or record.get("Name", "")
            self._names[kind, id_] = str(name)
        return self._names[kind, id_]

    def label(self, key: Key) -> str:
        """What QuickBooks calls a transaction on screen."""
        return _label(key, self.record(key)) if key[0] in _SEVERAL_LABELS else _LABELS.get(key[0], key[0])

    def word(self, key: Key) -> str:
        """What the parameter `transaction_type` calls it."""
        return _word(key, self.record(key)) if key[0] in _SEVERAL_LABELS else _WORDS.get(key[0], key[0])

    @cached_property
    def _accounts(self) -> dict[str, StoredRecord]:
        return {stored.id: stored for stored in self.books.store("Account")}

    def _booked(self) -> Iterator[Move]:
        moves = (Move(*line) for line in self.books.ledger.lines())
        if not self.asked.cash:
            return moves
        from .cash_basis import when_paid

        return when_paid(self.books, moves)


def _in_time(move: Move) -> tuple[str, bool, int]:
    """By date; what lists are opened with comes first, transactions follow by id."""
    return move.date, move.key[0] not in ("Account", "Item"), int(move.key[1])


def _label(key: Key, record: Record) -> str:
    match key[0], record.get("PayType"), record.get("PaymentType"), record.get("Credit"):
        case "BillPayment", "CreditCard", _, _:
            return "Bill Payment (Credit Card)"
        case "Purchase", _, "Check", _:
            return "Check"
        case "Purchase", _, _, True:
            return "Credit Card Credit"
    return "Bill Payment (Check)" if key[0] == "BillPayment" else "Expense"


def _word(key: Key, record: Record) -> str:
    if key[0] == "BillPayment":
        return "BillPaymentCheck" if record.get("PayType") == "Check" else "BillPaymentCreditCard"
    by_card = "CreditCardCredit" if record.get("Credit") else "CreditCardCharge"
    return {"Check": "Check", "CreditCard": by_card}.get(record.get("PaymentType", ""), "CashPurchase")


def total(moves: Iterable[Move]) -> Decimal:
    return sum((move.amount for move in moves), ZERO)
