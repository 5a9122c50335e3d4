"""Reports say what the books say, whatever happened; what the sandbox does not make is refused by name."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tieout.catalog.qbxml import newest
from tieout.catalog.qbxml.actions import reports
from tieout.sandbox.desktop.balances import seen
from tieout.sandbox.desktop.company import DesktopCompany
from tieout.sandbox.desktop.reports.making import MADE, report
from tieout.sandbox.desktop.session import DesktopSession
from tieout.sandbox.desktop.special_accounts import DEBIT_TYPES, RESULT_TYPES

from .report_requests import BUDGETS, NEEDS_A_FEATURE, least
from .shop import Shop, ref
from .test_books_balance import Clerk
from .test_session import document, statuses

D = Decimal
ALL = {"ReportDateMacro": "All"}


@pytest.fixture
def shop() -> Shop:
    return Shop()


def made(company: DesktopCompany, name: str, **content: Any) -> list[tuple[str, list[str | None], str]]:
    """Kind of row, its cells, and the element that it is about."""
    (request,) = (request for request, names in MADE.items() if name in names)
    ret = report(company, request, {f"{request}Type": name, **content})
    data = ret.get("ReportData", {})
    rows = []
    left = {kind: list(found) for kind, found in data.items() if not kind.startswith("#")}
    for kind in data.get("#order", ()):
        row = left[kind].pop(0)
        cells = {int(each["@colID"]): each["@value"] for each in row.get("ColData", ())}
        told = [cells.get(number) for number in range(1, ret["NumColumns"] + 1)]
        rows.append((kind, told, row.get("@value") or row.get("RowData", {}).get("@value", "")))
    assert len(rows) == ret["NumRows"]
    return rows


def last(company: DesktopCompany, name: str, **content: Any) -> list[str | None]:
    return made(company, name, **content)[-1][1]


def ask(shop: Shop, inside: str) -> str:
    return DesktopSession(shop.company).process(document(inside, version="16.0"))


def test_a_report_as_it_goes_over_the_wire(shop: Shop) -> None:
    shop.sell("Ann", TxnDate="2026-01-05")
    query = (
        "<GeneralSummaryReportQueryRq requestID='1'><GeneralSummaryReportType>ProfitAndLossStandard"
        "</GeneralSummaryReportType><ReportPeriod><FromReportDate>2026-01-01</FromReportDate>"
        "<ToReportDate>2026-02-28</ToReportDate></ReportPeriod><SummarizeColumnsBy>Month</SummarizeColumnsBy>"
        "</GeneralSummaryReportQueryRq>"
    )
    answer = ask(shop, query)
    root = ElementTree.fromstring(answer)
    assert [each.get("value") for each in root.iter("ColTitle")] == [None, "Jan 26", "Feb 26", "TOTAL"]
    assert [each.text for each in root.iter("ColType")] == ["Label", "Amount", "Amount", "Amount"]
    (row,) = root.iter("DataRow")
    about = row.find("RowData")
    assert about is not None
    assert (about.get("rowType"), about.get("value")) == ("account", "Consulting")
    assert [each.get("value") for each in row.iter("ColData")] == ["Consulting", "80.00", "0.00", "80.00"]
    rows = [each for each in root.iter() if each.get("rowNumber")]
    assert [each.get("rowNumber") for each in rows] == [str(number) for number in range(1, len(rows) + 1)]


def test_a_balance_sheet_puts_the_results_of_earlier_years_into_retained_earnings(shop: Shop) -> None:
    shop.sell("Ann", TxnDate="2025-05-05")
    shop.sell("Ann", {"ItemRef": ref("Hour")}, TxnDate="2026-05-05")
    period = {"ReportPeriod": {"ToReportDate": "2026-12-31"}}
    rows = {cells[0]: cells[1] for _, cells, _ in made(shop.company, "BalanceSheetStandard", **period)}
    assert (rows["Retained Earnings"], rows["Net Income"], rows["Total Equity"]) == (
        "80.00",
        "40.00",
        "120.00",
    )
    assert rows["TOTAL ASSETS"] == rows["TOTAL LIABILITIES & EQUITY"] == "120.00"


def test_aging_goes_by_the_day_it_is_due(shop: Shop) -> None:
    shop.sell("Ann", TxnDate="2026-01-01", DueDate="2026-01-31")
    shop.sell("Bob", TxnDate="2026-01-01", DueDate="2026-03-31")
    day = {"ReportPeriod": {"ToReportDate": "2026-03-01"}}
    rows = {name: cells for _, cells, name in made(shop.company, "ARAgingSummary", **day)}
    assert rows["Ann"][1:] == ["0.00", "80.00", "0.00", "0.00", "0.00", "80.00"]
    assert rows["Bob"][1:] == ["80.00", "0.00", "0.00", "0.00", "0.00", "80.00"]


def test_as_of_an_earlier_day_what_was_paid_later_is_open(shop: Shop) -> None:
    invoice = shop.sell("Ann", TxnDate="2026-01-01")
    said = {"CustomerRef": ref("Ann"), "TxnDate": "2026-02-01", "TotalAmount": D("80.00")}
    applied = [{"TxnID": invoice["TxnID"], "PaymentAmount": D("80.00")}]
    shop.company.add("ReceivePayment", {**said, "AppliedToTxnAdd": applied})
    for day, left in (("2026-01-15", "80.00"), ("2026-02-15", "0.00")):
        assert last(shop.company, "OpenInvoices", ReportPeriod={"ToReportDate": day})[-1] == left


def test_the_general_ledger_runs_from_the_balance_before(shop: Shop) -> None:
    shop.sell("Ann", TxnDate="2026-01-05")
    shop.sell("Ann", TxnDate="2026-02-05", RefNumber="8")
    period = {"ReportPeriod": {"FromReportDate": "2026-02-01", "ToReportDate": "2026-02-28"}}
    rows = [row for row in made(shop.company, "GeneralLedger", **period) if row[2] == "Accounts Receivable"]
    assert [kind for kind, _, _ in rows] == ["DataRow", "DataRow", "SubtotalRow"]
    assert [cells[-1] for _, cells, _ in rows] == ["80.00", "160.00", "160.00"]
    assert rows[1][1][1:4] == ["Invoice", "2026-02-05", "8"]
    assert rows[1][1][6] == "Consulting"


def test_columns_filters_and_marks(shop: Shop) -> None:
    invoice = shop.sell("Ann", TxnDate="2026-02-05")
    shop.sell("Bob", TxnDate="2026-02-06")
    shop.company.cleared[("Invoice", invoice["TxnID"]), ""] = "Cleared"
    only = {"ReportEntityFilter": {"FullName": ["Ann"]}, "IncludeColumn": ["TxnID", "ClearedStatus"]}
    (row,) = made(shop.company, "TxnListByDate", **ALL, **only)
    assert row[1] == [None, invoice["TxnID"], "Cleared"]


@pytest.mark.parametrize(
    ("request_", "name"), [(r, n) for r, names in reports(newest("US")).items() for n in names if n]
)
def test_every_report_is_made_or_refused_plainly(shop: Shop, request_: str, name: str) -> None:
    shop.sell("Ann")
    shop.buy()
    answer = ask(shop, least(request_, name))
    if name in NEEDS_A_FEATURE:
        assert statuses(answer) == ["3250"]
        assert "This feature is not enabled" in answer
    elif name in BUDGETS:
        assert statuses(answer) == ["3250"]
        assert "budget of 2026 by Accounts." in answer
    elif name in MADE.get(request_, ()):
        assert statuses(answer) == ["0"]
        assert "<ReportRet>" in answer
    else:
        assert statuses(answer) == ["3250"]
        assert f"The sandbox does not make this report: {name}." in answer


@pytest.mark.parametrize(
    "more",
    [
        {"SummarizeColumnsBy": "PayrollItemDetail"},
        {"ReportItemFilter": {"ItemTypeFilter": "Service"}},
    ],
)
def test_what_a_report_cannot_do_is_refused_too(shop: Shop, more: dict[str, Any]) -> None:
    with pytest.raises(Exception, match="does not make this report: ProfitAndLossStandard"):
        made(shop.company, "ProfitAndLossStandard", **more)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32))
def test_reports_agree_with_the_books(seed: int) -> None:
    shop = Shop()
    company = shop.company
    Clerk(seed, shop).work(60)
    ledger = company.books.ledger
    everything = {"ReportPeriod": {"FromReportDate": "2026-01-01", "ToReportDate": "2026-12-31"}}

    trial = made(company, "TrialBalance", **everything)
    told = {name: D(cells[1] or 0) - D(cells[2] or 0) for kind, cells, name in trial if kind == "DataRow"}
    for account in company.all_of("Account"):
        amount = ledger.accounts.get(account["ListID"], D(0))
        assert told.get(account["FullName"], 0) == amount
        if account["AccountType"] not in (*RESULT_TYPES, "NonPosting"):
            sign = 1 if account["AccountType"] in DEBIT_TYPES else -1
            assert seen(company, "Account", account)["Balance"] == sign * amount
    assert trial[-1][1][1] == trial[-1][1][2]
    cash = made(company, "TrialBalance", **everything, ReportBasis="Cash")
    assert cash[-1][1][1] == cash[-1][1][2]

    sheet = {cells[0]: cells[1] for _, cells, _ in made(company, "BalanceSheetStandard", **everything)}
    assert D(sheet.get("TOTAL ASSETS") or 0) == D(sheet["TOTAL LIABILITIES & EQUITY"] or 0)
    assert last(company, "ProfitAndLossStandard", **everything)[1] == sheet["Net Income"]

    receivable, payable = told.get("Accounts Receivable", D(0)), -told.get("Accounts Payable", D(0))
    for name, amount in (
        ("ARAgingSummary", receivable),
        ("ARAgingDetail", receivable),
        ("OpenInvoices", receivable),
        ("CustomerBalanceSummary", receivable),
        ("APAgingSummary", payable),
        ("UnpaidBillsDetail", payable),
        ("VendorBalanceSummary", payable),
    ):
        assert D(last(company, name, **everything)[-1] or 0) == amount, name

    for kind, cells, name in made(company, "GeneralLedger", **everything):
        if kind == "SubtotalRow":
            account = next(each for each in company.all_of("Account") if each["FullName"] == name)
            sign = 1 if account["AccountType"] in DEBIT_TYPES else -1
            assert D(cells[-1] or 0) == sign * ledger.accounts[account["ListID"]]

    value = last(company, "InventoryValuationSummary", **everything)[3]
    assert D(value or 0) == told.get("Inventory Asset", D(0))


def test_on_a_cash_basis_an_invoice_counts_as_it_is_paid(shop: Shop) -> None:
    invoice = shop.sell("Ann", TxnDate="2026-01-05")  # two hours at 40
    cash = {"ReportBasis": "Cash", **ALL}
    assert last(shop.company, "ProfitAndLossStandard", **cash)[1] == "0.00"
    shop.pay(invoice, "20")
    assert last(shop.company, "ProfitAndLossStandard", **cash)[1] == "20.00"
    assert last(shop.company, "ProfitAndLossStandard", **ALL)[1] == "80.00"
    shop.pay(invoice, "60")
    for name in ("ProfitAndLossStandard", "SalesByCustomerSummary", "IncomeByCustomerSummary"):
        assert last(shop.company, name, **cash) == last(shop.company, name, **ALL)
    told = report(
        shop.company, "GeneralSummaryReport", {"GeneralSummaryReportType": "ProfitAndLossStandard", **cash}
    )
    assert told["ReportBasis"] == "Cash"


def test_on_a_cash_basis_a_bill_counts_as_it_is_paid_and_nothing_is_owed(shop: Shop) -> None:
    expense = {"AccountRef": ref("Rent"), "Amount": D("300")}
    if shop.company.find(("Account",), ref("Rent")) is None:
        shop.company.add("Account", {"Name": "Rent", "AccountType": "Expense"})
    bill = shop.company.add("Bill", {"VendorRef": ref("Landlord"), "ExpenseLineAdd": [expense]})
    cash = {"ReportBasis": "Cash", **ALL}
    assert not [name for _, _, name in made(shop.company, "ExpenseByVendorDetail", **cash) if name]
    paid = {"TxnID": bill["TxnID"], "PaymentAmount": D("100")}
    bank = next(a for a in shop.company.all_of("Account") if a["AccountType"] == "Bank")
    shop.company.add(
        "BillPaymentCheck",
        {
            "PayeeEntityRef": ref("Landlord"),
            "BankAccountRef": {"ListID": bank["ListID"]},
            "IsToBePrinted": True,
            "AppliedToTxnAdd": [paid],
        },
    )
    assert last(shop.company, "ExpenseByVendorSummary", **cash)[1] == "100.00"
    assert last(shop.company, "ExpenseByVendorSummary", **ALL)[1] == "300.00"
    sheet = {cells[0]: cells[1] for _, cells, _ in made(shop.company, "BalanceSheetStandard", **cash)}
    assert sheet["TOTAL ASSETS"] == sheet["TOTAL LIABILITIES & EQUITY"] == "-100.00"
    assert last(shop.company, "VendorBalanceSummary", **cash)[1] == "200.00"  # what is owed is owed


def test_details_of_sales_and_purchases_add_up_to_their_summaries(shop: Shop) -> None:
    shop.company.add("SalesRep", {"Initial": "KR", "SalesRepEntityRef": ref("Mill")})
    shop.buy(quantity=10)
    shop.sell("Ann", {"ItemRef": ref("Chair"), "Quantity": D(2)}, SalesRepRef=ref("KR"))
    shop.sell("Bob", {"ItemRef": ref("Hour"), "Quantity": D(3)})
    for detail, summary, column in (
        ("SalesByItemDetail", "SalesByItemSummary", 2),
        ("SalesByCustomerDetail", "SalesByCustomerSummary", 1),
        ("PurchaseByItemDetail", "PurchaseByItemSummary", 2),
        ("PurchaseByVendorDetail", "PurchaseByVendorSummary", 1),
        ("SalesByRepDetail", "SalesByRepSummary", 1),
    ):
        amount = _column_of(shop, detail, "Amount")
        told = sum(
            (
                D(cells[amount] or 0)
                for kind, cells, _ in made(shop.company, detail, **ALL)
                if kind == "DataRow"
            ),
            D(0),
        )
        assert told == D(last(shop.company, summary, **ALL)[column] or 0) != 0
    reps = [
        cells[0] for kind, cells, _ in made(shop.company, "SalesByRepSummary", **ALL) if kind == "DataRow"
    ]
    assert reps == ["KR", "No Sales Rep"]


def _column_of(shop: Shop, name: str, kind: str) -> int:
    ret = report(shop.company, "GeneralDetailReport", {"GeneralDetailReportType": name, **ALL})
    return [each["ColType"] for each in ret["ColDesc"]].index(kind)


def test_profit_and_loss_by_class_and_job(shop: Shop) -> None:
    shop.company.add("Class", {"Name": "North"})
    shop.sell("Ann", ClassRef=ref("North"))
    shop.sell("Bob")
    assert last(shop.company, "ProfitAndLossByClass", **ALL) == ["Net Income", "80.00", "80.00", "160.00"]
    assert last(shop.company, "ProfitAndLossByJob", **ALL) == ["Net Income", "80.00", "80.00", "160.00"]


def test_a_year_is_set_against_the_one_before(shop: Shop) -> None:
    shop.sell("Ann", TxnDate="2025-01-05")
    shop.sell("Ann", TxnDate="2026-01-05")
    shop.sell("Ann", TxnDate="2026-01-06")
    shop.sell("Ann", TxnDate="2026-02-06")
    january = {"ReportPeriod": {"FromReportDate": "2026-01-01", "ToReportDate": "2026-01-31"}}
    february = {"ReportPeriod": {"FromReportDate": "2026-02-01", "ToReportDate": "2026-02-28"}}
    told = last(shop.company, "ProfitAndLossPrevYearComp", **january)
    assert told == ["Net Income", "160.00", "80.00", "80.00", "100.0"]
    assert last(shop.company, "ProfitAndLossYTDComp", **february) == ["Net Income", "80.00", "240.00"]
    sheet = last(shop.company, "BalanceSheetPrevYearComp", **january)
    assert sheet[1:4] == ["240.00", "80.00", "160.00"]


def test_stock_is_listed_for_counting_and_ordering(shop: Shop) -> None:
    shop.change("ItemInventory", shop.named("ItemInventory", "Chair"), ReorderPoint=D(12))
    shop.buy(quantity=10)
    shop.sell("Ann", {"ItemRef": ref("Chair"), "Quantity": D(2)})
    (count,) = [
        cells for _, cells, name in made(shop.company, "PhysicalInventoryWorksheet") if name == "Chair"
    ]
    assert count[3:] == ["8", None]
    today = shop.clock().date().isoformat()
    week = {"ReportPeriod": {"FromReportDate": today, "ToReportDate": today}}
    (status,) = [
        cells
        for _, cells, name in made(shop.company, "InventoryStockStatusByItem", **week)
        if name == "Chair"
    ]
    assert status[2:] == ["12", "8", "0", "8", "true", "0", "14.0"]


def test_hours_are_told_by_name_job_and_item(shop: Shop) -> None:
    shop.company.add("Employee", {"FirstName": "Kim", "LastName": "Rook"})
    for customer, duration in (("Ann", "PT1H30M0S"), ("Ann", "PT0H45M0S"), ("Bob", "PT2H0M0S")):
        said = {
            "EntityRef": ref("Kim Rook"),
            "CustomerRef": ref(customer),
            "Duration": duration,
            "ItemServiceRef": ref("Hour"),
        }
        shop.company.add("TimeTracking", said)
    for name in ("TimeByName", "TimeByJobSummary", "TimeByItem"):
        assert last(shop.company, name, **ALL) == ["TOTAL", "PT4H15M"]
    assert last(shop.company, "TimeByJobDetail", **ALL)[-1] == "PT4H15M"
    rows = made(shop.company, "TimeByJobSummary", **ALL)
    assert [cells for kind, cells, _ in rows if kind == "SubtotalRow"] == [
        ["Total Ann", "PT2H15M"],
        ["Total Bob", "PT2H0M"],
    ]


def test_what_is_ordered_is_open_until_it_comes(shop: Shop) -> None:
    line = {"ItemRef": ref("Chair"), "Quantity": D(4), "Rate": D("50"), "CustomerRef": ref("Ann")}
    order = shop.company.add("PurchaseOrder", {"VendorRef": ref("Mill"), "PurchaseOrderLineAdd": [line]})
    sold = {"ItemRef": ref("Chair"), "Quantity": D(3), "Rate": D("90")}
    shop.company.add("SalesOrder", {"CustomerRef": ref("Bob"), "SalesOrderLineAdd": [sold]})
    assert last(shop.company, "OpenPOs")[-2:] == ["200.00", "200.00"]
    link = {"TxnID": order["TxnID"], "TxnLineID": order["PurchaseOrderLineRet"][0]["TxnLineID"]}
    part = {"Quantity": D(1), "LinkToTxn": link}
    shop.company.add("ItemReceipt", {"VendorRef": ref("Mill"), "ItemLineAdd": [part]})
    assert last(shop.company, "OpenPOs")[-2:] == ["200.00", "150.00"]
    heads = [cells[0] for kind, cells, _ in made(shop.company, "OpenPOsByJob") if kind == "SubtotalRow"]
    assert heads == ["Total Ann"]
    for name, head in (("OpenSalesOrderByCustomer", "Bob"), ("OpenSalesOrderByItem", "Chair")):
        rows = made(shop.company, name)
        assert (rows[0][1][0], rows[-1][1][-1]) == (head, "270.00")


def test_a_custom_report_has_the_columns_and_rows_that_are_asked_for(shop: Shop) -> None:
    shop.buy(quantity=10)
    shop.sell("Ann", {"ItemRef": ref("Chair"), "Quantity": D(2)}, {"ItemRef": ref("Hour"), "Quantity": D(1)})
    columns = {"IncludeColumn": ["TxnType", "Item", "Quantity", "Amount"], **ALL}
    by_item = made(shop.company, "CustomTxnDetail", SummarizeRowsBy="ItemDetail", **columns)
    assert [cells[0] for kind, cells, _ in by_item if kind == "SubtotalRow"] == ["Total Chair", "Total Hour"]
    by_account = made(shop.company, "CustomTxnDetail", SummarizeRowsBy="Account", **columns)
    postings = sum(len(each) for each in shop.company.books.ledger.entries.values())
    assert len([cells for _, cells, _ in by_account if cells[1]]) == postings
    whole = made(shop.company, "CustomTxnDetail", SummarizeRowsBy="TotalOnly", **columns)
    assert len([cells for _, cells, _ in whole if cells[1]]) == postings
    with pytest.raises(Exception, match="CustomTxnDetail by PayrollItemDetail"):
        made(shop.company, "CustomTxnDetail", SummarizeRowsBy="PayrollItemDetail", **columns)
