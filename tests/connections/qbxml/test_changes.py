"""A mirror of a company file: everything at first, then only what changed, deletions included; tied out cell by cell."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tieout.catalog.qbxml import edition
from tieout.connections.base import Mark
from tieout.connections.duckdb.connection import DuckDBConnection
from tieout.connections.duckdb.database import opened
from tieout.connections.qbxml.connection import QbxmlConnection, open_desktop
from tieout.errors import Busy, RunStopped
from tieout.processes.sync import SyncReport, sync
from tieout.processes.verify import verify
from tieout.sandbox.desktop.company import DesktopCompany
from tieout.sandbox.desktop.currency_list import begin
from tieout.sandbox.desktop.door import DesktopServer, running_desktop
from tieout.sandbox.desktop.sample_companies import COMPANIES
from tieout.sandbox.desktop.small_company import CUSTOMERS, INVOICES, JOBS, small_company


class Clock:
    """QuickBooks' clock, which goes on when a test says so, and a second with each record."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC).replace(microsecond=0) - timedelta(days=3)

    def __call__(self) -> datetime:
        return self.now

    def passes(self, **time: int) -> None:
        self.now += timedelta(**time)


@dataclass
class Mirrored:
    """A company file, the connection to it, and the mirror of it."""

    company: DesktopCompany
    clock: Clock
    server: DesktopServer
    books: QbxmlConnection
    warehouse: DuckDBConnection

    def run(self, *types: str, **settings: Any) -> SyncReport:
        mirror = self.warehouse.mirror(self.books.identity, self.books.layout)
        return sync(self.books, mirror, types or self.books.types(), **settings)

    def agrees(self, *types: str) -> bool:
        verdict = verify(self.books, self.warehouse, types or self.books.types())
        assert [d for each in verdict.agreements for d in each.differences] == []
        return verdict.agrees

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with opened(self.warehouse.path, read_only=True) as database:
            return database.execute(sql).fetchall()


@pytest.fixture
def mirrored(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Mirrored]:
    country, version = getattr(request, "param", ("US", "16.0"))
    clock = Clock()
    company = small_company(DesktopCompany(clock=clock))
    company.edition = edition(country, version)
    clock.passes(days=2)
    with (
        running_desktop(company) as server,
        open_desktop("books", sandbox=server.address, sleep=lambda _: None) as books,
    ):
        warehouse = DuckDBConnection("warehouse", tmp_path / "w.duckdb")
        yield Mirrored(company, clock, server, books, warehouse)


def customer(company: DesktopCompany, name: str) -> dict[str, Any]:
    found = company.find(("Customer",), {"FullName": name})
    assert found is not None
    return found


def invoice(company: DesktopCompany, name: str, amount: str) -> dict[str, Any]:
    line = {"ItemRef": {"FullName": "Planning"}, "Quantity": Decimal(1), "Rate": Decimal(amount)}
    content = {"CustomerRef": {"FullName": name}, "InvoiceLineRet": [line]}
    return company.add("Invoice", content)


EDITIONS = [("US", "16.0"), ("US", "5.0"), ("US", "2.0"), ("US", "1.0"), ("CA", "3.0"), ("UK", "13.0")]


@pytest.mark.parametrize("mirrored", EDITIONS, indirect=True)
def test_a_whole_company_is_mirrored_and_tied_out(mirrored: Mirrored) -> None:
    report = mirrored.run()
    assert report.first
    assert (report.read["Customer"], report.read["Invoice"]) == (CUSTOMERS + JOBS, INVOICES)
    assert mirrored.agrees()


def test_nothing_changed_costs_one_message_set(mirrored: Mirrored) -> None:
    mirrored.clock.passes(hours=1)
    invoice(mirrored.company, "Elm Bakery", "10")  # so that not all are within the overlap
    mirrored.run()
    mirrored.run()
    before = mirrored.books.requests_made
    report = mirrored.run()
    assert not report.read
    assert not report.gone
    assert mirrored.books.requests_made == before + 1


def test_only_what_changed_is_handed_over(mirrored: Mirrored) -> None:
    mirrored.run()
    mirrored.clock.passes(minutes=5)
    mirrored.company.add("Customer", {"Name": "Yew Bakery"})
    changed = customer(mirrored.company, "Elm Bakery")
    mirrored.company.modify(
        "Customer",
        {"ListID": changed["ListID"], "EditSequence": changed["EditSequence"], "Phone": "555-0100"},
    )
    report = mirrored.run()
    assert dict(report.read) == {"Customer": 2}
    assert mirrored.ask("SELECT phone FROM customer WHERE full_name = 'Elm Bakery'") == [("555-0100",)]
    assert mirrored.agrees()


def test_a_transaction_moves_balances_that_have_no_stamp(mirrored: Mirrored) -> None:
    mirrored.run()
    before = mirrored.ask("SELECT balance FROM customer WHERE full_name = 'Elm Bakery'")[0][0]
    mirrored.clock.passes(hours=8)
    invoice(mirrored.company, "Elm Bakery", "100")
    assert mirrored.run().read["Invoice"] == 1
    assert mirrored.ask("SELECT balance FROM customer WHERE full_name = 'Elm Bakery'")[0][0] == before + 100
    assert mirrored.agrees()


