"""Payments and what they pay: invoices and bills, with discounts and with credits from elsewhere.

A payment's record says what it pays. A credit that is set without money makes a link and no transaction
(QBSDK Programmer's Guide, receive payments and bill payments).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from . import refusals
from .currencies import refuse_mixed
from .intake import Intake
from .links import Applied
from .records import ZERO, Key, Record, cents, id_of
from .totals import total_of

if TYPE_CHECKING:
    from .company import DesktopCompany

PAYMENTS = ("BillPaymentCheck", "BillPaymentCreditCard", "ReceivePayment")
_PAYABLE = ("Bill", "Invoice", "Charge", "JournalEntry", "ItemReceipt")
_CREDITS = ("CreditMemo", "VendorCredit", "ReceivePayment", "JournalEntry", "BillPaymentCheck", "Check")
_MONEY = "You cannot pay more than the amount due."


@dataclass(frozen=True, slots=True)
class Credit:
    """A credit to be set once all else is done."""

    source: Key
    target: Key
    amount: Decimal


# ---- what is open


def to_settle(company: DesktopCompany, key: Key) -> Decimal:
    """What a transaction asks for, or gives as a credit; of a journal entry, its part with a name."""
    record = company.records[key[0]][key[1]]
    if key[0] == "JournalEntry":
        named = (each.foreign for each in company.books.ledger.entries.get(key, ()) if each.name)
        return abs(sum(named, ZERO))
    return total_of(key[0], record)


def left_of(company: DesktopCompany, key: Key) -> Decimal:
    """What of it is neither settled nor used."""
    links = company.books.links
    return to_settle(company, key) - links.settled(key) - links.used(key)


# ---- what a payment says


def take_payment(
    company: DesktopCompany, intake: Intake, key: Key, record: Record, content: Mapping[str, Any]
) -> list[Credit]:
    """Put into a payment's record what it pays; Refused where it pays too much. Answers the credits that it sets."""
    asked: list[Any] = content.get("AppliedToTxnAdd") or content.get("AppliedToTxnMod") or []
    kept = {each["TxnID"]: each for each in record.get("AppliedToTxnRet") or ()}
    to_set: list[Credit] = []
    if len({each["TxnID"] for each in asked}) < len(asked):
        raise refusals.linked_twice(str(asked[0]["TxnID"]))
    for each in asked:
        target = _target(company, key, record, each)
        own = _part(intake, target, each)
        owed = company.records[target[0]][target[1]]
        set_here = [_credit(company, target, owed, said) for said in each.get("SetCredit", ())]
        own = {**kept.get(each["TxnID"], {}), **own}
        _refuse_too_much(company, key, target, own, set_here)
        if own.get("Amount") or own.get("DiscountAmount"):
            kept[each["TxnID"]] = own
        else:
            kept.pop(each["TxnID"], None)
        to_set += set_here
    if content.get("IsAutoApply"):
        kept |= {each["TxnID"]: each for each in _by_itself(company, record)}
    record["AppliedToTxnRet"] = list(kept.values())
    paid = cents(sum((each.get("Amount") or ZERO for each in kept.values()), ZERO))
    if key[0] == "ReceivePayment":
        record["TotalAmount"] = cents(record.get("TotalAmount") or ZERO)
        if paid > record["TotalAmount"]:
            raise refusals.invalid("TotalAmount", record["TotalAmount"], "It is less than what is applied.")
    else:
        if content.get("Amount") is not None and content["Amount"] != paid:
            raise refusals.invalid("Amount", content["Amount"], "It is not the sum of the payments.")
        record["Amount"] = paid
    return to_set


def is_money(record: Mapping[str, Any]) -> bool:
    """Whether a payment moves anything by itself; else only its credits are set."""
    parts = record.get("AppliedToTxnRet") or ()
    return bool(
        record.get("TotalAmount") or record.get("Amount") or any(p.get("DiscountAmount") for p in parts)
    )


def _target(company: DesktopCompany, key: Key, record: Record, said: Mapping[str, Any]) -> Key:
    target = company.transaction(str(said["TxnID"]))
    if target is None or target[0] not in _PAYABLE:
        raise refusals.not_there(str(said["TxnID"]))
    owed = company.records[target[0]][target[1]]
    if target[0] != "JournalEntry":
        side = "PayeeEntityRef" if key[0] != "ReceivePayment" else "CustomerRef"
        owing = owed.get("CustomerRef") if key[0] == "ReceivePayment" else owed.get("VendorRef")
        if not owing or not company.in_family(id_of(record.get(side)), id_of(owing)):
            raise refusals.invalid("AppliedToTxnAdd TxnID", target[1], "It belongs to somebody else.")
    refuse_mixed(company, record, owed, "AppliedToTxnAdd TxnID")
    for name in ("ARAccountRef", "APAccountRef"):
        if record.get(name) and owed.get(name) and id_of(record[name]) != id_of(owed[name]):
            raise refusals.invalid(name, record[name]["FullName"], "It is not the account of what is paid.")
    return target


