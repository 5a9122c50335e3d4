"""Whatever valid writes come in whatever order, the books agree with themselves."""

from decimal import Decimal

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tieout.protocols import exact_json
from tieout.sandbox.company.documents.money import unapplied
from tieout.sandbox.company.refusals import Refusal

from .shop import Shop

AMOUNTS = st.integers(1, 50_000).map(lambda cents: Decimal(cents).scaleb(-2))
CHOICES = st.integers(0, 10_000)


class Clerk(RuleBasedStateMachine):
    """Writes, changes, settles, voids and deletes."""

    def __init__(self):
        super().__init__()
        self.shop = Shop()
        self.customers = [self.shop.customer, self.shop.add("Customer", DisplayName="Bo")["Id"]]

    def some(self, type_name, choice):
        stored = self.shop.company.books.store(type_name).everything()
        return stored[choice % len(stored)].record if stored else None

    @rule(amounts=st.lists(AMOUNTS, min_size=1, max_size=4), choice=CHOICES)
    def invoice(self, amounts, choice):
        self.shop.invoice(*map(self.shop.sold, amounts), customer=self.customers[choice % 2])

    @rule(amount=AMOUNTS, choice=CHOICES)
    def credit_memo(self, amount, choice):
        customer = {"value": self.customers[choice % 2]}
        self.shop.add("CreditMemo", CustomerRef=customer, Line=[self.shop.sold(amount)])

    @rule(amount=AMOUNTS, choice=CHOICES)
    def payment(self, amount, choice):
        invoice = self.some("Invoice", choice)
        if invoice is None:
            self.shop.pay(amount)
            return
        applied = min(amount, invoice["Balance"])
        settled = [("Invoice", invoice, applied)] if applied else []
        self.shop.pay(amount, *settled, customer=invoice["CustomerRef"]["value"])

    @rule(amount=AMOUNTS)
    def bill(self, amount):
        self.shop.bill(self.shop.spent(amount))

    @rule(choice=CHOICES)
    def pay_bill(self, choice):
        bill = self.some("Bill", choice)
        if bill and bill["Balance"]:
            line = {"Amount": bill["Balance"], "LinkedTxn": [{"TxnId": bill["Id"], "TxnType": "Bill"}]}
            check = {"BankAccountRef": self.shop.account("Checking")}
            fields = {"VendorRef": bill["VendorRef"], "TotalAmt": bill["Balance"], "PayType": "Check"}
            self.shop.add("BillPayment", CheckPayment=check, Line=[line], **fields)

    @rule(choice=CHOICES)
    def deposit(self, choice):
        payment = self.some("Payment", choice)
        if payment and not payment["LinkedTxn"]:
            line = {
                "Amount": payment["TotalAmt"],
                "LinkedTxn": [{"TxnId": payment["Id"], "TxnType": "Payment"}],
            }
            self.shop.add("Deposit", DepositToAccountRef=self.shop.account("Checking"), Line=[line])

    @rule(amount=AMOUNTS, choice=CHOICES)
    def change_invoice(self, amount, choice):
        invoice = self.some("Invoice", choice)
        if invoice:
            self.unless_refused(lambda: self.shop.change("Invoice", invoice, Line=[self.shop.sold(amount)]))

    @rule(type_name=st.sampled_from(["Invoice", "Payment"]), choice=CHOICES)
    def void(self, type_name, choice):
        record = self.some(type_name, choice)
        if record:
            self.unless_refused(lambda: self.shop.void(type_name, record))

    @rule(
        type_name=st.sampled_from(["Invoice", "Payment", "CreditMemo", "Bill", "BillPayment"]), choice=CHOICES
    )
    def delete(self, type_name, choice):
        record = self.some(type_name, choice)
        if record:
            self.unless_refused(lambda: self.shop.delete(type_name, record))

    @precondition(lambda self: len(self.shop.company.books.store("Deposit")))
    @rule(choice=CHOICES)
    def delete_deposit(self, choice):
        self.shop.company.delete("Deposit", self.some("Deposit", choice))

    def unless_refused(self, write):
        try:
            write()
        except Refusal as refusal:
            assert refusal.fault.first.code in ("6000", "6540")

    @invariant()
    def debits_equal_credits(self):
        assert self.shop.out_of_balance() == 0

    @invariant()
    def customers_owe_what_is_open(self):
        for customer in self.customers:
            owed = sum(
                sign * stored.record[field]
                for type_name, field, sign in (
                    ("Invoice", "Balance", 1),
                    ("CreditMemo", "Balance", -1),
                    ("Payment", "UnappliedAmt", -1),
                )
                for stored in self.shop.company.books.store(type_name)
                if stored.record["CustomerRef"]["value"] == customer
            )
            assert self.shop.balance("Customer", customer) == owed

    @invariant()
    def vendors_are_owed_what_is_open(self):
        store = self.shop.company.books.store
        owed = sum(stored.record["Balance"] for stored in store("Bill"))
        overpaid = sum(unapplied(stored.record) for stored in store("BillPayment"))
        assert self.shop.balance("Vendor", self.shop.vendor) == owed - overpaid

    @invariant()
    def accounts_show_the_ledger(self):
        ledger = self.shop.company.books.ledger.accounts
        for name in ("Checking", "Undeposited Funds", "Accounts Receivable (A/R)", "Accounts Payable (A/P)"):
            id_ = self.shop.accounts[name]
            assert self.shop.read("Account", id_)["CurrentBalance"] == ledger[id_]

    @invariant()
    def bytes_are_the_records(self):
        for type_name in ("Customer", "Invoice", "Payment"):
            for stored in self.shop.company.books.store(type_name):
                assert exact_json.decode(stored.encoded) == stored.record


TestClerk = Clerk.TestCase
TestClerk.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
