"""Tying out mirrors wherever they are kept, with the reports beside them."""

import sqlite3

import duckdb
import psycopg
import pytest

from tieout.catalog.rest import type_names
from tieout.connections.rest import sign_in_at_sandbox
from tieout.errors import SetupError
from tieout.project import Project
from tieout.project.runs import run_process, verify_process
from tieout.sandbox.server import running_sandbox

KEPT = ("Account", "Customer", "Invoice")
OTHERS = ", ".join(f'"{name}"' for name in type_names() if name not in KEPT)
PROJECT = """
[connection.books]
kind = "online"
company = "{realm}"
base_url = "{url}"
client_id = "x"

[connection.warehouse]
{warehouse}

[process.mirror]
from = "books:*"
to = "warehouse:"
do = "put"
only = "changed"
except = ["Customer.Notes", {others}]

[process.ledger]
from = "books:GeneralLedger"
to = "warehouse:"
do = "put"
params = ["date_macro=All"]
"""


@pytest.fixture(scope="module")
def sandbox():
    with running_sandbox("small-shop") as running:
        yield running


@pytest.fixture(params=["duckdb", "sqlite", "postgres", "parquet"])
def place(request, tmp_path):
    """The settings of a connection, and what runs a statement of SQL there."""
    if request.param == "duckdb":
        yield 'kind = "duckdb"\npath = "w.duckdb"', _in_duckdb(tmp_path / "w.duckdb")
    elif request.param == "sqlite":
        yield 'kind = "sql"\nurl = "sqlite:///w.db"', _in_sqlite(tmp_path / "w.db")
    elif request.param == "postgres":
        url = request.getfixturevalue("postgres_url")
        yield f'kind = "sql"\nurl = "{url}"', _in_postgres(url)
    else:
        yield 'kind = "files"\npath = "w"\nformat = "parquet"\nquiet_seconds = 0', _in_parquet(tmp_path / "w")


def _in_duckdb(file):
    def run(statement, _table):
        with duckdb.connect(str(file)) as database:
            database.execute(statement)

    return run


def _in_sqlite(file):
    def run(statement, _table):
        with sqlite3.connect(file) as database:
            database.execute(statement)
        database.close()

    return run


def _in_postgres(url):
    def run(statement, _table):
        with psycopg.connect(url) as database:
            database.execute(statement)

    return run


def _in_parquet(folder):
    def run(statement, table):
        with duckdb.connect() as database:
            database.execute(f"CREATE TABLE {table} AS FROM '{folder}/{table}.parquet'")
            database.execute(statement)
            database.execute(f"COPY {table} TO '{folder}/{table}.parquet'")

    return run


@pytest.fixture
def project(sandbox, place, tmp_path):
    signed_in = sign_in_at_sandbox(sandbox.base_url)
    file = tmp_path / "tieout.toml"
    file.write_text(
        PROJECT.format(realm=signed_in.realm, url=signed_in.base_url, warehouse=place[0], others=OTHERS)
    )
    with Project.read(file, {}) as project:
        signed_in.keep(project.vault)
        yield project


def test_every_cell_and_every_account_is_compared(project, place):
    tied = verify_process(project, "mirror")
    assert tied.verdict.agrees, tied.verdict
    assert tied.verdict.accounts.ledger_of == "ledger"
    assert tied.verdict.accounts.accounts > 10
    counts = {agreement.type: agreement.counts for agreement in tied.verdict.agreements}
    assert counts["Invoice"][0] == counts["Invoice"][1] > 0

    _, spoil = place
    spoil("UPDATE invoice SET total_amt = '7.01' WHERE id = (SELECT min(id) FROM invoice)", "invoice")
    spoil("DELETE FROM customer WHERE id = (SELECT min(id) FROM customer)", "customer")
    spoil("UPDATE account SET current_balance = '1.00' WHERE account_type = 'Bank'", "account")
    verdict = verify_process(project, "mirror", catch_up=False).verdict
    wrong = {agreement.type: agreement for agreement in verdict.agreements if not agreement.agrees}
    assert wrong.keys() == {"Invoice", "Customer", "Account"}
    (cell,) = wrong["Invoice"].differences
    assert (cell.place, cell.mirror) == ("total_amt", "7.010000000")
    (missing,) = wrong["Customer"].differences
    assert (missing.quickbooks, missing.mirror) == ("present", "missing")
    assert verdict.accounts.differing


def test_a_report_is_replaced_and_no_other_table_is_touched(project, place):
    rows = run_process(project, "ledger").report.read["GeneralLedger"]
    run_process(project, "ledger")
    with project.connection("warehouse") as warehouse:
        assert warehouse.count("general_ledger") == rows > 20


def test_a_table_of_somebody_else_is_left_alone(project, place, tmp_path):
    settings, run = place
    if "parquet" in settings:
        (tmp_path / "w").mkdir()
        (tmp_path / "w" / "general_ledger.parquet").write_bytes(b"mine")
    else:
        run("CREATE TABLE general_ledger (mine INTEGER)", "")
    with pytest.raises(SetupError, match=r"general_ledger.* that tieout did not make"):
        run_process(project, "ledger")


def test_what_was_never_kept_cannot_be_compared(project):
    for _ in range(2):
        with pytest.raises(SetupError, match="holds no mirror yet"):
            verify_process(project, "mirror", catch_up=False)
        run_process(project, "ledger")


def test_a_type_that_was_never_kept_is_named(project, tmp_path):
    run_process(project, "mirror")
    file = tmp_path / "tieout.toml"
    file.write_text(file.read_text().replace('"Term", ', ""))
    with Project.read(file, {}) as wider, pytest.raises(SetupError, match="holds no Term yet"):
        verify_process(wider, "mirror", catch_up=False)
