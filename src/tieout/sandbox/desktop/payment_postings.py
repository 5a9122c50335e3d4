"""What payments post: money moves, and receivables or payables are relieved with the name that they were posted with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from .entry import Entry
from .records import ZERO, Key, id_of


def receive_payment(entry: Entry, record: Mapping[str, Any]) -> None:
    left = record.get("TotalAmount") or ZERO
    entry.debit(entry.account("DepositToAccountRef", "UndepositedFunds"), left)
    _discounts(entry, record, 1)
    for key, part in _paid(record):
        relieve(entry, key, -part)
        left -= part
    for key, part in _discounted(record):
        relieve(entry, key, -part)
    entry.about({})
    entry.debit(entry.account("ARAccountRef", "AccountsReceivable"), -left)


def bill_payment(entry: Entry, record: Mapping[str, Any]) -> None:
    bank = record.get("BankAccountRef") or record.get("CreditCardAccountRef")
    entry.debit(id_of(bank), -(record.get("Amount") or ZERO))
    _discounts(entry, record, -1)
    for key, part in (*_paid(record), *_discounted(record)):
        relieve(entry, key, part)
    # What is left of it, should there be some, stays with the vendor.
    entry.rest(entry.account("APAccountRef", "AccountsPayable"))


def refund(entry: Entry, record: Mapping[str, Any]) -> None:
    for each in record.get("RefundAppliedToTxnRet", ()):
        relieve(entry, (each["TxnType"], each["TxnID"]), each["RefundAmount"])
    entry.rest(entry.account("RefundFromAccountRef", "UndepositedFunds"))


def _paid(record: Mapping[str, Any]) -> Iterable[tuple[Key, Decimal]]:
    for each in record.get("AppliedToTxnRet") or ():
        yield (each["TxnType"], each["TxnID"]), each.get("Amount") or ZERO


def _discounted(record: Mapping[str, Any]) -> Iterable[tuple[Key, Decimal]]:
    for each in record.get("AppliedToTxnRet") or ():
        yield (each["TxnType"], each["TxnID"]), each.get("DiscountAmount") or ZERO


def _discounts(entry: Entry, record: Mapping[str, Any], sign: int) -> None:
    for each in record.get("AppliedToTxnRet") or ():
        if each.get("DiscountAmount"):
            entry.about({"ClassRef": each.get("DiscountClassRef")})
            entry.debit(id_of(each["DiscountAccountRef"]), sign * each["DiscountAmount"])


def relieve(entry: Entry, target: Key, amount: Decimal) -> None:
    """Debit the receivables or payables of what is settled, with the name that it was posted with."""
    entry.about({})
    opened = next(
        (posting for posting in entry.company.books.ledger.entries.get(target, ()) if posting.name), None
    )
    if opened is not None:
        entry.debit(opened.account, amount, opened.name)


def deposit(entry: Entry, record: Mapping[str, Any]) -> None:
    for line in record.get("DepositLineRet", ()):
        entry.about(line)
        account = id_of(line.get("AccountRef")) or entry.special("UndepositedFunds")
        entry.debit(account, -(line.get("Amount") or ZERO))
    cash = record.get("CashBackInfoRet")
    if cash:
        entry.about(cash)
        entry.debit(id_of(cash["AccountRef"]), cash.get("Amount") or ZERO)
    entry.rest(id_of(record["DepositToAccountRef"]))
