"""How QuickBooks completes each type of record: defaults, amounts, dates, addresses.

`complete` is called with the record as it was sent (merged with what was there, for a sparse update) after its
references were resolved. What it adds is what the service answers beyond what it was sent.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal

from ...catalog.rest import RecordType
from ..ledger import taxes
from ..ledger.ledger import ZERO
from . import account_roles, amounts, budgets, currencies, openings, refusals, time_activities
from .amounts import cents, detail, number_lines, total_of
from .books import Books
from .records import Record

Completion = Callable[[Books, Record, Record | None], None]

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


def complete(books: Books, record_type: RecordType, record: Record, before: Record | None) -> None:
    """Add to a record what QuickBooks adds."""
    if record_type.kind == "transaction":
        _complete_transaction(books, record_type, record)
    elif "Active" in record_type.fields:
        record.setdefault("Active", True)
    special = _COMPLETIONS.get(record_type.name)
    if special:
        special(books, record, before)
    _check_completed(books, record_type, record)
    if record_type.kind == "transaction":
        _add_home_amounts(books, record_type, record)


def _check_completed(books: Books, record_type: RecordType, record: Record) -> None:
    account_roles.check(books, record_type, record)
    if record_type.posts:
        _check_start_dates(books, record)


def _check_start_dates(books: Books, record: Record) -> None:
    """Goods do not move before their first day (6270)."""
    lines = list(taxes.goods_of(record.get("Line", [])))
    adjusted = [
        line for line in record.get("Line", ()) if line.get("DetailType") == "ItemAdjustmentLineDetail"
    ]
    for line in (*lines, *adjusted):
        item = books.find("Item", detail(line).get("ItemRef", {}).get("value", "")) or {}
        if item.get("Type") == "Inventory" and record["TxnDate"] < item.get("InvStartDate", ""):
            raise refusals.before_start_date(item["Name"], item["InvStartDate"])


def _complete_transaction(books: Books, record_type: RecordType, record: Record) -> None:
    record.setdefault("TxnDate", books.today().isoformat())
    if record_type.name != "TimeActivity":
        _complete_currency(books, record_type, record)
    kinds = record_type.words("lines")
    if kinds:
        record.setdefault("Line", [])
        amounts.check_lines(record["Line"], kinds)


def _complete_currency(books: Books, record_type: RecordType, record: Record) -> None:
    """The party's currency where none was sent, and the day's rate."""
    if "CurrencyRef" not in record:
        record["CurrencyRef"] = books.currency(_usual_currency(books, record_type, record))
    code = record["CurrencyRef"]["value"]
    if code == books.home_currency:
        record.pop("ExchangeRate", None)
    if books.multicurrency:
        record.setdefault("ExchangeRate", books.rate(code, record["TxnDate"]))


def _usual_currency(books: Books, record_type: RecordType, record: Record) -> str:
    if record_type.head.get("party"):
        return _party_currency(books, record_type, record)
    return currencies.account_currency(books, record_type, record) or books.home_currency


def _party_currency(books: Books, record_type: RecordType, record: Record) -> str:
    field = record_type.head.get("party", "")
    declared = record_type.fields.get(field)
    for target in declared.targets if declared else ():
        party = books.find(target, record.get(field, {}).get("value", "")) or {}
        if "CurrencyRef" in party:
            return str(party["CurrencyRef"]["value"])
    return books.home_currency


def _add_home_amounts(books: Books, record_type: RecordType, record: Record) -> None:
    """HomeTotalAmt where a company keeps several currencies."""
    if books.multicurrency and "HomeTotalAmt" in record_type.fields and "TotalAmt" in record:
        record["HomeTotalAmt"] = cents(record["TotalAmt"] * Decimal(record.get("ExchangeRate", 1)))


def _sales_form(books: Books, record: Record, before: Record | None) -> None:
    record.setdefault("CustomField", [])
    record.setdefault("ApplyTaxAfterDiscount", False)
    record.setdefault("PrintStatus", "NeedToPrint")
    record.setdefault("EmailStatus", "NotSet")
    _take_from_customer(books, record)
    amounts.sales_lines(books, record, before)
    record["TotalAmt"] = amounts.net_total(record) + taxes.apply(books, record, before, "Sales")


def _take_from_customer(books: Books, record: Record) -> None:
    customer = books.find("Customer", record.get("CustomerRef", {}).get("value", "")) or {}
    for field in ("BillAddr", "ShipAddr"):
        if customer.get(field):
            record.setdefault(field, dict(customer[field]))
    if customer.get("PrimaryEmailAddr"):
        record.setdefault("BillEmail", dict(customer["PrimaryEmailAddr"]))


def _invoice(books: Books, record: Record, before: Record | None) -> None:
    _sales_form(books, record, before)
    customer = books.find("Customer", record["CustomerRef"]["value"]) or {}
    _take_terms(books, record, customer.get("SalesTermRef"))


def _take_terms(books: Books, record: Record, usual: Record | None) -> None:
    if usual:
        record.setdefault("SalesTermRef", dict(usual))
    term = books.find("Term", record.get("SalesTermRef", {}).get("value", "")) or {}
    record.setdefault("DueDate", _due(record["TxnDate"], int(term.get("DueDays", 0))))


def _due(day: str, days: int) -> str:
    try:
        return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
    except OverflowError:
        raise refusals.invalid_date("TxnDate", day) from None


def _estimate(books: Books, record: Record, before: Record | None) -> None:
    _sales_form(books, record, before)
    record.setdefault("TxnStatus", "Pending")


def _paid_at_once(books: Books, record: Record, before: Record | None) -> None:
    _sales_form(books, record, before)
    if "DepositToAccountRef" not in record:
        record["DepositToAccountRef"] = reference(books.account("UndepositedFunds"))
    record["Balance"] = ZERO


def _bill(books: Books, record: Record, before: Record | None) -> None:
    _bought_on_account(books, record, before)
    vendor = books.find("Vendor", record["VendorRef"]["value"]) or {}
    if "SalesTermRef" in record or "DueDate" not in record:
        _take_terms(books, record, vendor.get("TermRef"))


def _bought(books: Books, record: Record, before: Record | None) -> None:
    amounts.expense_lines(books, record, before)
    record["TotalAmt"] = total_of(record["Line"]) + taxes.apply(books, record, before, "Purchase")


def _bought_on_account(books: Books, record: Record, before: Record | None) -> None:
    _bought(books, record, before)
    _name_payables(books, record)


def _name_payables(books: Books, record: Record) -> None:
    record.setdefault(
        "APAccountRef", reference(books.account("AccountsPayable", record["CurrencyRef"]["value"]))
    )


def _purchase(books: Books, record: Record, before: Record | None) -> None:
    _bought(books, record, before)
    record.setdefault("Credit", False)
    if record["Credit"] and record["PaymentType"] != "CreditCard":
        raise refusals.broken_rule("Credit is for purchases by credit card only.", element="Credit")


def _purchase_order(books: Books, record: Record, before: Record | None) -> None:
    _bought_on_account(books, record, before)
    record.setdefault("POStatus", "Open")


def _payment(books: Books, record: Record, _before: Record | None) -> None:
    record["TotalAmt"] = _not_negative(record, "TotalAmt")
    if "DepositToAccountRef" not in record:
        record["DepositToAccountRef"] = reference(books.account("UndepositedFunds"))
    record.setdefault("ProcessPayment", False)
    record["UnappliedAmt"] = unapplied(record)
    if record["UnappliedAmt"] < 0:
        raise refusals.broken_rule(
            "The amounts applied are greater than the amount received.", element="TotalAmt"
        )


def unapplied(record: Record) -> Decimal:
    """What is left of a payment: its total and the credits used, less what they settle."""
    used, settled = ZERO, ZERO
    for line in record["Line"]:
        kinds = {linked.get("TxnType") for linked in line.get("LinkedTxn", ())}
        if kinds & {"CreditMemo", "VendorCredit", "RefundReceipt"}:
            used += line["Amount"]
        else:
            settled += line["Amount"]
    return Decimal(record["TotalAmt"]) + used - settled


def _bill_payment(books: Books, record: Record, _before: Record | None) -> None:
    record["TotalAmt"] = _not_negative(record, "TotalAmt")
    way, account = {
        "Check": ("CheckPayment", "BankAccountRef"),
        "CreditCard": ("CreditCardPayment", "CCAccountRef"),
    }[record["PayType"]]
    if account not in record.get(way, {}):
        raise refusals.missing(f"{way}.{account}")
    if unapplied(record) < 0:
        raise refusals.broken_rule(
            "The amounts applied are greater than the amount paid.", element="TotalAmt"
        )
    _name_payables(books, record)


def _deposit(_books: Books, record: Record, before: Record | None) -> None:
    for line in number_lines(record["Line"], before):
        if not line.get("LinkedTxn") and "AccountRef" not in detail(line):
            raise refusals.missing("Line.DepositLineDetail.AccountRef")
    cash_back = record.get("CashBack", {})
    record["TotalAmt"] = total_of(record["Line"]) - cents(cash_back.get("Amount", ZERO))


def _journal_entry(books: Books, record: Record, before: Record | None) -> None:
    sums = {"Debit": ZERO, "Credit": ZERO}
    for line in number_lines(record["Line"], before):
        if line["DetailType"] == "JournalEntryLineDetail":
            _check_journal_line(books, detail(line))
            if line["Amount"] < 0:
                raise refusals.negative_amount("Line.Amount")
            sums[detail(line)["PostingType"]] += line["Amount"] + detail(line).get("TaxAmount", ZERO)
    if sums["Debit"] != sums["Credit"]:
        raise refusals.unbalanced()
    record.setdefault("Adjustment", False)
    record["TotalAmt"] = sums["Debit"]


def _check_journal_line(books: Books, part: Record) -> None:
    if "PostingType" not in part:
        raise refusals.posting_type_missing()
    if "AccountRef" not in part:
        raise refusals.missing("Line.JournalEntryLineDetail.AccountRef")
    _check_journal_tax(books, part)
    account = books.find("Account", part["AccountRef"]["value"]) or {}
    party = part.get("Entity", {}).get("Type")
    if account["AccountType"] == "Accounts Receivable" and party != "Customer":
        raise refusals.broken_rule(
            "When you use Accounts Receivable, you must choose a customer in the Name field."
        )
    if account["AccountType"] == "Accounts Payable" and party != "Vendor":
        raise refusals.broken_rule(
            "When you use Accounts Payable, you must choose a vendor in the Name field."
        )


def _check_journal_tax(books: Books, part: Record) -> None:
    """Tax in a journal entry is told in full: on what it applies (2270) and how much it is (2280)."""
    if books.country == "US":
        part.pop("TaxAmount", None)
    elif "TaxCodeRef" in part:
        if "TaxApplicableOn" not in part:
            raise refusals.tax_side_missing()
        if "TaxAmount" not in part:
            raise refusals.tax_amount_missing()
        part["TaxAmount"] = cents(part["TaxAmount"])


def _moved(_books: Books, record: Record, _before: Record | None) -> None:
    record["Amount"] = _not_negative(record, "Amount")


def _not_negative(record: Record, field: str) -> Decimal:
    amount = amounts.money(record[field], field)
    if amount < 0:
        raise refusals.negative_amount(field)
    return amount


def _inventory_adjustment(books: Books, record: Record, before: Record | None) -> None:
    for line in number_lines(record["Line"], before):
        if "ItemRef" not in detail(line):
            raise refusals.missing("Line.ItemAdjustmentLineDetail.ItemRef")
        _count(books, detail(line))


def _count(books: Books, part: Record) -> None:
    """A count says what is there, or by how much it differs; the difference is kept."""
    if "QtyDiff" in part and "NewQty" in part:
        raise refusals.conflicting("QtyDiff", "NewQty")
    if "NewQty" in part:
        part["QtyDiff"] = Decimal(part.pop("NewQty")) - books.ledger.stock[part["ItemRef"]["value"]]
    if "QtyDiff" not in part:
        raise refusals.missing("Line.ItemAdjustmentLineDetail.QtyDiff")
    if abs(part["QtyDiff"]) > amounts.LARGEST_QUANTITY:
        raise refusals.invalid_quantity("Line.ItemAdjustmentLineDetail.QtyDiff", part["QtyDiff"])


def _time_activity(books: Books, record: Record, _before: Record | None) -> None:
    time_activities.check(books, record)
    record.setdefault("BillableStatus", "NotBillable")
    record.setdefault("Taxable", False)
    if "StartTime" not in record:
        record.setdefault("Hours", 0)
        record.setdefault("Minutes", 0)


def _budget(books: Books, record: Record, _before: Record | None) -> None:
    budgets.check(books, record)


def _attachable(_books: Books, record: Record, before: Record | None) -> None:
    if "Note" not in record and not (before and before.get("Size")):
        raise refusals.nothing_attached()


def _account(books: Books, record: Record, before: Record | None) -> None:
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


def _customer(books: Books, record: Record, before: Record | None) -> None:
    record.setdefault("Taxable", True)
    record.setdefault("Job", False)
    record.setdefault("BillWithParent", False)
    record.setdefault("PreferredDeliveryMethod", "Print")
    record.setdefault("CurrencyRef", books.currency(books.home_currency))
    record["IsProject"] = False
    if before is None:
        openings.check_name(books, record)


def _vendor(books: Books, record: Record, before: Record | None) -> None:
    if before is None:
        # Intuit's service ignores it here and takes it in an update.
        record.pop("TermRef", None)
        openings.check_name(books, record)
    record.setdefault("Vendor1099", False)
    record.setdefault("CurrencyRef", books.currency(books.home_currency))
    if record.get("TaxIdentifier"):
        record["TaxIdentifier"] = "X" * 5 + record["TaxIdentifier"][-4:]


def _employee(_books: Books, record: Record, _before: Record | None) -> None:
    record.setdefault("BillableTime", False)


def _item(_books: Books, record: Record, before: Record | None) -> None:
    if before and before["Type"] == "Inventory" and record["Type"] != "Inventory":
        raise refusals.broken_rule("The type of an inventory item cannot be changed.", element="Type")
    record.setdefault("Taxable", False)
    record.setdefault("UnitPrice", ZERO)
    record.setdefault("PurchaseCost", ZERO)
    record.setdefault("TrackQtyOnHand", record["Type"] == "Inventory")
    if not 0 <= record.get("QtyOnHand", ZERO) <= amounts.LARGEST_QUANTITY:
        raise refusals.invalid_quantity("QtyOnHand", record["QtyOnHand"])


def _term(_books: Books, record: Record, _before: Record | None) -> None:
    if "DueDays" in record and "DayOfMonthDue" in record:
        raise refusals.conflicting("DueDays", "DayOfMonthDue")
    for field, least, most in (("DueDays", 0, 999), ("DayOfMonthDue", 1, 31)):
        if field in record and not least <= record[field] <= most:
            raise refusals.number_out_of_range(field, record[field])
    record["Type"] = "STANDARD" if "DueDays" in record else "DATE_DRIVEN"
    record.setdefault("DiscountPercent", ZERO)


def _company_currency(books: Books, record: Record, before: Record | None) -> None:
    if not (record["Code"].isascii() and record["Code"].isupper() and len(record["Code"]) == 3):
        raise refusals.invalid_currency(record["Code"])
    listed = books.store("CompanyCurrency").active()
    if before is None and any(stored.record["Code"] == record["Code"] for stored in listed):
        raise refusals.duplicate_object(f"The currency {record['Code']}")
    record.setdefault("Name", books.currency(record["Code"])["name"])


def reference(record: Record) -> Record:
    """A reference to an account or item."""
    return {"value": record["Id"], "name": record["FullyQualifiedName"]}


_COMPLETIONS: Mapping[str, Completion] = {
    "Account": _account,
    "Attachable": _attachable,
    "Bill": _bill,
    "BillPayment": _bill_payment,
    "Budget": _budget,
    "CompanyCurrency": _company_currency,
    "CreditCardPaymentTxn": _moved,
    "CreditMemo": _sales_form,
    "Customer": _customer,
    "Deposit": _deposit,
    "Employee": _employee,
    "Estimate": _estimate,
    "InventoryAdjustment": _inventory_adjustment,
    "Invoice": _invoice,
    "Item": _item,
    "JournalEntry": _journal_entry,
    "Payment": _payment,
    "Purchase": _purchase,
    "PurchaseOrder": _purchase_order,
    "RefundReceipt": _paid_at_once,
    "SalesReceipt": _paid_at_once,
    "Term": _term,
    "TimeActivity": _time_activity,
    "Transfer": _moved,
    "Vendor": _vendor,
    "VendorCredit": _bought_on_account,
}