def test_balances_are_right_where_transactions_are_not_mirrored(mirrored: Mirrored) -> None:
    mirrored.run("Customer", "Account")
    mirrored.clock.passes(hours=8)
    assert not mirrored.run("Customer", "Account").read
    invoice(mirrored.company, "Elm Bakery", "100")
    assert mirrored.run("Customer", "Account").read["Customer"]
    assert mirrored.agrees("Customer", "Account")


@pytest.mark.parametrize("touches", [True, False])
def test_what_is_paid_is_seen_whether_or_not_it_gets_a_stamp(mirrored: Mirrored, touches: bool) -> None:
    company = mirrored.company
    company.payments_touch = touches
    sold = invoice(company, "Elm Bakery", "100")
    mirrored.run()
    mirrored.clock.passes(hours=8)
    applied = [{"TxnID": sold["TxnID"], "PaymentAmount": Decimal(60)}]
    paid = company.add(
        "ReceivePayment",
        {
            "CustomerRef": {"FullName": "Elm Bakery"},
            "TotalAmount": Decimal(60),
            "AppliedToTxnAdd": applied,
        },
    )
    mirrored.run()
    left = f"SELECT balance_remaining FROM invoice WHERE txn_id = '{sold['TxnID']}'"
    assert mirrored.ask(left) == [(40,)]
    assert mirrored.agrees()
    mirrored.clock.passes(hours=8)
    company.delete("ReceivePayment", paid["TxnID"])
    assert mirrored.run().gone["ReceivePayment"] == 1
    assert mirrored.ask(left) == [(100,)]
    assert mirrored.agrees()


def test_deletions_are_told_by_the_logs(mirrored: Mirrored) -> None:
    mirrored.run()
    mirrored.clock.passes(hours=8)
    sold = next(mirrored.company.all_of("Invoice"))
    mirrored.company.delete("Invoice", sold["TxnID"])
    report = mirrored.run()
    assert report.gone == {"Invoice": 1}
    assert mirrored.ask("SELECT count(*) FROM invoice WHERE _deleted_at IS NOT NULL") == [(1,)]
    assert mirrored.agrees()


