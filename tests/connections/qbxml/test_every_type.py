"""Each type that can be written: added, added only once, modified, left alone when it is so, deleted or made inactive."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tieout.operations import Act, Add, Delete, Modify, Put, Void

from .writers import Desk, desk

ELM = {"FullName": "Elm Bakery"}
WORK = {"FullName": "Planning"}
EXPENSE = {"AccountRef": {"FullName": "Office Supplies"}, "Amount": Decimal("5.00")}
ITEM = {"ItemRef": WORK, "Quantity": 2, "Cost": Decimal("7.50")}
SOLD = {"ItemRef": WORK, "Quantity": 2, "Rate": Decimal("10.50")}
MEMO = {"Memo": "changed"}

LISTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "Account": ({"Name": "Postage", "AccountType": "Expense"}, {"Desc": "stamps"}),
    "Class": ({"Name": "North"}, {"Name": "Far north"}),
    "Customer": (
        {"Name": "Ann", "BillAddress": {"Addr1": "1 High St", "City": "Ely"}},
        {"CompanyName": "Ann Ltd"},
    ),
    "CustomerType": ({"Name": "Retail"}, {}),
    "DateDrivenTerms": ({"Name": "10th", "DayOfMonthDue": 10}, {}),
    "Employee": ({"FirstName": "Eve", "LastName": "Oak"}, {"Phone": "555"}),
    "ItemInventory": (
        {
            "Name": "Bolt",
            "IncomeAccountRef": {"FullName": "Sales"},
            "COGSAccountRef": {"FullName": "Cost of Goods Sold"},
            "AssetAccountRef": {"FullName": "Inventory Asset"},
        },
        {"SalesPrice": Decimal("1.25")},
    ),
    "ItemService": (
        {"Name": "Advice", "SalesOrPurchase": {"Price": 10, "AccountRef": {"FullName": "Sales"}}},
        {"SalesOrPurchaseMod": {"Price": Decimal("12.00")}},
    ),
    "ItemSubtotal": ({"Name": "Sum"}, {"ItemDesc": "so far"}),
    "JobType": ({"Name": "Roof"}, {}),
    "OtherName": ({"Name": "Olga"}, {"Notes": "a friend"}),
    "PaymentMethod": ({"Name": "Barter", "PaymentMethodType": "Other"}, {}),
    "SalesTaxCode": ({"Name": "Zer", "IsTaxable": False}, {"Desc": "nothing"}),
    "StandardTerms": ({"Name": "Net 45", "StdDueDays": 45}, {}),
    "Vehicle": ({"Name": "Van"}, {"Desc": "white"}),
    "Vendor": ({"Name": "Vic"}, {"CompanyName": "Vic Ltd"}),
}

TRANSACTIONS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "Bill": ({"VendorRef": {"FullName": "Val"}, "ExpenseLineAdd": [EXPENSE], "ItemLineAdd": [ITEM]}, MEMO),
    "Check": ({"AccountRef": {"FullName": "Checking"}, "ExpenseLineAdd": [EXPENSE]}, MEMO),
    "CreditMemo": ({"CustomerRef": ELM, "CreditMemoLineAdd": [SOLD]}, MEMO),
    "Deposit": (
        {
            "DepositToAccountRef": {"FullName": "Checking"},
            "DepositLineAdd": [{"AccountRef": {"FullName": "Sales"}, "Amount": Decimal("5.00")}],
        },
        MEMO,
    ),
    "Estimate": ({"CustomerRef": ELM, "EstimateLineAdd": [SOLD]}, MEMO),
    "Invoice": ({"CustomerRef": ELM, "InvoiceLineAdd": [SOLD]}, MEMO),
    "JournalEntry": (
        {
            "JournalDebitLine": [{"AccountRef": {"FullName": "Office Supplies"}, "Amount": Decimal("9.00")}],
            "JournalCreditLine": [{"AccountRef": {"FullName": "Checking"}, "Amount": Decimal("9.00")}],
        },
        {"RefNumber": "J7"},
    ),
    "PurchaseOrder": (
        {"VendorRef": {"FullName": "Val"}, "PurchaseOrderLineAdd": [{**SOLD, "ItemRef": WORK}]},
        MEMO,
    ),
    "ReceivePayment": ({"CustomerRef": ELM, "TotalAmount": Decimal("5.00"), "IsAutoApply": True}, MEMO),
    "SalesOrder": ({"CustomerRef": ELM, "SalesOrderLineAdd": [SOLD]}, MEMO),
    "SalesReceipt": ({"CustomerRef": ELM, "SalesReceiptLineAdd": [SOLD]}, MEMO),
    "TimeTracking": (
        {"TxnDate": "2026-11-02", "EntityRef": {"FullName": "Val"}, "Duration": "PT2H0M"},
        {"Notes": "late"},
    ),
    "VendorCredit": ({"VendorRef": {"FullName": "Val"}, "ExpenseLineAdd": [EXPENSE]}, MEMO),
}

VOIDED = ("Bill", "Check", "CreditMemo", "Deposit", "Invoice", "JournalEntry", "SalesReceipt", "VendorCredit")


@pytest.fixture(scope="module")
def desktop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with desk(tmp_path_factory.mktemp("state")) as opened:
        assert opened.one(Add(type="Vendor", record={"Name": "Val"})).state == "done"
        yield opened


@pytest.mark.parametrize("name", LISTS)
def test_an_element_of_a_list(desktop: Desk, name: str) -> None:
    record, change = LISTS[name]
    lost = {"do": "drop-after-commit"}
    desktop.door.company.message_sets.remembers = False
    desktop.fails(lost)
    added = desktop.one(Add(type=name, record=record))
    assert added.state == "done", added.error
    assert added.note == "found in QuickBooks"
    assert desktop.one(Put(type=name, record={"Id": added.record_id, **record})).note == "it is so already"
    if change:
        desktop.fails(lost)
        changed = desktop.one(Modify(type=name, record={"Id": added.record_id, **change}))
        assert changed.state == "done", changed.error
        again = desktop.one(Modify(type=name, record={"Id": added.record_id, **change}))
        assert again.note == "it is so already"
        inactive = desktop.one(Act(type=name, name="deactivate", record={"Id": added.record_id}))
        assert inactive.state == "done", inactive.error
    desktop.fails(lost)
    gone = desktop.one(Delete(type=name, record={"Id": added.record_id}))
    assert gone.state == "done", gone.error


@pytest.mark.parametrize("name", TRANSACTIONS)
def test_a_transaction(desktop: Desk, name: str) -> None:
    record, change = TRANSACTIONS[name]
    lost = {"do": "drop-after-commit"}
    desktop.door.company.message_sets.remembers = False
    before = len(desktop.all_of(name))
    desktop.fails(lost)
    added = desktop.one(Add(type=name, record=record))
    assert added.state == "done", added.error
    assert len(desktop.all_of(name)) == before + 1
    desktop.fails(lost)
    changed = desktop.one(Modify(type=name, record={"Id": added.record_id, **change}))
    assert changed.state == "done", changed.error
    again = desktop.one(Modify(type=name, record={"Id": added.record_id, **change}))
    assert again.note == "it is so already"
    if name in VOIDED:
        desktop.fails(lost)
        voided = desktop.one(Void(type=name, record={"Id": added.record_id}))
        assert voided.state == "done", voided.error
    desktop.fails(lost)
    gone = desktop.one(Delete(type=name, record={"Id": added.record_id}))
    assert gone.state == "done", gone.error
    assert len(desktop.all_of(name)) == before
    desktop.fails()


def added(desktop: Desk, name: str) -> dict[str, Any]:
    outcome = desktop.one(Add(type=name, record=TRANSACTIONS[name][0], key=f"n=kept {name}"))
    assert outcome.record is not None, outcome.error
    return dict(outcome.record)


def test_lines_of_a_bill_and_of_a_journal_entry_are_kept_each_in_its_family(desktop: Desk) -> None:
    desktop.fails()
    bill = added(desktop, "Bill")
    told = {"Id": bill["TxnID"], "ExpenseLineAdd": [{**EXPENSE, "Amount": Decimal("3.00")}]}
    changed = desktop.one(Modify(type="Bill", record=told))
    assert changed.record is not None, changed.error
    assert [line["Amount"] for line in changed.record["ExpenseLineRet"]] == [5, 3]
    assert len(changed.record["ItemLineRet"]) == 1
    entry = added(desktop, "JournalEntry")
    debit, credit = entry["JournalDebitLine"][0], entry["JournalCreditLine"][0]
    lines = [{"TxnLineID": each["TxnLineID"], "Amount": Decimal("8.00")} for each in (debit, credit)]
    smaller = desktop.one(Modify(type="JournalEntry", record={"Id": entry["TxnID"], "JournalLineMod": lines}))
    assert smaller.record is not None, smaller.error
    assert smaller.record["JournalCreditLine"][0]["Amount"] == 8
