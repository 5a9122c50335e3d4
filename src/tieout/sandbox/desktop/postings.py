"""What each transaction of Desktop posts to the ledger, one function per type.

Every entry sums to zero. Receivables and payables are posted with the customer or vendor whose balance they move: without
one QuickBooks refuses. Orders, estimates, time, mileage and pending sales post nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ..ledger.inventory import Movement
from ..ledger.ledger import Heading, Posting
from . import refusals
from .items import ItemFacts
from .line_amounts import counts
from .records import ZERO, Key, called, cents, id_of, in_order, item_lines
from .sales_taxes import tax_of_purchase, tax_of_sale

if TYPE_CHECKING:
    from .company import DesktopCompany

_NAMED = {"AccountsReceivable": "Customer", "AccountsPayable": "Vendor"}
"""Types of accounts whose postings move somebody's balance."""


class Entry:
    """The postings of one transaction in the making."""

    def __init__(self, company: DesktopCompany, key: Key, record: Mapping[str, Any]) -> None:
        self.company = company
        self.key = key
        self.record = record
        self.postings: list[Posting] = []
        self.movements: list[Movement] = []
        self._party = _party(company, record)
        self._about: Mapping[str, Any] = {}

    @property
    def heading(self) -> Heading:
        record = self.record
        return Heading(
            record.get("TxnDate", ""),
            called(record),
            "",
            record.get("Memo") or "",
            record.get("DueDate") or "",
        )

    def about(self, line: Mapping[str, Any]) -> None:
        """What follows is about this line."""
        self._about = line

    def debit(
        self,
        account: str,
        amount: Decimal,
        name: Key | None = None,
        *,
        quantity: Decimal = ZERO,
        stock: Decimal = ZERO,
    ) -> None:
        """Credits are negative."""
        if not (amount or quantity or stock):
            return
        line = self._about
        party = _party(self.company, line) or self._party
        self.postings.append(
            Posting(
                account=account,
                amount=amount,
                foreign=amount,
                name=self._named(account, name or party),
                item=id_of(line.get("ItemRef")),
                quantity=quantity,
                stock=stock,
                line=str(line.get("TxnLineID", "")),
                party=name or party,
                class_=id_of(line.get("ClassRef") or self.record.get("ClassRef")),
                memo=line.get("Desc") or line.get("Memo") or self.record.get("Memo") or "",
            )
        )

    def rest(self, account: str, name: Key | None = None) -> None:
        """Close the entry."""
        self.about({})
        self.debit(account, -sum((posting.amount for posting in self.postings), ZERO), name)

    def account(self, field: str, special: str) -> str:
        """The record's own account, or the one that QuickBooks posts to by itself."""
        return id_of(self.record.get(field)) or self.special(special)

    def special(self, special: str) -> str:
        return str(self.company.special_account(special)["ListID"])

    def _named(self, account: str, party: Key | None) -> Key | None:
        kind = self.company.records["Account"].get(account, {}).get("AccountType", "")
        wanted = _NAMED.get(kind)
        if wanted is None:
            return None
        if party is None or party[0] != wanted:
            told = wanted.lower()
            raise refusals.not_saved(
                "Transaction", f"A posting to {kind} needs a {told} in the {told} field."
            )
        return party

    # ---- goods

    def receive(self, item: ItemFacts, quantity: Decimal, value: Decimal) -> None:
        self.movements.append(Movement(item.id, self.heading.date, quantity, value, item.cost))

    def issue(self, item: ItemFacts, quantity: Decimal) -> Decimal:
        """Note that goods go out; what they cost."""
        number = len(self.movements)
        self.movements.append(Movement(item.id, self.heading.date, -quantity, None, item.cost))
        return self.company.books.inventory.cost(self.key, number)


def entry_of(company: DesktopCompany, key: Key, record: Mapping[str, Any]) -> Entry:
    """The entry of a transaction; an empty one for types that do not post, and for what is pending."""
    entry = Entry(company, key, record)
    post = _POSTINGS.get(key[0])
    if post is not None and not record.get("IsPending"):
        post(entry, record)
    return entry


def _party(company: DesktopCompany, part: Mapping[str, Any]) -> Key | None:
    for field in ("CustomerRef", "VendorRef", "EntityRef", "PayeeEntityRef"):
        if part.get(field):
            id_ = id_of(part[field])
            return company.list_kind(id_), id_
    return None


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
    entry.about({})
    for agency, amount in tax_of_sale(entry.company, record, taxed).by_agency.items():
        entry.debit(entry.special("SalesTaxPayable"), -sign * amount, ("Vendor", agency) if agency else None)
    for name in ("Tax1Total", "Tax2Total"):
        entry.debit(entry.special("SalesTaxPayable"), -sign * (record.get(name) or ZERO))


def _sell_line(entry: Entry, line: Mapping[str, Any], sign: int) -> None:
    item = entry.company.item(id_of(line.get("ItemRef")))
    amount = line.get("Amount") or ZERO
    quantity = _quantity(line) if amount or line.get("Quantity") else ZERO
    account = id_of(line.get("OverrideItemAccountRef")) or item.income_account
    if not account:
        account = entry.special("SalesTaxPayable" if item.kind == "ItemSalesTax" else _default_income(item))
    entry.about(line)
    entry.debit(account, -sign * amount, quantity=sign * quantity)
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
    entry.debit(item.asset_account, -cost, stock=-sold)
    entry.debit(item.cogs_account, cost)


def _invoice(entry: Entry, record: Mapping[str, Any]) -> None:
    _sell(entry, record, 1)
    entry.rest(entry.account("ARAccountRef", "AccountsReceivable"))