def test_deletions_that_the_logs_have_forgotten_are_found_by_a_census(
    mirrored: Mirrored, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirrored.run()
    sold = next(mirrored.company.all_of("Invoice"))
    mirrored.company.delete("Invoice", sold["TxnID"])
    mirrored.clock.passes(days=91)
    later = datetime.now(UTC) + timedelta(days=91)
    monkeypatch.setattr("tieout.connections.qbxml.deletions.utc_now", lambda: later)
    assert mirrored.run().gone == {"Invoice": 1}
    assert mirrored.agrees()


def test_a_type_that_is_suddenly_empty_stops_the_run(
    mirrored: Mirrored, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirrored.run()
    mirrored.company.records["Invoice"].clear()
    later = datetime.now(UTC) + timedelta(days=91)
    monkeypatch.setattr("tieout.connections.qbxml.deletions.utc_now", lambda: later)
    with pytest.raises(RunStopped, match="no Invoice any more"):
        mirrored.run()
    assert mirrored.ask("SELECT count(*) FROM invoice WHERE _deleted_at IS NULL") == [(INVOICES,)]


def test_what_is_not_there_any_more_when_a_type_is_read_again_is_gone(mirrored: Mirrored) -> None:
    mirrored.run()
    mirrored.company.records["Invoice"].clear()  # the log knows nothing of it
    assert mirrored.run("Invoice", again=["Invoice"]).gone == {"Invoice": INVOICES}
    customers = mirrored.company.records["Customer"]
    customers.pop(next(iter(customers)))
    assert mirrored.run(everything=True).gone == {"Customer": 1}


def test_a_backup_in_the_place_of_the_file_is_read_as_it_is(
    mirrored: Mirrored, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = deepcopy(mirrored.company.records), deepcopy(mirrored.company.books)
    mirrored.clock.passes(hours=1)
    invoice(mirrored.company, "Elm Bakery", "100")
    mirrored.run()
    assert not mirrored.run().read
    mirrored.company.records, mirrored.company.books = backup
    monkeypatch.setattr("tieout.sandbox.desktop.company_facts.NEVER", "2026-11-20T08:00:00+00:00")
    report = mirrored.run()
    assert report.gone == {"Invoice": 1}
    assert any("restored from a backup" in each for each in report.notices)
    assert mirrored.agrees()
    assert not mirrored.run().read


def test_large_types_are_read_in_windows_and_a_cut_off_scan_goes_on(
    mirrored: Mirrored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tieout.connections.qbxml.scan.WINDOW", 30)
    monkeypatch.setattr("tieout.connections.qbxml.changes.TOGETHER", 20)
    for sold in mirrored.company.all_of("Invoice"):  # spread over some months
        number = int(sold["RefNumber"])
        sold["TimeModified"] = (mirrored.clock.now - timedelta(hours=number)).isoformat(timespec="seconds")

    class Cut(Exception):
        pass

    marks = 0

    def cut(change: object, _report: object) -> None:
        nonlocal marks
        marks += isinstance(change, Mark)
        if marks == 2:
            raise Cut

    mirror = mirrored.warehouse.mirror(mirrored.books.identity, mirrored.books.layout)
    with pytest.raises(Cut):
        sync(mirrored.books, mirror, ["Invoice"], watch=cut)
    with mirrored.warehouse.mirror(mirrored.books.identity, mirrored.books.layout) as again:
        cursor = again.prepare(["Invoice"])
        kept = again.count("Invoice")
    if cursor is not None:
        assert cursor["scanning"]
    report = mirrored.run("Invoice")
    assert report.read["Invoice"] + kept >= INVOICES
    assert report.expected["Invoice"] == INVOICES - (kept if cursor is not None else 0)
    assert mirrored.agrees("Invoice")


def test_no_window_is_handed_over_twice(mirrored: Mirrored, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tieout.connections.qbxml.scan.WINDOW", 30)
    monkeypatch.setattr("tieout.connections.qbxml.changes.TOGETHER", 20)
    for number, sold in enumerate(mirrored.company.all_of("Invoice")):  # all within the overlap
        at = mirrored.clock.now - timedelta(seconds=number)
        sold["TimeModified"] = at.isoformat(timespec="seconds")
    assert mirrored.run("Invoice").read["Invoice"] == INVOICES
    assert not mirrored.run("Invoice").read


def test_a_type_can_be_read_again_and_left_out_later(mirrored: Mirrored) -> None:
    mirrored.run("Customer", "Invoice")
    again = mirrored.run("Customer", "Invoice", again=["Customer"])
    assert again.read == {"Customer": CUSTOMERS + JOBS}
    assert not mirrored.run("Invoice").read
    assert mirrored.run("Customer", "Invoice").read["Customer"] == CUSTOMERS + JOBS


def test_a_new_name_is_carried_to_the_records_that_name_it(mirrored: Mirrored) -> None:
    mirrored.run()
    mirrored.clock.passes(hours=8)
    elm = customer(mirrored.company, "Elm Bakery")
    mirrored.company.modify(
        "Customer", {"ListID": elm["ListID"], "EditSequence": elm["EditSequence"], "Name": "Elm & Sons"}
    )
    assert mirrored.run().read["Invoice"] == 0
    named = "SELECT DISTINCT customer_ref_full_name FROM invoice WHERE customer_ref_list_id = "
    assert mirrored.ask(f"{named} '{elm['ListID']}'") == [("Elm & Sons",)]
    assert mirrored.agrees()


@pytest.mark.parametrize("deed", ["kill", "drop-before-commit", "busy"])
@pytest.mark.parametrize("after", [0, 1, 2, 4])
def test_a_run_waits_where_quickbooks_fails_and_goes_on(mirrored: Mirrored, deed: str, after: int) -> None:
    mirrored.server.conduct.plan([{"do": deed, "after": after, "on": "any", "times": 2}])
    mirrored.run()
    assert mirrored.agrees()


def test_a_dialog_that_stays_open_ends_the_run_and_the_next_one_goes_on(mirrored: Mirrored) -> None:
    mirrored.run("Customer")
    mirrored.server.conduct.enter("dialog-open")
    with pytest.raises(Busy):
        mirrored.run()
    mirrored.server.conduct.enter("ready")
    mirrored.run()
    assert mirrored.agrees()


@pytest.mark.parametrize("mirrored", [("US", "13.0")], indirect=True)
def test_a_shop_s_year_ties_out_to_the_last_account(mirrored: Mirrored, tmp_path: Path) -> None:
    with (
        running_desktop(COMPANIES["shop"](DesktopCompany())) as server,
        open_desktop("books", sandbox=server.address) as books,
    ):
        warehouse = DuckDBConnection("warehouse", tmp_path / "shop.duckdb")
        sync(books, warehouse.mirror(books.identity, books.layout), books.types())
        verdict = verify(books, warehouse, books.types())
        assert [d for each in verdict.agreements for d in each.differences] == []
        assert verdict.agrees
        assert verdict.accounts is not None
        assert verdict.accounts.accounts > 5
        with opened(warehouse.path) as database:
            database.execute("UPDATE account SET balance = balance + 0.01 WHERE name = 'Checking'")
        accounts = verify(books, warehouse, ["Account"]).accounts
        assert accounts is not None
        assert [each.name for each in accounts.differing] == ["Checking"]


def test_a_feature_that_is_turned_on_later_is_mirrored_from_then_on(mirrored: Mirrored) -> None:
    notices = mirrored.run().notices
    assert [text for text in notices if "Currency is left out" in text]
    assert mirrored.run().notices == []
    mirrored.company.multicurrency = True
    mirrored.company.home_currency = begin(mirrored.company)
    mirrored.run()
    assert mirrored.ask("SELECT count(*) FROM currency WHERE is_active") == [(8,)]
    assert mirrored.run().read.total() == 0
    assert mirrored.agrees("Currency")
