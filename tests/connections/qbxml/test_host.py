"""The client of the host protocol against a host that the test writes."""

from __future__ import annotations

import socket
import time

import pytest

from tieout.connections.qbxml.frames import LARGEST, NotSent
from tieout.connections.qbxml.host import Host, host_at
from tieout.connections.qbxml.hresults import hresult_of, session_is_gone
from tieout.errors import (
    Busy,
    LocalProtocolError,
    OutcomeUnknown,
    RemoteProtocolError,
    SetupError,
    TieoutError,
    Unauthorized,
    Unreachable,
)

from .scripted import Answers, ScriptedHost, host_that

SESSION = {"ticket": "T-1", "file": "C:\\Books\\shop.qbw", "versions": ["1.0", "13.0", "16.0"]}


def answering(*frames: object, session: object = SESSION) -> Answers:
    """Opens a session, and answers every other request with these frames."""
    return lambda request: [session] if request["do"] == "open" else list(frames)


def opened(host: ScriptedHost, timeout: float = 20) -> Host:
    client = host_at(host.address, timeout=timeout)
    client.open(file="C:\\Books\\shop.qbw")
    return client


def test_a_session_is_opened_used_and_ended():
    with host_that(answering({"xml": "<QBXML/>"})) as host, host_at(host.address) as client:
        session = client.open(file="C:\\Books\\shop.qbw", mode="multi", unattended="required", auth_flags=8)
        assert (session.ticket, session.file) == ("T-1", "C:\\Books\\shop.qbw")
        assert session.versions == ("1.0", "13.0", "16.0")
        assert b"".join(client.process(b"<QBXML/>")) == b"<QBXML/>"
        client.end()
    greeting, opening, request, end = host.requests
    assert (greeting["do"], greeting["token"]) == ("hello", "right")
    assert opening == {
        "id": 1,
        "do": "open",
        "application_id": "",
        "application_name": "tieout",
        "connection": 1,
        "file": "C:\\Books\\shop.qbw",
        "mode": "multi",
        "unattended": "required",
        "personal_data": "optional",
        "auth_flags": 8,
    }
    assert request == {"id": 2, "do": "process", "ticket": "T-1", "xml": "<QBXML/>"}
    assert end == {"id": 3, "do": "end"}
    assert client.about.bits == 64


def test_an_answer_in_pieces_comes_piece_by_piece():
    frames = [{"xml": "Grüße ", "more": True}, {"xml": "aus 東京", "more": True}, {"xml": "!"}]
    with host_that(answering(*frames)) as host, opened(host) as client:
        pieces = client.process(b"<QBXML/>")
        assert next(pieces) == "Grüße ".encode()
        assert b"".join(pieces).decode() == "aus 東京!"


def test_what_nobody_read_does_not_answer_the_next_request():
    def answers(request: dict) -> list:
        if request.get("xml") == "first":
            return [{"xml": "1", "more": True}, {"xml": "2", "more": True}, {"xml": "3"}]
        return [SESSION] if request["do"] == "open" else [{"xml": "second"}]

    with host_that(answers) as host, opened(host) as client:
        given_up = client.process(b"first", reading=True)
        assert next(given_up) == b"1"
        assert b"".join(client.process(b"next", reading=True)) == b"second"
        with pytest.raises(LocalProtocolError, match="given up"):
            list(given_up)


@pytest.mark.parametrize(
    ("code", "kind", "words"),
    [
        ("0x80040400", LocalProtocolError, "parse"),
        ("0x80040403", SetupError, "cannot be opened"),
        ("0x80040408", Unreachable, "started"),
        ("0x8004040A", Busy, "Another company file"),
        ("0x80040410", Busy, "other mode"),
        ("0x80040414", Busy, "dialog"),
        ("0x80040418", Unauthorized, "never had access"),
        ("0x8004041A", Unauthorized, "no permission"),
        ("0x8004041D", Unauthorized, "by itself"),
        ("0x80040154", SetupError, "bitness"),
        ("0x800706BA", Unreachable, "gone"),
        ("0x80049999", Unreachable, "not in the table"),
    ],
)
def test_an_hresult_becomes_its_error_with_advice(code: str, kind: type[TieoutError], words: str):
    refusal = {"error": {"hresult": code, "text": "QuickBooks' own words."}}
    with host_that(lambda _: [refusal]) as host, host_at(host.address) as client:
        with pytest.raises(kind, match=words) as caught:
            client.open()
        assert client.usable  # a refusal is an answer
    assert code in str(caught.value)
    assert "QuickBooks' own words." in str(caught.value)
    assert caught.value.advice
    assert hresult_of(caught.value) == code


