"""A merchant with goods in stock and partners abroad: whatever is written, voided or deleted, the books balance."""

from collections import defaultdict
from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tieout.sandbox.company.documents.money import unapplied
from tieout.sandbox.company.refusals import Refusal

from .shop import Shop

AMOUNTS = st.integers(1, 50_000).map(lambda cents: Decimal(cents).scaleb(-2))
RATES = st.integers(50, 200).map(lambda hundredths: Decimal(hundredths).scaleb(-2) + Decimal("0.0037"))
DAYS = st.integers(1, 28).map(lambda day: f"2026-10-{day:02d}")
QUANTITIES = st.integers(1, 12).map(Decimal)
CHOICES = st.integers(0, 10_000)
MAY_BE_REFUSED = {"6000", "6540", "620"}
WRITTEN = ("Invoice", "Payment", "Bill", "BillPayment", "CreditMemo", "VendorCredit", "SalesReceipt", "RefundReceipt",
           "Purchase", "Deposit", "Transfer", "JournalEntry", "InventoryAdjustment")  # fmt: skip
OPEN = ("Invoice", "CreditMemo", "Payment", "Bill", "VendorCredit", "BillPayment")
VOIDED = {"Invoice": "operation=void", "Payment": "operation=void", "SalesReceipt": "operation=update&include=void",
          "BillPayment": "operation=update&include=void"}  # fmt: skip


