"""`tieout query books:ProfitAndLoss`: reports from the command line."""

import csv
import io
import json
from decimal import Decimal

import duckdb
import pytest

YEAR = ("--param", "start_date=2020-01-01", "--param", "end_date=2030-12-31")


def told(sandbox, name):
    """What the company itself reports as its net income, say."""
    company = sandbox.company
    params = {"start_date": "2020-01-01", "end_date": "2030-12-31"}
    report = json.loads(company.report(name, params, company.books.now()))
    return report["Rows"]["Row"][-1]["Summary"]["ColData"][1]["value"]


def test_a_table_has_an_amount_with_its_place(tieout):
    result = tieout("query", "books:ProfitAndLoss", *YEAR)
    assert result.exit_code == 0, result.stderr
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["section", "label", "column", "amount"]
    assert any("Total Income" in line for line in lines)


def test_json_has_exact_amounts_by_month(tieout, sandbox):
    result = tieout(
        "query", "books:ProfitAndLoss", *YEAR, "--param", "summarize_column_by=Year", "--format", "json"
    )
    records = json.loads(result.stdout, parse_float=Decimal)
    net = {r["column"]: r["amount"] for r in records if r["group"] == "NetIncome"}
    assert net["Total"] == Decimal(told(sandbox, "ProfitAndLoss"))
    assert sum(amount for column, amount in net.items() if column != "Total") == net["Total"]
    assert "Jan - Dec 2026" in net


def test_csv_and_fields(tieout):
    result = tieout(
        "query",
        "books:GeneralLedger",
        *YEAR,
        "--fields",
        "section,tx_date,subt_nat_amount",
        "--format",
        "csv",
    )
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert list(rows[0]) == ["section", "tx_date", "subt_nat_amount"]
    assert {row["section"] for row in rows} >= {"Checking", "Sales of Product Income"}


def test_parquet(tieout, tmp_path):
    file = tmp_path / "trial.parquet"
    assert tieout("query", "books:TrialBalance", "--format", "parquet", "--output", file).exit_code == 0
    sums = duckdb.sql(
        f"SELECT \"column\", sum(amount) FROM '{file}' WHERE kind = 'data' GROUP BY 1 ORDER BY 1"
    ).fetchall()
    assert [name for name, _ in sums] == ["Credit", "Debit"]
    assert sums[0][1] == sums[1][1] > 0


def test_a_plan_sends_nothing(tieout, sandbox):
    sandbox.control.forget_requests()
    result = tieout("query", "books:ProfitAndLoss", "--param", "customer=1", "--plan")
    assert "customer = 1" in result.stdout
    assert sandbox.control.requests == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("books:ProfitAndLoss", "--where", "amount > 0"), "takes no --where"),
        (("books:ProfitAndLoss", "--param", "customer"), "has no value"),
        (("books:ProfitAndLoss", "--param", "custmer=1"), "Did you mean customer"),
        (("books:Invoice", "--param", "customer=1"), "it is no report"),
        (("books:ProfitAndLos",), "ProfitAndLos"),
        (("warehouse:ProfitAndLoss",), "has no table 'ProfitAndLoss'"),
    ],
)
def test_mistakes_are_told_kindly(tieout, words, said):
    result = tieout("query", *words)
    assert result.exit_code == 2
    assert said in " ".join(result.stderr.split())