def _credit_memo(entry: Entry, record: Mapping[str, Any]) -> None:
    _sell(entry, record, -1)
    entry.rest(entry.account("ARAccountRef", "AccountsReceivable"))


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
        entry.receive(item, quantity, amount)
        entry.debit(item.asset_account, amount, quantity=quantity, stock=quantity)
    else:
        cost = entry.issue(item, -quantity)
        entry.debit(item.asset_account, -cost, quantity=quantity, stock=quantity)
        entry.debit(item.cogs_account, amount + cost)


def _bill(entry: Entry, record: Mapping[str, Any]) -> None:
    _buy(entry, record, 1)
    entry.rest(entry.account("APAccountRef", "AccountsPayable"))


def _vendor_credit(entry: Entry, record: Mapping[str, Any]) -> None:
    _buy(entry, record, -1)
    entry.rest(entry.account("APAccountRef", "AccountsPayable"))


def _check(entry: Entry, record: Mapping[str, Any]) -> None:
    _buy(entry, record, 1)
    for each in record.get("ApplyCheckToTxn") or ():
        found = entry.company.transaction(each["TxnID"])
        if found:
            _relieve(entry, found, each.get("Amount") or ZERO)
    entry.rest(id_of(record["AccountRef"]))


def _card_charge(entry: Entry, record: Mapping[str, Any]) -> None:
    _buy(entry, record, 1)
    entry.rest(id_of(record["AccountRef"]))


def _card_credit(entry: Entry, record: Mapping[str, Any]) -> None:
    _buy(entry, record, -1)
    entry.rest(id_of(record["AccountRef"]))


# ---- payments


def _receive_payment(entry: Entry, record: Mapping[str, Any]) -> None:
    left = record.get("TotalAmount") or ZERO
    entry.debit(entry.account("DepositToAccountRef", "UndepositedFunds"), left)
    _discounts(entry, record, 1)
    for key, part in _paid(record):
        _relieve(entry, key, -part)
        left -= part
    for key, part in _discounted(record):
        _relieve(entry, key, -part)
    entry.about({})
    entry.debit(entry.account("ARAccountRef", "AccountsReceivable"), -left)


def _bill_payment(entry: Entry, record: Mapping[str, Any]) -> None:
    bank = record.get("BankAccountRef") or record.get("CreditCardAccountRef")
    entry.debit(id_of(bank), -(record.get("Amount") or ZERO))
    _discounts(entry, record, -1)
    for key, part in (*_paid(record), *_discounted(record)):
        _relieve(entry, key, part)
    # What is left of it, should there be some, stays with the vendor.
    entry.rest(entry.account("APAccountRef", "AccountsPayable"))


def _refund(entry: Entry, record: Mapping[str, Any]) -> None:
    for each in record.get("RefundAppliedToTxnRet", ()):
        _relieve(entry, (each["TxnType"], each["TxnID"]), each["RefundAmount"])
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


def _relieve(entry: Entry, target: Key, amount: Decimal) -> None:
    """Debit the receivables or payables of what is settled, with the name that it was posted with."""
    entry.about({})
    opened = next(
        (posting for posting in entry.company.books.ledger.entries.get(target, ()) if posting.name), None
    )
    if opened is not None:
        entry.debit(opened.account, amount, opened.name)


def _deposit(entry: Entry, record: Mapping[str, Any]) -> None:
    for line in record.get("DepositLineRet", ()):
        entry.about(line)
        account = id_of(line.get("AccountRef")) or entry.special("UndepositedFunds")
        entry.debit(account, -(line.get("Amount") or ZERO))
    cash = record.get("CashBackInfoRet")
    if cash:
        entry.about(cash)
        entry.debit(id_of(cash["AccountRef"]), cash.get("Amount") or ZERO)
    entry.rest(id_of(record["DepositToAccountRef"]))


# ---- the others


def _transfer(entry: Entry, record: Mapping[str, Any]) -> None:
    entry.debit(id_of(record.get("TransferToAccountRef")), record.get("Amount") or ZERO)
    entry.rest(id_of(record.get("TransferFromAccountRef")))


def _tax_payment(entry: Entry, record: Mapping[str, Any]) -> None:
    entry.debit(entry.special("SalesTaxPayable"), record.get("Amount") or ZERO)
    entry.rest(id_of(record["BankAccountRef"]))


def _journal_entry(entry: Entry, record: Mapping[str, Any]) -> None:
    for name, line in in_order(record, ("JournalDebitLine", "JournalCreditLine")):
        entry.about(line)
        sign = 1 if name == "JournalDebitLine" else -1
        if line.get("AccountRef"):
            entry.debit(id_of(line["AccountRef"]), sign * (line.get("Amount") or ZERO))


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
    "ARRefundCreditCard": _refund,
    "Bill": _bill,
    "BillPaymentCheck": _bill_payment,
    "BillPaymentCreditCard": _bill_payment,
    "BuildAssembly": _build_assembly,
    "Charge": _charge,
    "Check": _check,
    "CreditCardCharge": _card_charge,
    "CreditCardCredit": _card_credit,
    "CreditMemo": _credit_memo,
    "Deposit": _deposit,
    "InventoryAdjustment": _inventory_adjustment,
    "Invoice": _invoice,
    "ItemReceipt": _bill,
    "JournalEntry": _journal_entry,
    "ReceivePayment": _receive_payment,
    "SalesReceipt": _sales_receipt,
    "SalesTaxPaymentCheck": _tax_payment,
    "Transfer": _transfer,
    "VendorCredit": _vendor_credit,
}


def posts(kind: str) -> bool:
    """Whether transactions of this type reach the ledger."""
    return kind in _POSTINGS
