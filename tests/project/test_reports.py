"""Reports of a project: in Python, and as the source of a process."""

from decimal import Decimal

import duckdb
import pytest

from tieout.connections.rest import sign_in_at_sandbox
from tieout.errors import SetupError
from tieout.project import Project
from tieout.project.runs import planned_types, run_process, verify_process
from tieout.sandbox.server import running_sandbox

PROCESSES = """
[connection.warehouse]
kind = "duckdb"
path = "w.duckdb"

[process.profit]
from = "books:ProfitAndLoss"
to = "warehouse:"
do = "put"
params = ["start_date=2020-01-01", "end_date=2030-12-31", "summarize_column_by=Year"]

[process.changed-profit]
from = "books:ProfitAndLoss"
to = "warehouse:"
do = "put"
only = "changed"

[process.terms]
from = "books:Term"
to = "warehouse:"
do = "put"
params = ["start_date=2020-01-01"]
"""


@pytest.fixture(scope="module")
def sandbox():
    with running_sandbox("small-shop") as running:
        yield running


@pytest.fixture
def project(sandbox, tmp_path):
    signed_in = sign_in_at_sandbox(sandbox.base_url)
    file = tmp_path / "tieout.toml"
    file.write_text(
        f"""
[connection.books]
kind = "online"
company = "{signed_in.realm}"
base_url = "{signed_in.base_url}"
client_id = "x"
"""
        + PROCESSES
    )
    with Project.read(file, {}) as project:
        signed_in.keep(project.vault)
        yield project


def test_a_report_in_python(project):
    with project.books("books") as books:
        report = books.report("ProfitAndLoss", start_date="2020-01-01", end_date="2030-12-31")
        net = [row["amount"] for row in report if row["group"] == "NetIncome"]
        filtered = books.report("ProfitAndLoss", {"class": "1"}, start_date="2020-01-01").plan()
    assert len(net) == 1
    assert isinstance(net[0], Decimal)
    assert filtered[0].conditions == (("class = 1", "QuickBooks"), ("start_date = 2020-01-01", "QuickBooks"))


def test_a_process_keeps_a_report_and_replaces_it(project, tmp_path):
    assert planned_types(project, "profit") == [("ProfitAndLoss", "profit_and_loss", "everything")]
    first = run_process(project, "profit")
    run_process(project, "profit")
    with duckdb.connect(str(tmp_path / "w.duckdb")) as database:
        [(rows, net)] = database.execute(
            "SELECT count(*), sum(amount) FILTER (WHERE \"group\" = 'NetIncome' AND \"column\" = 'Total')"
            " FROM profit_and_loss"
        ).fetchall()
    assert first.report.read == {"ProfitAndLoss": rows}
    assert rows > 20
    with project.books("books") as books:
        told = books.report("ProfitAndLoss", project.process("profit").asked)
        assert net == next(r["amount"] for r in told if r["group"] == "NetIncome" and r["column"] == "Total")


def test_a_table_of_somebody_else_is_left_alone(project, tmp_path):
    with duckdb.connect(str(tmp_path / "w.duckdb")) as database:
        database.execute("CREATE TABLE profit_and_loss AS SELECT 1 AS mine")
    with pytest.raises(SetupError, match="profit_and_loss that tieout did not make"):
        run_process(project, "profit")
    with duckdb.connect(str(tmp_path / "w.duckdb")) as database:
        assert database.execute("SELECT mine FROM profit_and_loss").fetchall() == [(1,)]


def test_what_a_report_cannot_be_is_said(project):
    with pytest.raises(SetupError, match="always read whole"):
        run_process(project, "changed-profit")
    with pytest.raises(SetupError, match="nothing to hold it against"):
        verify_process(project, "profit", catch_up=False)
    with pytest.raises(SetupError, match="only reports take"):
        run_process(project, "terms")


def test_an_address_may_name_a_report(project):
    assert project.address("books:TrialBalance").type == "TrialBalance"
    with pytest.raises(SetupError, match="TrialBalanc"):
        project.address("books:TrialBalanc")
