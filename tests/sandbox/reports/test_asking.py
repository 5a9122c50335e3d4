"""What may be asked, what is refused, and the shape of every answer."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from lxml import etree

from tieout.catalog.reports import date_macros, report, report_names
from tieout.sandbox.company.company import Company
from tieout.sandbox.reports import REPORTS
from tieout.sandbox.reports.periods import Calendar, Period, title_of
from tieout.sandbox.reports.reply import ReportReply

from ..shop import refused
from .reading import ask, rows_of, titles, walk

SCHEMAS = Path(__file__).parents[4] / "shared" / "schemas" / "rest"
FRENCH = ("FECReport", "GeneralLedgerFR", "JournalReportFR", "TrialBalanceFR")


def test_every_report_of_our_countries_is_served():
    assert set(REPORTS) == set(report_names()) - set(FRENCH)


@pytest.mark.parametrize("name", ["Profit", "profitandloss", "TaxSummary", *FRENCH])
def test_reports_that_are_not_this_company_s_are_denied(shop, name):
    detail = "Permission Denied Error : You do not have the access rights to use this feature."
    with refused(5020, detail, element="ReportName"):
        ask(shop.company, name)


def test_a_country_with_global_tax_has_the_tax_summary():
    company = Company("1", "Ltd", lambda: datetime(2026, 11, 22, tzinfo=UTC), country="GB")
    with refused(2020, element="agency_id"):
        ask(company, "TaxSummary")
    with refused(2500):
        ask(company, "TaxSummary", agency_id="7")


@pytest.mark.parametrize(
    ("params", "code", "element"),
    [
        ({"start_dat": "2026-01-01"}, 2010, "start_dat"),
        ({"aging_method": "Current"}, 2010, "aging_method"),
        ({"start_date": "2026-02-30"}, 2060, "start_date"),
        ({"end_date": "20260201"}, 2060, "end_date"),
        ({"start_date": "2026-03-01", "end_date": "2026-02-01"}, 2190, "start_date"),
        ({"date_macro": "This Millennium"}, 2170, "date_macro"),
        ({"summarize_column_by": "Moons"}, 2170, "summarize_column_by"),
        ({"accounting_method": "accrual"}, 2170, "accounting_method"),
        ({"qzurl": "yes"}, 2230, "qzurl"),
    ],
)
def test_nonsense_is_refused(shop, params, code, element):
    with refused(code, element=element):
        ask(shop.company, "ProfitAndLoss", **params)


@pytest.mark.parametrize(("name", "value"), [("past_due", "ten"), ("aging_period", "NaN")])
def test_a_number_must_be_one(shop, name, value):
    with refused(2090, element=name):
        ask(shop.company, "AgedReceivableDetail", **{name: value})


def test_a_column_must_be_one_of_the_report_s(shop):
    with refused(2170, element="columns"):
        ask(shop.company, "TransactionList", columns="tx_date,colour")
    assert titles(ask(shop.company, "TransactionList", columns="memo,tx_date")) == [
        "Memo/Description",
        "Date",
    ]


def test_what_any_request_may_carry_is_no_parameter(shop):
    assert ask(shop.company, "ProfitAndLoss", minorversion="75", testing_migration="true")["Header"]


def test_the_header_tells_what_was_asked(shop):
    header = ask(shop.company, "ProfitAndLoss", date_macro="Last Month", summarize_column_by="Month")[
        "Header"
    ]
    assert header == {
        "Time": "2026-11-22T12:00:00-08:00",
        "ReportName": "ProfitAndLoss",
        "DateMacro": "last month",
        "ReportBasis": "Accrual",
        "StartPeriod": "2026-10-01",
        "EndPeriod": "2026-10-31",
        "SummarizeColumnsBy": "Month",
        "Currency": "USD",
        "Option": [{"Name": "NoReportData", "Value": "true"}],
    }


@pytest.mark.parametrize(
    ("macro", "start", "end"),
    [
        ("Today", "2026-11-22", "2026-11-22"),
        ("This Week", "2026-11-22", "2026-11-28"),
        ("Last Week", "2026-11-15", "2026-11-21"),
        ("Last Week-to-date", "2026-11-15", "2026-11-15"),
        ("Next 4 Weeks", "2026-11-29", "2026-12-26"),
        ("This Month-to-date", "2026-11-01", "2026-11-22"),
        ("Last Month-to-date", "2026-10-01", "2026-10-22"),
        ("This Calendar Quarter", "2026-10-01", "2026-12-31"),
        ("Last Calendar Year-to-date", "2025-01-01", "2025-11-22"),
        ("This Fiscal Year", "2026-04-01", "2027-03-31"),
        ("Last Fiscal Quarter", "2026-07-01", "2026-09-30"),
        ("Next Fiscal Year", "2027-04-01", "2028-03-31"),
    ],
)
def test_macros_count_from_today(macro, start, end):
    period = Calendar(date(2026, 11, 22), first_month=4).macro(macro)
    assert period == Period(date.fromisoformat(start), date.fromisoformat(end))


def test_the_end_of_a_short_month_is_as_far_as_it_goes():
    march = Calendar(date(2026, 3, 31)).macro("Last Month-to-date")
    assert march == Period(date(2026, 2, 1), date(2026, 2, 28))


@pytest.mark.parametrize("macro", date_macros())
def test_every_macro_is_a_period(macro):
    period = Calendar(date(2026, 2, 28), first_month=7).macro(macro)
    assert period.start <= period.end


def test_pieces_cover_the_period_without_gaps():
    calendar, whole = Calendar(date(2026, 1, 1)), Period(date(2026, 1, 15), date(2026, 4, 2))
    for by in ("Days", "Week", "Month", "Quarter", "Year", "FiscalYear", "FiscalQuarter"):
        pieces = list(calendar.pieces(whole, by))
        assert (pieces[0].start, pieces[-1].end) == whole
        assert all((two.start - one.end).days == 1 for one, two in pairwise(pieces))
    assert [title_of(piece, "Month") for piece in calendar.pieces(whole, "Month")] == [
        "Jan 15 - 31, 2026",
        "Feb 2026",
        "Mar 2026",
        "Apr 1 - 2, 2026",
    ]


@pytest.mark.parametrize("name", sorted(set(REPORTS) - {"TaxSummary"}))
def test_every_value_is_text_and_every_row_as_wide_as_the_columns(year, name):
    answer = ask(year, name)
    width = sum(len(c.get("Columns", {}).get("Column", [c])) for c in answer["Columns"]["Column"])
    found = list(walk(rows_of(answer)))
    assert found
    for _path, _kind, cells, _group in found:
        assert len(cells) == width
        assert all(isinstance(cell["value"], str) and set(cell) <= {"value", "id"} for cell in cells)


@pytest.mark.skipif(not SCHEMAS.exists(), reason="the published schemas are not at ../shared/schemas/rest")
@pytest.mark.parametrize("name", sorted(set(REPORTS) - {"TaxSummary"}))
def test_every_answer_has_the_published_shape(year, name):
    params = {"summarize_column_by": "Month"} if "summarize_column_by" in report(name).parameters else {}
    reply = ReportReply(year.report(name, params, year.books.now()))
    _schema().assertValid(etree.fromstring(reply.as_xml(year.books.now())))


@cache
def _schema():
    return etree.XMLSchema(etree.parse(str(SCHEMAS / "IntuitRestServiceDef.xsd")))
