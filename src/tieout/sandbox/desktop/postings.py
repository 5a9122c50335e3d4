"""What each transaction of Desktop posts to the ledger, one function per type.

Every entry sums to zero. Receivables and payables are posted with the customer or vendor whose balance they move: without
one QuickBooks refuses. Orders, estimates, time, mileage and pending sales post nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .currencies import rate_of
from .entry import Entry
from .items import ItemFacts
from .line_amounts import counts
from .payment_postings import bill_payment, deposit, receive_payment, refund, relieve, use_credit
from .records import ZERO, Key, cents, id_of, in_order, item_lines
from .sales_taxes import TaxPart, tax_of_purchase, tax_of_sale

if TYPE_CHECKING:
    from .company import DesktopCompany


def entry_of(company: DesktopCompany, key: Key, record: Mapping[str, Any]) -> Entry:
    """The entry of a transaction; an empty one for types that do not post, and for what is pending."""
    entry = Entry(company, key, record)
    post = _POSTINGS.get(key[0])
    if post is not None and not record.get("IsPending"):
        post(entry, record)
        entry.close_at_home()
    return entry


# ---- sales


def _sell(entry: Entry, record: Mapping[str, Any], sign: int) -> None:
    kind = entry.key[0]
    lines = list(item_lines(kind, record))
    for line in lines:
        if counts(line, entry.company.item):
            _sell_line(entry, line, sign)
    taxed = [
        line
        for line in lines
        if not entry.company.item(id_of(line.get("ItemRef"))).kind.startswith("ItemSalesTax")
    ]
    for part, amount in tax_of_sale(entry.company, record, taxed).by_part.items():
        _owe_tax(entry, part, -sign * amount)
    entry.about({})
    for name in ("Tax1Total", "Tax2Total"):
        entry.debit(entry.special("SalesTaxPayable"), -sign * (record.get(name) or ZERO))


def _owe_tax(entry: Entry, part: TaxPart, amount: Decimal) -> None:
    """A posting about the tax item and the agency that it is owed to."""
    entry.about({"ItemRef": {"ListID": part.item}})
    entry.debit(entry.special("SalesTaxPayable"), amount, _agency(part.agency))


def _agency(vendor: str) -> Key | None:
    return ("Vendor", vendor) if vendor else None


def _sell_line(entry: Entry, line: Mapping[str, Any], sign: int) -> None:
    item = entry.company.item(id_of(line.get("ItemRef")))
    amount = line.get("Amount") or ZERO
    quantity = _quantity(line) if amount or line.get("Quantity") else ZERO
    account = id_of(line.get("OverrideItemAccountRef")) or item.income_account
    name = None
    if item.kind == "ItemSalesTax":
        account = account or entry.special("SalesTaxPayable")
        name = _agency(id_of(item.record.get("TaxVendorRef")))
    entry.about(line)
    entry.debit(
        account or entry.special(_default_income(item)), -sign * amount, name, quantity=sign * quantity
    )
    if item.is_stocked:
        _move_goods(entry, item, sign * quantity)


def _default_income(item: ItemFacts) -> str:
    return "UndepositedFunds" if item.kind == "ItemPayment" else "UncategorizedIncome"


def _quantity(line: Mapping[str, Any]) -> Decimal:
    return Decimal(1) if line.get("Quantity") is None else line["Quantity"]


def _move_goods(entry: Entry, item: ItemFacts, sold: Decimal) -> None:
    """Goods that were sold leave at their average cost; what is taken back comes in at the item's PurchaseCost."""
    if not sold:
        return
    if sold > 0:
        cost = entry.issue(item, sold)
    else:
        cost = cents(sold * item.cost)
        entry.receive(item, -sold, -cost)
    entry.debit(item.asset_account, ZERO, home=-cost, stock=-sold)
    entry.debit(item.cogs_account, ZERO, home=cost)


def _invoice(entry: Entry, record: Mapping[str, Any]) -> None:
    _sell(entry, record, 1)
    entry.rest(entry.account("ARAccountRef", "AccountsReceivable"))


def _credit_memo(entry: Entry, record: Mapping[str, Any]) -> None:
    _sell(entry, record, -1)
    entry.rest(entry.account("ARAccountRef", "AccountsReceivable"))
    use_credit(entry)


def _sales_receipt(entry: Entry, record: Mapping[str, Any]) -> None:
    _sell(entry, record, 1)
    entry.rest(entry.account("DepositToAccountRef", "UndepositedFunds"))


def _charge(entry: Entry, record: Mapping[str, Any]) -> None:
    _sell_line(entry, record, 1)
    entry.rest(entry.account("ARAccountRef", "AccountsReceivable"))


# ---- purchases


def _buy(entry: Entry, record: Mapping[str, Any], sign: int) -> None:
    items = [line for line in item_lines(entry.key[0], record) if counts(line, entry.company.item)]
    expenses = list(record.get("ExpenseLineRet") or ())
    for line in expenses:
        entry.about(line)
        account = id_of(line.get("AccountRef")) or entry.special("UncategorizedExpenses")
        entry.debit(account, sign * (line.get("Amount") or ZERO))
    for line in items:
        _buy_line(entry, line, sign)
    entry.about({})
    tax = tax_of_purchase(entry.company, [*items, *expenses])
    for amount in (tax, record.get("Tax1Total") or ZERO, record.get("Tax2Total") or ZERO):
        entry.debit(entry.special("SalesTaxPayable"), sign * amount)


