"""Which transaction settles which: payments and invoices, deposits and payments, invoices and estimates.

A link is stated by one side, on a line with its amount or on the header, and read by both. A stated link moves
the SyncToken of the record at its other end (explore the API, "linked transactions").
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from ..ledger.ledger import ZERO, Key
from . import refusals
from .records import Record

SETTLES = {
    "Payment": ("Invoice", "CreditMemo", "JournalEntry", "Purchase", "Deposit", "RefundReceipt"),
    "BillPayment": ("Bill", "VendorCredit", "JournalEntry", "Purchase", "Deposit"),
    "Deposit": ("Payment", "SalesReceipt", "RefundReceipt", "JournalEntry", "Purchase", "Transfer"),
}
"""Types whose lines settle others."""
COMES_FROM = {
    "Invoice": ("Estimate", "TimeActivity", "ReimburseCharge"),
    "Bill": ("PurchaseOrder",),
    "Purchase": ("PurchaseOrder",),
}
"""Types that name in LinkedTxn what they were made from."""
SPELLED = {
    "BillPaymentCheck": "BillPayment",
    "BillPaymentCreditCard": "BillPayment",
    "Expense": "Purchase",
    "Check": "Purchase",
    "CashPurchase": "Purchase",
    "CreditCardCredit": "Purchase",
    "ReceivePayment": "Payment",
}
"""What LinkedTxn calls a type when it does not call it by its name."""


class Link(NamedTuple):
    """What a transaction says about another one."""

    target: Key
    amount: Decimal
    """How much of the target it settles; zero for an origin."""


class Links:
    """All links, readable from both ends."""

    def __init__(self) -> None:
        self._from: dict[Key, list[Link]] = {}
        self._into: defaultdict[Key, dict[Key, Decimal]] = defaultdict(dict)

    def stated_by(self, source: Key) -> list[Link]:
        return self._from.get(source, [])

    def sources_of(self, target: Key) -> dict[Key, Decimal]:
        """Who settles or comes from this record, and how much of it."""
        return self._into.get(target, {})

    def settled(self, target: Key, *, but_by: Key | None = None) -> Decimal:
        """How much of a record is settled, leaving one source out."""
        return sum((amount for source, amount in self.sources_of(target).items() if source != but_by), ZERO)

    def state(self, source: Key, links: list[Link]) -> list[Key]:
        """Replace what a record says; answers the records at whose end something changed, in a fixed order."""
        before = _by_target(self._from.pop(source, []))
        after = _by_target(links)
        if links:
            self._from[source] = links
        changed = [target for target in {**before, **after} if before.get(target) != after.get(target)]
        for target in changed:
            self._into[target].pop(source, None)
            if target in after:
                self._into[target][source] = after[target]
        return changed


def _by_target(links: list[Link]) -> dict[Key, Decimal]:
    amounts: dict[Key, Decimal] = {}
    for link in links:
        amounts[link.target] = amounts.get(link.target, ZERO) + link.amount
    return amounts


def stated(type_name: str, record: Record) -> list[Link]:
    """The links that a record states."""
    return [*_on_lines(type_name, record), *_on_header(type_name, record)]


def _on_lines(type_name: str, record: Record) -> Iterator[Link]:
    for line in record.get("Line", ()) if type_name in SETTLES else ():
        for linked in line.get("LinkedTxn", ()):
            yield Link(target_of(type_name, linked, SETTLES[type_name]), line.get("Amount", ZERO))


def _on_header(type_name: str, record: Record) -> Iterator[Link]:
    for linked in origins(type_name, record):
        yield Link((linked["TxnType"], linked["TxnId"]), ZERO)


def origins(type_name: str, record: Record) -> list[Record]:
    """The header links that a client may state; the others follow from what others state."""
    allowed = COMES_FROM.get(type_name, ())
    return [linked for linked in record.get("LinkedTxn", ()) if linked.get("TxnType") in allowed]


def target_of(type_name: str, linked: Record, allowed: tuple[str, ...]) -> Key:
    """The record that a LinkedTxn names."""
    spelled = linked.get("TxnType", "")
    target = SPELLED.get(spelled, spelled)
    if target not in allowed:
        raise refusals.invalid_link(spelled or type_name, linked.get("TxnId", ""))
    return target, str(linked.get("TxnId", ""))


def spelling(type_name: str, record: Record) -> str:
    """What LinkedTxn calls a record."""
    if type_name == "BillPayment":
        return "BillPaymentCheck" if record.get("PayType") == "Check" else "BillPaymentCreditCard"
    return type_name
