"""What each transaction posts to the ledger, one function per type.

Every entry ends with the account that takes up the rest (receivables, payables, the bank), so it sums to zero
whatever the rates and roundings. Estimates, purchase orders and time post nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from ..company.amounts import cents, detail
from ..company.books import Books
from ..company.links import stated
from ..company.records import Record
from .entry import Entry
from .exchange import relief
from .ledger import ZERO, Key, Posting
from .tax_accounts import tax_account

SHIPPING = "SHIPPING_ITEM_ID"


def entry_of(books: Books, key: Key, record: Record) -> Entry:
    """The entry of a record; an empty one for types that do not post."""
    entry = Entry(books, key, record)
    post = _POSTINGS.get(key[0])
    if post is not None:
        post(entry, record)
    return entry


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
        entry.about_header()
        entry.credit(tax_account(entry.books), sign * tax)


def _sell_line(entry: Entry, line: Record, sign: int) -> None:
    part = detail(line)
    match line["DetailType"]:
        case "SalesItemLineDetail":
            entry.about_line(line, part)
            quantity = sign * part.get("Qty", ZERO)
            entry.credit(_income_account(entry, part), sign * line["Amount"], quantity=-quantity)
            _move_goods(entry, part, quantity)
        case "GroupLineDetail":
            for inner in part.get("Line", ()):
                _sell_line(entry, inner, sign)
        case "DiscountLineDetail":
            entry.about_line(line, part)
            entry.debit(part["DiscountAccountRef"]["value"], sign * line["Amount"])


def _income_account(entry: Entry, part: Record) -> str:
    if "ItemAccountRef" in part:
        return str(part["ItemAccountRef"]["value"])
    shipping = part.get("ItemRef", {}).get("value") == SHIPPING
    return entry.own("ShippingFreightDelivery" if shipping else "SalesOfProductIncome")


def _move_goods(entry: Entry, part: Record, sold: Decimal) -> None:
    """Goods that were sold leave at their cost; what is taken back comes in at the item's PurchaseCost."""
    item = _item(entry, part) if sold else {}
    if item.get("Type") != "Inventory":
        return
    if sold > 0:
        cost = entry.issue(item, sold)
    else:
        cost = cents(sold * Decimal(item.get("PurchaseCost", 0)))
        entry.receive(item, -sold, -cost)
    entry.at_home(item["AssetAccountRef"]["value"], -cost, stock=-sold)
    if cost:
        entry.at_home(item["ExpenseAccountRef"]["value"], cost)


def _item(entry: Entry, part: Record) -> Record:
    return entry.books.find("Item", part.get("ItemRef", {}).get("value", "")) or {}


def _payment(entry: Entry, record: Record) -> None:
    entry.debit(record["DepositToAccountRef"]["value"], record["TotalAmt"])
    receivables = entry.own("AccountsReceivable", entry.currency)
    _settle(entry, record, receivables, ("Customer", record["CustomerRef"]["value"]))


def _bill_payment(entry: Entry, record: Record) -> None:
    way = record.get("CheckPayment") or record.get("CreditCardPayment") or {}
    account = way.get("BankAccountRef") or way["CCAccountRef"]
    entry.credit(account["value"], record["TotalAmt"])
    _settle(entry, record, record["APAccountRef"]["value"], ("Vendor", record["VendorRef"]["value"]))


def _settle(entry: Entry, record: Record, account: str, name: Key) -> None:
    """Relieve what is settled as it was posted, leave the rest open on the account, realize the difference."""
    for link in stated(entry.key[0], record):
        taken = relief(entry.books, entry.key, link.target, link.amount, _opened_by(link.target, name))
        if taken:
            entry.post(taken.account, taken.home, taken.foreign, taken.name)
    entry.debit(account, -entry.foreign_balance, name)
    _realize(entry)


def _opened_by(target: Key, name: Key) -> Callable[[Posting], bool]:
    """Which postings of a target a payment settles: a journal entry may have lines of several names."""
    if target[0] == "JournalEntry":
        return lambda posting: posting.name == name
    return lambda posting: posting.name is not None and posting.name[0] == name[0]


def _realize(entry: Entry) -> None:
    """Close an entry abroad with the exchange gain or loss; one at home has none."""
    if entry.balance:
        entry.at_home(entry.own("ExchangeGainOrLoss"), -entry.balance)


def _bill(entry: Entry, record: Record) -> None:
    _buy(entry, record, 1)
    _rest_to_payables(entry, record)