class Merchant(RuleBasedStateMachine):
    """Buys, sells, pays and changes its mind, at home and in euros."""

    def __init__(self):
        super().__init__()
        self.shop = shop = Shop()
        shop.change(
            "Preferences", shop.read("Preferences", "1"), CurrencyPrefs={"MultiCurrencyEnabled": True}
        )
        shop.add("CompanyCurrency", Code="EUR")
        abroad = {"CurrencyRef": {"value": "EUR"}}
        self.customers = [shop.customer, shop.add("Customer", DisplayName="Zoé", **abroad)["Id"]]
        self.vendors = [shop.vendor, shop.add("Vendor", DisplayName="Wim", **abroad)["Id"]]
        self.mug = shop.goods("Mug", cost="4.00", on_hand=10)

    @rule(amounts=st.lists(AMOUNTS, min_size=1, max_size=3), rate=RATES, choice=CHOICES, day=DAYS)
    def invoice(self, amounts, rate, choice, day):
        customer = self.customers[choice % 2]
        self.shop.invoice(
            *map(self.shop.sold, amounts), customer=customer, TxnDate=day, **self.at(rate, choice % 2)
        )

    @rule(type_name=st.sampled_from(["Customer", "Vendor"]), owed=AMOUNTS, choice=CHOICES, day=DAYS)
    def meet_somebody_with_a_balance(self, type_name, owed, choice, day):
        currency = {"CurrencyRef": {"value": "EUR"}} if choice % 2 else {}
        balance = -owed if choice % 3 == 0 else owed
        name = f"{type_name} {len(self.shop.company.books.store(type_name))}"
        met = self.shop.add(type_name, DisplayName=name, Balance=balance, OpenBalanceDate=day, **currency)
        assert met["Balance"] == balance

    @rule(quantity=QUANTITIES, choice=CHOICES, day=DAYS, rate=RATES)
    def sell_mugs(self, quantity, choice, day, rate):
        type_name = ("Invoice", "CreditMemo", "SalesReceipt", "RefundReceipt")[choice % 4]
        customer, line = {"value": self.customers[choice % 2]}, self.mugs_sold(quantity)
        till = {"DepositToAccountRef": self.shop.account("Checking")} if "Receipt" in type_name else {}
        fields = {**till, **self.at(rate, choice % 2)}
        self.shop.add(type_name, CustomerRef=customer, Line=[line], TxnDate=day, **fields)

    @rule(quantity=QUANTITIES, price=AMOUNTS, choice=CHOICES, day=DAYS, rate=RATES)
    def buy_mugs(self, quantity, price, choice, day, rate):
        vendor, line = {"value": self.vendors[choice % 2]}, self.mugs_bought(quantity, price)
        type_name = "VendorCredit" if choice % 3 == 0 else "Bill"
        self.shop.add(
            type_name,
            VendorRef=vendor,
            Line=[line, self.shop.spent("3.33")],
            TxnDate=day,
            **self.at(rate, choice % 2),
        )

    @rule(quantity=QUANTITIES, price=AMOUNTS, kind=st.sampled_from(["Check", "Cash", "CreditCard"]), day=DAYS)
    def spend(self, quantity, price, kind, day):
        account = self.shop.account("Company Card" if kind == "CreditCard" else "Checking")
        lines = [self.mugs_bought(quantity, price), self.shop.spent(price)]
        credit = {"Credit": True} if kind == "CreditCard" and quantity > 6 else {}
        self.shop.add("Purchase", PaymentType=kind, AccountRef=account, Line=lines, TxnDate=day, **credit)

    @rule(difference=st.integers(-5, 5), day=DAYS)
    def count_mugs(self, difference, day):
        part = {"ItemRef": {"value": self.mug}, "QtyDiff": difference}
        line = {"DetailType": "ItemAdjustmentLineDetail", "ItemAdjustmentLineDetail": part}
        loss = self.shop.account("Cost of Goods Sold")
        self.shop.add("InventoryAdjustment", TxnDate=day, AdjustAccountRef=loss, Line=[line])

    @rule(share=st.integers(1, 4), rate=RATES, over=AMOUNTS, choice=CHOICES)
    def receive(self, share, rate, over, choice):
        invoice = self.open("Invoice", choice)
        if invoice:
            applied = (invoice["Balance"] / share).quantize(Decimal("0.01"))
            self.receive_part(invoice, applied, rate, over if share == 2 else 0)

    def receive_part(self, invoice, applied, rate, over=0):
        customer = {"CustomerRef": invoice["CustomerRef"]}
        self.settle("Payment", "Invoice", invoice, applied, applied + over, rate, **customer)

    @rule(share=st.integers(1, 4), rate=RATES, choice=CHOICES)
    def pay(self, share, rate, choice):
        bill = self.open("Bill", choice)
        if bill:
            self.pay_part(bill, (bill["Balance"] / share).quantize(Decimal("0.01")), rate)

    def pay_part(self, bill, applied, rate):
        check = {"BankAccountRef": self.shop.account("Checking")}
        fields = {"VendorRef": bill["VendorRef"], "PayType": "Check", "CheckPayment": check}
        if applied:
            self.settle("BillPayment", "Bill", bill, applied, applied, rate, **fields)

    @rule(rate=RATES)
    def settle_up_abroad(self, rate):
        """Take back what cannot be settled, and pay all the rest in halves."""
        for type_name, field in (
            ("Payment", "UnappliedAmt"),
            ("CreditMemo", "Balance"),
            ("VendorCredit", "Balance"),
        ):
            for record in self.records(type_name):
                if record.get(field) and record["CurrencyRef"]["value"] == "EUR":
                    self.unless_refused(lambda: self.shop.delete(type_name, record))  # noqa: B023
        for type_name, pay in (("Invoice", self.receive_part), ("Bill", self.pay_part)):
            for record in self.records(type_name):
                if record["CurrencyRef"]["value"] == "EUR":
                    half = (record["Balance"] / 2).quantize(Decimal("0.01"))
                    for part in (half, record["Balance"] - half):
                        pay(record, part, rate)

    @rule(rate=RATES, choice=CHOICES)
    def use_credit(self, rate, choice):
        credit, invoice = self.open("CreditMemo", choice), self.open("Invoice", choice)
        if credit and invoice and credit["CustomerRef"] == invoice["CustomerRef"]:
            amount = min(credit["Balance"], invoice["Balance"])
            lines = [
                settling(kind, record, amount)
                for kind, record in (("Invoice", invoice), ("CreditMemo", credit))
            ]
            self.shop.add(
                "Payment",
                CustomerRef=invoice["CustomerRef"],
                TotalAmt=0,
                Line=lines,
                **self.like(invoice, rate),
            )

    @rule(choice=CHOICES, rate=RATES)
    def deposit(self, choice, rate):
        payment = self.some("Payment", choice)
        if payment:
            line = {
                "Amount": payment["TotalAmt"],
                "LinkedTxn": [{"TxnId": payment["Id"], "TxnType": "Payment"}],
            }
            fields = {
                "DepositToAccountRef": self.shop.account("Checking"),
                "CurrencyRef": payment["CurrencyRef"],
            }
            self.unless_refused(
                lambda: self.shop.add("Deposit", Line=[line], **fields, **self.like(payment, rate))
            )

    @rule(amount=AMOUNTS)
    def move_money(self, amount):
        between = {
            "FromAccountRef": self.shop.account("Checking"),
            "ToAccountRef": self.shop.account("Savings"),
        }
        self.shop.add("Transfer", Amount=amount, **between)

    @rule(amount=AMOUNTS, rate=RATES, abroad=st.booleans())
    def journal(self, amount, rate, abroad):
        part = (amount / 3).quantize(Decimal("0.01"))
        sides = [
            ("Debit", "Rent", amount),
            ("Credit", "Checking", part),
            ("Credit", "Savings", amount - part),
        ]
        lines = [self.journal_line(*side) for side in sides if side[2]]
        currency = {"CurrencyRef": {"value": "EUR"}} if abroad else {}
        self.shop.add("JournalEntry", Line=lines, **currency, **self.at(rate, abroad))

    @rule(choice=CHOICES, rate=RATES)
    def change_rate(self, choice, rate):
        invoice = self.some("Invoice", choice)
        if invoice and invoice["CurrencyRef"]["value"] == "EUR":
            self.unless_refused(lambda: self.shop.change("Invoice", invoice, ExchangeRate=rate))

    @rule(choice=CHOICES, quantity=QUANTITIES, day=DAYS)
    def change_sale(self, choice, quantity, day):
        invoice = self.some("Invoice", choice)
        if invoice:
            lines = [self.mugs_sold(quantity)]
            self.unless_refused(lambda: self.shop.change("Invoice", invoice, Line=lines, TxnDate=day))

    @rule(type_name=st.sampled_from(sorted(VOIDED)), choice=CHOICES)
    def void(self, type_name, choice):
        record = self.some(type_name, choice)
        if record:
            self.unless_refused(lambda: self.shop.void(type_name, record, VOIDED[type_name]))

    @rule(type_name=st.sampled_from(WRITTEN), choice=CHOICES)
    def delete(self, type_name, choice):
        record = self.some(type_name, choice)
        if record:
            self.unless_refused(lambda: self.shop.company.delete(type_name, record))

    def settle(self, type_name, settled, record, applied, total, rate, **fields):
        line = settling(settled, record, applied)
        self.shop.add(
            type_name, TotalAmt=total, Line=[line] if applied else [], **fields, **self.like(record, rate)
        )

    def like(self, record, rate):
        return self.at(rate, record["CurrencyRef"]["value"] == "EUR")

    def at(self, rate, abroad):
        return {"ExchangeRate": rate} if abroad else {}

    def mugs_sold(self, quantity):
        return self.shop.sold(9 * quantity, Qty=quantity, UnitPrice=9, ItemRef={"value": self.mug})

    def mugs_bought(self, quantity, price):
        kind = "ItemBasedExpenseLineDetail"
        part = {"ItemRef": {"value": self.mug}, "Qty": quantity, "UnitPrice": price}
        return {"Amount": price * quantity, "DetailType": kind, kind: part}

    def journal_line(self, side, account, amount):
        kind = "JournalEntryLineDetail"
        part = {"PostingType": side, "AccountRef": self.shop.account(account)}
        return {"Amount": amount, "DetailType": kind, kind: part}

    def some(self, type_name, choice):
        stored = self.shop.company.books.store(type_name).everything()
        return stored[choice % len(stored)].record if stored else None

    def records(self, type_name):
        return [stored.record for stored in self.shop.company.books.store(type_name)]

    def open(self, type_name, choice):
        stored = [s.record for s in self.shop.company.books.store(type_name) if s.record["Balance"]]
        return stored[choice % len(stored)] if stored else None

    def unless_refused(self, write):
        try:
            write()
        except Refusal as refusal:
            assert refusal.fault.first.code in MAY_BE_REFUSED, refusal

    @property
    def ledger(self):
        return self.shop.company.books.ledger

    @invariant()
    def every_entry_sums_to_zero(self):
        assert self.shop.out_of_balance() == 0
        for key, postings in self.ledger.entries.items():
            assert sum(posting.amount for posting in postings) == 0, key
            assert all(posting.amount == round(posting.amount, 2) for posting in postings), key

    @invariant()
    def the_balances_are_the_sums_of_the_lines(self):
        posted = defaultdict(Decimal)
        for _, _, posting in self.ledger.lines():
            posted[posting.account] += posting.amount
        assert {k: v for k, v in posted.items() if v} == self.ledger.trial_balance()

    @invariant()
    def what_is_settled_abroad_leaves_nothing_behind(self):
        if any(self.is_open(type_name, record) for type_name in OPEN for record in self.records(type_name)):
            return
        for sub_type in ("AccountsReceivable", "AccountsPayable"):
            account = self.shop.company.books.account(sub_type, "EUR")["Id"]
            assert self.ledger.accounts[account] == self.ledger.foreign[account] == 0

    def is_open(self, type_name, record):
        left = unapplied(record) if "Payment" in type_name else record["Balance"]
        return left and record["CurrencyRef"]["value"] == "EUR"

    @invariant()
    def stock_is_what_came_less_what_went(self):
        on_hand = 10
        for (type_name, _), _, posting in self.ledger.lines():
            if posting.item == self.mug and type_name != "Item":
                on_hand += posting.stock
        assert self.shop.read("Item", self.mug)["QtyOnHand"] == on_hand
        if on_hand == 0:
            assert self.ledger.accounts[self.shop.accounts["Inventory Asset"]] == 0


def settling(type_name, record, amount):
    return {"Amount": amount, "LinkedTxn": [{"TxnId": record["Id"], "TxnType": type_name}]}


TestMerchant = Merchant.TestCase
TestMerchant.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)
