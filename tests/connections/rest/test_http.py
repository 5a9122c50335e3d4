"""Requests against a server that the test writes: what is tried again, what is not, and what people are told."""

from __future__ import annotations

import logging
import socket
import threading
from contextlib import closing

import httpx2
import pytest

from tieout.connections.rest.http import CutOff, NotSent, RestClient, is_loopback, new_http
from tieout.connections.rest.limits import Limiter
from tieout.errors import (
    Busy,
    NotFound,
    OutcomeUnknown,
    RemoteProtocolError,
    RunStopped,
    Unauthorized,
    Unreachable,
)
from tieout.protocols.rest import Request, query_request

from .conftest import BASE, REALM

QUERY = query_request(REALM, "select * from Invoice", 75)
WRITE = Request("POST", f"/v3/company/{REALM}/invoice", {"requestid": "r1"}, b"{}", "application/json")
FINE = b'{"QueryResponse":{},"time":"2026-11-22T12:00:00.000-08:00"}'
JSON = {"content-type": "application/json"}
DISCOVERY = {
    "authorization_endpoint": f"{BASE}/authorize",
    "token_endpoint": f"{BASE}/token",
    "revocation_endpoint": f"{BASE}/revoke",
}


class Server:
    """Answers in turn; the last answer stays. An exception among them is raised as the network would."""

    def __init__(self, *answers: httpx2.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx2.Request] = []

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def fine() -> httpx2.Response:
    return httpx2.Response(200, headers=JSON, content=FINE)


def throttled(**headers: str) -> httpx2.Response:
    fault = b'{"fault":{"error":[{"message":"message=ThrottleExceeded","detail":"","code":"3001"}],"type":"SERVICE"}}'
    return httpx2.Response(429, headers={**JSON, **headers}, content=fault)


def test_a_request_carries_the_token_and_what_it_is(client_of):
    server = Server(fine())
    response = client_of(server).read(QUERY)
    sent = server.requests[0]
    assert response.body == FINE
    assert sent.url == f"{BASE}/v3/company/{REALM}/query?minorversion=75"
    assert sent.headers["authorization"] == "Bearer first"
    assert sent.headers["content-type"] == "application/text"
    assert sent.content == b"select * from Invoice"


@pytest.mark.parametrize(
    "trouble",
    [
        httpx2.Response(500, content=b"<html>oops</html>"),
        httpx2.Response(503),
        httpx2.ReadTimeout("slow"),
        httpx2.ReadError("reset"),
        httpx2.RemoteProtocolError("peer closed connection without sending complete message body"),
        httpx2.ConnectError("refused"),
        httpx2.Response(200, headers=JSON, content=FINE[:-20]),
        httpx2.Response(200, headers=JSON, content=b""),
    ],
    ids=lambda trouble: str(trouble),
)
def test_a_read_is_tried_again(client_of, clock, trouble):
    server = Server(trouble, trouble, fine())
    assert client_of(server).read(QUERY).body == FINE
    assert len(server.requests) == 3
    assert clock.slept == [1, 2]


def test_in_the_end_the_trouble_is_told(client_of, clock):
    server = Server(httpx2.ReadTimeout("slow"))
    client = client_of(server)
    with pytest.raises(Unreachable, match=f"{BASE} gave no answer within 120 s"):
        client.read(QUERY)
    assert len(server.requests) == client.requests_made == 5
    assert clock.slept == [1, 2, 4, 8]


def test_an_answer_that_stays_cut_off_is_told(client_of):
    with pytest.raises(CutOff, match=f"cut off after {len(FINE) - 1} bytes"):
        client_of(Server(httpx2.Response(200, content=FINE[:-1]))).read(QUERY)


@pytest.mark.parametrize(("headers", "wait"), [({}, 60), ({"retry-after": "7"}, 7)])
def test_throttling_waits_as_told_or_a_minute(client_of, clock, headers, wait):
    assert client_of(Server(throttled(**headers), fine())).read(QUERY).body == FINE
    assert clock.slept == [wait]


def test_throttling_without_end_says_so(client_of):
    with pytest.raises(Busy, match="ThrottleExceeded") as caught:
        client_of(Server(throttled())).read(QUERY)
    assert caught.value.wait == 60


def test_a_refusal_is_not_tried_again(client_of):
    fault = b'{"Fault":{"Error":[{"Message":"Object Not Found","Detail":"gone","code":"610"}],"type":"ValidationFault"}}'
    server = Server(httpx2.Response(400, headers={**JSON, "intuit_tid": "1-abc"}, content=fault))
    with pytest.raises(NotFound, match="1-abc"):
        client_of(server).read(QUERY)
    assert len(server.requests) == 1


def test_a_refused_token_is_renewed_once(client_of):
    def oauth(request: httpx2.Request) -> httpx2.Response:
        if "well-known" in request.url.path:
            return httpx2.Response(200, json=DISCOVERY)
        return httpx2.Response(200, json={"access_token": "second", "refresh_token": "refresh-2"})

    def api(request: httpx2.Request) -> httpx2.Response:
        return fine() if request.headers["authorization"] == "Bearer second" else httpx2.Response(401)

    client = client_of(api, oauth)
    assert client.read(QUERY).body == FINE
    assert client.requests_made == 2


