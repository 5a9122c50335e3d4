"""A small company to write into, and how to see that it refused."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tieout.sandbox.clock import MovableClock
from tieout.sandbox.company import open_company
from tieout.sandbox.refusals import Refusal

NOON = datetime(2026, 11, 22, 20, 0, 0, 123456, tzinfo=UTC)


class Shop:
    """An empty company with a customer, a vendor and two items."""

    def __init__(self):
        self.clock = MovableClock(lambda: NOON)
        self.company = open_company("empty", clock=self.clock)
        self.accounts = {s.record["Name"]: s.id for s in self.company.books.store("Account")}
        self.customer = self.add("Customer", DisplayName="Ada")["Id"]
        self.vendor = self.add("Vendor", DisplayName="Vera")["Id"]
        self.service = self.add(
            "Item", Name="Hour", Type="Service", IncomeAccountRef=self.account("Services")
        )["Id"]

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
