"""What each transaction posts to the ledger, one function per type.

Every entry ends with the account that takes up the rest (receivables, payables, the bank), so it sums to zero
whatever the rates and roundings. Estimates, purchase orders and time post nothing. Goods are costed at the item's
PurchaseCost: the place for FIFO layers is `_cost_of_goods`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from .amounts import cents, detail
from .books import Books
from .ledger import ZERO, Key, Posting
from .records import Record


class Entry:
    """The postings of one record, in its currency and the home currency."""

    def __init__(self, books: Books, record: Record) -> None:
        self.books = books
        self.currency: str = record.get("CurrencyRef", {}).get("value", books.home_currency)
        self.postings: list[Posting] = []
        self._rate = Decimal(record.get("ExchangeRate", 1))

    def debit(self, account: str, amount: Decimal, name: Key | None = None) -> None:
        if amount:
            self.postings.append(Posting(account, cents(amount * self._rate), amount, name))

    def credit(self, account: str, amount: Decimal, name: Key | None = None) -> None:
        self.debit(account, -amount, name)

    def stock(self, account: str, amount: Decimal, item: str, quantity: Decimal) -> None:
        """Move goods; an account of goods is kept in the home currency."""
        self.postings.append(Posting(account, amount, amount, None, item, quantity))

    def rest(self, account: str, name: Key | None = None) -> None:
        """Close the entry."""
        home = sum((posting.amount for posting in self.postings), ZERO)
        foreign = sum((posting.foreign for posting in self.postings), ZERO)
        if home or foreign:
            self.postings.append(Posting(account, -home, -foreign, name))

    def own(self, sub_type: str, currency: str = "") -> str:
        """The id of an account that QuickBooks posts to by itself."""
        return str(self.books.account(sub_type, currency)["Id"])


def postings_of(books: Books, type_name: str, record: Record) -> list[Posting]:
    """What a record posts; nothing for types that do not post."""
    post = _POSTINGS.get(type_name)
    if post is None:
        return []
    entry = Entry(books, record)
    post(entry, record)
    return entry.postings


def _invoice(entry: Entry, record: Record) -> None:
    _sell(entry, record, 1)
    _rest_to_receivables(entry, record)


def _credit_memo(entry: Entry, record: Record) -> None:
    _sell(entry, record, -1)
    _rest_to_receivables(entry, record)


def _sales_receipt(entry: Entry, record: Record) -> None:
    _sell(entry, record, 1)
    entry.rest(record["DepositToAccountRef"]["value"])


def _refund_receipt(entry: Entry, record: Record) -> None:
    _sell(entry, record, -1)
    entry.rest(record["DepositToAccountRef"]["value"])


def _rest_to_receivables(entry: Entry, record: Record) -> None:
    entry.rest(entry.own("AccountsReceivable", entry.currency), ("Customer", record["CustomerRef"]["value"]))


def _sell(entry: Entry, record: Record, sign: int) -> None:
    for line in record["Line"]:
        _sell_line(entry, line, sign)
    tax = record.get("TxnTaxDetail", {}).get("TotalTax", ZERO)
    if tax:
        entry.credit(entry.own("SalesTaxPayable"), sign * tax)


def _sell_line(entry: Entry, line: Record, sign: int) -> None:
    part = detail(line)
    match line["DetailType"]:
        case "GroupLineDetail":
            for inner in part.get("Line", ()):
                _sell_line(entry, inner, sign)
        case "DiscountLineDetail":
            entry.debit(part["DiscountAccountRef"]["value"], sign * line["Amount"])
        case "SalesItemLineDetail":
            entry.credit(_income_account(entry, part), sign * line["Amount"])
            _cost_of_goods(entry, part, sign)


def _income_account(entry: Entry, part: Record) -> str:
    if "ItemAccountRef" in part:
        return str(part["ItemAccountRef"]["value"])
    shipping = part.get("ItemRef", {}).get("value") == "SHIPPING_ITEM_ID"
    return entry.own("ShippingFreightDelivery" if shipping else "SalesOfProductIncome")


def _cost_of_goods(entry: Entry, part: Record, sign: int) -> None:
    item = _item(entry, part)
    quantity = Decimal(part.get("Qty", 0))
    if item.get("Type") != "Inventory" or not quantity:
        return
    cost = cents(quantity * Decimal(item.get("PurchaseCost", 0))) * sign
    entry.stock(item["AssetAccountRef"]["value"], -cost, item["Id"], -sign * quantity)
    entry.stock(item["ExpenseAccountRef"]["value"], cost, "", ZERO)


def _item(entry: Entry, part: Record) -> Record:
    return entry.books.find("Item", part.get("ItemRef", {}).get("value", "")) or {}


def _payment(entry: Entry, record: Record) -> None:
    entry.debit(record["DepositToAccountRef"]["value"], record["TotalAmt"])
    _rest_to_receivables(entry, record)


def _bill(entry: Entry, record: Record) -> None:
    _buy(entry, record, 1)
    _rest_to_payables(entry, record)


def _vendor_credit(entry: Entry, record: Record) -> None:
    _buy(entry, record, -1)
    _rest_to_payables(entry, record)


def _bill_payment(entry: Entry, record: Record) -> None:
    way = record.get("CheckPayment") or record.get("CreditCardPayment") or {}
    account = way.get("BankAccountRef") or way["CCAccountRef"]
    entry.credit(account["value"], record["TotalAmt"])
    _rest_to_payables(entry, record)


def _rest_to_payables(entry: Entry, record: Record) -> None:
    entry.rest(record["APAccountRef"]["value"], ("Vendor", record["VendorRef"]["value"]))


def _purchase(entry: Entry, record: Record) -> None:
    _buy(entry, record, -1 if record.get("Credit") else 1)
    entry.rest(record["AccountRef"]["value"])


def _buy(entry: Entry, record: Record, sign: int) -> None:
    for line in record["Line"]:
        _buy_line(entry, line, sign)
    tax = record.get("TxnTaxDetail", {}).get("TotalTax", ZERO)
    if tax:
        entry.debit(entry.own("SalesTaxPayable"), sign * tax)


def _buy_line(entry: Entry, line: Record, sign: int) -> None:
    part, amount = detail(line), sign * line["Amount"]
    if "AccountRef" in part:
        entry.debit(part["AccountRef"]["value"], amount)
        return
    item = _item(entry, part)
    if item.get("Type") == "Inventory":
        entry.debit(item["AssetAccountRef"]["value"], amount)
        entry.stock(item["AssetAccountRef"]["value"], ZERO, item["Id"], sign * Decimal(part.get("Qty", 0)))
    else:
        account = item.get("ExpenseAccountRef", {}).get("value") or entry.own("OtherMiscellaneousServiceCost")
        entry.debit(account, amount)


def _deposit(entry: Entry, record: Record) -> None:
    for line in record["Line"]:
        entry.credit(_deposited_from(entry, line), line["Amount"], _party_of(entry, detail_or_empty(line)))
    cash_back = record.get("CashBack")
    if cash_back and "AccountRef" in cash_back:
        entry.debit(cash_back["AccountRef"]["value"], cents(cash_back.get("Amount", ZERO)))
    entry.rest(record["DepositToAccountRef"]["value"])


def _deposited_from(entry: Entry, line: Record) -> str:
    part = detail_or_empty(line)
    if "AccountRef" in part:
        return str(part["AccountRef"]["value"])
    return entry.own("UndepositedFunds")


def detail_or_empty(line: Record) -> Record:
    """A line that only links something has no DetailType."""
    return detail(line) if "DetailType" in line else {}


def _party_of(entry: Entry, part: Record) -> Key | None:
    """Whose balance a line moves: only lines on receivables and payables move one."""
    account = entry.books.find("Account", part.get("AccountRef", {}).get("value", "")) or {}
    party = part.get("Entity", {})
    id_ = party.get("EntityRef", party).get("value", "")
    wanted = {"Accounts Receivable": "Customer", "Accounts Payable": "Vendor"}.get(
        account.get("AccountType", "")
    )
    return (wanted, id_) if wanted and id_ else None


def _transfer(entry: Entry, record: Record) -> None:
    entry.debit(record["ToAccountRef"]["value"], record["Amount"])
    entry.rest(record["FromAccountRef"]["value"])


def _card_payment(entry: Entry, record: Record) -> None:
    entry.debit(record["CreditCardAccountRef"]["value"], record["Amount"])
    entry.rest(record["BankAccountRef"]["value"])


def _journal_entry(entry: Entry, record: Record) -> None:
    for line in record["Line"]:
        part = detail(line)
        if line["DetailType"] == "JournalEntryLineDetail":
            sign = 1 if part["PostingType"] == "Debit" else -1
            entry.debit(part["AccountRef"]["value"], sign * line["Amount"], _party_of(entry, part))
    # Rounding of several foreign lines may leave a cent.
    entry.rest(entry.own("ExchangeGainOrLoss") if entry.currency != entry.books.home_currency else "")


def _inventory_adjustment(entry: Entry, record: Record) -> None:
    for line in record["Line"]:
        part = detail(line)
        item, quantity = _item(entry, part), Decimal(part["QtyDiff"])
        value = cents(quantity * Decimal(item.get("PurchaseCost", 0)))
        if item.get("Type") == "Inventory":
            entry.stock(item["AssetAccountRef"]["value"], value, item["Id"], quantity)
    entry.rest(record["AdjustAccountRef"]["value"])


def _tax_payment(entry: Entry, record: Record) -> None:
    amount = cents(record["PaymentAmount"]) * (-1 if record.get("Refund") else 1)
    entry.debit(entry.own("SalesTaxPayable"), amount)
    entry.rest(record["PaymentAccountRef"]["value"])


def starting_stock(books: Books, item: Record, quantity: Decimal) -> list[Posting]:
    """What an inventory item is created with."""
    entry = Entry(books, {})
    value = cents(quantity * Decimal(item.get("PurchaseCost", 0)))
    entry.stock(item["AssetAccountRef"]["value"], value, item["Id"], quantity)
    entry.rest(entry.own("OpeningBalanceEquity"))
    return entry.postings


def opening_balance(books: Books, account: Record, amount: Decimal) -> list[Posting]:
    """What an account is created with."""
    entry = Entry(books, account)
    entry.debit(account["Id"], cents(amount))
    entry.rest(entry.own("OpeningBalanceEquity"))
    return entry.postings


_POSTINGS: Mapping[str, Callable[[Entry, Record], None]] = {
    "Bill": _bill,
    "BillPayment": _bill_payment,
    "CreditCardPaymentTxn": _card_payment,
    "CreditMemo": _credit_memo,
    "Deposit": _deposit,
    "InventoryAdjustment": _inventory_adjustment,
    "Invoice": _invoice,
    "JournalEntry": _journal_entry,
    "Payment": _payment,
    "Purchase": _purchase,
    "RefundReceipt": _refund_receipt,
    "SalesReceipt": _sales_receipt,
    "TaxPayment": _tax_payment,
    "Transfer": _transfer,
    "VendorCredit": _vendor_credit,
}
