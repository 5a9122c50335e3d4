"""Reading a company file through the host protocol, from the sandbox on a loopback socket."""

from __future__ import annotations

import os
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest

from tieout.catalog.qbxml import edition
from tieout.connections.qbxml.connection import QbxmlConnection, open_desktop
from tieout.errors import Busy, NotAllowed, NotFound, SetupError, Unauthorized, Unreachable
from tieout.operations import And, Compare, In, Like, Query
from tieout.protocols.query_language import parse_where
from tieout.sandbox.desktop.company import DesktopCompany
from tieout.sandbox.desktop.door import DesktopServer, running_desktop
from tieout.sandbox.desktop.small_company import CUSTOMERS, INVOICES, JOBS, small_company
from tieout.state.locks import held


@pytest.fixture
def server() -> Iterator[DesktopServer]:
    with running_desktop(small_company(DesktopCompany())) as running:
        yield running


@pytest.fixture
def books(server: DesktopServer) -> Iterator[QbxmlConnection]:
    with open_desktop("books", sandbox=server.address) as opened:
        yield opened


def records_of(books: QbxmlConnection, name: str, where: str = "", **more: object) -> list[dict[str, object]]:
    predicate = parse_where(where, None) if where else None
    query = Query((name,), predicate, **more)  # type: ignore[arg-type]
    return [record for page in books.read(query) for record in page.records()]


def test_the_company_is_told_with_what_it_speaks(books: QbxmlConnection) -> None:
    health = books.check()
    assert health.company == "Larch & Daughters"
    assert (health.details["qbxml"], health.details["country"]) == ("16.0", "US")