def _buy_line(entry: Entry, line: Mapping[str, Any], sign: int) -> None:
    item = entry.company.item(id_of(line.get("ItemRef")))
    amount = sign * (line.get("Amount") or ZERO)
    quantity = sign * _quantity(line)
    entry.about(line)
    if not item.is_stocked:
        account = id_of(line.get("OverrideItemAccountRef")) or item.expense_account
        entry.debit(account or entry.special("UncategorizedExpenses"), amount, quantity=quantity)
    elif quantity >= 0:
        entry.receive(item, quantity, entry.at_home(amount))
        entry.debit(item.asset_account, amount, quantity=quantity, stock=quantity)
    else:
        cost = entry.issue(item, -quantity)
        entry.debit(item.asset_account, ZERO, home=-cost, quantity=quantity, stock=quantity)
        entry.debit(item.cogs_account, amount, home=cost)


def _bill(entry: Entry, record: Mapping[str, Any]) -> None:
    _buy(entry, record, 1)
    entry.rest(entry.account("APAccountRef", "AccountsPayable"))


def _vendor_credit(entry: Entry, record: Mapping[str, Any]) -> None:
    _buy(entry, record, -1)
    entry.rest(entry.account("APAccountRef", "AccountsPayable"))
    use_credit(entry)


def _check(entry: Entry, record: Mapping[str, Any]) -> None:
    _buy(entry, record, 1)
    for each in record.get("ApplyCheckToTxn") or ():
        found = entry.company.transaction(each["TxnID"])
        if found:
            relieve(entry, found, each.get("Amount") or ZERO)
    entry.rest(id_of(record["AccountRef"]))


def _card_charge(entry: Entry, record: Mapping[str, Any]) -> None:
    _buy(entry, record, 1)
    entry.rest(id_of(record["AccountRef"]))


def _card_credit(entry: Entry, record: Mapping[str, Any]) -> None:
    _buy(entry, record, -1)
    entry.rest(id_of(record["AccountRef"]))


# ---- the others


def _transfer(entry: Entry, record: Mapping[str, Any]) -> None:
    entry.debit(id_of(record.get("TransferToAccountRef")), record.get("Amount") or ZERO)
    entry.rest(id_of(record.get("TransferFromAccountRef")))


def _tax_payment(entry: Entry, record: Mapping[str, Any]) -> None:
    for line in record.get("SalesTaxPaymentCheckLineRet") or ():
        entry.about({"ItemRef": line.get("ItemSalesTaxRef")})
        entry.debit(entry.special("SalesTaxPayable"), line.get("Amount") or ZERO)
    entry.rest(id_of(record["BankAccountRef"]))


def _journal_entry(entry: Entry, record: Mapping[str, Any]) -> None:
    for name, line in in_order(record, ("JournalDebitLine", "JournalCreditLine")):
        entry.about(line)
        sign = 1 if name == "JournalDebitLine" else -1
        amount = sign * (line.get("Amount") or ZERO)
        account = id_of(line.get("AccountRef"))
        if not account:
            continue
        if record.get("IsHomeCurrencyAdjustment"):
            entry.post(account, amount, ZERO)
        elif record.get("IsAmountsEnteredInHomeCurrency"):
            entry.post(account, amount, cents(amount / rate_of(record)))
        else:
            entry.debit(account, amount)
    use_credit(entry)


def _inventory_adjustment(entry: Entry, record: Mapping[str, Any]) -> None:
    for line in record.get("InventoryAdjustmentLineRet", ()):
        item = entry.company.item(id_of(line["ItemRef"]))
        quantity, value = line.get("QuantityDifference") or ZERO, line.get("ValueDifference") or ZERO
        entry.about(line)
        if quantity < 0 and not value:
            value = -entry.issue(item, -quantity)
        elif quantity or value:
            value = value or cents(quantity * item.cost)
            entry.receive(item, quantity, value)
        entry.debit(item.asset_account, value, quantity=quantity, stock=quantity)
    entry.rest(id_of(record["AccountRef"]))


def _build_assembly(entry: Entry, record: Mapping[str, Any]) -> None:
    """Components leave at what they cost, and the assembly is worth their sum."""
    worth, built = ZERO, record.get("QuantityToBuild") or ZERO
    for line in record.get("ComponentItemLineRet", ()):
        item = entry.company.item(id_of(line["ItemRef"]))
        needed = line.get("QuantityNeeded") or ZERO
        if not needed:
            continue
        entry.about(line)
        if item.is_stocked:
            cost = entry.issue(item, needed)
            entry.debit(item.asset_account, -cost, stock=-needed)
        else:
            cost = cents(needed * item.cost)
            entry.debit(item.expense_account or entry.special("CostOfGoodsSold"), -cost)
        worth += cost
    assembly = entry.company.item(id_of(record["ItemInventoryAssemblyRef"]))
    entry.about({"ItemRef": record["ItemInventoryAssemblyRef"]})
    entry.receive(assembly, built, worth)
    entry.debit(assembly.asset_account, worth, stock=built)


_POSTINGS: Mapping[str, Callable[[Entry, Mapping[str, Any]], None]] = {
    "ARRefundCreditCard": refund,
    "Bill": _bill,
    "BillPaymentCheck": bill_payment,
    "BillPaymentCreditCard": bill_payment,
    "BuildAssembly": _build_assembly,
    "Charge": _charge,
    "Check": _check,
    "CreditCardCharge": _card_charge,
    "CreditCardCredit": _card_credit,
    "CreditMemo": _credit_memo,
    "Deposit": deposit,
    "InventoryAdjustment": _inventory_adjustment,
    "Invoice": _invoice,
    "ItemReceipt": _bill,
    "JournalEntry": _journal_entry,
    "ReceivePayment": receive_payment,
    "SalesReceipt": _sales_receipt,
    "SalesTaxPaymentCheck": _tax_payment,
    "Transfer": _transfer,
    "VendorCredit": _vendor_credit,
}


def posts(kind: str) -> bool:
    """Whether transactions of this type reach the ledger."""
    return kind in _POSTINGS
