"""Which types of account may stand where (6430)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...catalog.rest import RecordType
from . import refusals
from .books import Books
from .records import Record

_BANK, _CARD, _MONEY = ("Bank",), ("Credit Card",), ("Bank", "Other Current Asset")
_BALANCES = (
    "Bank",
    "Credit Card",
    "Other Current Asset",
    "Fixed Asset",
    "Other Asset",
    "Other Current Liability",
    "Long Term Liability",
    "Equity",
)
_PAID_FROM = {"Check": _BANK, "CreditCard": _CARD, "Cash": _MONEY}
_ROLES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "Bill": {"APAccountRef": ("Accounts Payable",)},
    "BillPayment": {
        "APAccountRef": ("Accounts Payable",),
        "CheckPayment.BankAccountRef": _BANK,
        "CreditCardPayment.CCAccountRef": _CARD,
    },
    "CreditCardPaymentTxn": {"BankAccountRef": _BANK, "CreditCardAccountRef": _CARD},
    "Deposit": {"DepositToAccountRef": (*_MONEY, *_CARD)},
    "Payment": {"DepositToAccountRef": _MONEY},
    "PurchaseOrder": {"APAccountRef": ("Accounts Payable",)},
    "RefundReceipt": {"DepositToAccountRef": _MONEY},
    "SalesReceipt": {"DepositToAccountRef": _MONEY},
    "Transfer": {"FromAccountRef": _BALANCES, "ToAccountRef": _BALANCES},
    "VendorCredit": {"APAccountRef": ("Accounts Payable",)},
}
_OF_GOODS = {
    "AssetAccountRef": ("Other Current Asset",),
    "IncomeAccountRef": ("Income", "Other Income"),
    "ExpenseAccountRef": ("Cost of Goods Sold", "Expense", "Other Expense"),
}
"""Of items whose stock is counted."""


def check(books: Books, found: RecordType, record: Record) -> None:
    """Refuse an account of the wrong type."""
    for path, types in _roles(found, record):
        part = record
        for name in path.split("."):
            part = part.get(name, {})
        account = books.find("Account", part.get("value", ""))
        if account and account["AccountType"] not in types:
            raise refusals.wrong_account_type(path, account["AccountType"])


def _roles(found: RecordType, record: Record) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield from _ROLES.get(found.name, {}).items()
    if found.name == "Purchase":
        yield "AccountRef", _PAID_FROM[record["PaymentType"]]
    elif found.name == "Item" and record.get("Type") == "Inventory":
        yield from _OF_GOODS.items()
