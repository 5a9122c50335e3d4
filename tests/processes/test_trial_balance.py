"""Tying the trial balance out with the general ledger and the mirror's accounts, over the wire."""

import json
import shutil
from datetime import timedelta
from decimal import Decimal

import duckdb
import pytest
from tests.cli.conftest import call, connected

from tieout.catalog.rest import record_types, type_names
from tieout.processes.trial_balance import KeptLedger
from tieout.sandbox.server import running_sandbox

TRANSACTIONS = {kind.name for kind in record_types() if kind.kind == "transaction"}
OTHERS = ", ".join(f'"{name}"' for name in type_names() if name not in TRANSACTIONS | {"Account"})
PROJECT = f"""
[connection.warehouse]
kind = "duckdb"
path = "warehouse.duckdb"

[process.mirror]
from = "books:*"
to = "warehouse:"
do = "put"
only = "changed"
except = [{OTHERS}]
"""
LEDGER = """
[process.ledger]
from = "books:GeneralLedger"
to = "warehouse:"
do = "put"
params = ["date_macro=All"]
"""


def mirrored(folder, sandbox, processes=PROJECT):
    file = connected(folder, sandbox, processes)
    run = call("run", "mirror", "--project", file)
    assert run.exit_code == 0, run.stderr
    return file


def verified(file, *words):
    """Exit code and document of a check."""
    result = call("verify", "mirror", "--project", file, "--format", "json", *words)
    assert result.stdout, result.stderr
    return result.exit_code, json.loads(result.stdout, parse_float=Decimal)


def spoil(file, statement):
    with duckdb.connect(str(file.with_name("warehouse.duckdb"))) as database:
        return database.execute(statement).fetchall()


@pytest.fixture(scope="module")
def shop():
    with running_sandbox("small-shop") as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def first(shop, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tied")
    file = mirrored(folder, shop, PROJECT + LEDGER)
    assert call("run", "ledger", "--project", file).exit_code == 0
    return folder


@pytest.fixture
def file(first, tmp_path):
    shutil.copytree(first, tmp_path / "project")
    return tmp_path / "project" / "tieout.toml"


@pytest.mark.parametrize(
    ("company", "least"), [("small-shop", 25), ("landscaping", 10), ("busy", 3), ("empty", 0)]
)
def test_the_accounts_of_every_company_agree(tmp_path, company, least):
    with running_sandbox(company, invoices=300 if company == "busy" else None) as sandbox:
        file = mirrored(tmp_path, sandbox)
        sandbox.control.forget_requests()
        code, document = verified(file, "--no-catch-up")
        reports = [call for call in sandbox.control.requests if "/reports/" in call.path]
    accounts = document["trial_balance"]
    assert (code, document["agrees"], accounts["agrees"]) == (0, True, True), accounts
    assert accounts["not_compared"] is None
    assert accounts["accounts"] >= least
    assert accounts["general_ledger_kept_by"] is None
    assert len(reports) == 2


def test_a_wrong_balance_in_the_mirror_is_found_and_named(file):
    spoil(file, "UPDATE account SET current_balance = current_balance + 0.01 WHERE name = 'Checking'")
    code, document = verified(file, "--no-catch-up")
    accounts = document["trial_balance"]
    (wrong,) = accounts["differences"]
    assert (code, document["agrees"], accounts["agrees"], wrong["account"]) == (1, False, False, "Checking")
    assert wrong["trial_balance"] == wrong["general_ledger"] == Decimal(wrong["mirror"]) - Decimal("0.01")
    told = call("verify", "mirror", "--no-catch-up", "--project", file)
    assert "1 of" in told.stderr
    assert "accounts differ" in told.stderr
    assert "Does not tie out: Account, the trial balance differ" in told.stderr
    assert "--again Account" in told.stderr
    assert "Checking" in told.stdout


def test_an_account_that_the_mirror_lacks_is_named(file):
    spoil(file, "DELETE FROM account WHERE name = 'Checking'")
    _code, document = verified(file, "--no-catch-up")
    (wrong,) = document["trial_balance"]["differences"]
    assert (wrong["account"], wrong["mirror"]) == ("Checking", None)


def test_the_kept_general_ledger_is_what_is_compared(shop, file):
    shop.control.forget_requests()
    code, document = verified(file, "--no-catch-up")
    assert (code, document["trial_balance"]["general_ledger_kept_by"]) == (0, "ledger")
    assert document["trial_balance"]["accounts"] > 20
    assert [c.path.rpartition("/")[2] for c in shop.control.requests if "/reports/" in c.path] == [
        "TrialBalance"
    ]
    assert "the general ledger that ledger keeps" in call("verify", "mirror", "--project", file).stderr


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE general_ledger SET subt_nat_amount = subt_nat_amount + 1 WHERE {row}",
        "DELETE FROM general_ledger WHERE {row}",
    ],
)
def test_a_wrong_row_of_the_kept_general_ledger_is_found(file, statement):
    [(row, account)] = spoil(
        file,
        "SELECT rowid, section_id FROM general_ledger WHERE kind = 'data' AND subt_nat_amount > 5"
        " AND section LIKE '%Checking%' LIMIT 1",
    )
    spoil(file, statement.format(row=f"rowid = {row}"))
    code, document = verified(file, "--no-catch-up")
    (wrong,) = document["trial_balance"]["differences"]
    assert (code, wrong["id"]) == (1, account)
    assert wrong["trial_balance"] != wrong["general_ledger"]
    assert all(row["agrees"] for row in document["types"])
    told = call("verify", "mirror", "--no-catch-up", "--project", file)
    assert "→ `tieout run ledger` keeps the general ledger anew" in told.stderr
    assert verified(file)[0] == 0  # catching up, the ledger is kept anew


