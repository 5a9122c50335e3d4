"""What happens in the shop, day by day, in a file of Desktop: sales, purchases, payments, and the clerk's corrections."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from ..shop_names import EXPENSES, NOT_STOCKED, SERVICES, STOCK
from .balances import seen
from .company import DesktopCompany
from .deposits import waiting
from .records import Record, cents
from .settling import left_of
from .shop_budgets import plan
from .shop_lists import AGENCY, ShopLists, ref
from .small_company import fill

DAYS = 364


def shop(company: DesktopCompany, seed: int = 1) -> DesktopCompany:
    """A year that ends yesterday; stamps and dates are those of the days on which it happened."""
    random = Random(seed)
    opening = _opening(company.clock())
    company.name = "Harbor Lane Goods"
    with company.at(opening):
        fill(company)
        lists = ShopLists(company, random)
        lists.stock_up()
    year = _Year(company, lists, random)
    for day in range(DAYS):
        with company.at(opening + timedelta(days=day, hours=day % 7, minutes=7 * day % 60)):
            year.live(day)
    plan(company)
    return company


def _opening(now: datetime) -> datetime:
    """A year ago, in the morning."""
    return now.replace(hour=17, minute=0, second=0, microsecond=0) - timedelta(days=DAYS)


class _Year:
    """One event after the other; `live` says which falls on which day."""

    def __init__(self, company: DesktopCompany, lists: ShopLists, random: Random) -> None:
        self.company = company
        self.lists = lists
        self.random = random
        self._number = 1000

    def live(self, day: int) -> None:
        """A day in the shop."""
        for every, offset, event in self._calendar():
            if day % every == offset:
                event()

    def _calendar(self) -> tuple[tuple[int, int, Callable[[], object]], ...]:
        """Every how many days, from which day on, what."""
        return (
            (3, 0, self.invoice),
            (5, 1, self.receive_payment),
            (9, 2, self.sales_receipt),
            (11, 3, self.bill),
            (15, 5, self.pay_bill),
            (12, 1, self.check),
            (17, 4, self.card_charge),
            (60, 31, self.card_credit),
            (14, 8, self.deposit),
            (60, 2, self.transfer),
            (30, 28, self.journal_entry),
            (30, 6, self.estimate),
            (36, 12, self.sales_order),
            (40, 11, self.purchase_order),
            (90, 70, self.item_receipt),
            (60, 15, self.credit_memo),
            (60, 40, self.settle_with_credit),
            (120, 33, self.refund),
            (90, 21, self.vendor_credit),
            (90, 60, self.count_stock),
            (120, 50, self.build),
            (30, 4, self.track_time),
            (60, 9, self.charge),
            (90, 85, self.pay_tax),
            (120, 77, self.void_invoice),
            (120, 62, self.delete_bill),
        )

    # ---- sales

    def invoice(self) -> Record:
        lines = [self._sold() for _ in range(self.random.randint(1, 4))]
        if self.random.random() < 0.2:
            lines += [{"ItemRef": ref("Subtotal")}, {"ItemRef": ref("Regulars' Discount")}]
        said: dict[str, Any] = {"CustomerRef": self._customer(), "InvoiceLineAdd": lines}
        if self.random.random() < 0.15:
            said["InvoiceLineGroupAdd"] = [{"ItemGroupRef": ref('Gift Box "Harbor"'), "Quantity": Decimal(1)}]
        if self.random.random() < 0.1:
            said["Memo"] = 'Said "no \\ slashes", paid in 2 parts - it\'s fine.'
        return self._numbered("Invoice", **said)

    def receive_payment(self) -> None:
        """For the oldest open invoice: all of it, a part, or a little too much; now and then less a discount."""
        invoice = self._open("Invoice")
        if not invoice:
            return
        left = left_of(self.company, ("Invoice", invoice["TxnID"]))
        paid = self.random.choice((left, left, left, cents(left / 2), left + 5))
        applied: dict[str, Any] = {"TxnID": invoice["TxnID"], "PaymentAmount": min(paid, left)}
        if paid == left and left > 50 and self.random.random() < 0.2:
            paid = applied["PaymentAmount"] = left - 2
            applied |= {"DiscountAmount": Decimal("2.00"), "DiscountAccountRef": ref("Discounts Given")}
        self._make(
            "ReceivePayment",
            CustomerRef=invoice["CustomerRef"],
            RefNumber=str(self.random.randint(1000, 9999)),
            TotalAmount=paid,
            PaymentMethodRef=ref(self.random.choice(("Cash", "Check", "Visa"))),
            AppliedToTxnAdd=[applied],
        )

    def sales_receipt(self) -> None:
        lines = [self._sold() for _ in range(self.random.randint(1, 3))]
        said = {"PaymentMethodRef": ref("Cash"), "SalesReceiptLineAdd": lines}
        self._numbered("SalesReceipt", CustomerRef=self._customer(), **said)

    def estimate(self) -> None:
        self._numbered("Estimate", CustomerRef=self._customer(), EstimateLineAdd=[self._sold(), self._sold()])

    def sales_order(self) -> None:
        """Two of three are invoiced at once."""
        customer, lines = self._customer(), [self._sold(), self._sold()]
        order = self._numbered("SalesOrder", CustomerRef=customer, SalesOrderLineAdd=lines)
        if order and self.random.random() < 0.66:
            self._numbered("Invoice", CustomerRef=customer, LinkToTxnID=[order["TxnID"]])

    def credit_memo(self) -> None:
        self._numbered("CreditMemo", CustomerRef=self._customer(), CreditMemoLineAdd=[self._sold()])

    def settle_with_credit(self) -> None:
        """Use a credit memo for an invoice of the same customer: links, and no transaction."""
        credit = self._open("CreditMemo")
        if not credit:
            return
        customer = credit["CustomerRef"]
        invoice = self._numbered("Invoice", CustomerRef=customer, InvoiceLineAdd=[self._sold()])
        amount = min(
            left_of(self.company, ("CreditMemo", credit["TxnID"])),
            left_of(self.company, ("Invoice", invoice["TxnID"])),
        )
        set_credit = {"CreditTxnID": credit["TxnID"], "AppliedAmount": amount}
        applied = {"TxnID": invoice["TxnID"], "SetCredit": [set_credit]}
        self._make("ReceivePayment", CustomerRef=customer, AppliedToTxnAdd=[applied])

    def refund(self) -> None:
        credit = self._numbered("CreditMemo", CustomerRef=self._customer(), CreditMemoLineAdd=[self._sold()])
        amount = left_of(self.company, ("CreditMemo", credit["TxnID"]))
        applied = [{"TxnID": credit["TxnID"], "RefundAmount": amount}]
        said = {"RefundFromAccountRef": ref("Checking"), "RefundAppliedToTxnAdd": applied}
        self._make("ARRefundCreditCard", CustomerRef=credit["CustomerRef"], **said)

    def charge(self) -> None:
        self._make("Charge", CustomerRef=self._customer(), ItemRef=ref("Design Hour"), Quantity=Decimal(1))

    # ---- purchases

    def bill(self) -> None:
        said: dict[str, Any] = {"ExpenseLineAdd": [self._spent() for _ in range(self.random.randint(1, 3))]}
        if self.random.random() < 0.5:
            said["ItemLineAdd"] = [self._restocked()]
        number = f"V-{self.random.randint(10000, 99999)}"
        self._make("Bill", VendorRef=self._vendor(), RefNumber=number, TermsRef=ref("Net 30"), **said)

    def pay_bill(self) -> None:
        bill = self._open("Bill")
        if not bill:
            return
        applied = {
            "TxnID": bill["TxnID"],
            "PaymentAmount": left_of(self.company, ("Bill", bill["TxnID"])),
        }
        said = {"PayeeEntityRef": bill["VendorRef"], "AppliedToTxnAdd": [applied]}
        if self.random.random() < 0.7:
            self._make("BillPaymentCheck", BankAccountRef=ref("Checking"), IsToBePrinted=True, **said)
        else:
            self._make("BillPaymentCreditCard", CreditCardAccountRef=ref("Company Card"), **said)

    def check(self) -> None:
        said = {"AccountRef": ref("Checking"), "PayeeEntityRef": self._vendor(), "RefNumber": self._next()}
        self._make("Check", ExpenseLineAdd=[self._spent()], **said)

    def card_charge(self) -> None:
        said = {"AccountRef": ref("Company Card"), "PayeeEntityRef": self._vendor()}
        self._make("CreditCardCharge", ExpenseLineAdd=[self._spent(), self._spent()], **said)

    def card_credit(self) -> None:
        said = {"AccountRef": ref("Company Card"), "PayeeEntityRef": self._vendor()}
        self._make("CreditCardCredit", ExpenseLineAdd=[self._spent()], **said)

    def purchase_order(self) -> None:
        """Every other one is delivered with its bill."""
        vendor, line = self._vendor(), self._restocked()
        line["Rate"] = line.pop("Cost")
        order = self._numbered("PurchaseOrder", VendorRef=vendor, PurchaseOrderLineAdd=[line])
        if self.random.random() < 0.5:
            self._make("Bill", VendorRef=vendor, LinkToTxnID=[order["TxnID"]])

    def item_receipt(self) -> None:
        self._make("ItemReceipt", VendorRef=self._vendor(), ItemLineAdd=[self._restocked()])

    def vendor_credit(self) -> None:
        self._make("VendorCredit", VendorRef=self._vendor(), ExpenseLineAdd=[self._spent()])

    # ---- the bank, the books, the stock

    def deposit(self) -> None:
        """Take to the bank what lies in the drawer, and sometimes a little interest."""
        lines: list[dict[str, Any]] = [{"PaymentTxnID": txn_id} for _, txn_id in waiting(self.company)[:6]]
        if self.random.random() < 0.5 or not lines:
            lines.append({"AccountRef": ref("Interest Earned"), "Amount": self._amount(1, 9)})
        self._make("Deposit", DepositToAccountRef=ref("Checking"), DepositLineAdd=lines)

    def transfer(self) -> None:
        accounts = {"TransferFromAccountRef": ref("Checking"), "TransferToAccountRef": ref("Savings")}
        self._make("Transfer", Amount=self._amount(100, 900), **accounts)

    def journal_entry(self) -> None:
        amount = self._amount(50, 400)
        debit = {"AccountRef": ref("Depreciation"), "Amount": amount, "Memo": "Monthly depreciation"}
        credit = {**debit, "AccountRef": ref("Accumulated Depreciation")}
        number = f"DEP-{self.company.clock():%y%m}"
        self._make("JournalEntry", RefNumber=number, JournalDebitLine=[debit], JournalCreditLine=[credit])

    def count_stock(self) -> None:
        name = self.random.choice(STOCK)[0]
        counted = {"QuantityDifference": Decimal(self.random.choice((-3, -2, -1, 1)))}
        lines = [{"ItemRef": ref(name), "QuantityAdjustment": counted}]
        said = {"AccountRef": ref("Inventory Shrinkage"), "InventoryAdjustmentLineAdd": lines}
        self._make("InventoryAdjustment", **said)

    def build(self) -> None:
        said = {"QuantityToBuild": Decimal(3), "MarkPendingIfRequired": True}
        self._make("BuildAssembly", ItemInventoryAssemblyRef=ref("Breakfast Set"), **said)

    def track_time(self) -> None:
        employee = {"ListID": self.random.choice(self.lists.employees)["ListID"]}
        said = {"EntityRef": employee, "Duration": f"PT{self.random.randint(1, 7)}H30M", "IsBillable": False}
        self._make("TimeTracking", TxnDate=self.company.clock().date().isoformat(), **said)

    def pay_tax(self) -> None:
        """What is owed to the agency by then."""
        owed = seen(self.company, "Account", self.company.special_account("SalesTaxPayable"))["Balance"]
        if owed > 0:
            lines = [{"ItemSalesTaxRef": ref("State"), "Amount": owed}]
            said = {"PayeeEntityRef": ref(AGENCY), "BankAccountRef": ref("Checking"), "IsToBePrinted": True}
            self._make("SalesTaxPaymentCheck", SalesTaxPaymentCheckLineAdd=lines, **said)

    # ---- corrections

    def void_invoice(self) -> None:
        self.company.void("Invoice", self.invoice()["TxnID"])

    def delete_bill(self) -> None:
        bill = self._make("Bill", VendorRef=self._vendor(), ExpenseLineAdd=[self._spent()])
        self.company.delete("Bill", bill["TxnID"])

    # ---- parts

    def _make(self, kind: str, **said: Any) -> Record:
        return self.lists.make(kind, **said)

    def _numbered(self, kind: str, **said: Any) -> Record:
        return self._make(kind, RefNumber=self._next(), **said)

    def _next(self) -> str:
        self._number += 1
        return str(self._number)

    def _customer(self) -> dict[str, str]:
        return {"ListID": self.random.choice(self.lists.customers)["ListID"]}

    def _vendor(self) -> dict[str, str]:
        return {"ListID": self.random.choice(self.lists.vendors)["ListID"]}

    def _amount(self, least: int, most: int) -> Decimal:
        return Decimal(self.random.randint(least * 100, most * 100)).scaleb(-2)

    def _sold(self) -> dict[str, Any]:
        name = self.random.choice((*STOCK, *STOCK, *SERVICES, *NOT_STOCKED))[0]
        line: dict[str, Any] = {"ItemRef": ref(name), "Quantity": Decimal(self.random.randint(1, 6))}
        line["ClassRef"] = ref(self.random.choice(("Retail", "Retail:Online", "Wholesale")))
        return line

    def _spent(self) -> dict[str, Any]:
        account = self.random.choice((*EXPENSES, "Utilities:Electricity", "Utilities:Water"))
        return {"AccountRef": ref(account), "Amount": self._amount(8, 420), "Memo": "As agreed"}

    def _restocked(self) -> dict[str, Any]:
        name, _, cost = self.random.choice(STOCK)
        quantity = Decimal(self.random.randint(15, 60))
        return {"ItemRef": ref(name), "Quantity": quantity, "Cost": Decimal(cost)}

    def _open(self, kind: str) -> Record:
        """The oldest with something left open; empty where there is none."""
        kept = self.company.all_of(kind)
        return next((each for each in kept if left_of(self.company, (kind, each["TxnID"])) > 0), {})