def _part(intake: Intake, target: Key, said: Mapping[str, Any]) -> Record:
    if not any(said.get(name) for name in ("PaymentAmount", "SetCredit", "DiscountAmount")):
        raise refusals.missing("PaymentAmount")
    part: Record = {"TxnID": target[1], "TxnType": target[0], "Amount": said.get("PaymentAmount") or ZERO}
    if said.get("DiscountAmount"):
        if not said.get("DiscountAccountRef"):
            raise refusals.missing("DiscountAccountRef")
        part["DiscountAmount"] = said["DiscountAmount"]
        for name in ("DiscountAccountRef", "DiscountClassRef"):
            if said.get(name):
                part[name] = intake.reference(name, said[name])
    return part


def _refuse_too_much(
    company: DesktopCompany, key: Key, target: Key, part: Record, to_set: Iterable[Credit]
) -> None:
    before = company.books.links.targets_of(key).get(target, Applied(ZERO)).whole
    credited = sum((each.amount for each in to_set), ZERO)
    amount, discount = part.get("Amount") or ZERO, part.get("DiscountAmount") or ZERO
    if amount < 0 or discount < 0:
        raise refusals.invalid("AppliedToTxnAdd payment amount", amount, "It must be positive.")
    if amount + discount + credited > left_of(company, target) + before:
        raise refusals.invalid("AppliedToTxnAdd payment amount", amount or credited, _MONEY)


def _credit(company: DesktopCompany, target: Key, owed: Mapping[str, Any], said: Mapping[str, Any]) -> Credit:
    source = company.transaction(str(said["CreditTxnID"]))
    if source is None or source[0] not in _CREDITS:
        raise refusals.not_there(str(said["CreditTxnID"]))
    credit = company.records[source[0]][source[1]]
    if not _are_of_one(company, credit, owed):
        raise refusals.invalid("SetCredit CreditTxnID", source[1], "It belongs to somebody else.")
    refuse_mixed(company, owed, credit, "SetCredit CreditTxnID")
    amount = said["AppliedAmount"]
    if amount <= 0 or amount > left_of(company, source):
        raise refusals.invalid("SetCredit applied amount", amount, "You cannot use more than the credit.")
    return Credit(source, target, amount)


def _are_of_one(company: DesktopCompany, *records: Mapping[str, Any]) -> bool:
    """Whether two transactions are of one customer with its jobs, or of one vendor; journal entries are of anybody."""
    names = ("CustomerRef", "VendorRef", "PayeeEntityRef")
    parties = [next((id_of(each[name]) for name in names if each.get(name)), "") for each in records]
    one, other = parties
    return not (one and other) or company.in_family(one, other) or company.in_family(other, one)


def credits_of(company: DesktopCompany, key: Key, record: Record, content: Mapping[str, Any]) -> list[Credit]:
    """What an invoice says itself of credits."""
    to_set = [_credit(company, key, record, said) for said in content.get("SetCredit", ())]
    if sum((each.amount for each in to_set), ZERO) > total_of(key[0], record):
        raise refusals.invalid("SetCredit applied amount", to_set[0].amount, _MONEY)
    return to_set


def _by_itself(company: DesktopCompany, record: Record) -> Iterable[Record]:
    """Where QuickBooks chooses: what is of just this amount, else the oldest first."""
    customer, money = id_of(record["CustomerRef"]), record.get("TotalAmount") or ZERO
    open_: list[tuple[str, Key, Decimal]] = []
    for kind in ("Invoice", "Charge"):
        for each in company.all_of(kind):
            key = (kind, each["TxnID"])
            left = left_of(company, key)
            if (
                left > 0
                and not each.get("IsPending")
                and company.in_family(customer, id_of(each["CustomerRef"]))
            ):
                open_.append((each["TxnDate"], key, left))
    exact = [each for each in open_ if each[2] == money]
    for _, key, left in sorted(exact[:1] or open_):
        if money <= 0:
            return
        yield {"TxnID": key[1], "TxnType": key[0], "Amount": min(left, money)}
        money -= left


def take_refund(company: DesktopCompany, record: Record, content: Mapping[str, Any]) -> None:
    """What a card is credited with comes from credit memos and overpayments."""
    parts = []
    for each in content.get("RefundAppliedToTxnAdd", ()):
        source = company.transaction(str(each["TxnID"]))
        if source is None or source[0] not in _CREDITS:
            raise refusals.not_there(str(each["TxnID"]))
        refuse_mixed(company, record, company.records[source[0]][source[1]], "RefundAppliedToTxnAdd TxnID")
        if each["RefundAmount"] > left_of(company, source):
            raise refusals.invalid("RefundAmount", each["RefundAmount"], "It is more than the credit.")
        parts.append({"TxnID": source[1], "TxnType": source[0], "RefundAmount": each["RefundAmount"]})
    record["RefundAppliedToTxnRet"] = parts
    record["TotalAmount"] = cents(sum((each["RefundAmount"] for each in parts), ZERO))


