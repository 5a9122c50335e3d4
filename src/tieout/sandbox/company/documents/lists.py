"""List records: accounts, names, items, terms, currencies, files."""

from __future__ import annotations

from ...ledger.ledger import ZERO
from .. import amounts, openings, refusals
from ..books import Books
from ..records import Record

CLASSIFICATIONS = {
    "Accounts Payable": "Liability",
    "Credit Card": "Liability",
    "Other Current Liability": "Liability",
    "Long Term Liability": "Liability",
    "Equity": "Equity",
    "Income": "Revenue",
    "Other Income": "Revenue",
    "Cost of Goods Sold": "Expense",
    "Expense": "Expense",
    "Other Expense": "Expense",
}
"""Of account types; the others are assets."""
_ACCOUNT_NUMBER = {"US": 7, "GB": 7, "IN": 7}
"""The longest number of an account, where it is shorter than the schema's 20."""
_BOTH_ACCOUNTS = ("CA", "GB")
_SUB_TYPES = {
    "Bank": "Checking",
    "Accounts Receivable": "AccountsReceivable",
    "Other Current Asset": "OtherCurrentAssets",
    "Fixed Asset": "OtherFixedAssets",
    "Other Asset": "OtherLongTermAssets",
    "Accounts Payable": "AccountsPayable",
    "Credit Card": "CreditCard",
    "Other Current Liability": "OtherCurrentLiabilities",
    "Long Term Liability": "OtherLongTermLiabilities",
    "Equity": "OpeningBalanceEquity",
    "Income": "SalesOfProductIncome",
    "Cost of Goods Sold": "SuppliesMaterialsCogs",
    "Expense": "OtherMiscellaneousServiceCost",
    "Other Income": "OtherMiscellaneousIncome",
    "Other Expense": "OtherMiscellaneousExpense",
}
"""What an account becomes when only its type is given."""


def account(books: Books, record: Record, before: Record | None) -> None:
    if "AccountType" not in record:
        record["AccountType"] = _type_of_sub_type(record["AccountSubType"])
    if len(record.get("AcctNum", "")) > _ACCOUNT_NUMBER.get(books.country, 20):
        raise refusals.wrong_length("AcctNum", _ACCOUNT_NUMBER[books.country], len(record["AcctNum"]))
    record.setdefault("AccountSubType", _SUB_TYPES.get(record["AccountType"], ""))
    record["Classification"] = CLASSIFICATIONS.get(record["AccountType"], "Asset")
    record.setdefault("CurrencyRef", books.currency(books.home_currency))
    if before is None:
        openings.check_account(books, record)
    if "ParentRef" in record:
        parent = books.find("Account", record["ParentRef"]["value"]) or {}
        if parent["AccountType"] != record["AccountType"]:
            raise refusals.broken_rule(
                "For subaccounts, you must select the same account type as their parent."
            )


def _type_of_sub_type(sub_type: str) -> str:
    for account_type, usual in _SUB_TYPES.items():
        if usual == sub_type:
            return account_type
    raise refusals.account_type_unknown()


def customer(books: Books, record: Record, before: Record | None) -> None:
    record.setdefault("Taxable", True)
    record.setdefault("Job", False)
    record.setdefault("BillWithParent", False)
    record.setdefault("PreferredDeliveryMethod", "Print")
    record.setdefault("CurrencyRef", books.currency(books.home_currency))
    record["IsProject"] = False
    if before is None:
        openings.check_name(books, record)


def vendor(books: Books, record: Record, before: Record | None) -> None:
    if before is None:
        # Intuit's service ignores it here and takes it in an update.
        record.pop("TermRef", None)
        openings.check_name(books, record)
    record.setdefault("Vendor1099", False)
    record.setdefault("CurrencyRef", books.currency(books.home_currency))
    if record.get("TaxIdentifier"):
        record["TaxIdentifier"] = "X" * 5 + record["TaxIdentifier"][-4:]


def employee(_books: Books, record: Record, _before: Record | None) -> None:
    record.setdefault("BillableTime", False)


def item(books: Books, record: Record, before: Record | None) -> None:
    if before and before["Type"] == "Inventory" and record["Type"] != "Inventory":
        raise refusals.broken_rule("The type of an inventory item cannot be changed.", element="Type")
    _check_item_accounts(books, record)
    record.setdefault("Taxable", False)
    record.setdefault("UnitPrice", ZERO)
    record.setdefault("PurchaseCost", ZERO)
    record.setdefault("TrackQtyOnHand", record["Type"] == "Inventory")
    if not 0 <= record.get("QtyOnHand", ZERO) <= amounts.LARGEST_QUANTITY:
        raise refusals.invalid_quantity("QtyOnHand", record["QtyOnHand"])


def _check_item_accounts(books: Books, record: Record) -> None:
    """In Canada and the United Kingdom what is sold or bought has an account for either."""
    if books.country in _BOTH_ACCOUNTS and record["Type"] in ("Service", "NonInventory"):
        for field in ("IncomeAccountRef", "ExpenseAccountRef"):
            if field not in record:
                raise refusals.missing(field)


def term(_books: Books, record: Record, _before: Record | None) -> None:
    if "DueDays" in record and "DayOfMonthDue" in record:
        raise refusals.conflicting("DueDays", "DayOfMonthDue")
    for field, least, most in (("DueDays", 0, 999), ("DayOfMonthDue", 1, 31)):
        if field in record and not least <= record[field] <= most:
            raise refusals.number_out_of_range(field, record[field])
    record["Type"] = "STANDARD" if "DueDays" in record else "DATE_DRIVEN"
    record.setdefault("DiscountPercent", ZERO)


def company_currency(books: Books, record: Record, before: Record | None) -> None:
    if not (record["Code"].isascii() and record["Code"].isupper() and len(record["Code"]) == 3):
        raise refusals.invalid_currency(record["Code"])
    listed = books.store("CompanyCurrency").active()
    if before is None and any(stored.record["Code"] == record["Code"] for stored in listed):
        raise refusals.duplicate_object(f"The currency {record['Code']}")
    record.setdefault("Name", books.currency(record["Code"])["name"])


def attachable(_books: Books, record: Record, before: Record | None) -> None:
    if "Note" not in record and not (before and before.get("Size")):
        raise refusals.nothing_attached()
