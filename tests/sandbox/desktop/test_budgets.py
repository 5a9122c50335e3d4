"""Budgets come in at the door, and reports hold them against what happened."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tieout.errors import SetupError
from tieout.sandbox.desktop.budgets import take_budget
from tieout.sandbox.desktop.reports.making import report

from .shop import Shop, ref
from .test_reports import last, made
from .test_sample_companies import NOW

D = Decimal
YEAR = {"FiscalYear": "2026"}
QUARTER = {"ReportPeriod": {"FromReportDate": "2026-01-01", "ToReportDate": "2026-03-31"}}
SOLD = {"account": "Consulting", "amounts": ["100.00"] * 12}


def budget(shop: Shop, *lines: dict[str, Any], **said: Any) -> None:
    take_budget(shop.company, {"year": 2026, "lines": list(lines), **said})


def titles(shop: Shop, name: str, **content: Any) -> list[str]:
    ret = report(shop.company, "BudgetSummaryReport", {"BudgetSummaryReportType": name, **content})
    told = [[title.get("@value", "") for title in each["ColTitle"]] for each in ret["ColDesc"]]
    assert {len(each) for each in told} == {ret["NumColTitleRows"]}
    return [" ".join(each).strip() for each in told]


def test_a_budget_month_by_month() -> None:
    shop = Shop()
    budget(shop, SOLD, {"account": "Office Supplies", "amounts": range(12)})
    rows = {c[0]: c[1:] for _, c, _ in made(shop.company, "ProfitAndLossBudgetOverview", **YEAR, **QUARTER)}
    assert rows["Consulting"] == ["100.00", "100.00", "100.00", "300.00"]
    assert rows["Office Supplies"] == ["0.00", "1.00", "2.00", "3.00"]
    assert rows["Net Income"] == ["100.00", "99.00", "98.00", "297.00"]
    heads = titles(shop, "ProfitAndLossBudgetOverview", **YEAR, **QUARTER)
    assert heads == ["", "Jan 26", "Feb 26", "Mar 26", "TOTAL"]


def test_of_a_part_of_a_month_a_part_is_meant() -> None:
    shop = Shop()
    budget(shop, SOLD)
    half = {"ReportPeriod": {"FromReportDate": "2026-04-16", "ToReportDate": "2026-05-31"}}
    assert last(shop.company, "ProfitAndLossBudgetOverview", **YEAR, **half)[1:] == [
        "50.00",
        "100.00",
        "150.00",
    ]


@pytest.mark.parametrize(("year", "columns"), [("2025", 13), ("2026", 12)])
def test_without_dates_it_is_the_whole_year_or_this_one_so_far(year: str, columns: int) -> None:
    shop = Shop()
    shop.company.clock = lambda: NOW  # in November 2026
    for each in (2025, 2026):
        budget(shop, SOLD, year=each)
    assert len(titles(shop, "ProfitAndLossBudgetOverview", FiscalYear=year)) == 1 + columns


def test_what_happened_stands_beside_it() -> None:
    shop = Shop()
    budget(shop, SOLD)
    shop.sell("Ann", TxnDate="2026-02-10")  # 80.00
    told = last(shop.company, "ProfitAndLossBudgetVsActual", **YEAR, **QUARTER)
    assert told[5:9] == ["80.00", "100.00", "-20.00", "80.0"]
    assert told[13:] == ["80.00", "300.00", "-220.00", "26.7"]
    heads = titles(shop, "ProfitAndLossBudgetVsActual", **YEAR, **QUARTER)
    assert heads[5:9] == ["Feb 26 Actual", "Feb 26 Budget", "Feb 26 $ Over Budget", "Feb 26 % of Budget"]
    performance = last(shop.company, "ProfitAndLossBudgetPerformance", **YEAR, **QUARTER)
    assert performance == ["Net Income", "0.00", "100.00", "80.00", "300.00", "1200.00"]
    net = last(shop.company, "ProfitAndLossStandard", **QUARTER)
    assert net[1] == told[13]


def test_a_budget_by_classes() -> None:
    shop = Shop()
    for name in ("North", "South"):
        shop.company.add("Class", {"Name": name})
    shop.sell("Ann", TxnDate="2026-02-10", ClassRef=ref("North"))
    by = {"BudgetCriterion": "AccountsAndClasses"}
    budget(shop, *({**SOLD, "class": name} for name in ("North", "South")), criterion=by["BudgetCriterion"])
    asked = {**YEAR, **QUARTER, **by}
    told = last(shop.company, "ProfitAndLossBudgetVsActual", **asked, SummarizeBudgetColumnsBy="Class")
    assert told[1:3] == ["80.00", "300.00"]
    assert told[5:7] == ["0.00", "300.00"]
    assert told[9:11] == ["80.00", "600.00"]
    north = {"ReportClassFilter": {"FullName": ["North"]}}
    assert last(shop.company, "ProfitAndLossBudgetVsActual", **asked, **north)[13:15] == ["80.00", "300.00"]
    with pytest.raises(Exception, match="columns by Customer and the criterion AccountsAndClasses"):
        last(shop.company, "ProfitAndLossBudgetVsActual", **asked, SummarizeBudgetColumnsBy="Customer")


def test_a_budget_of_the_balance_sheet_is_of_the_ends_of_months() -> None:
    shop = Shop()
    receivable = {"account": "Accounts Receivable", "amounts": range(100, 1300, 100)}
    budget(shop, receivable, kind="BalanceSheet")
    shop.sell("Ann", TxnDate="2026-02-10")
    rows = {c[0]: c[1:] for _, c, _ in made(shop.company, "BalanceSheetBudgetVsActual", **YEAR, **QUARTER)}
    assert rows["TOTAL ASSETS"] == [
        *("0.00", "100.00", "-100.00", "0.0"),
        *("80.00", "200.00", "-120.00", "40.0"),
        *("80.00", "300.00", "-220.00", "26.7"),
    ]
    assert last(shop.company, "BalanceSheetBudgetOverview", **YEAR, **QUARTER)[0].startswith("TOTAL")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"kind": "ProfitAndLos"}, "ProfitAndLoss"),
        ({"criterion": "AccountsAndClass"}, "AccountsAndClasses"),
        ({"year": "soon"}, "not of 'soon'"),
        ({"kind": "BalanceSheet", "criterion": "AccountsAndClasses"}, "is by accounts"),
        ({"lines": [{"account": "Consultin", "amounts": [1] * 12}]}, "no Account 'Consultin'"),
        ({"lines": [{"account": "Consulting", "amounts": [1] * 11}]}, "has 11 amounts"),
        ({"lines": [{"account": "Consulting", "amounts": ["x"] * 12}]}, "no numbers"),
        ({"lines": [{"account": "Checking", "amounts": [1] * 12}]}, "no account of a ProfitAndLoss budget"),
        ({"criterion": "AccountsAndClasses", "lines": [SOLD]}, "no Class None"),
    ],
)
def test_what_is_no_budget_is_said_so(said: dict[str, Any], told: str) -> None:
    with pytest.raises(SetupError, match=told):
        take_budget(Shop().company, {"year": 2026, **said})
