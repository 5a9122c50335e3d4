"""Reports over the wire of a sandbox, against the sandbox's own books."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tieout.catalog.reports import report, report_names
from tieout.errors import LocalProtocolError, NotAllowed, RemoteProtocolError, SetupError
from tieout.operations import Query
from tieout.protocols.rest_reports import read_report
from tieout.sandbox.reports import REPORTS
from tieout.sandbox.server import running_sandbox

NOON = datetime(2026, 11, 22, 20, tzinfo=UTC)
YEAR = {"start_date": "2025-11-01", "end_date": "2026-11-30"}


@pytest.fixture(scope="module")
def sandbox():
    with running_sandbox("small-shop", clock=lambda: NOON) as running:
        yield running


@pytest.fixture
def books(connect, sandbox):
    return connect(sandbox)


@pytest.fixture
def company(sandbox):
    """The sandbox's company, whose answers end after 6,000 cells until the test is over."""
    before, sandbox.company.most_report_cells = sandbox.company.most_report_cells, 6_000
    yield sandbox.company
    sandbox.company.most_report_cells = before


@pytest.mark.parametrize("name", sorted(set(REPORTS) - {"TaxSummary"}))
def test_every_report_is_read_as_flat_rows(books, name):
    table = books.report(name)
    assert table.type == name
    [(_, arrow)] = table.tables().items()
    assert arrow.num_rows == len(table.records()) > 0
    assert set(arrow.column_names) == set(table.records()[0])


def test_the_rows_of_a_statement_add_up_to_its_totals(books):
    records = books.report("ProfitAndLoss", {**YEAR, "summarize_column_by": "Month"}).records()
    months = sorted({r["start_date"] for r in records if r["start_date"]})
    assert (months[0], months[-1], len(months)) == ("2025-11-01", "2026-11-01", 13)
    for month in months:
        told = [r for r in records if r["start_date"] == month and r["section"].startswith("Income")]
        total = [r["amount"] for r in told if r["label"] == "Total Income"]
        assert sum(r["amount"] for r in told if r["kind"] == "data") == sum(total)


@pytest.mark.parametrize(
    "name", [n for n in report_names() if n in REPORTS and report(n).is_detail and report(n).has_range]
)
def test_what_is_asked_in_parts_is_what_one_answer_says(books, company, name):
    company.most_report_cells = 10_000_000
    one = company.report(name, YEAR, company.books.now())
    whole = read_report(one, report(name)).records()
    company.most_report_cells = 3_000
    requests = books.requests_made
    parts = books.report(name, YEAR).records()
    assert books.requests_made - requests > 2
    assert parts == whole


def test_a_period_that_quickbooks_chose_is_split_too(books, company):
    table = books.report("GeneralLedger", {"date_macro": "This Fiscal Year"})
    assert not table.is_cut_off
    assert len(table.bodies) > 1
    debits = books.report(
        "GeneralLedger", {"columns": "tx_date,debt_amt,credit_amt", "date_macro": "This Fiscal Year"}
    )
    sums = [
        sum(r[key] or Decimal(0) for r in debits.records() if r["kind"] == "data")
        for key in ("debt_amt", "credit_amt")
    ]
    assert sums[0] == sums[1] > 0


def test_what_cannot_be_split_is_refused_and_never_cut(books, company):
    company.most_report_cells = 20
    with pytest.raises(RemoteProtocolError, match="more cells than QuickBooks gives"):
        books.report("ProfitAndLoss")
    with pytest.raises(RemoteProtocolError, match="GeneralLedger of 2026-"):
        books.report("GeneralLedger", {"start_date": "2026-11-18", "end_date": "2026-11-19"})
    with pytest.raises(RemoteProtocolError):
        books.report("TransactionList", {**YEAR, "sort_by": "name"})


def test_half_a_year_is_asked_at_a_time(books):
    table = books.report("TransactionList", {"start_date": "2025-01-31", "end_date": "2026-03-01"})
    assert len(table.bodies) == 3


def test_the_trial_balance_ties_out_with_the_ledger_and_the_accounts(books):
    """Of the accounts of the balance sheet that no year's end closes into."""
    balances = {}
    for row in books.report("TrialBalance", YEAR):
        if row["id"]:
            balances[row["id"]] = balances.get(row["id"], 0) + (
                -row["amount"] if row["column"] == "Credit" else row["amount"]
            )
    ledger = books.report(
        "GeneralLedger",
        {"start_date": "2000-01-01", "end_date": "2026-11-30", "columns": "tx_date,debt_amt,credit_amt"},
    )
    moved = {}
    for row in ledger:
        if row["kind"] == "data":
            amount = (row["debt_amt"] or 0) - (row["credit_amt"] or 0)
            moved[row["section_id"]] = moved.get(row["section_id"], 0) + amount
    accounts = [a for page in books.read(Query(("Account",))) for a in page.records()]
    checked = 0
    for account in accounts:
        home = account["CurrencyRef"]["value"] == "USD" and account["AccountSubType"] != "RetainedEarnings"
        if account["Classification"] in ("Asset", "Liability", "Equity") and home:
            id_ = account["Id"]
            assert balances.get(id_, 0) == moved.get(id_, 0) == account["CurrentBalance"], account["Name"]
            checked += bool(account["CurrentBalance"])
    assert checked > 8


def test_mistakes_are_found_before_anything_is_sent(books):
    requests = books.requests_made
    for params, words in (
        ({"start_dat": "2026-01-01"}, "no parameter 'start_dat'. Did you mean start_date"),
        ({"summarize_column_by": "Mont"}, "cannot be 'Mont'. Did you mean Month"),
        ({"start_date": "January"}, "is no date"),
        ({"start_date": "2026-02-01", "end_date": "2026-01-01"}, "is after"),
        ({"date_macro": "This Decade"}, "date_macro cannot be"),
    ):
        with pytest.raises(LocalProtocolError, match=words):
            books.report("ProfitAndLoss", params)
    with pytest.raises(LocalProtocolError, match="columns cannot be 'tx_dat'"):
        books.report("GeneralLedger", {"columns": "memo,tx_dat"})
    with pytest.raises(LocalProtocolError, match="needs the parameter agency_id"):
        books.report("TaxSummary")
    with pytest.raises(SetupError, match="no report 'ProfitAndLos'"):
        books.report("ProfitAndLos")
    assert books.requests_made == requests


def test_a_report_of_another_country_is_not_allowed(books):
    with pytest.raises(NotAllowed, match="access rights"):
        books.report("TrialBalanceFR")


def test_an_empty_period_is_empty(books):
    table = books.report("ProfitAndLoss", {"start_date": "2001-01-01", "end_date": "2001-12-31"})
    assert (table.records(), table.tables()["profit_and_loss"].num_rows) == ([], 0)
