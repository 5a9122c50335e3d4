"""Jobs and items cost, and bring in, what the profit and loss says; estimates stand beside it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tieout.sandbox.desktop.reports.making import report

from .shop import Shop, ref
from .test_books_balance import Clerk
from .test_reports import ALL, last, made

D = Decimal
CHAIRS = {"ItemRef": ref("Chair"), "Quantity": D(2)}  # sold for 180.00, bought for 100.00
HOUR = {"ItemRef": ref("Hour"), "Quantity": D(1)}  # 40.00
KITCHEN = "Ann:Kitchen"


def job_shop() -> Shop:
    """A job with revenue, the goods it took, and a bill for it."""
    shop = Shop()
    shop.buy(quantity=10)
    shop.sell(KITCHEN, CHAIRS, HOUR)
    shop.sell("Ann", HOUR)
    expense = {"AccountRef": ref("Office Supplies"), "Amount": D("12.50"), "CustomerRef": ref(KITCHEN)}
    shop.company.add("Bill", {"VendorRef": ref("Mill"), "ExpenseLineAdd": [expense]})
    return shop


def told(shop: Shop, name: str, **content: Any) -> list[list[str | None]]:
    return [cells for _, cells, _ in made(shop.company, name, **ALL, **content)]


def test_a_customer_s_jobs_stand_below_it() -> None:
    rows = made(job_shop().company, "JobProfitabilitySummary", **ALL)
    assert rows == [
        ("TextRow", [None] * 4, "Ann"),
        ("DataRow", ["Kitchen", "112.50", "220.00", "107.50"], "Ann:Kitchen"),
        ("DataRow", ["Ann - Other", "0.00", "40.00", "40.00"], "Ann"),
        ("SubtotalRow", ["Total Ann", "112.50", "260.00", "147.50"], "Ann"),
        ("TotalRow", ["TOTAL", "112.50", "260.00", "147.50"], ""),
    ]


def test_a_job_is_told_by_its_items_and_what_has_none() -> None:
    shop = job_shop()
    rows = told(shop, "JobProfitabilityDetail", ReportEntityFilter={"FullName": [KITCHEN]})
    assert [cells for cells in rows if cells[0]] == [
        ["Hour", "0.00", "40.00", "40.00"],
        ["Total Service", "0.00", "40.00", "40.00"],
        ["Chair", "100.00", "180.00", "80.00"],
        ["Total Inventory", "100.00", "180.00", "80.00"],
        ["No item", "12.50", "0.00", "-12.50"],
        ["TOTAL", "112.50", "220.00", "107.50"],
    ]
    family = told(shop, "JobProfitabilityDetail", ReportEntityFilter={"FullNameWithChildren": "Ann"})
    assert family[-1] == ["TOTAL", "112.50", "260.00", "147.50"]


@pytest.mark.parametrize("name", ["JobProfitabilityDetail", "JobEstimatesVsActualsDetail"])
@pytest.mark.parametrize("said", [{}, {"ReportEntityFilter": {"EntityTypeFilter": "Customer"}}])
def test_a_detail_needs_a_job(name: str, said: dict[str, Any]) -> None:
    with pytest.raises(Exception, match='There is a missing element: "ReportEntityFilter"'):
        told(job_shop(), name, **said)


def test_estimates_stand_beside_what_happened() -> None:
    shop = job_shop()
    marked_up = {"ItemRef": ref("Hour"), "Quantity": D(3), "Rate": D("50"), "MarkupRate": D("25")}
    lines = [{"ItemRef": ref("Chair"), "Quantity": D(3)}, marked_up]  # 270.00 at 150.00; 150.00 at 120.00
    shop.company.add("Estimate", {"CustomerRef": ref(KITCHEN), "EstimateLineAdd": lines})
    shop.company.add(
        "Estimate", {"CustomerRef": ref("Bob"), "IsActive": False, "EstimateLineAdd": [{**CHAIRS}]}
    )
    summary = told(shop, "JobEstimatesVsActualsSummary")
    assert summary[1] == ["Kitchen", "270.00", "112.50", "-157.50", "420.00", "220.00", "-200.00"]
    assert not [cells for cells in summary if cells[0] == "Bob"]
    by_item = told(shop, "JobEstimatesVsActualsDetail", ReportEntityFilter={"FullName": [KITCHEN]})
    assert by_item[-1][1:] == summary[1][1:]
    chair = next(cells for cells in told(shop, "ItemEstimatesVsActuals") if cells[0] == "Chair")
    assert chair == ["Chair", "150.00", "100.00", "-50.00", "270.00", "180.00", "-90.00"]


def test_jobs_month_by_month() -> None:
    shop = Shop()
    shop.sell(KITCHEN, HOUR, TxnDate="2026-01-05")
    shop.sell("Ann", HOUR, HOUR, TxnDate="2026-02-05")
    shop.company.add(
        "Estimate", {"CustomerRef": ref("Ann"), "EstimateLineAdd": [HOUR], "TxnDate": "2026-02-01"}
    )
    months = {"ReportPeriod": {"FromReportDate": "2026-01-01", "ToReportDate": "2026-02-28"}}
    cut = {**months, "SummarizeColumnsBy": "Month"}
    revenue = [
        cells[2::3] for _, cells, _ in made(shop.company, "JobProfitabilitySummary", **cut) if cells[0]
    ]
    assert revenue == [
        ["40.00", "0.00", "40.00"],
        ["0.00", "80.00", "80.00"],
        *[["40.00", "80.00", "120.00"]] * 2,
    ]
    compared = last(shop.company, "ItemEstimatesVsActuals", **cut)
    assert (compared[4::6], compared[5::6]) == (["0.00", "40.00", "40.00"], ["40.00", "80.00", "120.00"])
    asked = {"JobReportType": "JobProfitabilitySummary", **cut}
    columns = report(shop.company, "JobReport", asked)["ColDesc"]
    titles = [[title.get("@value") for title in each["ColTitle"]] for each in columns]
    assert titles[:3] == [[None, None], ["Jan 26", "Act. Cost"], ["Jan 26", "Act. Revenue"]]
    with pytest.raises(Exception, match="JobProfitabilitySummary by Class"):
        made(shop.company, "JobProfitabilitySummary", SummarizeColumnsBy="Class")


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32))
def test_what_jobs_and_items_come_to_is_what_the_books_say(seed: int) -> None:
    shop = Shop()
    company = shop.company
    Clerk(seed, shop).work(60)
    by_job = last(company, "ProfitAndLossByJob", **ALL)[-1]
    _, cost, revenue, profit = last(company, "JobProfitabilitySummary", **ALL)
    assert D(profit or 0) == D(revenue or 0) - D(cost or 0) == D(by_job or 0)
    compared = last(company, "JobEstimatesVsActualsSummary", **ALL)
    assert (compared[2], compared[5]) == (cost, revenue)
    sold = last(company, "SalesByItemSummary", **ALL)[2]
    assert last(company, "ItemProfitability", **ALL)[2] == sold