def test_a_token_refused_twice_asks_for_a_sign_in(client_of):
    def oauth(request: httpx2.Request) -> httpx2.Response:
        if "well-known" in request.url.path:
            return httpx2.Response(200, json=DISCOVERY)
        return httpx2.Response(200, json={"access_token": "second", "refresh_token": "refresh-2"})

    server = Server(httpx2.Response(401))
    with pytest.raises(Unauthorized) as caught:
        client_of(server, oauth).read(QUERY)
    assert "tieout connect books" in caught.value.advice
    assert len(server.requests) == 2


def test_another_company_is_told_with_advice(client_of):
    fault = (
        b'{"fault":{"error":[{"message":"message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403",'
        b'"code":"3100"}],"type":"SERVICE"}}'
    )
    with pytest.raises(Unauthorized) as caught:
        client_of(Server(httpx2.Response(403, headers=JSON, content=fault))).read(QUERY)
    assert "company" in caught.value.advice
    assert "tieout connect books" in caught.value.advice


def test_what_is_not_json_is_told_at_once(client_of):
    server = Server(
        httpx2.Response(200, headers={"content-type": "text/html"}, content=b"<html>Welcome to the hotel")
    )
    with pytest.raises(RemoteProtocolError, match="Welcome to the hotel"):
        client_of(server).read(QUERY)
    assert len(server.requests) == 1


def test_an_answer_beyond_the_limit_is_not_read(client_of):
    body = b'{"QueryResponse":{"Invoice":[' + b"1," * 100 + b"1]}}"
    with pytest.raises(RemoteProtocolError, match="more than 64 bytes") as caught:
        client_of(Server(httpx2.Response(200, content=body)), largest_answer=64).read(QUERY)
    assert "--limit" in caught.value.advice


def test_an_endless_answer_is_broken_off(client_of):
    taken = 0

    def endless():
        nonlocal taken
        while True:
            taken += 1
            yield b"{" * 1000

    server = Server(httpx2.Response(200, content=endless()))
    with pytest.raises(RemoteProtocolError, match="more than 10,000 bytes"):
        client_of(server, largest_answer=10_000).read(QUERY)
    assert taken < 20


def test_a_redirect_is_not_followed(client_of):
    server = Server(httpx2.Response(302, headers={"location": "https://evil.example/"}))
    with pytest.raises(RemoteProtocolError, match=r"redirects to https://evil\.example/"):
        client_of(server).read(QUERY)
    assert len(server.requests) == 1


def test_reads_are_metered_and_failures_are_not(client_of):
    metered = []
    client = client_of(Server(httpx2.Response(503), fine()), on_read=lambda: metered.append(1))
    client.read(QUERY)
    assert (len(metered), client.requests_made) == (1, 2)


@pytest.mark.parametrize(
    "trouble",
    [
        httpx2.ReadTimeout("slow"),
        httpx2.ReadError("reset"),
        httpx2.Response(200, content=b'{"Inv'),
        httpx2.Response(502),
    ],
    ids=str,
)
def test_a_write_without_an_answer_is_unknown_and_not_sent_again(client_of, trouble):
    server = Server(trouble)
    with pytest.raises(OutcomeUnknown):
        client_of(server).write(WRITE)
    assert len(server.requests) == 1


def test_a_write_that_never_left_is_no_mystery(client_of):
    with pytest.raises(NotSent):
        client_of(Server(httpx2.ConnectError("refused"))).write(WRITE)


def test_nothing_secret_is_logged(client_of, caplog):
    caplog.set_level(logging.DEBUG)
    client_of(Server(httpx2.Response(503), fine())).read(QUERY)
    assert "/query" in caplog.text
    assert "first" not in caplog.text
    assert "refresh-1" not in caplog.text


def test_a_closed_client_stops_who_waits(http_to, tokens_from):
    client = RestClient(http_to(Server(throttled())), tokens_from(Server(fine())), Limiter())
    timer = threading.Timer(0.05, client.close)
    timer.start()
    with pytest.raises(RunStopped):
        client.read(QUERY)
    timer.join()


@pytest.mark.parametrize(
    ("url", "near"),
    [
        ("http://127.0.0.1:80", True),
        ("http://localhost", True),
        ("http://[::1]:5", True),
        ("https://intuit.com", False),
    ],
)
def test_loopback_is_told(url, near):
    assert is_loopback(url) is near


def test_a_proxy_is_not_asked_for_this_machine(monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    with (
        closing(socket.create_server(("127.0.0.1", 0))) as listening,
        new_http(f"http://127.0.0.1:{listening.getsockname()[1]}") as http,
    ):
        threading.Thread(target=_answer_once, args=(listening,)).start()
        assert http.get("/").content == b"ok"


def _answer_once(listening: socket.socket) -> None:
    with closing(listening.accept()[0]) as peer:
        peer.recv(4096)
        peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
