"""Custom reports: any rows by any columns, which add up to what the books say."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tieout.catalog.qbxml import newest, record_type
from tieout.sandbox.desktop.company import DesktopCompany
from tieout.sandbox.desktop.reports.making import report

from .shop import Shop, ref
from .test_books_balance import Clerk
from .test_reports import ALL, last, made

D = Decimal
YEAR = {"ReportPeriod": {"FromReportDate": "2026-01-01", "ToReportDate": "2026-12-31"}}
AXES = (
    "Account", "Class", "Customer", "CustomerType", "Employee", "FourWeek", "HalfMonth", "ItemDetail", "ItemType", "Month",
    "Payee", "PaymentMethod", "Quarter", "SalesRep", "SalesTaxCode", "ShipMethod", "TaxLine", "Terms", "TotalOnly", "TwoWeek", "Vendor",
    "VendorType", "Week", "Year",
)  # fmt: skip
NEVER = ("PayrollItemDetail", "PayrollYtdDetail")


def summary(company: DesktopCompany, rows: str, columns: str, **content: Any) -> list[list[str | None]]:
    by = {"SummarizeRowsBy": rows, "SummarizeColumnsBy": columns}
    return [cells for _, cells, _ in made(company, "CustomSummary", **{**(content or ALL), **by})]


def titles(company: DesktopCompany, rows: str, columns: str, **content: Any) -> list[str | None]:
    by = {"SummarizeRowsBy": rows, "SummarizeColumnsBy": columns}
    named = {"CustomSummaryReportType": "CustomSummary"}
    ret = report(company, "CustomSummaryReport", {**named, **(content or ALL), **by})
    return [each["ColTitle"][0].get("@value") for each in ret["ColDesc"]]


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 2**32))
def test_whatever_it_is_cut_by_it_adds_up_to_the_net_income(seed: int) -> None:
    shop = Shop()
    company = shop.company
    Clerk(seed, shop).work(40)
    net = D(last(company, "ProfitAndLossStandard", **ALL)[-1] or 0)
    for rows, columns in zip(AXES, reversed(AXES), strict=True):
        found = summary(company, rows, columns)
        assert titles(company, rows, columns)[-1] == "TOTAL"
        amounts = [[D(cell or 0) for cell in cells[1:]] for cells in found]
        for each in amounts:
            assert len(each) == 1 or sum(each[:-1]) == each[-1], (rows, columns)
        assert [sum(column) for column in zip(*amounts[:-1], strict=True)] in ([], amounts[-1])
        if rows != "Account":
            assert amounts[-1][-1] == net, (rows, columns)
    by_account = summary(company, "Account", "TotalOnly")
    assert by_account[-1] == ["TOTAL", "0.00"]
    moved = {cells[0]: D(cells[1] or 0) for cells in by_account[:-1]}
    for account in company.all_of("Account"):
        assert moved.get(account["FullName"], 0) == company.books.ledger.accounts.get(account["ListID"], 0)


def test_its_rows_may_be_a_profit_and_loss_or_a_balance_sheet() -> None:
    shop = Shop()
    shop.company.add("Class", {"Name": "North"})
    shop.sell("Ann", TxnDate="2026-01-05", ClassRef=ref("North"))
    shop.sell("Bob", TxnDate="2026-02-05")
    by_class = summary(shop.company, "IncomeStatement", "Class", **YEAR)
    assert by_class[-1] == ["Net Income", "80.00", "80.00", "160.00"]
    assert titles(shop.company, "IncomeStatement", "Class") == [None, "North", "Unclassified", "TOTAL"]
    by_month = summary(shop.company, "BalanceSheet", "Quarter", **YEAR)
    assert by_month[-1] == ["TOTAL LIABILITIES & EQUITY", *["160.00"] * 5]
    with pytest.raises(Exception, match="CustomSummary of a balance sheet by Class"):
        summary(shop.company, "BalanceSheet", "Class")


def test_pieces_of_time_stand_there_even_when_nothing_happened() -> None:
    shop = Shop()
    shop.sell("Ann", TxnDate="2026-02-10")
    days = {"ReportPeriod": {"FromReportDate": "2026-02-08", "ToReportDate": "2026-03-10"}}
    for columns, heads in (
        ("TwoWeek", ["Feb 8 - 21, 26", "Feb 22 - Mar 7, 26", "Mar 8 - 10, 26"]),
        ("HalfMonth", ["Feb 8 - 15, 26", "Feb 16 - 28, 26", "Mar 1 - 10, 26"]),
        ("Month", ["Feb 8 - 28, 26", "Mar 1 - 10, 26"]),
        ("FourWeek", ["Feb 8 - Mar 7, 26", "Mar 8 - 10, 26"]),
    ):
        assert titles(shop.company, "Customer", columns, **days) == [None, *heads, "TOTAL"]
        ann = summary(shop.company, "Customer", columns, **days)[0]
        assert ann == ["Ann", "80.00", *["0.00"] * (len(heads) - 1), "80.00"]
    short = {"ReportPeriod": {"FromReportDate": "2026-02-09", "ToReportDate": "2026-02-10"}}
    assert titles(shop.company, "TotalOnly", "Day", **short) == [None, "Feb 9, 26", "Feb 10, 26", "TOTAL"]


def test_a_filter_chooses_the_accounts_and_their_side() -> None:
    shop = Shop()
    shop.buy(quantity=10)
    shop.sell("Ann", {"ItemRef": ref("Chair"), "Quantity": D(2)})
    cost = {"ReportAccountFilter": {"AccountTypeFilter": "CostOfGoodsSold"}}
    assert summary(shop.company, "ItemDetail", "TotalOnly", **ALL, **cost) == [
        ["Chair", "100.00"],
        ["TOTAL", "100.00"],
    ]
    owed = {"ReportAccountFilter": {"AccountTypeFilter": "AccountsReceivable"}}
    assert summary(shop.company, "Customer", "TotalOnly", **ALL, **owed)[0] == ["Ann", "194.85"]


def test_what_the_books_do_not_know_is_refused() -> None:
    shape = record_type("CustomSummaryReport").shape("CustomSummaryReportQueryRq", newest("US"))
    known = {e.name: e.value.values for e in shape.elements() if e.value and e.name.startswith("Summ")}
    assert set(known["SummarizeRowsBy"]) == {*AXES, *NEVER, "Day", "BalanceSheet", "IncomeStatement"}
    for name in NEVER:
        with pytest.raises(Exception, match=f"does not make this report: CustomSummary by {name}"):
            summary(Shop().company, name, "TotalOnly")


@pytest.mark.parametrize("rows", [each for each in AXES if each not in ("TotalOnly", "Employee", "Vendor")])
def test_details_may_be_put_together_by_the_same(rows: str) -> None:
    shop = Shop()
    shop.company.add("CustomerType", {"Name": "Trade"})
    shop.change("Customer", shop.named("Customer", "Ann"), CustomerTypeRef=ref("Trade"))
    shop.sell("Ann:Kitchen", TxnDate="2026-02-10", TermsRef=ref("Net 30"))
    shop.sell("Bob", TxnDate="2026-03-10")
    asked = {"SummarizeRowsBy": rows, "IncludeColumn": ["TxnType", "Amount"], **YEAR}
    found = made(shop.company, "CustomTxnDetail", **asked)
    heads = [cells[0] for kind, cells, _ in found if kind == "SubtotalRow"]
    expected = {
        "CustomerType": ["Total Trade", "Total No customer type"],
        "Terms": ["Total Net 30", "Total No terms"],
        "Customer": ["Total Ann:Kitchen", "Total Bob"],
        "Month": ["Total Feb 26", "Total Mar 26"],
        "ItemType": ["Total Service"],
    }
    assert len(heads) == len(set(heads)) > 0
    assert heads == expected.get(rows, heads)
    assert len([cells for _, cells, _ in found if cells[1]]) == (2 if rows.startswith("Item") else 4)


def test_other_reports_are_cut_by_the_same_too() -> None:
    shop = Shop()
    shop.sell("Ann", TxnDate="2026-01-05")
    shop.sell("Bob", TxnDate="2026-02-05")
    months = {"ReportPeriod": {"FromReportDate": "2026-01-01", "ToReportDate": "2026-02-28"}}
    cut = {**months, "SummarizeColumnsBy": "Month"}
    assert last(shop.company, "SalesByCustomerSummary", **cut) == ["TOTAL", "80.00", "80.00", "160.00"]
    assert last(shop.company, "SalesByRepSummary", **cut) == ["TOTAL", "80.00", "80.00", "160.00"]
    by_customer = {**months, "SummarizeColumnsBy": "Customer"}
    assert last(shop.company, "ProfitAndLossStandard", **by_customer)[1:] == ["80.00", "80.00", "160.00"]
    with pytest.raises(Exception, match="does not make this report: SalesByItemSummary by Month"):
        last(shop.company, "SalesByItemSummary", **cut)
    again = made(shop.company, "TxnDetailByAccount", SummarizeRowsBy="Customer", **ALL)
    assert [cells[0] for kind, cells, _ in again if kind == "SubtotalRow"] == ["Total Ann", "Total Bob"]


def test_columns_that_repeat_what_documents_and_people_say() -> None:
    shop = Shop()
    address = {"Addr1": "1 High St", "City": "Ely", "State": "CA", "PostalCode": "94019"}
    ann = {"Phone": "555-1234", "Email": "ann@example.com", "BillAddress": address}
    shop.change("Customer", shop.named("Customer", "Ann"), **ann)
    shop.company.add("SalesRep", {"Initial": "KR", "SalesRepEntityRef": ref("Mill")})
    invoice = shop.sell("Ann", SalesRepRef=ref("KR"), ShipDate="2026-03-01", FOB="Ely")  # 80.00
    shop.pay(invoice, "30")
    names = (
        "NamePhone",
        "NameEmail",
        "NameAddress",
        "NameCity",
        "NameState",
        "NameZip",
        "SalesRep",
        "ShipDate",
        "FOB",
    )
    amounts = ("OpenBalance", "PaidAmount", "PaidStatus")
    only = {"ReportTxnTypeFilter": {"TxnTypeFilter": ["Invoice"]}, "IncludeColumn": [*names, *amounts], **ALL}
    _, owed = made(shop.company, "CustomTxnDetail", SummarizeRowsBy="TotalOnly", **only)
    said = ["555-1234", "ann@example.com", "1 High St", "Ely", "CA", "94019", "KR", "2026-03-01", "Ely"]
    assert owed[1][1:] == [*said, "50.00", "30.00", None]
    shop.pay(invoice, "50")
    sold, owed = made(shop.company, "CustomTxnDetail", SummarizeRowsBy="TotalOnly", **only)
    assert owed[1][-3:] == ["0.00", "80.00", "X"]
    assert sold[1][-3:] == [None, None, None]
    lines = {
        **only,
        "IncludeColumn": ["SalesTaxCode", "ItemDesc", "TaxLine", "PaymentMethod", "BillingStatus"],
    }
    sold, _ = made(shop.company, "CustomTxnDetail", SummarizeRowsBy="TotalOnly", **lines)
    assert sold[1][1] == "Non"
