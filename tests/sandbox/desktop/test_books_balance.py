"""Whatever is written, changed, voided and deleted, in whatever order: the books balance and say the same everywhere."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tieout.catalog.qbxml import edition
from tieout.sandbox.desktop.balances import seen
from tieout.sandbox.desktop.company import DesktopCompany
from tieout.sandbox.desktop.records import Record, id_of
from tieout.sandbox.desktop.refusals import Refused
from tieout.sandbox.desktop.settling import left_of

from .shop import Shop, ref

D = Decimal

CUSTOMERS, VENDORS = ("Ann", "Bob", "Ann:Kitchen"), ("Mill", "Landlord")


class Clerk:
    """Does one thing after another, as the dice say; what QuickBooks refuses is not done, not in part either."""

    def __init__(self, seed: int, shop: Shop) -> None:
        self.random = Random(seed)
        self.shop = shop
        self.company = shop.company

    def work(self, steps: int) -> None:
        for _ in range(steps):
            self.move_rates()
            act: Callable[[], object] = self.random.choice(
                (self.sell, self.sell, self.buy, self.pay, self.pay_bill, self.credit, self.deposit, self.change,
                 self.void, self.delete, self.count, self.spend)
            )  # fmt: skip
            before = fingerprint(self.company)
            try:
                act()
            except Refused:
                assert fingerprint(self.company) == before, act.__name__

    def move_rates(self) -> None:
        """Somebody downloads the rates of the day."""
        for each in self.company.all_of("Currency"):
            if each["ListID"] != self.company.home_currency:
                each["ExchangeRate"] = D(self.random.randint(60, 160)) / 100

    def day(self) -> str:
        return f"2026-{self.random.randint(1, 12):02}-{self.random.randint(1, 28):02}"

    def line(self) -> dict[str, Any]:
        item = self.random.choice(("Hour", "Chair", "Ten off", "Subtotal"))
        line: dict[str, Any] = {"ItemRef": ref(item)}
        if item in ("Hour", "Chair"):
            line["Quantity"] = D(self.random.randint(1, 9))
            if self.random.random() < 0.5:
                line["Rate"] = D(self.random.randint(1, 9999)).scaleb(-2)
        return line

    def sell(self) -> None:
        kind = self.random.choice(("Invoice", "Invoice", "SalesReceipt", "CreditMemo", "SalesOrder"))
        lines = [self.line() for _ in range(self.random.randint(1, 4))]
        self.shop.sell(self.random.choice(CUSTOMERS), *lines, kind=kind, TxnDate=self.day())

    def buy(self) -> None:
        kind = self.random.choice(("Bill", "Bill", "VendorCredit"))
        line = {
            "ItemRef": ref("Chair"),
            "Quantity": D(self.random.randint(1, 20)),
            "Cost": D(self.random.randint(30, 70)),
        }
        said = {"VendorRef": ref(self.random.choice(VENDORS)), "TxnDate": self.day(), "ItemLineAdd": [line]}
        self.company.add(kind, said)

    def spend(self) -> None:
        lines = [{"AccountRef": ref("Office Supplies"), "Amount": D(self.random.randint(1, 9999)).scaleb(-2)}]
        kind, account = self.random.choice((("Check", "Checking"), ("CreditCardCharge", "Card")))
        self.company.add(kind, {"AccountRef": ref(account), "ExpenseLineAdd": lines})

    def pay(self) -> None:
        money = D(self.random.randint(1, 30000)).scaleb(-2)
        said = {"CustomerRef": ref(self.random.choice(CUSTOMERS)), "TotalAmount": money, "IsAutoApply": True}
        self.company.add("ReceivePayment", said)

    def pay_bill(self) -> None:
        bill = self.one_of("Bill")
        left = left_of(self.company, ("Bill", bill["TxnID"]))
        applied = {
            "TxnID": bill["TxnID"],
            "PaymentAmount": self.random.choice((left, left / 2)).quantize(D("0.01")),
        }
        said = {
            "PayeeEntityRef": bill["VendorRef"],
            "BankAccountRef": ref("Checking"),
            "AppliedToTxnAdd": [applied],
        }
        self.company.add("BillPaymentCheck", said)

    def credit(self) -> None:
        memo, invoice = self.one_of("CreditMemo"), self.one_of("Invoice")
        left = min(
            left_of(self.company, (k, r["TxnID"])) for k, r in (("CreditMemo", memo), ("Invoice", invoice))
        )
        applied = {
            "TxnID": invoice["TxnID"],
            "SetCredit": [{"CreditTxnID": memo["TxnID"], "AppliedAmount": left}],
        }
        self.company.add(
            "ReceivePayment", {"CustomerRef": invoice["CustomerRef"], "AppliedToTxnAdd": [applied]}
        )

    def deposit(self) -> None:
        lines = [{"PaymentTxnID": self.one_of(kind)["TxnID"]} for kind in ("ReceivePayment", "SalesReceipt")]
        self.company.add("Deposit", {"DepositToAccountRef": ref("Checking"), "DepositLineAdd": lines})

    def change(self) -> None:
        kind = self.random.choice(("Invoice", "Invoice", "CreditMemo", "SalesReceipt"))
        record = self.one_of(kind)
        kept = [{"TxnLineID": line["TxnLineID"]} for line in record[f"{kind}LineRet"]]
        if self.random.random() < 0.5:
            kept.pop()
        lines = [*kept, {"TxnLineID": "-1", **self.line()}]
        self.shop.change(kind, record, **{f"{kind}LineMod": lines})

    def void(self) -> None:
        kind = self.random.choice(("Invoice", "Bill", "CreditMemo", "SalesReceipt", "BillPaymentCheck"))
        self.company.void(kind, self.one_of(kind)["TxnID"])

    def delete(self) -> None:
        kind = self.random.choice(
            ("Invoice", "Bill", "ReceivePayment", "Deposit", "BillPaymentCheck", "CreditMemo")
        )
        self.company.delete(kind, self.one_of(kind)["TxnID"])

    def count(self) -> None:
        lines = [
            {
                "ItemRef": ref("Chair"),
                "QuantityAdjustment": {"QuantityDifference": D(self.random.randint(-3, 3))},
            }
        ]
        said = {
            "AccountRef": ref("Cost of Goods Sold"),
            "TxnDate": self.day(),
            "InventoryAdjustmentLineAdd": lines,
        }
        self.company.add("InventoryAdjustment", said)

    def one_of(self, kind: str) -> Record:
        kept = list(self.company.all_of(kind))
        if not kept:
            raise Refused(3120, "none yet")
        return self.random.choice(kept)


def fingerprint(company: DesktopCompany) -> object:
    """What a refused request must not move."""
    stamps = {
        (kind, each): record["EditSequence"]
        for kind, kept in company.records.items()
        for each, record in kept.items()
    }
    return stamps, dict(company.books.ledger.entries), dict(company.books.links.deposits)


def check(company: DesktopCompany) -> None:
    ledger = company.books.ledger
    for key, postings in ledger.entries.items():
        assert sum(each.amount for each in postings) == 0, key
    for kind, type_ in (("Customer", "AccountsReceivable"), ("Vendor", "AccountsPayable")):
        for account in [each for each in company.all_of("Account") if each["AccountType"] == type_]:
            whose = [each for each in company.all_of(kind) if _same_currency(each, account)]
            told = seen(company, "Account", account)["Balance"]
            assert told == sum(seen(company, kind, each)["Balance"] for each in whose)
    owed = [(kind, each["TxnID"]) for kind in ("Invoice", "Charge") for each in company.all_of(kind)]
    open_ = sum((left_of(company, key) for key in owed), D(0))
    used = [("CreditMemo", "TxnID"), ("ReceivePayment", "TxnID")]
    credit = sum((left_of(company, (k, each[i])) for k, i in used for each in company.all_of(k)), D(0))
    assert open_ - credit == sum(
        seen(company, "Customer", each)["Balance"] for each in company.all_of("Customer")
    )
    for kind in ("Invoice", "Bill", "CreditMemo", "ReceivePayment", "VendorCredit"):
        for each in company.all_of(kind):
            assert left_of(company, (kind, each["TxnID"])) >= 0, (kind, each)


def _same_currency(one: Record, other: Record) -> bool:
    return one.get("CurrencyRef") == other.get("CurrencyRef")


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32))
def test_receivables_and_payables_abroad_are_worth_what_is_open(seed: int) -> None:
    shop = Shop(currency="Euro")
    company = shop.company
    Clerk(seed, shop).work(60)
    check(company)
    open_ = {"Customer": D(0), "Vendor": D(0)}
    for kind, sign, side in (
        ("Invoice", 1, "Customer"),
        ("CreditMemo", -1, "Customer"),
        ("ReceivePayment", -1, "Customer"),
        ("Bill", -1, "Vendor"),
        ("BillPaymentCheck", 1, "Vendor"),
        ("VendorCredit", 1, "Vendor"),
    ):
        for each in company.all_of(kind):
            if id_of(each["CurrencyRef"]) != company.home_currency:
                left = left_of(company, (kind, each["TxnID"])) * each["ExchangeRate"]
                open_[side] += sign * left.quantize(D("0.01"), ROUND_HALF_UP)
    for name, side in (("Accounts Receivable - EUR", "Customer"), ("Accounts Payable - EUR", "Vendor")):
        account = company.find(("Account",), ref(name))
        kept = company.books.ledger.accounts[account["ListID"]] if account else D(0)
        assert kept == open_[side], name


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32))
def test_the_books_balance_whatever_is_done(seed: int) -> None:
    shop = Shop()
    Clerk(seed, shop).work(60)
    assert shop.company.books.ledger.entries
    check(shop.company)


@pytest.mark.parametrize(("country", "version"), [("CA", "16.0"), ("UK", "13.0"), ("US", "6.0")])
def test_they_do_in_other_editions(country: str, version: str) -> None:
    shop = Shop(edition=edition(country, version))
    Clerk(7, shop).work(80)
    assert shop.company.books.ledger.entries
    check(shop.company)
