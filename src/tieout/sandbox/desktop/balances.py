"""What a record shows beyond what was said of it: balances, what is paid and what is left, stock, links.

Nothing of this is kept in the record; it follows from books and links whenever a record is shown, so that it cannot be wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ...catalog.qbxml.rets import ret_of
from .currencies import at_home, currency_of_account, rate_of, with_home_amounts
from .orders import left_of_line
from .records import NO_MONEY, ZERO, Key, Record, called, cents, id_of, item_lines
from .settling import left_of, to_settle
from .special_accounts import DEBIT_TYPES, RESULT_TYPES
from .stock_changes import can_build

if TYPE_CHECKING:
    from .company import DesktopCompany

_LINKING = (
    "Bill",
    "Charge",
    "Check",
    "CreditMemo",
    "Invoice",
    "ItemReceipt",
    "PurchaseOrder",
    "SalesOrder",
    "VendorCredit",
)
_ORDER_OF = {"SalesOrder": "Invoiced", "PurchaseOrder": "ReceivedQuantity"}


def seen(company: DesktopCompany, kind: str, record: Record) -> Record:
    """The record as QuickBooks shows it today."""
    show = _SHOWN.get(kind)
    found = show(company, record) if show else {}
    shown = {**record, **found}
    if kind in _LINKING:
        links = list(_linked(company, (kind, record["TxnID"])))
        if links:
            shown["LinkedTxn"] = links
    if company.home_currency and "TxnID" in record:
        ret = ret_of(kind, company.edition)
        return with_home_amounts(ret.kind, ret.name, company.edition, shown, rate_of(record))
    return shown


# ---- lists


def account_balance(company: DesktopCompany, account: Mapping[str, Any]) -> Decimal:
    """In its natural direction and its own currency; accounts of the profit and loss show none in the list."""
    if account["AccountType"] in RESULT_TYPES:
        return NO_MONEY
    ledger, own = company.books.ledger, account["ListID"]
    kept = ledger.foreign if currency_of_account(company, own) else ledger.accounts
    amount = kept.get(own, ZERO)
    return cents(amount if account["AccountType"] in DEBIT_TYPES else -amount)


def _account(company: DesktopCompany, record: Record) -> Record:
    if record["AccountType"] == "NonPosting":
        return {}
    own = account_balance(company, record)
    below = [account_balance(company, each) for each in _below(company, "Account", record)]
    return {"Balance": own, "TotalBalance": sum(below, own)}


def _customer(company: DesktopCompany, record: Record) -> Record:
    names = company.books.ledger.names
    own = cents(names.get(("Customer", record["ListID"]), ZERO))
    below = [names.get(("Customer", each["ListID"]), ZERO) for each in _below(company, "Customer", record)]
    return {"Balance": own, "TotalBalance": cents(sum(below, own))}


def _vendor(company: DesktopCompany, record: Record) -> Record:
    return {"Balance": cents(-company.books.ledger.names.get(("Vendor", record["ListID"]), ZERO))}


def _below(company: DesktopCompany, kind: str, record: Mapping[str, Any]) -> Iterator[Record]:
    for each in company.all_of(kind):
        if id_of(each.get("ParentRef")) == record["ListID"]:
            yield each
            yield from _below(company, kind, each)


def _stock(company: DesktopCompany, record: Record) -> Record:
    item = record["ListID"]
    return {
        "QuantityOnHand": company.books.ledger.stock.get(item, ZERO),
        "AverageCost": company.average_cost(item),
        "QuantityOnOrder": _ordered(company, "PurchaseOrder", item),
        "QuantityOnSalesOrder": _ordered(company, "SalesOrder", item),
    }


def _ordered(company: DesktopCompany, kind: str, item: str) -> Decimal:
    return sum(
        (
            left_of_line(company, (kind, order["TxnID"]), line)
            for order in company.all_of(kind)
            for line in item_lines(kind, order)
            if id_of(line.get("ItemRef")) == item
        ),
        ZERO,
    )


# ---- what is paid


def _invoice(company: DesktopCompany, record: Record) -> Record:
    key = ("Invoice", record["TxnID"])
    left = cents(left_of(company, key))
    applied = company.books.links.settled(key)
    return {"AppliedAmount": cents(-applied), "BalanceRemaining": left, "IsPaid": left == 0}


def _charge(company: DesktopCompany, record: Record) -> Record:
    left = cents(left_of(company, ("Charge", record["TxnID"])))
    return {"BalanceRemaining": left, "IsPaid": left == 0}


def _bill(company: DesktopCompany, record: Record) -> Record:
    left = cents(left_of(company, ("Bill", record["TxnID"])))
    return {"OpenAmount": left, "IsPaid": left == 0}


def _vendor_credit(company: DesktopCompany, record: Record) -> Record:
    return {"OpenAmount": cents(left_of(company, ("VendorCredit", record["TxnID"])))}


def _credit_memo(company: DesktopCompany, record: Record) -> Record:
    return {"CreditRemaining": cents(left_of(company, ("CreditMemo", record["TxnID"])))}


def _receive_payment(company: DesktopCompany, record: Record) -> Record:
    left = cents(left_of(company, ("ReceivePayment", record["TxnID"])))
    return {**_applied(company, record), "UnusedPayment": left, "UnusedCredits": NO_MONEY}


def _applied(company: DesktopCompany, record: Record) -> Record:
    parts = []
    for each in record.get("AppliedToTxnRet") or ():
        target: Key = (each["TxnType"], each["TxnID"])
        paid = company.records[target[0]][target[1]]
        told = {"TxnDate": paid["TxnDate"], "BalanceRemaining": cents(left_of(company, target))}
        if paid.get("RefNumber"):
            told["RefNumber"] = paid["RefNumber"]
        parts.append({**each, **told, "Amount": cents(each.get("Amount") or ZERO)})
    return {"AppliedToTxnRet": parts}


def _refund(company: DesktopCompany, record: Record) -> Record:
    parts = []
    for each in record.get("RefundAppliedToTxnRet") or ():
        source: Key = (each["TxnType"], each["TxnID"])
        credit = company.records[source[0]][source[1]]
        left = cents(left_of(company, source))
        told = {"TxnDate": credit["TxnDate"], "CreditRemaining": left}
        if company.home_currency:
            told["CreditRemainingInHomeCurrency"] = at_home(credit, left)
        if credit.get("RefNumber"):
            told["RefNumber"] = credit["RefNumber"]
        parts.append({**each, **told})
    return {"RefundAppliedToTxnRet": parts}


def _linked(company: DesktopCompany, key: Key) -> Iterator[Record]:
    """Amounts are negative: each takes something away from what is open."""
    links = company.books.links
    for other, part in links.sources_of(key).items():
        yield _link(company, other, "AMTTYPE", -part.whole)
    if key[0] not in ("BillPaymentCheck", "ReceivePayment"):
        for other, part in links.targets_of(key).items():
            yield _link(company, other, "AMTTYPE", -part.amount)
    for other in links.orders_of(key):
        yield _link(company, other, "QUANTYPE", to_settle(company, key))
    for other in links.fulfilled_by(key):
        yield _link(company, other, "QUANTYPE", to_settle(company, other))


def _link(company: DesktopCompany, key: Key, how: str, amount: Decimal) -> Record:
    record = company.records[key[0]][key[1]]
    told: Record = {"TxnID": key[1], "TxnType": key[0], "TxnDate": record["TxnDate"]}
    if record.get("RefNumber"):
        told["RefNumber"] = called(record)
    return {**told, "LinkType": how, "Amount": cents(amount)}


# ---- orders, stock


def _order(kind: str) -> Callable[[DesktopCompany, Record], Record]:
    def show(company: DesktopCompany, record: Record) -> Record:
        key = (kind, record["TxnID"])
        found: Record = {}
        for name in (f"{kind}LineRet", f"{kind}LineGroupRet"):
            if name in record:
                found[name] = [_order_line(company, key, line) for line in record[name]]
        open_ = any(left_of_line(company, key, line) for line in item_lines(kind, record))
        whole = "IsFullyInvoiced" if kind == "SalesOrder" else "IsFullyReceived"
        return {**found, whole: not open_ and not record.get("IsManuallyClosed")}

    return show


def _order_line(company: DesktopCompany, order: Key, line: Record) -> Record:
    inner = {
        name: [_order_line(company, order, each) for each in value]
        for name, value in line.items()
        if name.endswith("LineRet")
    }
    if line.get("Quantity") is None or inner:
        return {**line, **inner}
    done = company.books.links.fulfilled(order, line["TxnLineID"])
    return {"IsManuallyClosed": False, **line, _ORDER_OF[order[0]]: done}


def _adjustment(company: DesktopCompany, record: Record) -> Record:
    entry = company.books.ledger.entries.get(("InventoryAdjustment", record["TxnID"]), ())
    lines = []
    for line in record.get("InventoryAdjustmentLineRet", ()):
        own = (each.amount for each in entry if each.line == line["TxnLineID"])
        lines.append({**line, "ValueDifference": cents(sum(own, ZERO))})
    return {"InventoryAdjustmentLineRet": lines}


def _build(company: DesktopCompany, record: Record) -> Record:
    item = id_of(record["ItemInventoryAssemblyRef"])
    stock = company.books.ledger.stock
    return {
        "QuantityCanBuild": can_build(company, company.item(item).record),
        "QuantityOnHand": stock.get(item, ZERO),
        "QuantityOnSalesOrder": _ordered(company, "SalesOrder", item),
        "ComponentItemLineRet": [
            {**line, "QuantityOnHand": stock.get(id_of(line["ItemRef"]), ZERO)}
            for line in record.get("ComponentItemLineRet", ())
        ],
    }


def _transfer(company: DesktopCompany, record: Record) -> Record:
    accounts = company.records["Account"]
    return {
        f"{side}AccountBalance": account_balance(
            company, accounts[id_of(record[f"Transfer{side}AccountRef"])]
        )
        for side in ("From", "To")
        if record.get(f"Transfer{side}AccountRef")
    }


_SHOWN: Mapping[str, Callable[[DesktopCompany, Record], Record]] = {
    "ARRefundCreditCard": _refund,
    "Account": _account,
    "Bill": _bill,
    "BillPaymentCheck": _applied,
    "BillPaymentCreditCard": _applied,
    "BuildAssembly": _build,
    "Charge": _charge,
    "CreditMemo": _credit_memo,
    "Customer": _customer,
    "InventoryAdjustment": _adjustment,
    "Invoice": _invoice,
    "ItemInventory": _stock,
    "ItemInventoryAssembly": _stock,
    "PurchaseOrder": _order("PurchaseOrder"),
    "ReceivePayment": _receive_payment,
    "SalesOrder": _order("SalesOrder"),
    "Transfer": _transfer,
    "Vendor": _vendor,
    "VendorCredit": _vendor_credit,
}
