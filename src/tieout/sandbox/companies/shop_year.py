"""What happens in the shop, day by day: sales, purchases, payments, and the clerk's corrections."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

from ..company.amounts import cents
from ..company.company import Company
from ..company.records import Record
from ..shop_names import EXPENSES
from .shop_lists import ShopLists

SALES_TAX = "1"
"""The tax code that the shop made."""


class ShopYear:
    """One event after the other; `live` says which falls on which day."""

    def __init__(self, company: Company, lists: ShopLists, random: Random) -> None:
        self.company = company
        self.lists = lists
        self.random = random

    def live(self, day: int) -> None:
        """A day in the shop."""
        for every, offset, event in self._calendar():
            if day % every == offset:
                event()

    def _calendar(self) -> tuple[tuple[int, int, Any], ...]:
        """Every how many days, from which day on, what."""
        return (
            (2, 0, self.invoice),
            (3, 1, self.receive_payment),
            (5, 2, self.sales_receipt),
            (6, 3, self.bill),
            (9, 5, self.pay_bill),
            (4, 1, self.purchase),
            (14, 8, self.deposit),
            (30, 2, self.transfer),
            (30, 28, self.journal_entry),
            (18, 6, self.estimate),
            (25, 11, self.purchase_order),
            (40, 15, self.credit_memo),
            (60, 33, self.refund),
            (55, 21, self.vendor_credit),
            (30, 12, self.pay_card),
            (90, 60, self.count_stock),
            (11, 4, self.track_time),
            (35, 9, self.note),
            (91, 3, self.invoice_abroad),
            (120, 7, self.bill_from_abroad),
            (70, 50, self.void_invoice),
            (80, 62, self.delete_bill),
            (60, 40, self.settle_with_credit),
            (364, 1, self.budget),
            (121, 17, self.template),
            (150, 20, self.reimburse),
        )

    def invoice(self) -> Record:
        lines = [self._sold() for _ in range(self.random.randint(1, 5))]
        if self.random.random() < 0.2:
            lines.append(
                {
                    "DetailType": "DiscountLineDetail",
                    "DiscountLineDetail": {"PercentBased": True, "DiscountPercent": 10},
                }
            )
        if self.random.random() < 0.15:
            lines.append(
                {"DetailType": "DescriptionOnly", "Description": "Thank you!\nCome again: ½ price “on us”"}
            )
        fields: dict[str, Any] = {"CustomerRef": self._customer(), "Line": lines}
        fields |= {
            "TxnTaxDetail": {"TxnTaxCodeRef": {"value": SALES_TAX}},
            "DepartmentRef": self._one(self.lists.departments),
        }
        fields["CustomerMemo"] = {"value": "Thank you for shopping with us."}
        if self.random.random() < 0.1:
            fields["PrivateNote"] = 'Said "no \\ slashes", paid in 2 parts — it\'s fine.'
        return self._make("Invoice", **fields)

    def invoice_abroad(self) -> Record:
        return self._make(
            "Invoice", CustomerRef=self._one(self.lists.abroad), Line=[self._sold(), self._sold()]
        )

    def receive_payment(self) -> None:
        """For the oldest open invoice: all of it, a part, or a little too much."""
        invoice = self._open("Invoice")
        if invoice is None:
            return
        balance = invoice["Balance"]
        paid = self.random.choice((balance, balance, balance, cents(balance / 2), balance + 5))
        line = _settling("Invoice", invoice["Id"], min(paid, balance))
        method = {"value": str(self.random.randint(1, 4))}
        fields = {"CustomerRef": _ref(invoice["CustomerRef"]), "CurrencyRef": _ref(invoice["CurrencyRef"])}
        number = str(self.random.randint(1000, 9999))
        self._make(
            "Payment", TotalAmt=paid, Line=[line], PaymentMethodRef=method, PaymentRefNum=number, **fields
        )

    def sales_receipt(self) -> None:
        lines = [self._sold() for _ in range(self.random.randint(1, 3))]
        self._make("SalesReceipt", CustomerRef=self._customer(), Line=lines, PaymentMethodRef={"value": "1"})

    def bill(self) -> None:
        lines = [self._spent() for _ in range(self.random.randint(1, 3))]
        if self.random.random() < 0.5:
            lines.append(self._restocked())
        number = f"V-{self.random.randint(10000, 99999)}"
        self._make("Bill", VendorRef=self._one(self.lists.vendors), Line=lines, DocNumber=number)

    def bill_from_abroad(self) -> None:
        self._make("Bill", VendorRef={"value": self.lists.vendor_abroad}, Line=[self._spent()])

    def pay_bill(self) -> None:
        bill = self._open("Bill")
        if bill is None:
            return
        ways: tuple[dict[str, Any], ...] = (
            {"PayType": "Check", "CheckPayment": {"BankAccountRef": self.lists.account("Checking")}},
            {
                "PayType": "CreditCard",
                "CreditCardPayment": {"CCAccountRef": self.lists.account("Company Card")},
            },
        )
        line = _settling("Bill", bill["Id"], bill["Balance"])
        fields = {"VendorRef": _ref(bill["VendorRef"]), "CurrencyRef": _ref(bill["CurrencyRef"])}
        self._make("BillPayment", TotalAmt=bill["Balance"], Line=[line], **fields, **self.random.choice(ways))

    def purchase(self) -> None:
        kind, account = self.random.choice(
            (("Cash", "Petty Cash"), ("Check", "Checking"), ("CreditCard", "Company Card"))
        )
        lines = [self._spent() for _ in range(self.random.randint(1, 2))]
        party = {**self._one(self.lists.vendors), "type": "Vendor"}
        self._make(
            "Purchase", PaymentType=kind, AccountRef=self.lists.account(account), EntityRef=party, Line=lines
        )

    def deposit(self) -> None:
        """Take to the bank what lies in the drawer, and sometimes a little interest."""
        lines = [
            {
                "Amount": record["TotalAmt"],
                "LinkedTxn": [{"TxnId": record["Id"], "TxnType": "Payment", "TxnLineId": "0"}],
            }
            for record in self._in_the_drawer()[:4]
        ]
        if self.random.random() < 0.5 or not lines:
            earned = {"AccountRef": self.lists.account("Interest Earned")}
            lines.append(
                {"Amount": self._amount(1, 9), "DetailType": "DepositLineDetail", "DepositLineDetail": earned}
            )
        self._make("Deposit", DepositToAccountRef=self.lists.account("Checking"), Line=lines)

    def transfer(self) -> None:
        accounts = {
            "FromAccountRef": self.lists.account("Checking"),
            "ToAccountRef": self.lists.account("Savings"),
        }
        self._make("Transfer", Amount=self._amount(100, 900), **accounts)

    def journal_entry(self) -> None:
        amount = self._amount(50, 400)
        debit, credit = self.lists.account("Depreciation"), self.lists.account("Accumulated Depreciation")
        lines = [_journal_line("Debit", debit, amount), _journal_line("Credit", credit, amount)]
        self._make("JournalEntry", Line=lines, DocNumber=f"DEP-{self.company.books.today():%Y-%m}-{amount}")

    def estimate(self) -> None:
        """Every other one becomes an invoice."""
        customer, lines = self._customer(), [self._sold(), self._sold()]
        estimate = self._make("Estimate", CustomerRef=customer, Line=lines)
        if self.random.random() < 0.5:
            origin = [{"TxnId": estimate["Id"], "TxnType": "Estimate"}]
            self._make("Invoice", CustomerRef=customer, Line=lines, LinkedTxn=origin)

    def purchase_order(self) -> None:
        payable = self.lists.account("Accounts Payable (A/P)")
        vendor, line = self._one(self.lists.vendors), self._restocked()
        order = self._make("PurchaseOrder", VendorRef=vendor, APAccountRef=payable, Line=[line])
        if self.random.random() < 0.5:
            self._make(
                "Bill",
                VendorRef=vendor,
                Line=[line],
                LinkedTxn=[{"TxnId": order["Id"], "TxnType": "PurchaseOrder"}],
            )

    def credit_memo(self) -> None:
        self._make("CreditMemo", CustomerRef=self._customer(), Line=[self._sold()])

    def settle_with_credit(self) -> None:
        """Use a credit memo for an invoice of the same customer: a payment of nothing."""
        credit = self._open("CreditMemo")
        if credit is None:
            return
        invoice = self._make("Invoice", CustomerRef=_ref(credit["CustomerRef"]), Line=[self._sold()])
        amount = min(credit["Balance"], invoice["Balance"])
        lines = [_settling("Invoice", invoice["Id"], amount), _settling("CreditMemo", credit["Id"], amount)]
        self._make("Payment", CustomerRef=_ref(credit["CustomerRef"]), TotalAmt=0, Line=lines)

    def refund(self) -> None:
        till = self.lists.account("Checking")
        self._make(
            "RefundReceipt", CustomerRef=self._customer(), DepositToAccountRef=till, Line=[self._sold()]
        )

    def vendor_credit(self) -> None:
        self._make("VendorCredit", VendorRef=self._one(self.lists.vendors), Line=[self._spent()])

    def pay_card(self) -> None:
        card, bank = self.lists.account("Company Card"), self.lists.account("Checking")
        self._make(
            "CreditCardPaymentTxn",
            CreditCardAccountRef=card,
            BankAccountRef=bank,
            Amount=self._amount(20, 300),
        )

    def count_stock(self) -> None:
        item, _, _ = self.random.choice(self.lists.stock)
        counted = {"ItemRef": {"value": item}, "QtyDiff": self.random.randint(-3, 2)}
        line = {"Amount": 0, "DetailType": "ItemAdjustmentLineDetail", "ItemAdjustmentLineDetail": counted}
        loss = self.lists.account("Cost of Goods Sold")
        self._make("InventoryAdjustment", TxnDate=self._today(), AdjustAccountRef=loss, Line=[line])

    def track_time(self) -> None:
        item, price = self.lists.services[3]
        fields: dict[str, Any] = {
            "CustomerRef": self._customer(),
            "ItemRef": {"value": item},
            "HourlyRate": price,
        }
        fields |= {"Hours": self.random.randint(1, 7), "Minutes": 30, "BillableStatus": "Billable"}
        self._make("TimeActivity", NameOf="Employee", EmployeeRef=self._one(self.lists.employees), **fields)

    def note(self) -> None:
        invoice = self._open("Invoice")
        about = {"EntityRef": {"value": invoice["Id"], "type": "Invoice"}} if invoice else {}
        references = [about] if about else []
        self._make("Attachable", Note=f"Called about it — “soon”. {self._today()}", AttachableRef=references)

    def void_invoice(self) -> None:
        invoice = self.invoice()
        self.company.void(
            "Invoice", {"Id": invoice["Id"], "SyncToken": invoice["SyncToken"]}, "operation=void"
        )

    def delete_bill(self) -> None:
        bill = self._make("Bill", VendorRef=self._one(self.lists.vendors), Line=[self._spent()])
        self.company.delete("Bill", {"Id": bill["Id"], "SyncToken": bill["SyncToken"]})

    def budget(self) -> None:
        first = self.company.books.today().replace(day=1)
        months = sorted({(first + timedelta(days=31 * n)).replace(day=1) for n in range(12)})
        details = [
            {
                "BudgetDate": month.isoformat(),
                "Amount": 1200 + 10 * n,
                "AccountRef": self.lists.account("Rent"),
            }
            for n, month in enumerate(months)
        ]
        fields = {"BudgetType": "ProfitAndLoss", "BudgetEntryType": "Monthly", "BudgetDetail": details}
        span = {"StartDate": first.isoformat(), "EndDate": months[-1].isoformat()}
        self._make("Budget", Name=f"Plan {first.year}", **span, **fields)

    def template(self) -> None:
        schedule = {"IntervalType": "Monthly", "NumInterval": 1, "DayOfMonth": 1}
        number = self.random.randint(100, 999)
        repeated = {
            "Name": f"Monthly order {number}",
            "RecurType": "Automated",
            "Active": True,
            "ScheduleInfo": schedule,
        }
        invoice = {"CustomerRef": self._customer(), "Line": [self._sold()], "RecurringInfo": repeated}
        self.company.create("RecurringTransaction", {"Invoice": invoice})

    def reimburse(self) -> None:
        """QuickBooks makes these from billable expenses."""
        amount, customer = self._amount(10, 80), self._customer()
        detail = {"ItemRef": {"value": self.lists.services[1][0]}, "Qty": Decimal(1), "UnitPrice": amount}
        line = {
            "Id": "1",
            "LineNum": 1,
            "Amount": amount,
            "DetailType": "ReimburseLineDetail",
            "ReimburseLineDetail": detail,
        }
        fields = {
            "CustomerRef": customer,
            "TxnDate": self._today(),
            "CurrencyRef": self.company.books.currency("USD"),
        }
        self.company.install(
            "ReimburseCharge", {**fields, "HasBeenInvoiced": False, "Amount": amount, "Line": [line]}
        )

    def _make(self, type_name: str, **fields: Any) -> Record:
        return self.company.create(type_name, fields).record

    def _today(self) -> str:
        return self.company.books.today().isoformat()

    def _one(self, ids: list[str]) -> dict[str, str]:
        return {"value": self.random.choice(ids)}

    def _customer(self) -> dict[str, str]:
        return self._one(self.lists.customers)

    def _amount(self, least: int, most: int) -> Decimal:
        return Decimal(self.random.randint(least * 100, most * 100)).scaleb(-2)

    def _sold(self) -> Record:
        goods = self.random.random() < 0.6
        item, price = (
            self.random.choice(self.lists.stock)[:2] if goods else self.random.choice(self.lists.services)
        )
        quantity = self.random.randint(1, 6)
        part: Record = {
            "ItemRef": {"value": item},
            "Qty": quantity,
            "UnitPrice": price,
            "ClassRef": self._one(self.lists.classes),
        }
        part |= {"TaxCodeRef": {"value": "TAX" if goods else "NON"}, "ServiceDate": self._today()}
        return {
            "Description": f"Order of {self._today()}",
            "Amount": cents(price * quantity),
            "DetailType": "SalesItemLineDetail",
            "SalesItemLineDetail": part,
        }

    def _spent(self) -> Record:
        part = {
            "AccountRef": self.lists.account(self.random.choice(EXPENSES)),
            "ClassRef": self._one(self.lists.classes),
        }
        return {
            "Description": "As agreed",
            "Amount": self._amount(8, 420),
            "DetailType": "AccountBasedExpenseLineDetail",
            "AccountBasedExpenseLineDetail": part,
        }

    def _restocked(self) -> Record:
        item, _, cost = self.random.choice(self.lists.stock)
        quantity = self.random.randint(5, 40)
        return {
            "Amount": cents(cost * quantity),
            "DetailType": "ItemBasedExpenseLineDetail",
            "ItemBasedExpenseLineDetail": {"ItemRef": {"value": item}, "Qty": quantity, "UnitPrice": cost},
        }

    def _open(self, type_name: str) -> Record | None:
        """The oldest record with something left open."""
        records = (stored.record for stored in self.company.books.store(type_name))
        return next((record for record in records if record["Balance"] > 0), None)

    def _in_the_drawer(self) -> list[Record]:
        drawer = self.company.books.account("UndepositedFunds")["Id"]
        return [
            stored.record
            for stored in self.company.books.store("Payment")
            if stored.record["DepositToAccountRef"]["value"] == drawer
            and not stored.record["LinkedTxn"]
            and stored.record["CurrencyRef"]["value"] == "USD"
            and stored.record["TotalAmt"]
        ]


def _ref(found: Record) -> Record:
    """A reference without its name, as clients send it."""
    return {"value": found["value"]}


def _settling(type_name: str, id_: str, amount: Decimal) -> Record:
    return {"Amount": amount, "LinkedTxn": [{"TxnId": id_, "TxnType": type_name}]}


def _journal_line(side: str, account: dict[str, str], amount: Decimal) -> Record:
    return {
        "Amount": amount,
        "Description": "Monthly depreciation",
        "DetailType": "JournalEntryLineDetail",
        "JournalEntryLineDetail": {"PostingType": side, "AccountRef": account},
    }
