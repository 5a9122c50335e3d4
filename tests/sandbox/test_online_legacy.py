"""The gateway of the legacy Online Edition, as whoever posts to it sees it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from tieout.catalog.qbxml import edition, newest, record_types
from tieout.protocols.qbxml_sign_on import SignOn, read_signed_on, sign_on_alone, with_sign_on
from tieout.sandbox.desktop.small_company import small_company
from tieout.sandbox.online_legacy.gateway import APPLICATION, AppGateway, new_company
from tieout.sandbox.online_legacy.server import WIZARD, GatewayServer, running_gateway

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
VERSION = newest("OE").wire


@pytest.fixture
def gateway() -> AppGateway:
    return AppGateway(small_company(new_company()))


@pytest.fixture
def server() -> Iterator[GatewayServer]:
    with running_gateway(new_company()) as server:
        yield server


def message_set(requests: str, version: str = VERSION) -> bytes:
    head = f'<?xml version="1.0"?><?qbxml version="{version}"?>'
    return f'{head}<QBXML><QBXMLMsgsRq onError="stopOnError">{requests}</QBXMLMsgsRq></QBXML>'.encode()


def session(gateway: AppGateway) -> str:
    sign_on = SignOn("SignonDesktopRq", gateway.book.connect().ticket, APPLICATION)
    _, body = gateway.answer(sign_on_alone(sign_on, VERSION, AT))
    return read_signed_on(body)[0].ticket


def asked(gateway: AppGateway, requests: str, ticket: str = "", version: str = VERSION) -> tuple[int, str]:
    """The HTTP status, and the body behind the sign-on."""
    sign_on = SignOn("SignonTicketRq", ticket or session(gateway), APPLICATION)
    status, body = gateway.answer(with_sign_on(message_set(requests, version), sign_on, AT))
    return status, body.decode()


def test_a_session_ends_after_an_idle_hour_and_after_a_day(gateway: AppGateway) -> None:
    moment = [AT]
    gateway.book.clock = lambda: moment[0]
    ticket = session(gateway)
    for _ in range(24):
        moment[0] += timedelta(minutes=59)
        assert 'statusCode="0"' in asked(gateway, "<HostQueryRq/>", ticket)[1]
    moment[0] += timedelta(minutes=59)
    status, body = asked(gateway, "<HostQueryRq/>", ticket)
    assert (status, 'statusCode="2020"' in body, "HostQueryRs" in body) == (200, True, False)
    idle = session(gateway)
    moment[0] += timedelta(minutes=61)
    assert 'statusCode="2020"' in asked(gateway, "<HostQueryRq/>", idle)[1]


def test_nothing_is_done_without_a_session(gateway: AppGateway) -> None:
    before = len(list(gateway.company.all_of("Customer")))
    request = "<CustomerAddRq><CustomerAdd><Name>Zelkova</Name></CustomerAdd></CustomerAddRq>"
    _, body = asked(gateway, request, "SST-of-nobody")
    assert "CustomerAddRs" not in body
    assert len(list(gateway.company.all_of("Customer"))) == before
    assert "CustomerRet" in asked(gateway, request)[1]


@pytest.mark.parametrize(
    ("requests", "version"),
    [
        ("<EstimateQueryRq/>", "6.0"),
        ("<ListDeletedQueryRq><ListDelType>Customer</ListDelType></ListDeletedQueryRq>", "6.0"),
        ("<InvoiceModRq/>", "6.0"),
        ("<CustomerQueryRq><MaxReturned>1</MaxReturned><ListID>1</ListID></CustomerQueryRq>", "6.0"),
        ("<HostQueryRq/>", "7.0"),
    ],
    ids=["no estimates", "no log of deletions", "no changed invoices", "order", "version"],
)
def test_what_the_edition_has_not_is_refused_whole(gateway: AppGateway, requests: str, version: str) -> None:
    assert asked(gateway, requests, version=version)[0] == 400


def test_it_has_the_requests_that_were_published_for_it_and_no_others(gateway: AppGateway) -> None:
    american, online = edition("US", VERSION), newest("OE")
    every = [(kind, verb) for kind in record_types() for verb in kind.published if kind.can(verb, american)]
    taken = [kind.message(verb, "Rq") for kind, verb in every if kind.can(verb, online)]
    assert len(taken) == 55
    others = [kind.message(verb, "Rq") for kind, verb in every if not kind.can(verb, online)]
    assert len(others) > 100
    ticket = session(gateway)
    assert {asked(gateway, f"<{name}/>", ticket)[0] for name in others} == {400}
    queries = [name for name in taken if name.endswith("QueryRq")]
    assert {asked(gateway, f"<{name}/>", ticket)[0] for name in queries} == {200}


def test_elements_that_it_ignores_are_named(gateway: AppGateway) -> None:
    _, body = asked(
        gateway, "<ClassQueryRq/><CustomerQueryRq><ActiveStatus>All</ActiveStatus></CustomerQueryRq>"
    )
    assert re.findall(r'QueryRs statusCode="(\d+)"', body) == ["1", "530"]


def test_there_are_no_iterators(gateway: AppGateway) -> None:
    request = '<CustomerQueryRq iterator="Start"><MaxReturned>5</MaxReturned></CustomerQueryRq>'
    _, body = asked(gateway, request)
    assert 'statusSeverity="Error"' in body
    assert "CustomerRet" not in body


def test_an_answer_is_cut_and_says_so(gateway: AppGateway) -> None:
    gateway.most = 7
    _, body = asked(gateway, "<CustomerQueryRq/>")
    assert ('statusCode="540"' in body, body.count("<CustomerRet>")) == (True, 7)


def test_the_wizard_gives_tickets(server: GatewayServer) -> None:
    with httpx2.Client(base_url=server.base_url, trust_env=False) as browser:
        assert "Connect an application" in browser.get(WIZARD).text
        page = browser.post(WIZARD, data={"login_security": "on"}).text
        ticket = re.findall(r"TGT-[\w-]+", page)[0]
        stranger = browser.post(WIZARD, data={}, headers={"Origin": "http://elsewhere.example"})
    found = server.gateway.book.find(ticket)
    assert found is not None
    assert found.login_security
    assert (stranger.status_code, len(server.gateway.book.connected)) == (403, 1)


def test_other_calls_are_refused(server: GatewayServer) -> None:
    typed = {"Content-Type": "application/x-qbxml"}
    with httpx2.Client(base_url=server.base_url, trust_env=False) as caller:
        codes = [
            caller.post("/elsewhere", content=b"").status_code,
            caller.post("/j/AppGateway", content=b"<QBXML/>").status_code,
            caller.post("/j/AppGateway", content=b"<QBXML>", headers=typed).status_code,
            caller.get("/j/AppGateway").status_code,
        ]
    assert codes == [404, 415, 400, 404]


@pytest.mark.parametrize(
    ("inside", "missing"),
    [
        ("<SalesOrPurchase><Price>5</Price><AccountRef/></SalesOrPurchase>", "AccountRef"),
        ("<SalesOrPurchase><AccountRef><FullName></FullName></AccountRef></SalesOrPurchase>", "AccountRef"),
        ("<SalesAndPurchase><IncomeAccountRef/><ExpenseAccountRef/></SalesAndPurchase>", "IncomeAccountRef"),
    ],
)
def test_an_account_that_must_be_named_and_is_empty_is_refused(
    gateway: AppGateway, inside: str, missing: str
) -> None:
    said = (
        f"<ItemServiceAddRq><ItemServiceAdd><Name>Nobody's</Name>{inside}</ItemServiceAdd></ItemServiceAddRq>"
    )
    _, body = asked(gateway, said)
    assert (
        f'statusCode="3150" statusSeverity="Error" statusMessage="There is a missing element: &quot;{missing}'
        in body
    )
    status, body = asked(gateway, "<ItemQueryRq/>")
    assert (status, "Nobody" in body, body.count("<ItemServiceRet>")) == (200, False, 3)
