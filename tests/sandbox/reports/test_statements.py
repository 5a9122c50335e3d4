"""Statements against sums of the transactions' own amounts."""

from __future__ import annotations

from decimal import Decimal

import pytest

from .reading import amount, ask, columns, group, lines, titles

ALL = {"start_date": "2020-01-01", "end_date": "2026-11-22"}
SALES = {"Invoice": 1, "SalesReceipt": 1, "CreditMemo": -1, "RefundReceipt": -1}


def sold(company):
    """What all sales forms sold goods and services for, less discounts, in the home currency."""
    total = Decimal(0)
    for type_name, sign in SALES.items():
        for stored in company.books.store(type_name):
            rate = Decimal(stored.record.get("ExchangeRate", 1))
            for line in stored.record["Line"]:
                worth = {"SalesItemLineDetail": 1, "DiscountLineDetail": -1}.get(line["DetailType"], 0)
                if worth:
                    total += sign * worth * (line["Amount"] * rate).quantize(Decimal("0.01"))
    return total


def test_income_is_what_was_sold(year):
    assert group(ask(year, "ProfitAndLoss", **ALL), "Income") == sold(year)


def test_the_year_s_profit_is_what_equity_gained(year):
    sheet = ask(year, "BalanceSheet", **ALL)
    profit = group(ask(year, "ProfitAndLoss", **ALL), "NetIncome")
    equity = {
        cells[0]["value"]: amount(cells[1]) for path, cells, _ in lines(sheet, "data") if "Equity" in path
    }
    assert profit == equity["Net Income"] + equity["Retained Earnings"] != 0


@pytest.mark.parametrize("method", ["Accrual", "Cash"])
@pytest.mark.parametrize("by", ["Total", "Month", "FiscalYear", "Days"])
def test_the_balance_sheet_balances_in_every_column(year, by, method):
    sheet = ask(year, "BalanceSheet", summarize_column_by=by, accounting_method=method, **ALL)
    for column in range(1, len(columns(sheet)), 7 if by == "Days" else 1):
        assert group(sheet, "TotalAssets", column) == group(sheet, "TotalLiabilitiesAndEquity", column)


@pytest.mark.parametrize("by", ["Customers", "Classes"])
def test_the_balance_sheet_of_parties_balances_in_the_total(year, by):
    sheet = ask(year, "BalanceSheet", summarize_column_by=by, **ALL)
    whole = ask(year, "BalanceSheet", **ALL)
    assert group(sheet, "TotalAssets", -1) == group(sheet, "TotalLiabilitiesAndEquity", -1)
    assert group(sheet, "TotalAssets", -1) == group(whole, "TotalAssets")


def test_the_trial_balance_is_even_and_tells_each_account_s_current_balance(year):
    report = ask(year, "TrialBalance", **ALL)
    shown = {cells[0]["id"]: amount(cells[1]) - amount(cells[2]) for _, cells, _ in lines(report, "data")}
    _, total, _ = lines(report, "summary")[-1]
    assert amount(total[1]) == amount(total[2]) > 0
    for stored in year.books.store("Account"):
        account = stored.record
        at_home = account["CurrencyRef"]["value"] == "USD"
        closed = account["AccountSubType"] == "RetainedEarnings"
        if account["Classification"] in ("Asset", "Liability", "Equity") and at_home and not closed:
            assert shown.get(stored.id, 0) == account["CurrentBalance"], account["Name"]


def test_months_add_up_to_the_total(year):
    report = ask(
        year, "ProfitAndLoss", summarize_column_by="Month", start_date="2026-01-01", end_date="2026-12-31"
    )
    assert titles(report)[1:3] == ["Jan 2026", "Feb 2026"]
    assert titles(report)[-1] == "Total"
    for _path, cells, _group in lines(report, "data"):
        assert sum(map(amount, cells[1:-1])) == amount(cells[-1])
    whole = ask(year, "ProfitAndLoss", start_date="2026-01-01", end_date="2026-12-31")
    assert group(report, "NetIncome", -1) == group(whole, "NetIncome")


@pytest.mark.parametrize(
    "by", ["Customers", "Vendors", "Employees", "Departments", "Classes", "ProductsAndServices"]
)
def test_parties_add_up_to_the_total(year, by):
    report = ask(year, "ProfitAndLoss", summarize_column_by=by, **ALL)
    values = [group(report, "NetIncome", column) for column in range(1, len(columns(report)))]
    assert sum(values[:-1]) == values[-1] == group(ask(year, "ProfitAndLoss", **ALL), "NetIncome")


