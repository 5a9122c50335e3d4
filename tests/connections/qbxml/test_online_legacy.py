"""The legacy Online Edition over HTTP on loopback: sessions, refusals, mirrors and writes that happen once."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tieout.catalog.qbxml import newest
from tieout.connections.qbxml.https_exchange import HttpsExchange
from tieout.connections.qbxml.online_legacy import OnlineLegacyConnection, open_online_legacy
from tieout.errors import RemoteProtocolError, SetupError, TieoutError, Unauthorized, Unreachable
from tieout.operations import Add, Change, Compare, Outcome, Query
from tieout.processes.write import identified, write_changes
from tieout.protocols.qbxml_sign_on import Application
from tieout.protocols.qbxml_writer import MessageSet, Request, write_message_set
from tieout.sandbox.desktop.small_company import small_company
from tieout.sandbox.online_legacy.gateway import APPLICATION, new_company
from tieout.sandbox.online_legacy.server import GatewayServer, running_gateway
from tieout.state.database import open_state
from tieout.state.journal import Journal


@pytest.fixture
def server() -> Iterator[GatewayServer]:
    with running_gateway(small_company(new_company())) as server:
        yield server


def test_another_address_is_no_gateway(server: GatewayServer) -> None:
    exchange = HttpsExchange(APPLICATION, lambda: "TGT-1", f"{server.base_url}/elsewhere")
    with closing(exchange), pytest.raises(SetupError, match="HTTP 404"):
        exchange.open()


def opened(
    server: GatewayServer,
    ticket: str = "",
    application: Application = APPLICATION,
    certificate: Path | None = None,
) -> OnlineLegacyConnection:
    ticket = ticket or server.gateway.book.connect().ticket
    return open_online_legacy(
        "books",
        application=application,
        company="larch",
        connection_ticket=lambda: ticket,
        gateway=server.address,
        certificate=certificate,
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


def test_a_sign_on_that_failed_inside_the_service_is_tried_again_later(server: GatewayServer) -> None:
    server.gateway.fails_inside = 1
    with closing(opened(server)) as books:
        with pytest.raises(Unreachable, match="status 2040"):
            books.count("Invoice")
        assert books.count("Invoice") == 120


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


def test_reads_all_where_answers_are_cut(server: GatewayServer) -> None:
    company = server.gateway.company
    customer = next(iter(company.all_of("Customer")))["ListID"]
    for days in range(130):
        with company.at(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=days)):
            said = {
                "CustomerRef": {"ListID": customer},
                "RefNumber": f"D-{days}",
                "TxnDate": "2026-02-01",
                "SalesReceiptLineAdd": [{"Desc": "Sawing", "Amount": Decimal("5.00")}],
            }
            company.add("SalesReceipt", said)
    server.gateway.most = 50
    with closing(opened(server)) as books:
        found = [each for page in books.read(Query(("SalesReceipt",))) for each in page.records()]
        on_a_day = Compare("TxnDate", "=", date(2026, 2, 1))
        that_day = [
            each for page in books.read(Query(("SalesReceipt",), on_a_day)) for each in page.records()
        ]
    assert sorted(each["RefNumber"] for each in found) == sorted(f"D-{days}" for days in range(130))
    assert len(that_day) == 130


def test_says_where_records_cannot_be_told_apart(server: GatewayServer) -> None:
    company = server.gateway.company
    with company.at(datetime(2026, 1, 1, tzinfo=UTC)):
        for number in range(8):
            company.add("Class", {"Name": f"Class {number}"})
    server.gateway.most = 5
    with closing(opened(server)) as books, pytest.raises(RemoteProtocolError, match="more records of Class"):
        list(books.read(Query(("Class",))))


def test_a_session_is_renewed_before_it_ends(server: GatewayServer) -> None:
    moment = [datetime(2026, 3, 4, 5, 0, tzinfo=UTC)]
    server.gateway.book.clock = lambda: moment[0]
    ticket = server.gateway.book.connect().ticket
    exchange = HttpsExchange(APPLICATION, lambda: ticket, server.address, clock=lambda: moment[0])
    document = write_message_set(MessageSet(newest("OE"), (Request("Host", "Query"),)))
    posts = []
    with closing(exchange):
        for minutes in (0, 10, 56, 10):
            moment[0] += timedelta(minutes=minutes)
            before = server.gateway.posts
            assert b"HostRet" in b"".join(exchange.exchange(document, reading=True))
            posts.append(server.gateway.posts - before)
    assert posts == [2, 1, 2, 1]


def test_a_hosted_application_shows_its_certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority, ours, stranger = certificates(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(ours)
    tls.load_verify_locations(authority)
    tls.verify_mode = ssl.CERT_REQUIRED
    with running_gateway(small_company(new_company()), hosted=True, tls=tls) as server:
        with closing(opened(server, certificate=ours)) as books:
            assert books.count("Invoice") == 120
        with closing(opened(server, certificate=stranger)) as books, pytest.raises(TieoutError):
            books.check()
        with closing(opened(server)) as books, pytest.raises(TieoutError):
            books.check()
        with closing(opened(server, certificate=authority)) as books, pytest.raises(SetupError, match="PEM"):
            books.check()


def certificates(folder: Path) -> tuple[Path, Path, Path]:
    """An authority, a certificate of its making with its key, and a stranger's."""
    key, other = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = _certificate("authority", key, "authority", key, is_authority=True)
    made = {
        "authority.pem": authority,
        "ours.pem": _certificate("ours", key, "authority", key) + _pem(key),
        "stranger.pem": _certificate("stranger", other, "stranger", other) + _pem(other),
    }
    for name, content in made.items():
        (folder / name).write_bytes(content)
    return folder / "authority.pem", folder / "ours.pem", folder / "stranger.pem"


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: str,
    signer: ec.EllipticCurvePrivateKey,
    *,
    is_authority: bool = False,
) -> bytes:
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
    )
    return made.sign(signer, hashes.SHA256()).public_bytes(Encoding.PEM)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