def test_every_record_comes_once_though_answers_come_in_parts(
    books: QbxmlConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tieout.connections.qbxml.connection.PAGE", 7)
    found = records_of(books, "Customer")
    assert len({record["ListID"] for record in found}) == len(found) == CUSTOMERS + JOBS
    assert books.requests_made == 1 + -(-len(found) // 7)


def test_invoices_come_with_their_lines_and_exact_amounts(books: QbxmlConnection) -> None:
    (invoice,) = records_of(books, "Invoice", "RefNumber = '1003'")
    amounts = [line["Amount"] for line in invoice["InvoiceLineRet"]]  # type: ignore[attr-defined]
    assert sum(amounts) == invoice["Subtotal"] == Decimal("87.00")


@pytest.mark.parametrize(
    "where",
    [
        "TxnDate >= '2026-03-01' and TxnDate < '2026-03-11'",
        "CustomerRef.FullName = 'Cedar Bakery'",
        "RefNumber like '101%'",
        "RefNumber in ('1001', '1002', '9999')",
        "Subtotal > 200 and CustomerRef.FullName in ('Elm Bakery', 'Fir Garage')",
        "TimeModified >= '2030-01-01'",
    ],
)
def test_what_is_pushed_down_changes_nothing_but_the_way(books: QbxmlConnection, where: str) -> None:
    narrowed = records_of(books, "Invoice", where)
    one_by_one = records_of(books, "Invoice", f"({where}) or Memo = 'none has it'")
    assert [record["TxnID"] for record in narrowed] == [record["TxnID"] for record in one_by_one]
    assert bool(narrowed) is ("2030" not in where)


def test_days_in_words_are_narrowed_by_and_checked(books: QbxmlConnection) -> None:
    def asked(where: str) -> list[str]:
        return [who for _, who in books.plan(Query(("Invoice",), parse_where(where, None)))[0].conditions]

    assert asked("TxnDate >= '2026-03-01' and TxnDate < '2026-03-11' and DueDate > '2026-03-01'") == [
        "QuickBooks",
        "QuickBooks",
        "here",
    ]
    assert asked("TimeModified >= '2026-03-01T08:00:00-08:00'") == ["QuickBooks"]
    for where in (
        "TxnDate >= '2026-13-01'",
        "not (TxnDate in ('x') or TxnDate is null)",
        "TimeCreated < 'y'",
    ):
        with pytest.raises(SetupError, match=r"where: Invoice\.T\w+ wants a (date|time) such as"):
            list(books.read(Query(("Invoice",), parse_where(where, None))))


def test_a_plan_says_who_does_what(books: QbxmlConnection) -> None:
    where = And((Compare("CustomerRef.FullName", "=", "Elm Bakery"), Compare("Subtotal", ">", Decimal(5))))
    (planned,) = books.plan(Query(("Invoice",), where))
    assert [who for _, who in planned.conditions] == ["QuickBooks", "here"]
    assert books.plan(Query(("Customer",), Like("Name", "%ll%")))[0].conditions[0][1] == "QuickBooks"
    assert books.plan(Query(("Customer",), In("IsActive", (True,))))[0].conditions[0][1] == "here"


def test_one_record_by_its_id_and_none(books: QbxmlConnection) -> None:
    first = records_of(books, "Customer", limit=1)[0]
    assert books.get("Customer", str(first["ListID"])) == first
    with pytest.raises(NotFound, match="no Customer with the ListID 1-2"):
        books.get("Customer", "1-2")


def test_quickbooks_counts(books: QbxmlConnection) -> None:
    assert books.count("Invoice") == INVOICES
    assert books.requests_made == 2


def test_every_type_can_be_read(books: QbxmlConnection) -> None:
    found = {page.type for page in books.read(Query())}
    assert {"Account", "Customer", "Invoice", "ItemService", "StandardTerms"} <= found


def test_a_feature_that_is_off_is_told_where_it_is_asked_for(books: QbxmlConnection) -> None:
    with pytest.raises(NotAllowed, match="not enabled"):
        records_of(books, "Currency")


def test_inactive_ones_come_too_unless_said_otherwise(server: DesktopServer, books: QbxmlConnection) -> None:
    record = next(server.company.all_of("Customer"))
    change = {"ListID": record["ListID"], "EditSequence": record["EditSequence"], "IsActive": False}
    server.company.modify("Customer", change)
    assert len(records_of(books, "Customer")) == CUSTOMERS + JOBS
    assert len(records_of(books, "Customer", "IsActive = true")) == CUSTOMERS + JOBS - 1


@pytest.mark.parametrize(
    ("country", "version", "wire"), [("US", "7.0", "7.0"), ("CA", "3.0", "CA3.0"), ("UK", "16.0", "16.0")]
)
def test_the_newest_edition_that_both_know_is_spoken(country: str, version: str, wire: str) -> None:
    company = small_company(DesktopCompany())
    company.edition = edition(country, version)
    with running_desktop(company) as running, open_desktop("books", sandbox=running.address) as books:
        details = books.check().details
        assert (details["country"], details["qbxml"]) == (country, version)
        assert edition(country, version).wire == wire


def test_the_doctor_finds_what_is_missing(server: DesktopServer) -> None:
    with open_desktop("books", sandbox=server.address) as books:
        assert {each.state for each in books.examine()} == {"ok"}
    with open_desktop("books", sandbox=server.address, file=r"C:\Books\larch.qbb") as books:
        missing = {each.point: each.advice for each in books.examine() if each.state == "not ok"}
        assert set(missing) == {"company file", "session"}
        assert missing["company file"]
    server.company.product = "QuickBooks Simple Start 2008"
    with open_desktop("books", sandbox=server.address) as books:
        assert [each.point for each in books.examine() if each.state == "not ok"] == ["session"]
    server.stop()
    with open_desktop("books", sandbox=server.address) as books:
        assert [(each.point, each.state) for each in books.examine()] == [("worker", "not ok")]


def test_what_tieout_does_not_work_with_is_refused_by_name() -> None:
    company = DesktopCompany(product="QuickBooks Simple Start 2008")
    with (
        running_desktop(company) as running,
        open_desktop("books", sandbox=running.address) as books,
        pytest.raises(SetupError, match="Simple Start"),
    ):
        books.check()


def test_a_version_that_quickbooks_has_not_is_refused(server: DesktopServer) -> None:
    server.company.edition = edition("US", "12.0")
    with (
        open_desktop("books", sandbox=server.address, version="13.0") as books,
        pytest.raises(SetupError, match=r"speaks no qbXML 13\.0"),
    ):
        books.check()


def test_misspelled_types_and_fields_are_named_with_the_nearest(books: QbxmlConnection) -> None:
    with pytest.raises(SetupError, match="CustomerRef"):
        records_of(books, "Invoice", "CustomrRef.FullName = 'x'")
    with pytest.raises(SetupError, match="Invoice"):
        records_of(books, "Invoce")


def test_a_wrong_token_opens_nothing(server: DesktopServer) -> None:
    wrong = server.address.split("?")[0] + "?token=guess"
    with open_desktop("books", sandbox=wrong) as books, pytest.raises((SetupError, Unauthorized)):
        books.check()


def test_nobody_at_home_says_what_to_start(server: DesktopServer) -> None:
    address = server.address
    server.stop()
    with open_desktop("books", sandbox=address) as books, pytest.raises(Unreachable) as told:
        books.check()
    assert "tieout sandbox desktop" in str(told.value.advice)


def test_without_windows_or_a_sandbox_there_is_no_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    with open_desktop("books") as books, pytest.raises(SetupError, match="only Windows has"):
        books.check()


def test_one_conversation_at_a_time_and_a_second_one_is_told_who_has_it(
    server: DesktopServer, tmp_path: Path
) -> None:
    alone = partial(held, tmp_path)
    with (
        open_desktop("books", sandbox=server.address, conversation=alone) as first,
        open_desktop("same", sandbox=server.address, conversation=alone) as second,
    ):
        first.count("Customer")
        with pytest.raises(Busy, match=f"held by process {os.getpid()}"):
            second.count("Customer")
        first.check()  # and lets go
        assert second.count("Customer") == CUSTOMERS + JOBS
