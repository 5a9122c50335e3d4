"""Every report of QuickBooks Desktop that the sandbox makes: asked for by its name, and kept by a process as a table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from tests.sandbox.desktop.report_requests import NEEDS_A_FEATURE, OF_A_JOB
from tests.sandbox.desktop.test_sample_companies import NOW

from tieout.project import Project
from tieout.project.runs import planned_types, run_process
from tieout.sandbox.desktop.company import DesktopCompany
from tieout.sandbox.desktop.door import running_desktop
from tieout.sandbox.desktop.reports.making import MADE
from tieout.sandbox.desktop.sample_companies import COMPANIES

CONNECTIONS = """
[connection.books]
kind = "desktop"
sandbox = "{address}"

[connection.warehouse]
kind = "duckdb"
path = "w.duckdb"
"""
PROCESS = """
[process.keep-{name}]
from = "books:{name}"
to = "warehouse:"
do = "put"
params = {params}
"""
NAMES = [name for names in MADE.values() for name in names if name not in NEEDS_A_FEATURE]


def params(request: str, name: str) -> list[str]:
    """What a report must be asked, as somebody writes it."""
    found = ["ReportDateMacro=All"]
    if request == "BudgetSummaryReport":
        found = ["FiscalYear=2026"]
    if request in ("CustomDetailReport", "CustomSummaryReport"):
        found.append("SummarizeRowsBy=Account")
    if request == "CustomSummaryReport":
        found.append("SummarizeColumnsBy=Quarter")
    if request == "CustomDetailReport":
        found.append("IncludeColumn=TxnID,Amount")
    if name in OF_A_JOB:
        found.append("ReportEntityFilter.FullNameWithChildren=Dune Walk Hotel")
    if name == "MissingChecks":
        found.append("ReportAccountFilter.AccountTypeFilter=Bank")
    return found


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    folder: Path = tmp_path_factory.mktemp("reports")
    with running_desktop(COMPANIES["shop"](DesktopCompany(clock=lambda: NOW))) as door:
        processes = (
            PROCESS.format(name=name, params=params(request, name))
            for request, names in MADE.items()
            for name in names
            if name in NAMES
        )
        file = folder / "tieout.toml"
        file.write_text(CONNECTIONS.format(address=door.address) + "".join(processes))
        with Project.read(file, {}) as project:
            yield project


@pytest.mark.parametrize("name", NAMES)
def test_a_process_keeps_what_the_report_says(project: Project, name: str) -> None:
    run = run_process(project, f"keep-{name}")
    with project.books("books") as books:
        told = list(books.report(name, project.process(f"keep-{name}").asked))
    [(type_name, table, _)] = planned_types(project, f"keep-{name}")
    assert run.report.read == {type_name: len(told)}
    with duckdb.connect(str(project.path.parent / "w.duckdb"), read_only=True) as database:
        kept = database.execute(f'SELECT * FROM "{table}" ORDER BY row').fetchall()
        columns = [each[0] for each in database.description or ()]
    assert {name for row in told for name in row} <= set(columns)
    numbers = [row["row"] for row in told]
    assert [dict(zip(columns, row, strict=True))["row"] for row in kept] == numbers == sorted(numbers)
    assert len(set(numbers)) == max(numbers, default=0)


def test_a_report_without_a_row_is_an_empty_table(project: Project) -> None:
    with project.books("books") as books:
        page = books.connection.report(
            "TxnListByDate", {"FromReportDate": "1999-01-01", "ToReportDate": "1999-01-31"}
        )
    assert len(page) == 0
    warehouse = duckdb.connect()
    warehouse.register("page", page.tables()["txn_list_by_date"])
    assert warehouse.execute("SELECT row, kind, label FROM page").fetchall() == []
