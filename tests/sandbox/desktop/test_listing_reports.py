"""Lists of documents, checks and stock, and the balance sheet by class."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from .shop import Shop, ref
from .test_books_balance import Clerk
from .test_reports import ALL, last, made

D = Decimal
CHAIRS = {"ItemRef": ref("Chair"), "Quantity": D(2)}  # 180.00
KITCHEN = "Ann:Kitchen"


def told(shop: Shop, name: str, **content: Any) -> list[list[str | None]]:
    return [cells for _, cells, _ in made(shop.company, name, **{**ALL, **content})]


def test_estimates_are_listed_under_their_jobs() -> None:
    shop = Shop()
    add = shop.company.add
    add("Estimate", {"CustomerRef": ref(KITCHEN), "EstimateLineAdd": [{**CHAIRS}], "Memo": "first"})
    add("Estimate", {"CustomerRef": ref("Bob"), "EstimateLineAdd": [{**CHAIRS}], "IsActive": False})
    rows = told(shop, "EstimatesByJob")
    assert [cells[0] for cells in rows] == [
        KITCHEN,
        None,
        f"Total {KITCHEN}",
        "Bob",
        None,
        "Total Bob",
        "TOTAL",
    ]
    assert rows[1][4:] == ["first", "true", "194.85"]
    assert rows[4][5] == "false"
    only = told(shop, "EstimatesByJob", ReportEntityFilter={"FullName": ["Bob"]})
    assert only[-1][-1] == "194.85"
    assert told(shop, "JobProgressInvoicesVsEstimates")[1][4:] == ["true", "194.85", "0.00", "0.0"]


def test_pending_sales_are_not_in_the_books_but_in_their_list() -> None:
    shop = Shop()
    invoice = shop.sell("Ann", IsPending=True, Memo="later")
    assert not shop.company.books.ledger.accounts
    (row, whole) = told(shop, "PendingSales")
    assert row[1:] == ["Invoice", invoice["TxnDate"], None, "Ann", "later", "80.00"]
    assert whole[-1] == "80.00"


def test_costs_that_a_job_is_to_pay() -> None:
    shop = Shop()
    for status in ("Billable", "NotBillable"):
        line = {"AccountRef": ref("Office Supplies"), "Amount": D("12.50"), "CustomerRef": ref(KITCHEN)}
        billed = {"VendorRef": ref("Mill"), "ExpenseLineAdd": [{**line, "BillableStatus": status}]}
        shop.company.add("Bill", billed)
    rows = told(shop, "UnbilledCostsByJob")
    assert [cells[0] for cells in rows] == [KITCHEN, None, f"Total {KITCHEN}", "TOTAL"]
    assert rows[1][4:] == ["Mill", None, "Office Supplies", "Unbilled", "12.50"]


def test_missing_and_repeated_numbers_of_checks() -> None:
    shop = Shop()
    for number in ("7", "8", "8", "10", "to print"):
        line = {"AccountRef": ref("Office Supplies"), "Amount": D("1.00")}
        said = {"AccountRef": ref("Checking"), "RefNumber": number, "ExpenseLineAdd": [line]}
        shop.company.add("Check", said)
    rows = made(shop.company, "MissingChecks", **ALL, ReportAccountFilter={"FullName": ["Checking"]})
    assert [cells[3] or text for _, cells, text in rows] == [
        "7",
        "8",
        "*** Duplicate document numbers ***",
        "8",
        "*** Missing numbers here ***",
        "10",
    ]
    with pytest.raises(Exception, match='There is a missing element: "ReportAccountFilter"'):
        told(shop, "MissingChecks")


def test_who_should_have_paid_by_now() -> None:
    shop = Shop()
    shop.change("Customer", shop.named("Customer", "Ann"), Phone="555-1234")
    shop.sell("Ann", TxnDate="2026-01-01", DueDate="2026-01-31", PONumber="77")
    shop.sell("Bob", TxnDate="2026-01-01", DueDate="2026-03-31")
    rows = made(shop.company, "CollectionsReport", ReportPeriod={"ToReportDate": "2026-03-01"})
    assert [cells[0] or text for _, cells, text in rows] == ["Ann", "555-1234", "Ann", "Total Ann", "TOTAL"]
    assert rows[2][1][4:] == ["77", None, "2026-01-31", "29", "80.00"]
    assert rows[-1][1][-1] == "80.00"


def test_stock_lies_where_it_was_put() -> None:
    shop = Shop()
    with pytest.raises(Exception, match="This feature is not enabled"):
        told(shop, "InventoryValuationSummaryBySite")
    for name in ("North", "South"):
        shop.company.add("InventorySite", {"Name": name})
    line = {"ItemRef": ref("Chair"), "Quantity": D(3), "Cost": D("33.33")}
    for site in ("North", "South"):
        placed = {**line, "InventorySiteRef": ref(site)}
        shop.company.add("Bill", {"VendorRef": ref("Mill"), "ItemLineAdd": [placed]})
    chair = next(cells for cells in told(shop, "InventoryValuationSummaryBySite") if cells[0] == "Chair")
    assert chair == ["Chair", "3", "99.99", "3", "99.99", "6", "199.98"]


def test_stock_is_listed_under_its_usual_vendor() -> None:
    shop = Shop()
    shop.change("ItemInventory", shop.named("ItemInventory", "Chair"), PrefVendorRef=ref("Mill"))
    assert [cells[0] for cells in told(shop, "InventoryStockStatusByVendor")] == [
        "Mill",
        "Chair",
        "Total Mill",
    ]


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32))
def test_lists_agree_with_the_books(seed: int) -> None:
    shop = Shop()
    company = shop.company
    company.add("Class", {"Name": "North"})
    Clerk(seed, shop).work(40)
    shop.buy(quantity=10)
    shop.sell("Ann", {**CHAIRS, "ClassRef": ref("North")}, {"ItemRef": ref("Hour"), "Quantity": D(1)})

    worth = last(company, "InventoryValuationSummary", **ALL)[3]
    assert last(company, "InventoryValuationDetail", **ALL)[-1] == worth
    moved = [cells for _, cells, _ in made(company, "InventoryValuationDetail", **ALL) if cells[1]]
    assert sum(D(cells[6] or 0) for cells in moved) == D(worth or 0)

    whole = {cells[0]: cells[1] for _, cells, _ in made(company, "BalanceSheetStandard", **ALL)}
    by_class = made(company, "BalanceSheetByClass", **ALL)
    for _, cells, _ in by_class:
        if cells[0]:
            assert cells[-1] == whole.get(cells[0], "0.00"), cells
            assert sum(D(cell or 0) for cell in cells[1:-1]) == D(cells[-1] or 0)
    rows = {cells[0]: cells for _, cells, _ in by_class}
    assert rows["TOTAL ASSETS"][1] == rows["TOTAL LIABILITIES & EQUITY"][1] != "0.00"

    net = last(company, "ProfitAndLossStandard", **ALL)[1]
    taxes = {cells[0]: cells[1] for _, cells, _ in made(company, "IncomeTaxSummary", **ALL)}
    assert taxes["Tax Line Unassigned (income/expense)"] == net
    assert D(taxes["Tax Line Unassigned (balance sheet)"] or 0) == -D(net or 0)
    detail = made(company, "IncomeTaxDetail", **ALL)
    assert {cells[0]: cells[-2] for kind, cells, _ in detail if kind == "SubtotalRow"} == {
        f"Total {name}": amount for name, amount in taxes.items()
    }


def test_what_vendors_were_paid_for_form_1099() -> None:
    shop = Shop()
    rent = {"Name": "Rent", "AccountType": "Expense"}
    shop.company.add("Account", rent)
    shop.change("Vendor", shop.named("Vendor", "Landlord"), IsVendorEligibleFor1099=True)
    box = {
        "MappingCategory": "Box1Rents",
        "MappingAccount": [{"AccountRef": ref("Rent")}],
        "Threshold": D("600"),
    }
    shop.company.form_1099.change(
        shop.company, {"IsFiling1099Misc": True, "CategoryAccountMappingMod": [box]}
    )

    def bill(vendor: str, **more: Any) -> dict[str, Any]:
        line = {"AccountRef": ref("Rent"), "Amount": D("500.00"), "CustomerRef": ref("Ann"), **more}
        return shop.company.add("Bill", {"VendorRef": ref(vendor), "ExpenseLineAdd": [line]})

    def pay(owed: dict[str, Any], amount: str, kind: str = "BillPaymentCheck", **account: Any) -> None:
        applied = [{"TxnID": owed["TxnID"], "PaymentAmount": D(amount)}]
        payee = {"PayeeEntityRef": owed["VendorRef"], "IsToBePrinted": True} if kind.endswith("Check") else {}
        shop.company.add(
            kind, {"PayeeEntityRef": owed["VendorRef"], **payee, **account, "AppliedToTxnAdd": applied}
        )

    checking = {"BankAccountRef": ref("Checking")}
    pay(bill("Landlord"), "500", **checking)
    pay(bill("Mill"), "500", **checking)  # who is not eligible
    assert last(shop.company, "1099Detail", **ALL)[-1] == "0.00"  # below the threshold
    second = bill("Landlord")
    pay(second, "200", "BillPaymentCreditCard", CreditCardAccountRef=ref("Card"))
    pay(second, "150", **checking)  # the rest is not paid
    rows = [cells for _, cells, _ in made(shop.company, "1099Detail", **ALL)]
    assert [(cells[0], cells[5], cells[-1]) for cells in rows] == [
        ("Landlord", None, None),
        (None, "Rent", "500.00"),
        (None, "Rent", "150.00"),
        ("Total Landlord", None, "650.00"),
        ("TOTAL", None, "650.00"),
    ]
