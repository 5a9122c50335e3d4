"""What a transaction takes from its customer or vendor, and from its terms, where it does not say it itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from .currencies import own_account
from .records import Record, id_of, reference_to

if TYPE_CHECKING:
    from .company import DesktopCompany

_FROM_CUSTOMER = ("BillAddress", "ShipAddress", "TermsRef", "SalesRepRef")
_FROM_VENDOR = ("VendorAddress", "TermsRef")
_SPECIAL = {
    "ARAccountRef": "AccountsReceivable",
    "APAccountRef": "AccountsPayable",
}
_MONEY_WAITS = ("ReceivePayment", "SalesReceipt")
"""What comes in waits to be deposited, unless it says where it is."""


def fill_in_defaults(company: DesktopCompany, kind: str, record: Record, fields: frozenset[str]) -> None:
    """Dates, accounts, terms and addresses of a new transaction."""
    if "TxnDate" in fields:
        record.setdefault("TxnDate", company.clock().date().isoformat())
    customer = company.records.get("Customer", {}).get(id_of(record.get("CustomerRef")))
    vendor = company.records.get("Vendor", {}).get(id_of(record.get("VendorRef")))
    for party, names in ((customer, _FROM_CUSTOMER), (vendor, _FROM_VENDOR)):
        for name in names:
            if party and name in fields and party.get(name):
                record.setdefault(name, party[name])
    for name, special in _SPECIAL.items():
        if name in fields:
            record.setdefault(name, reference_to(own_account(company, special, record)))
    if kind in _MONEY_WAITS and "DepositToAccountRef" in fields:
        record.setdefault("DepositToAccountRef", reference_to(company.special_account("UndepositedFunds")))
    if "DueDate" in fields and kind != "PurchaseOrder":
        record.setdefault("DueDate", due_date(company, record))
    for name in ("IsPending", "IsFinanceCharge", "IsManuallyClosed", "IsToBePrinted", "IsToBeEmailed"):
        if name in fields:
            record.setdefault(name, False)


def due_date(company: DesktopCompany, record: Mapping[str, Any]) -> str:
    """By the terms; on the day itself where there are none."""
    day = date.fromisoformat(record["TxnDate"])
    terms = id_of(record.get("TermsRef"))
    standard = company.records.get("StandardTerms", {}).get(terms)
    if standard is not None:
        return (day + timedelta(days=int(standard.get("StdDueDays") or 0))).isoformat()
    driven = company.records.get("DateDrivenTerms", {}).get(terms)
    if driven is None:
        return day.isoformat()
    months = 1 if day.day + int(driven.get("DueNextMonthDays") or 0) > int(driven["DayOfMonthDue"]) else 0
    first = (day.replace(day=1) + timedelta(days=32 * months)).replace(day=1)
    last = (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return first.replace(day=min(int(driven["DayOfMonthDue"]), last.day)).isoformat()
