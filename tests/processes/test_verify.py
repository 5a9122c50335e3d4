"""Tying out where QuickBooks does not play along; `tests/cli` has the rest, over the wire."""

import pytest

from tieout.connections.duckdb.connection import DuckDBConnection
from tieout.connections.leave_out import LeaveOut
from tieout.connections.memory import MemoryConnection
from tieout.errors import NotAllowed
from tieout.processes.verify import verify
from tieout.protocols.rest_layout import REST


class WithoutClasses(MemoryConnection):
    """A company that has no classes."""

    requests_made = 0

    def counts_or_refusals(self, types):
        return {name: NotAllowed("Classes are off.") if name == "Class" else 0 for name in types}

    def get_page(self, type_name, identity):
        raise AssertionError("nothing differs, so nothing is asked for again")


class WithoutReports(WithoutClasses):
    """A company whose edition has no reports."""

    def report(self, name, params, /):
        raise NotAllowed(f"No access rights to {name}.")


@pytest.fixture
def warehouse(tmp_path):
    with DuckDBConnection("warehouse", tmp_path / "w.duckdb") as warehouse:
        with warehouse.mirror("memory", REST) as mirror:
            mirror.prepare(["Class", "Term"])
        yield warehouse


def test_a_type_that_is_not_served_is_named_and_not_compared(warehouse):
    verdict = verify(WithoutClasses("books"), warehouse, ["Class", "Term"])
    assert verdict.not_served == {"Class": "Classes are off."}
    assert [agreement.type for agreement in verdict.agreements] == ["Term"]
    assert verdict.agrees


def test_a_total_that_the_mirror_is_not_to_hold_is_not_compared(tmp_path):
    books = WithoutClasses("books")
    hidden = LeaveOut({"Invoice": frozenset({"TotalAmt"})})
    with DuckDBConnection("warehouse", tmp_path / "w.duckdb") as warehouse:
        with warehouse.mirror("memory", REST, leave_out=hidden) as mirror:
            mirror.prepare(["Invoice"])
        (invoices,) = verify(books, warehouse, ["Invoice"], leave_out=hidden).agreements
    assert list(invoices.sums) == ["balance"]


def test_a_company_whose_edition_has_no_reports_ties_out_all_the_same(tmp_path):
    with DuckDBConnection("warehouse", tmp_path / "w.duckdb") as warehouse:
        with warehouse.mirror("memory", REST) as mirror:
            mirror.prepare(["Account"])
        verdict = verify(WithoutReports("books"), warehouse, ["Account"])
    assert verdict.agrees
    assert verdict.accounts.not_compared == (
        "QuickBooks does not give its reports here: No access rights to TrialBalance."
    )


def test_nothing_is_asked_where_there_are_no_accounts(warehouse):
    assert verify(WithoutReports("books"), warehouse, ["Term"]).accounts is None
