"""The legacy Online Edition over HTTP on loopback: sessions, refusals, mirrors and writes that happen once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tieout.connections.qbxml.online_legacy import OnlineLegacyConnection, open_online_legacy
from tieout.errors import Unauthorized
from tieout.operations import Add, Change, Outcome, Query
from tieout.processes.write import identified, write_changes
from tieout.protocols.qbxml_sign_on import Application
from tieout.sandbox.desktop.small_company import small_company
from tieout.sandbox.online_legacy.gateway import APPLICATION, new_company
from tieout.sandbox.online_legacy.server import GatewayServer, running_gateway
from tieout.state.database import open_state
from tieout.state.journal import Journal


@pytest.fixture
def server() -> Iterator[GatewayServer]:
    with running_gateway(small_company(new_company())) as server:
        yield server


def opened(
    server: GatewayServer, ticket: str = "", application: Application = APPLICATION
) -> OnlineLegacyConnection:
    ticket = ticket or server.gateway.book.connect().ticket
    return open_online_legacy(
        "books",
        application=application,
        company="larch",
        connection_ticket=lambda: ticket,
        gateway=server.address,
    )


def test_checks_what_is_spoken(server: GatewayServer) -> None:
    with closing(opened(server)) as books:
        health = books.check()
    assert (health.company, health.details["country"], health.details["qbxml"]) == (
        "Larch & Daughters",
        "OE",
        "6.0",
    )


def test_reads_invoices(server: GatewayServer) -> None:
    with closing(opened(server)) as books:
        found = [each for page in books.read(Query(("Invoice",))) for each in page.records()]
        assert len(found) == books.count("Invoice") == 120
        assert found[0]["InvoiceLineRet"]


def test_signs_on_anew_when_the_session_ended(server: GatewayServer) -> None:
    with closing(opened(server)) as books:
        assert books.count("Invoice") == 120
        server.gateway.book.end_sessions()
        assert books.count("Customer") == 52


def test_says_what_is_wrong_with_a_ticket(server: GatewayServer) -> None:
    with closing(opened(server, "TGT-1-wrong")) as books, pytest.raises(Unauthorized, match="status 2010"):
        books.count("Invoice")
    secured = server.gateway.book.connect(login_security=True).ticket
    with closing(opened(server, secured)) as books, pytest.raises(Unauthorized, match="status 2020"):
        books.count("Invoice")
    stranger = Application("stranger.example.com", "7")
    with closing(opened(server, "", stranger)) as books, pytest.raises(Unauthorized, match="status 2000"):
        books.count("Invoice")


@contextmanager
def writing(folder: Path, server: GatewayServer) -> Iterator[Callable[[Change], Outcome]]:
    """Writes one change, with a journal on the disk."""
    with open_state(folder) as state, closing(opened(server)) as books:

        def write(change: Change) -> Outcome:
            changes = identified([change], by_contents=True)
            (outcome,) = write_changes(books, changes, Journal(state), name="test", again=False)
            return outcome

        yield write


@pytest.mark.parametrize("remembers", [True, False], ids=["remembered", "forgotten"])
@pytest.mark.parametrize("fault", ["drop-before-commit", "drop-after-commit", "busy"])
def test_writes_once_though_answers_are_lost(
    tmp_path: Path, server: GatewayServer, fault: str, remembers: bool
) -> None:
    company = server.gateway.company
    company.message_sets.remembers = remembers
    server.gateway.conduct.plan([{"do": fault}])
    customer = Add(type="Customer", record={"Name": "Zelkova Mill"})
    line = {"Desc": "Sawing", "Amount": "5.00"}
    billed = {"CustomerRef": {"FullName": "Zelkova Mill"}, "RefNumber": "Z-1", "InvoiceLineAdd": [line]}
    with writing(tmp_path, server) as write:
        assert write(customer).state == "done"
        server.gateway.conduct.plan([{"do": fault}])
        assert write(Add(type="Invoice", record=billed)).state == "done"
    assert [each["Name"] for each in company.all_of("Customer")].count("Zelkova Mill") == 1
    assert [each["RefNumber"] for each in company.all_of("Invoice")].count("Z-1") == 1
