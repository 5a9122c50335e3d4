"""Opening balances and stock: a list's element that is made with one brings a transaction along, as in QuickBooks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...catalog.qbxml.rets import ret_of
from .records import Record, cents, reference_to

if TYPE_CHECKING:
    from .company import DesktopCompany

MEMO = "Opening balance"
_DEBITS = frozenset(("Bank", "FixedAsset", "OtherAsset", "OtherCurrentAsset"))
_CREDITS = frozenset(("CreditCard", "Equity", "LongTermLiability", "OtherCurrentLiability"))


def open_with(company: DesktopCompany, kind: str, record: Record, content: Mapping[str, Any]) -> None:
    """Write what an Add says of `OpenBalance` or `QuantityOnHand`."""
    day = content.get("OpenBalanceDate") or company.clock().date().isoformat()
    balance = content.get("OpenBalance")
    own = reference_to(record)
    if kind in ("ItemInventory", "ItemInventoryAssembly") and content.get("QuantityOnHand"):
        _stock(company, record, content)
    elif not balance:
        return
    elif kind == "Account":
        _account(company, record, balance, day)
    elif kind == "Customer":
        line = {"Desc": MEMO, "Amount": balance}
        company.add("Invoice", {"CustomerRef": own, "TxnDate": day, "Memo": MEMO, "InvoiceLineAdd": [line]})
    elif kind == "Vendor":
        spent = reference_to(company.special_account("UncategorizedExpenses"))
        line = {"AccountRef": spent, "Amount": balance, "Memo": MEMO}
        company.add("Bill", {"VendorRef": own, "TxnDate": day, "Memo": MEMO, "ExpenseLineAdd": [line]})


def _account(company: DesktopCompany, record: Record, balance: Any, day: str) -> None:
    kind = record["AccountType"]
    if kind not in _DEBITS | _CREDITS:
        return
    sides = [record, company.special_account("OpeningBalanceEquity")]
    if (kind in _CREDITS) is (balance > 0):
        sides.reverse()
    debit, credit = (
        {"AccountRef": reference_to(each), "Amount": abs(balance), "Memo": MEMO} for each in sides
    )
    said = {"TxnDate": day, "JournalDebitLine": [debit], "JournalCreditLine": [credit]}
    if record.get("CurrencyRef"):
        said["CurrencyRef"] = record["CurrencyRef"]
    company.add("JournalEntry", said)


def _stock(company: DesktopCompany, record: Record, content: Mapping[str, Any]) -> None:
    if not ret_of("InventoryAdjustment", company.edition).key:
        return  # qbXML before 2.0 has no transaction that could hold it
    quantity = content["QuantityOnHand"]
    value = content.get("TotalValue")
    if value is None:
        value = cents(quantity * (record.get("PurchaseCost") or 0))
    said = {"QuantityDifference": quantity, "ValueDifference": value}
    company.add(
        "InventoryAdjustment",
        {
            "AccountRef": reference_to(company.special_account("OpeningBalanceEquity")),
            "TxnDate": content.get("InventoryDate") or company.clock().date().isoformat(),
            "Memo": MEMO,
            "InventoryAdjustmentLineAdd": [{"ItemRef": reference_to(record), "ValueAdjustment": said}],
        },
    )
