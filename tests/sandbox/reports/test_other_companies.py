"""Reports of a company in Britain, and of the landscaper's."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from tieout.sandbox.companies import open_company
from tieout.sandbox.companies.chart import furnish
from tieout.sandbox.company.company import Company

from .reading import amount, ask, group, lines
from .test_open_balances import owed, told

NOON = datetime(2026, 11, 22, 20, tzinfo=UTC)
ALL = {"start_date": "2020-01-01", "end_date": "2026-11-22"}


def test_the_tax_summary_tells_what_was_collected_and_what_was_paid():
    company = Company("1", "Ltd", lambda: NOON, country="GB")
    furnish(company)
    standard, exempt = (
        next(s.id for s in company.books.store("TaxCode") if s.record["Name"] == name)
        for name in ("20.0% S", "Exempt")
    )
    accounts = {s.record["Name"]: {"value": s.id} for s in company.books.store("Account")}
    both = {"IncomeAccountRef": accounts["Services"], "ExpenseAccountRef": accounts["Rent"]}
    item = company.create("Item", {"Name": "Hour", "Type": "Service", **both}).id
    customer = company.create("Customer", {"DisplayName": "Ada"}).id
    vendor = company.create("Vendor", {"DisplayName": "Vera"}).id

    def sold(worth, code):
        detail = {"ItemRef": {"value": item}, "TaxCodeRef": {"value": code}}
        return {"Amount": Decimal(worth), "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": detail}

    form = {"CustomerRef": {"value": customer}, "Line": [sold("100.00", standard), sold("30.00", exempt)]}
    company.create("Invoice", form)
    company.create("CreditMemo", {**form, "Line": [sold("10.00", standard)]})
    detail = {"AccountRef": accounts["Rent"], "TaxCodeRef": {"value": standard}}
    kind = "AccountBasedExpenseLineDetail"
    spent = {"Amount": Decimal("50.00"), "DetailType": kind, kind: detail}
    company.create("Bill", {"VendorRef": {"value": vendor}, "Line": [spent]})
    report = ask(company, "TaxSummary", agency_id="1")
    shown = {cells[0]["value"]: amount(cells[1]) for _, cells, _ in lines(report, "data")}
    assert shown["20.0% S (Sales)"] == Decimal("18.00")
    assert shown["20.0% S (Purchase)"] == Decimal("-10.00")
    assert shown["TOTAL"] == Decimal("8.00")
    assert group(ask(company, "ProfitAndLoss"), "NetIncome") == Decimal("70.00")


def test_the_landscaper_s_reports_tie_out():
    company = open_company("landscaping", clock=lambda: NOON)
    sheet, statement = ask(company, "BalanceSheet", **ALL), ask(company, "ProfitAndLoss", **ALL)
    assert group(sheet, "TotalAssets") == group(sheet, "TotalLiabilitiesAndEquity") != 0
    earned = sum(
        amount(c[1])
        for _, c, _ in lines(sheet, "data")
        if c[0]["value"] in ("Net Income", "Retained Earnings")
    )
    assert group(statement, "NetIncome") == earned
    assert told(ask(company, "AgedReceivables")) == owed(company, "Customer")
    assert told(ask(company, "AgedPayables")) == owed(company, "Vendor")
    _, total, _ = lines(ask(company, "TrialBalance", **ALL), "summary")[-1]
    assert amount(total[1]) == amount(total[2])
