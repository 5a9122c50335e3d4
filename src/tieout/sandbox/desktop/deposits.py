"""Deposits: payments that lay waiting, and money from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from . import refusals
from .currencies import refuse_mixed
from .records import Key, Record, id_of, reference_to
from .totals import total_of

if TYPE_CHECKING:
    from .company import DesktopCompany

WAITING = ("ReceivePayment", "SalesReceipt")


def take_deposit(company: DesktopCompany, key: Key, record: Record, content: Mapping[str, Any]) -> None:
    """Lines that name a payment become what the payment is; Refused where it lies in another deposit."""
    said = content.get("DepositLineAdd") or content.get("DepositLineMod") or ()
    if key[1] not in company.records.get("Deposit", {}) and not said:
        raise refusals.missing("DepositLineAdd")
    for line, asked in zip(record.get("DepositLineRet") or (), said, strict=False):
        if asked.get("PaymentTxnID"):
            line |= _of_payment(company, key, record, asked)
        elif not line.get("TxnID"):
            line.setdefault("TxnType", "Deposit")
            if not line.get("AccountRef"):
                raise refusals.missing("AccountRef")
    taken = [each["TxnID"] for each in record.get("DepositLineRet") or () if each.get("TxnID")]
    if len(set(taken)) < len(taken):
        raise refusals.linked_twice(taken[0])


def payments_in(record: Mapping[str, Any]) -> list[Key]:
    """The payments that a deposit holds."""
    lines = record.get("DepositLineRet") or ()
    return [(each["TxnType"], each["TxnID"]) for each in lines if each.get("TxnID")]


def waiting(company: DesktopCompany) -> list[Key]:
    """Payments that lie in the drawer."""
    drawer = company.special_account("UndepositedFunds")["ListID"]
    return [
        (kind, each["TxnID"])
        for kind in WAITING
        for each in company.all_of(kind)
        if id_of(each.get("DepositToAccountRef")) == drawer
        and (kind, each["TxnID"]) not in company.books.links.deposits
        and total_of(kind, each)
    ]


def _of_payment(company: DesktopCompany, deposit: Key, into: Record, asked: Mapping[str, Any]) -> Record:
    payment = company.transaction(str(asked["PaymentTxnID"]))
    if payment is None:
        raise refusals.not_there(str(asked["PaymentTxnID"]))
    record = company.records[payment[0]][payment[1]]
    if company.books.links.deposits.get(payment, deposit) != deposit:
        raise refusals.in_a_deposit(payment[0])
    drawer = company.special_account("UndepositedFunds")
    if payment[0] not in WAITING or id_of(record.get("DepositToAccountRef")) != drawer["ListID"]:
        raise refusals.invalid("PaymentTxnID", payment[1], "It does not wait to be deposited.")
    refuse_mixed(company, into, record, "PaymentTxnID")
    made: Record = {"TxnType": payment[0], "TxnID": payment[1], "AccountRef": reference_to(drawer)}
    for name, found in (
        ("EntityRef", record.get("CustomerRef")),
        ("PaymentMethodRef", record.get("PaymentMethodRef")),
        ("Memo", asked.get("OverrideMemo") or record.get("Memo")),
        (
            "CheckNumber",
            asked.get("OverrideCheckNumber") or record.get("CheckNumber") or record.get("RefNumber"),
        ),
        ("Amount", total_of(payment[0], record)),
    ):
        if found:
            made[name] = found
    return made
