"""Money that moves, and goods that are counted: payments, deposits, transfers, journal entries, adjustments."""

from __future__ import annotations

from decimal import Decimal

from ...ledger.ledger import ZERO
from .. import amounts, refusals
from ..amounts import cents, detail, number_lines, total_of
from ..books import Books
from ..records import Record
from .defaults import name_payables, reference


def payment(books: Books, record: Record, _before: Record | None) -> None:
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


def bill_payment(books: Books, record: Record, _before: Record | None) -> None:
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
    name_payables(books, record)


def deposit(_books: Books, record: Record, before: Record | None) -> None:
    for line in number_lines(record["Line"], before):
        if not line.get("LinkedTxn") and "AccountRef" not in detail(line):
            raise refusals.missing("Line.DepositLineDetail.AccountRef")
    cash_back = record.get("CashBack", {})
    record["TotalAmt"] = total_of(record["Line"]) - cents(cash_back.get("Amount", ZERO))


def journal_entry(books: Books, record: Record, before: Record | None) -> None:
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


def moved(_books: Books, record: Record, _before: Record | None) -> None:
    record["Amount"] = _not_negative(record, "Amount")


def _not_negative(record: Record, field: str) -> Decimal:
    amount = amounts.money(record[field], field)
    if amount < 0:
        raise refusals.negative_amount(field)
    return amount


def inventory_adjustment(books: Books, record: Record, before: Record | None) -> None:
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
