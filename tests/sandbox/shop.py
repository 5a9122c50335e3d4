"""A small company to write into, and how to see that it refused."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tieout.sandbox.clock import MovableClock
from tieout.sandbox.companies import open_company
from tieout.sandbox.companies.chart import furnish
from tieout.sandbox.company.company import Company
from tieout.sandbox.company.refusals import Refusal

NOON = datetime(2026, 11, 22, 20, 0, 0, 123456, tzinfo=UTC)


class Shop:
    """An empty company with a customer, a vendor and two items."""

    def __init__(self):
        self.clock = MovableClock(lambda: NOON)
        self.company = open_company("empty", clock=self.clock)
        self.stocked()

    def stocked(self):
        """The customer, the vendor and an item of service."""
        self.accounts = {s.record["Name"]: s.id for s in self.company.books.store("Account")}
        self.customer = self.add("Customer", DisplayName="Ada")["Id"]
        self.vendor = self.add("Vendor", DisplayName="Vera")["Id"]
        expense = {} if self.company.books.country == "US" else {"ExpenseAccountRef": self.account("Rent")}
        self.service = self.add(
            "Item", Name="Hour", Type="Service", IncomeAccountRef=self.account("Services"), **expense
        )["Id"]
        return self

    def add(self, type_name, *, include=frozenset(), **fields):
        return self.company.create(type_name, fields, include=include).record

    def change(self, type_name, record, **fields):
        sparse = {"sparse": True, "Id": record["Id"], "SyncToken": record["SyncToken"], **fields}
        return self.company.update(type_name, sparse).record

    def replace(self, type_name, record, **fields):
        return self.company.update(
            type_name, {"Id": record["Id"], "SyncToken": record["SyncToken"], **fields}
        ).record

    def delete(self, type_name, record):
        return self.company.delete(type_name, {"Id": record["Id"], "SyncToken": record["SyncToken"]})

    def void(self, type_name, record, way="operation=void"):
        return self.company.void(type_name, {"Id": record["Id"], "SyncToken": record["SyncToken"]}, way)

    def read(self, type_name, id_):
        return self.company.read(type_name, id_).record

    def account(self, name):
        return {"value": self.accounts[name]}

    def invoice(self, *lines, customer=None, include=frozenset(), **fields):
        lines = list(lines) or [self.sold("100.00")]
        customer = {"value": customer or self.customer}
        return self.add("Invoice", CustomerRef=customer, Line=lines, include=include, **fields)

    def bill(self, *lines, **fields):
        return self.add(
            "Bill", VendorRef={"value": self.vendor}, Line=list(lines) or [self.spent("60.00")], **fields
        )

    def pay(self, total, *settled, customer=None):
        lines = [
            {"Amount": Decimal(amount), "LinkedTxn": [{"TxnId": record["Id"], "TxnType": kind}]}
            for kind, record, amount in settled
        ]
        customer = {"value": customer or self.customer}
        return self.add("Payment", CustomerRef=customer, TotalAmt=Decimal(total), Line=lines)

    def sold(self, amount, **detail):
        part = {"ItemRef": {"value": self.service}, **detail}
        return {"Amount": Decimal(amount), "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": part}

    def spent(self, amount, account="Rent", **fields):
        part = {"AccountRef": self.account(account)}
        kind = "AccountBasedExpenseLineDetail"
        return {"Amount": Decimal(amount), "DetailType": kind, kind: part, **fields}

    def taxed(self, amount, **detail):
        """Sold at the first rate that a company outside of the United States has."""
        return self.sold(amount, TaxCodeRef={"value": "1"}, **detail)

    def billable(self, amount, status="Billable", **detail):
        line = self.spent(amount)
        line["AccountBasedExpenseLineDetail"] |= {"BillableStatus": status, **detail}
        return line

    def purchase(self, *lines, **fields):
        fields = {"PaymentType": "Check", "AccountRef": self.account("Checking"), **fields}
        return self.add("Purchase", Line=list(lines) or [self.spent("5.00")], **fields)

    def deposit(self, payment):
        line = {"Amount": payment["TotalAmt"], "LinkedTxn": [{"TxnId": payment["Id"], "TxnType": "Payment"}]}
        return self.add("Deposit", DepositToAccountRef=self.account("Checking"), Line=[line])

    def journal_line(self, side, account, amount, **detail):
        part = {"PostingType": side, "AccountRef": self.account(account), **detail}
        kind = "JournalEntryLineDetail"
        return {"Amount": Decimal(amount), "DetailType": kind, kind: part}

    def journal(self, **detail):
        """An entry of 10; the detail is that of its debit."""
        debit = self.journal_line("Debit", "Rent", "10.00", **detail)
        return self.add("JournalEntry", Line=[debit, self.journal_line("Credit", "Checking", "10.00")])

    def hours(self, **fields):
        if "employee" not in vars(self):
            self.employee = self.add("Employee", GivenName="Ines", FamilyName="Ott")["Id"]
        usual = {"NameOf": "Employee", "EmployeeRef": {"value": self.employee}}
        return self.add("TimeActivity", **{**usual, "CustomerRef": {"value": self.customer}, **fields})

    def budget(self, account, *, first="2026-01-01", last="2026-12-31", **detail):
        part = {"BudgetDate": "2026-01-01", "Amount": 5, "AccountRef": self.account(account), **detail}
        span = {"StartDate": first, "EndDate": last, "BudgetDetail": [part]}
        return self.add("Budget", Name="Plan", BudgetType="ProfitAndLoss", BudgetEntryType="Monthly", **span)

    def close_books(self, day):
        preferences = self.read("Preferences", "1")
        self.change("Preferences", preferences, AccountingInfoPrefs={"BookCloseDate": day})

    def flag(self, name, value):
        """Say something else in the company's NameValue pairs, as Intuit does."""
        info = self.read("CompanyInfo", "1")
        for pair in info["NameValue"]:
            if pair["Name"] == name:
                pair["Value"] = value

    def goods(self, name, *, cost, on_hand=0, since="2026-01-01"):
        """The id of an item whose stock is counted."""
        roles = {"IncomeAccountRef": "Services", "ExpenseAccountRef": "Cost of Goods Sold"}
        fields = {role: self.account(account) for role, account in roles.items()}
        fields |= {"AssetAccountRef": self.account("Inventory Asset"), "TrackQtyOnHand": True}
        fields |= {"QtyOnHand": on_hand, "InvStartDate": since, "PurchaseCost": Decimal(cost)}
        return self.add("Item", Name=name, Type="Inventory", **fields)["Id"]

    def balance(self, type_name, id_):
        return self.read(type_name, id_)["Balance"]

    def out_of_balance(self):
        return sum(self.company.books.ledger.accounts.values())


def abroad(country="GB"):
    """A shop in another country, which keeps several currencies."""
    shop = Shop.__new__(Shop)
    shop.clock = MovableClock(lambda: NOON)
    shop.company = Company("1", "Corner Shop", shop.clock, country)
    furnish(shop.company, multicurrency=True)
    return shop.stocked()


@contextmanager
def refused(code, detail=None, *, element=None, status=400):
    """The block is refused with this code, exactly this detail and this element."""
    with pytest.raises(Refusal) as caught:
        yield
    error = caught.value.fault.first
    assert (error.code, caught.value.status) == (str(code), status)
    if detail is not None:
        assert error.detail == detail
    if element is not None:
        assert error.element == element
