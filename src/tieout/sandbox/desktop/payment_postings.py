"""What payments post: money moves, and receivables or payables are relieved with the name that they were posted with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from .entry import Entry
from .exchange import settled_before, share
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
    """Debit the receivables or payables of what is settled, with the name and at the rate that it was posted with."""
    entry.about({})
    opened = next(
        (posting for posting in entry.company.books.ledger.entries.get(target, ()) if posting.name), None
    )
    if opened is not None:
        before = settled_before(entry.company, entry.key, target) + entry.relieved[target]
        worth = share(entry.company, target, before, abs(amount))
        entry.relieved[target] += abs(amount)
        entry.post(opened.account, worth if amount > 0 else -worth, amount, opened.name)


def use_credit(entry: Entry) -> None:
    """Where a credit in a foreign currency is set, what it pays is relieved at one rate, and the credit itself at another."""
    own = next((each for each in entry.postings if each.name), None)
    if own is None or not entry.is_foreign:
        return
    before, sign = ZERO, 1 if own.foreign > 0 else -1
    for target, part in entry.company.books.links.targets_of(entry.key).items():
        relieve(entry, target, sign * part.amount)
        worth = share(entry.company, entry.key, before, part.amount)
        entry.post(own.account, -sign * worth, -sign * part.amount, own.name)
        before += part.amount


def _came_in(entry: Entry, drawer: str, line: Mapping[str, Any]) -> Decimal:
    """What a payment was worth when it was put into the drawer."""
    postings = entry.company.books.ledger.entries.get((line["TxnType"], line["TxnID"]), ())
    return sum((each.amount for each in postings if each.account == drawer), ZERO)


def deposit(entry: Entry, record: Mapping[str, Any]) -> None:
    for line in record.get("DepositLineRet", ()):
        entry.about(line)
        account = id_of(line.get("AccountRef")) or entry.special("UndepositedFunds")
        amount = line.get("Amount") or ZERO
        came_in = _came_in(entry, account, line) if line.get("TxnID") else entry.at_home(amount)
        entry.post(account, -came_in, -amount)
    cash = record.get("CashBackInfoRet")
    if cash:
        entry.about(cash)
        entry.debit(id_of(cash["AccountRef"]), cash.get("Amount") or ZERO)
    entry.rest(id_of(record["DepositToAccountRef"]))