def _vendor_credit(entry: Entry, record: Record) -> None:
    _buy(entry, record, -1)
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
        entry.about_header()
        entry.debit(tax_account(entry.books), sign * tax)


def _buy_line(entry: Entry, line: Record, sign: int) -> None:
    part, amount = detail(line), sign * line["Amount"]
    entry.about_line(line, part)
    if "AccountRef" in part:
        entry.debit(part["AccountRef"]["value"], amount)
        return
    item, quantity = _item(entry, part), sign * Decimal(part.get("Qty", 0))
    if item.get("Type") == "Inventory":
        _buy_goods(entry, item, amount, quantity)
    else:
        account = item.get("ExpenseAccountRef", {}).get("value") or entry.own("OtherMiscellaneousServiceCost")
        entry.debit(account, amount, quantity=quantity)


def _buy_goods(entry: Entry, item: Record, amount: Decimal, quantity: Decimal) -> None:
    """What is bought is worth its price; what goes back to the vendor leaves at its cost."""
    asset, value = item["AssetAccountRef"]["value"], entry.home(amount)
    if quantity >= 0:
        entry.post(asset, value, amount, None, quantity, quantity)
        if quantity:
            entry.receive(item, quantity, value)
        return
    cost = entry.issue(item, -quantity)
    entry.post(asset, -cost, amount, None, quantity, quantity)
    if value + cost:
        entry.post(item["ExpenseAccountRef"]["value"], value + cost, ZERO)


def _deposit(entry: Entry, record: Record) -> None:
    for line in record["Line"]:
        _deposit_line(entry, line)
    entry.about_header()
    cash_back = record.get("CashBack")
    if cash_back and "AccountRef" in cash_back:
        entry.debit(cash_back["AccountRef"]["value"], cents(cash_back.get("Amount", ZERO)))
    entry.debit(record["DepositToAccountRef"]["value"], -entry.foreign_balance)
    _realize(entry)


def _deposit_line(entry: Entry, line: Record) -> None:
    part = detail_or_empty(line)
    entry.about_line(line, part)
    account = part.get("AccountRef", {}).get("value") or entry.own("UndepositedFunds")
    links = stated("Deposit", {"Line": [line]})
    taken = (
        relief(entry.books, entry.key, links[0].target, line["Amount"], lambda p: p.account == account)
        if links
        else None
    )
    if taken:
        entry.post(taken.account, taken.home, taken.foreign)
    else:
        entry.credit(account, line["Amount"], _name_of_line(entry, part))


def detail_or_empty(line: Record) -> Record:
    """A line that only links something has no DetailType."""
    return detail(line) if "DetailType" in line else {}


def _name_of_line(entry: Entry, part: Record) -> Key | None:
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
            entry.about_line(line, part)
            sign = 1 if part["PostingType"] == "Debit" else -1
            entry.debit(part["AccountRef"]["value"], sign * line["Amount"], _name_of_line(entry, part))
            if part.get("TaxAmount"):
                entry.debit(tax_account(entry.books), sign * part["TaxAmount"])
    # Rounding of several foreign lines may leave a cent.
    _realize(entry)


def _inventory_adjustment(entry: Entry, record: Record) -> None:
    for line in record["Line"]:
        part = detail(line)
        item, quantity = _item(entry, part), Decimal(part["QtyDiff"])
        if item.get("Type") == "Inventory" and quantity:
            entry.about_line(line, part)
            _adjust(entry, item, quantity)
    entry.rest(record["AdjustAccountRef"]["value"])


def _adjust(entry: Entry, item: Record, quantity: Decimal) -> None:
    if quantity > 0:
        value = cents(quantity * Decimal(item.get("PurchaseCost", 0)))
        entry.receive(item, quantity, value)
    else:
        value = -entry.issue(item, -quantity)
    entry.at_home(item["AssetAccountRef"]["value"], value, quantity, quantity)


def _tax_payment(entry: Entry, record: Record) -> None:
    amount = cents(record["PaymentAmount"]) * (-1 if record.get("Refund") else 1)
    entry.debit(tax_account(entry.books), amount)
    entry.rest(record["PaymentAccountRef"]["value"])


def starting_stock(books: Books, item: Record, quantity: Decimal) -> Entry:
    """What an inventory item is created with."""
    entry = Entry(books, ("Item", item["Id"]), {"TxnDate": item.get("InvStartDate", "")})
    entry.about_line({}, {"ItemRef": {"value": item["Id"]}})
    _adjust(entry, item, quantity)
    entry.rest(entry.own("OpeningBalanceEquity"))
    return entry


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