def test_a_filter_keeps_what_is_the_customer_s(year):
    by_customer = ask(year, "ProfitAndLoss", summarize_column_by="Customers", **ALL)
    keyed = {c["MetaData"][0]["Value"]: place for place, c in enumerate(columns(by_customer))}
    one = next(key for key in keyed if key.isdigit())
    only = ask(year, "ProfitAndLoss", customer=one, **ALL)
    assert group(only, "NetIncome") == group(by_customer, "NetIncome", keyed[one]) != 0
    assert only["Header"]["Customer"] == one


def test_cash_at_the_end_is_what_the_balance_sheet_has_in_banks_and_in_the_drawer(year):
    sheet = ask(year, "BalanceSheet", end_date="2026-06-30")
    held = group(sheet, "BankAccounts") + sum(
        amount(cells[1]) for _, cells, _ in lines(sheet, "data") if cells[0]["value"] == "Undeposited Funds"
    )
    flow = ask(year, "CashFlow", start_date="2026-01-01", end_date="2026-06-30")
    explained = sum(
        group(flow, name) for name in ("OperatingActivities", "InvestingActivities") if _has(flow, name)
    ) + (group(flow, "FinancingActivities") if _has(flow, "FinancingActivities") else 0)
    assert group(flow, "EndingCash") == held
    assert group(flow, "CashIncrease") == explained


def test_the_cash_of_each_month_begins_where_the_last_one_ended(year):
    flow = ask(year, "CashFlow", start_date="2026-01-01", end_date="2026-04-30", summarize_column_by="Month")
    for column in range(2, 5):
        assert group(flow, "BeginningCash", column) == group(flow, "EndingCash", column - 1)
    assert group(flow, "EndingCash", 5) == group(flow, "EndingCash", 4)


def _has(report, name):
    return any(found == name for _, _, found in lines(report, "summary"))


def test_income_counts_on_a_cash_basis_as_it_is_paid(shop):
    invoice = shop.invoice(shop.sold("60.00"), shop.sold("40.01"))
    assert group(ask(shop.company, "ProfitAndLoss"), "Income") == Decimal("100.01")
    assert ask(shop.company, "ProfitAndLoss", accounting_method="Cash")["Rows"] == {}
    shop.pay("33.33", ("Invoice", invoice, "33.33"))
    shop.clock.advance(86_400)
    shop.pay("66.68", ("Invoice", invoice, "66.68"))
    days = ask(
        shop.company,
        "ProfitAndLoss",
        accounting_method="Cash",
        summarize_column_by="Days",
        start_date="2026-11-22",
        end_date="2026-11-23",
    )
    income = [group(days, "Income", column) for column in (1, 2, 3)]
    assert income == [Decimal("33.33"), Decimal("66.68"), Decimal("100.01")]
    assert days["Header"]["ReportBasis"] == "Cash"


def test_a_subaccount_stands_under_its_parent_with_a_total(shop):
    rent = shop.accounts["Rent"]
    office = shop.add(
        "Account", Name="Warehouse", AccountType="Expense", ParentRef={"value": rent}, SubAccount=True
    )
    shop.accounts["Warehouse"] = office["Id"]
    shop.bill(shop.spent("60.00"), shop.spent("15.00", account="Warehouse"))
    expenses = [
        (kind_path, [cell["value"] for cell in cells])
        for kind_path, cells, _ in lines(ask(shop.company, "ProfitAndLoss"), "data")
    ]
    totals = {
        cells[0]["value"]: cells[1]["value"]
        for _, cells, _ in lines(ask(shop.company, "ProfitAndLoss"), "summary")
    }
    assert expenses == [(("Expenses", "Rent"), ["Warehouse", "15.00"])]
    assert (totals["Total Rent"], totals["Total Expenses"], totals["Net Income"]) == (
        "75.00",
        "75.00",
        "-75.00",
    )


def test_a_report_without_anything_says_so(shop):
    report = ask(shop.company, "ProfitAndLoss")
    assert report["Header"]["Option"] == [{"Name": "NoReportData", "Value": "true"}]
    assert report["Rows"] == {}
    assert titles(report) == ["", "Total"]