def test_busy_says_how_long_to_wait():
    with (
        host_that(lambda _: [{"error": {"hresult": "0x80040414", "text": ""}}]) as host,
        host_at(host.address) as client,
        pytest.raises(Busy) as caught,
    ):
        client.open()
    assert caught.value.wait == 20


def test_a_stale_ticket_asks_for_a_new_session():
    refusal = {"error": {"hresult": "0x8004040D", "text": ""}}
    with host_that(answering(refusal)) as host, opened(host) as client, pytest.raises(TieoutError) as caught:
        client.process(b"<QBXML/>")
    assert session_is_gone(caught.value)


@pytest.mark.parametrize(
    "frames",
    [
        [None],
        [b"\0\0\0\x09{half"],
        [{"xml": "<QBXML", "more": True}, None],
        [b"\0\0\0\x02[]"],
        [b"HTTP/1.1 400 Bad Request"],
        [{"id": 77, "xml": ""}],
        [{"xml": 5}],
    ],
    ids=["hung up", "cut off", "cut off later", "no object", "another protocol", "another answer", "no text"],
)
def test_a_write_without_an_answer_is_an_open_question_and_a_read_is_not(frames: list):
    closing = [*frames, None]
    with host_that(answering(*closing)) as host:
        with opened(host) as client:
            with pytest.raises(OutcomeUnknown, match="was sent, but"):
                list(client.process(b"<QBXML/>"))
            assert not client.usable
            with pytest.raises(NotSent):
                client.process(b"<QBXML/>")
        with opened(host) as client, pytest.raises((Unreachable, RemoteProtocolError)):
            list(client.process(b"<QBXML/>", reading=True))


@pytest.mark.parametrize("code", ["0x800706BA", "0x8000FFFF", "0x80049999"])
def test_quickbooks_gone_in_the_middle_is_an_open_question_for_a_write_only(code: str):
    with host_that(answering({"error": {"hresult": code, "text": ""}})) as host, opened(host) as client:
        with pytest.raises(OutcomeUnknown):
            client.process(b"<QBXML/>")
        with pytest.raises(Unreachable):
            client.process(b"<QBXML/>", reading=True)


def test_a_refused_call_was_not_done():
    refusal = {"error": {"hresult": "0x80040401", "text": ""}}
    with host_that(answering(refusal)) as host, opened(host) as client, pytest.raises(Unreachable):
        client.process(b"<QBXML/>")


def test_a_call_that_hangs_is_cut():
    with host_that(answering("silence")) as host, opened(host, timeout=0.5) as client:
        begun = time.monotonic()
        with pytest.raises(OutcomeUnknown, match=r"no answer within 0|no answer within 1"):
            client.process(b"<QBXML/>")
        assert time.monotonic() - begun < 10
        assert not client.usable


def test_the_time_the_reader_takes_is_not_the_hosts():
    frames = [{"xml": "a", "more": True}, {"xml": "b"}]
    with host_that(answering(*frames)) as host, opened(host, timeout=0.5) as client:
        pieces = client.process(b"<QBXML/>")
        assert next(pieces) == b"a"
        time.sleep(0.8)
        assert next(pieces) == b"b"


def test_a_host_that_is_not_there_was_sent_nothing():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(NotSent, match="cannot be reached"):
        host_at(f"tcp://127.0.0.1:{port}?token=secret")


@pytest.mark.parametrize("address", ["", "127.0.0.1:80", "http://127.0.0.1:80", "tcp://127.0.0.1"])
def test_an_address_that_is_none(address: str):
    with pytest.raises(SetupError, match="no address"):
        host_at(address)


def test_no_error_tells_the_token():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(NotSent) as caught:
        host_at(f"tcp://127.0.0.1:{port}?token=secret")
    assert "secret" not in str(caught.value)


def test_what_is_too_large_for_a_frame_is_not_sent():
    with host_that(answering({"xml": ""})) as host, opened(host) as client:
        with pytest.raises(LocalProtocolError, match="too large"):
            client.process(b"x" * LARGEST)
        assert b"".join(client.process(b"small")) == b""


def test_what_the_host_itself_refuses_names_the_host():
    refusal = {"error": {"kind": "host", "text": "pywin32 is missing", "advice": "Install it."}}
    with (
        host_that(lambda _: [refusal]) as host,
        host_at(host.address) as client,
        pytest.raises(SetupError, match=r"tcp://127\.0\.0\.1:\d+ says: pywin32 is missing") as caught,
    ):
        client.open()
    assert caught.value.advice == "Install it."


def test_what_it_sees_around_it():
    with host_that(lambda _: [{"session": 1, "bits": 32}]) as host, host_at(host.address) as client:
        assert client.look() == {"session": 1, "bits": 32}