def take_check(company: DesktopCompany, key: Key, record: Record) -> None:
    """A check may pay a bill, or pay out a customer's credit."""
    for each in record.get("ApplyCheckToTxn") or ():
        target = company.transaction(str(each["TxnID"]))
        if target is None:
            raise refusals.not_there(str(each["TxnID"]))
        refuse_mixed(company, record, company.records[target[0]][target[1]], "ApplyCheckToTxnAdd TxnID")
        before = company.books.links.targets_of(key).get(target, Applied(ZERO)).whole
        left = left_of(company, target) + before
        each["Amount"] = left if each.get("Amount") is None else each["Amount"]
        if each["Amount"] > left:
            raise refusals.invalid("ApplyCheckToTxnAdd amount", each["Amount"], _MONEY)


# ---- links


def link(company: DesktopCompany, key: Key, record: Mapping[str, Any]) -> None:
    """Bring the links along with what a payment's record says."""
    links, said = company.books.links, _said(record)
    if key[0] in (*PAYMENTS, "ARRefundCreditCard", "Check"):
        for target in links.targets_of(key):
            if target not in said:
                links.apply(key, target, Applied(ZERO))
        for target, part in said.items():
            links.apply(key, target, part)


def _said(record: Mapping[str, Any]) -> dict[Key, Applied]:
    said: dict[Key, Applied] = {}
    for each in record.get("AppliedToTxnRet") or ():
        part = Applied(each.get("Amount") or ZERO, each.get("DiscountAmount") or ZERO)
        said[each["TxnType"], each["TxnID"]] = part
    for each in record.get("RefundAppliedToTxnRet") or ():
        said[each["TxnType"], each["TxnID"]] = Applied(each["RefundAmount"])
    for each in record.get("ApplyCheckToTxn") or ():
        said[each["TxnType"], each["TxnID"]] = Applied(each["Amount"])
    return said


def set_credit(company: DesktopCompany, credit: Credit) -> None:
    """Use a credit; an overpayment is used by paying more with it."""
    links = company.books.links
    before = links.targets_of(credit.source).get(credit.target, Applied(ZERO))
    part = Applied(before.amount + credit.amount, before.discount)
    if credit.source[0] in PAYMENTS:
        _say(company, credit.source, credit.target, part)
    else:
        links.apply(credit.source, credit.target, part)
        company.books.post_settled(company, (credit.source, *links.sources_of(credit.target)))
    company.touch_linked(credit.source)


def let_go(company: DesktopCompany, key: Key) -> None:
    """Before a transaction goes or becomes void: what paid it has money left, and what it paid is open again."""
    links = company.books.links
    if key in links.deposits:
        raise refusals.in_a_deposit(key[0])
    if any(source[0] in ("Check", "ARRefundCreditCard") for source in links.sources_of(key)):
        raise refusals.still_linked(key[0])
    for source in links.sources_of(key):
        if source[0] in PAYMENTS:
            _say(company, source, key, Applied(ZERO))
        company.touch_linked(source)
    for target in links.targets_of(key):
        company.touch_linked(target)
    links.forget(key)


def fit(company: DesktopCompany, key: Key) -> None:
    """A transaction that has become smaller lets go of what settled it, or of what it settled, the last first."""
    links = company.books.links
    too_much = -left_of(company, key)
    parts = [(source, key, part) for source, part in links.sources_of(key).items()]
    if key[0] not in PAYMENTS:
        parts += [(key, target, part) for target, part in links.targets_of(key).items()]
    for source, target, part in reversed(parts):
        if too_much <= 0:
            return
        less = min(too_much, part.whole)
        amount = max(part.amount - less, ZERO)
        smaller = Applied(amount, part.whole - less - amount)
        if source[0] in PAYMENTS:
            _say(company, source, target, smaller)
        else:
            links.apply(source, target, smaller)
        too_much -= less


def _say(company: DesktopCompany, source: Key, target: Key, part: Applied) -> None:
    """Change what a payment's record says of one target, and post it again."""
    record = company.records[source[0]][source[1]]
    parts = [dict(each) for each in record.get("AppliedToTxnRet") or () if each["TxnID"] != target[1]]
    own: Record = next(
        (each for each in record.get("AppliedToTxnRet") or () if each["TxnID"] == target[1]), {}
    )
    if part.whole:
        said = {**own, "TxnID": target[1], "TxnType": target[0], "Amount": part.amount}
        if part.discount:
            said["DiscountAmount"] = part.discount
        else:
            said.pop("DiscountAmount", None)
        parts.append(said)
    record["AppliedToTxnRet"] = parts
    link(company, source, record)
    company.books.post(company, source, record)