def test_a_kept_ledger_of_other_columns_is_no_help(shop, file):
    spoil(file, "ALTER TABLE general_ledger DROP COLUMN rbal_nat_amount")
    code, document = verified(file, "--no-catch-up")
    assert (code, document["trial_balance"]["general_ledger_kept_by"]) == (0, None)


def test_a_kept_ledger_of_some_accounts_is_not_even_run(shop, file):
    file.write_text(
        file.read_text("utf-8").replace('"date_macro=All"', '"date_macro=All", "account=1"'), "utf-8"
    )
    shop.control.forget_requests()
    assert verified(file)[0] == 0
    reports = [call for call in shop.control.requests if "/reports/" in call.path]
    assert not any("account=1" in call.params for call in reports)
    assert len(reports) == 2


def test_what_is_dated_ahead_counts(tmp_path):
    with running_sandbox("empty") as sandbox:
        books = sandbox.company.books
        bank = next(s.record for s in books.store("Account") if s.record["AccountType"] == "Bank")
        income = next(s.record for s in books.store("Account") if s.record["AccountType"] == "Income")
        for days in (-400, -3, 3, 800):
            line = {"Amount": Decimal(100 + days), "DetailType": "JournalEntryLineDetail"}
            sides = [
                {**line, "JournalEntryLineDetail": {"PostingType": side, "AccountRef": {"value": at["Id"]}}}
                for side, at in (("Debit", bank), ("Credit", income))
            ]
            if line["Amount"] < 0:
                sides = [{**side, "Amount": -line["Amount"]} for side in sides]
            sandbox.company.create(
                "JournalEntry",
                {"TxnDate": (books.today() + timedelta(days=days)).isoformat(), "Line": sides},
            )
        code, document = verified(mirrored(tmp_path, sandbox), "--no-catch-up")
    assert (code, document["trial_balance"]["differences"]) == (0, [])
    assert document["trial_balance"]["day"] == (books.today() + timedelta(days=800)).isoformat()
    assert document["trial_balance"]["accounts"] >= 1


def test_accounts_of_every_sort(tmp_path):
    """Below another, abroad, out of use with a balance, and what earlier years have left."""
    with running_sandbox("empty") as sandbox:
        add = sandbox.company.create
        preferences = sandbox.company.read("Preferences", "1").record
        body = {"sparse": True, "Id": "1", "SyncToken": preferences["SyncToken"]}
        sandbox.company.update("Preferences", {**body, "CurrencyPrefs": {"MultiCurrencyEnabled": True}})
        add("CompanyCurrency", {"Code": "EUR"})
        add("ExchangeRate", {"SourceCurrencyCode": "EUR", "AsOfDate": "2020-01-01", "Rate": Decimal("1.25")})
        opened = {"AccountType": "Bank", "OpeningBalance": 42, "OpeningBalanceDate": "2024-03-01"}
        above = add("Account", {"Name": "Above", **opened}).id
        add("Account", {"Name": "Below", "ParentRef": {"value": above}, "SubAccount": True, **opened})
        add("Account", {"Name": "Abroad", "CurrencyRef": {"value": "EUR"}, **opened})
        unused = add("Account", {"Name": "Unused", **opened}).record
        sandbox.company.update("Account", {**unused, "Active": False})
        add("Customer", {"DisplayName": "Old", "Balance": 99, "OpenBalanceDate": "2024-03-01"})
        services = next(
            s.id for s in sandbox.company.books.store("Account") if s.record["Name"] == "Services"
        )
        item = add("Item", {"Name": "Hour", "Type": "Service", "IncomeAccountRef": {"value": services}}).id
        for day in ("2024-05-05", sandbox.company.books.today().isoformat()):
            kind = "SalesItemLineDetail"
            line = {"Amount": 10, "DetailType": kind, kind: {"ItemRef": {"value": item}}}
            add("Invoice", {"CustomerRef": {"value": "1"}, "TxnDate": day, "Line": [line]})
        code, document = verified(mirrored(tmp_path, sandbox), "--no-catch-up")
    accounts = document["trial_balance"]
    assert (code, accounts["differences"]) == (0, [])
    assert accounts["accounts"] == 7  # the four, receivables, equity, and this year's income


def test_accounts_that_are_hidden_are_not_compared(tmp_path, shop):
    hidden = PROJECT.replace("except = [", 'except = ["Account.CurrentBalance", ')
    (tmp_path / "one").mkdir()
    _code, document = verified(mirrored(tmp_path / "one", shop, hidden), "--no-catch-up")
    assert document["trial_balance"]["agrees"]
    assert document["trial_balance"]["accounts"] > 20  # two ways
    hidden = PROJECT.replace("except = [", 'except = ["Account.Classification", ')
    (tmp_path / "two").mkdir()
    _code, document = verified(mirrored(tmp_path / "two", shop, hidden), "--no-catch-up")
    assert "Classification" in document["trial_balance"]["not_compared"]


def test_which_kept_ledgers_cover_a_year():
    def covers(end="2026-11-24", **params):
        return KeptLedger("ledger", params).covers("2026-01-01", end, "2026-11-24")

    assert covers()
    assert covers(date_macro="All")
    assert covers(date_macro="This Fiscal Year-to-date", columns="tx_date")
    assert covers(start_date="2020-01-01")
    assert covers(start_date="2026-01-01", end_date="2026-12-31")
    assert not covers(start_date="2026-02-01")
    assert not covers(end_date="2026-12-31")
    assert not covers(start_date="2020-01-01", end_date="2026-10-31")
    assert not covers(date_macro="This Month")
    assert not covers(account="35", date_macro="All")
    assert not covers(accounting_method="Cash")
    assert not covers(end="2027-03-01")
    assert covers(end="2027-03-01", date_macro="All")
