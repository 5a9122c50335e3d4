"""Hours by piece of time and by filter; payroll, of which there is none."""

from __future__ import annotations

from typing import Any

import pytest

from tieout.sandbox.desktop.reports.making import MADE, report

from .shop import Shop, ref
from .test_reports import ALL, last, made


@pytest.fixture
def shop() -> Shop:
    shop = Shop()
    for first in ("Kim", "Lee"):
        shop.company.add("Employee", {"FirstName": first, "LastName": "Rook"})
    for person, customer, day in (
        ("Kim", "Ann", "2026-01-05"),
        ("Kim", "Bob", "2026-02-05"),
        ("Lee", "Bob", "2026-02-06"),
    ):
        said = {
            "EntityRef": ref(f"{person} Rook"),
            "CustomerRef": ref(customer),
            "ItemServiceRef": ref("Hour"),
        }
        shop.company.add("TimeTracking", {**said, "TxnDate": day, "Duration": "PT1H30M0S"})
    return shop


def test_hours_by_month(shop: Shop) -> None:
    months = {"ReportPeriod": {"FromReportDate": "2026-01-01", "ToReportDate": "2026-02-28"}}
    cut = {**months, "SummarizeColumnsBy": "Month"}
    rows = made(shop.company, "TimeByName", **cut)
    assert [cells for kind, cells, _ in rows if kind == "SubtotalRow"] == [
        ["Total Kim Rook", "PT1H30M", "PT1H30M", "PT3H0M"],
        ["Total Lee Rook", "PT0H0M", "PT1H30M", "PT1H30M"],
    ]
    assert rows[-1][1] == ["TOTAL", "PT1H30M", "PT3H0M", "PT4H30M"]
    with pytest.raises(Exception, match="does not make this report: TimeByJobDetail by Month"):
        made(shop.company, "TimeByJobDetail", **cut)


@pytest.mark.parametrize(
    ("said", "hours"),
    [
        ({"ReportEntityFilter": {"FullName": ["Kim Rook"]}}, "PT3H0M"),
        ({"ReportEntityFilter": {"FullName": ["Bob"]}}, "PT3H0M"),
        ({"ReportEntityFilter": {"EntityTypeFilter": "Vendor"}}, "PT0H0M"),
        ({"ReportItemFilter": {"FullName": ["Hour"]}}, "PT4H30M"),
        ({"ReportItemFilter": {"FullName": ["Chair"]}}, "PT0H0M"),
    ],
)
def test_hours_of_some(shop: Shop, said: dict[str, Any], hours: str) -> None:
    for name in ("TimeByName", "TimeByJobSummary", "TimeByItem", "TimeByJobDetail"):
        assert last(shop.company, name, **ALL, **said)[-1] == hours


PAYROLL = [(r, name) for r in ("PayrollDetailReport", "PayrollSummaryReport") for name in MADE[r]]


@pytest.mark.parametrize(("request_", "name"), PAYROLL)
def test_nobody_was_paid_and_who_is_no_sample_must_subscribe(request_: str, name: str) -> None:
    shop = Shop()
    content = {f"{request_}Type": name}
    told = report(shop.company, request_, content)
    assert (told["NumRows"], "ReportData" in told) == (0, False)
    if request_ == "PayrollDetailReport":
        told = report(shop.company, request_, {**content, "IncludeColumn": ["PayrollItem"]})
        assert [each["ColType"] for each in told["ColDesc"]] == ["Label", "PayrollItem"]
    shop.company.is_sample = False
    with pytest.raises(Exception, match="subscription to the Payroll service") as refused:
        report(shop.company, request_, content)
    assert refused.value.code == 3262  # type: ignore[attr-defined]
