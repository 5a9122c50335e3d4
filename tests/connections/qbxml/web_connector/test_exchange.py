"""Waiting at the mailbox: what becomes of a document in each way that a session can go on. Each look runs the next step of a script."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tieout.connections.qbxml.frames import NotSent
from tieout.connections.qbxml.web_connector.exchange import MailboxExchange
from tieout.errors import Busy, OutcomeUnknown, SetupError, TieoutError, Unreachable
from tieout.state.connector_sessions import ConnectorSessions
from tieout.state.database import open_state
from tieout.state.mailbox import PRESENT, Mailbox

FILE = r"C:\QuickBooks\larch.qbw"


class Office:
    """The other side: what the server and the Web Connector do while somebody waits."""

    def __init__(self, folder: Path) -> None:
        self.at = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
        self.state = open_state(folder)
        self.sessions = ConnectorSessions(self.state, clock=lambda: self.at)
        self.sessions.set_user("larch", connection="books", password="hash", owner_id="{1}", file_id="{2}")
        self.steps: list[Callable[[], object]] = []
        self.said: list[str] = []

    @property
    def mailbox(self) -> Mailbox:
        return self.sessions.mailbox("larch")

    def exchange(self, **more: float) -> MailboxExchange:
        return MailboxExchange(self.sessions, "larch", sleep=self.sleep, say=self.said.append, **more)

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=max(seconds, 0.2))
        if self.steps:
            self.steps.pop(0)()

    def open(self, ticket: str = "t1") -> None:
        """A session that has told of its file."""
        self.sessions.begin("larch", ticket, "10.0.0.1")
        session = self.sessions.session(ticket)
        assert session is not None
        self.sessions.move(session, "idle", file=FILE, versions="12.0 13.0")

    def take(self, ticket: str = "t1") -> None:
        assert self.mailbox.take(ticket) is not None

    def answer(self, **more: str) -> None:
        assert self.mailbox.answer("t1", 1, [b"<a", b"/>"], **more)

    def close(self) -> None:
        session = self.sessions.session("t1")
        assert session is not None
        self.sessions.end(session)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.state.close()


def test_a_session_that_is_open_is_used_at_once(office: Office) -> None:
    office.open()
    opened = office.exchange().open()
    assert (opened.ticket, opened.file, opened.versions) == ("t1", FILE, ("12.0", "13.0"))
    assert office.said == []


def test_without_patience_nobody_waits_but_the_next_call_is_wanted(office: Office) -> None:
    with pytest.raises(Busy, match="has never called") as refused:
        office.exchange().open()
    assert "Update Selected" in refused.value.advice
    user = office.sessions.user("larch")
    assert user is not None
    assert user.wanted
    office.open()
    office.exchange().open()
    user = office.sessions.user("larch")
    assert user is not None
    assert not user.wanted


def test_with_patience_the_call_is_waited_for(office: Office) -> None:
    office.sessions.called("larch", "2.3.0.215")
    office.at += timedelta(days=1)
    office.steps = [lambda: None, office.open]
    assert office.exchange(patience=60).open().ticket == "t1"
    assert "has not called since 2026-11-2" in office.said[0]
    assert "2.3.0.215" in office.said[0]
    assert office.mailbox.is_anybody_here(PRESENT)


def test_patience_ends(office: Office) -> None:
    office.sessions.complain("larch", "A dialog was open.")
    with pytest.raises(Busy, match="A dialog was open"):
        office.exchange(patience=2).open()
    assert not office.mailbox.is_anybody_here(PRESENT)


def test_whoever_waits_is_told_why_quickbooks_did_not_open(office: Office) -> None:
    def fails() -> None:
        office.sessions.begin("larch", "t1", "10.0.0.1")
        session = office.sessions.session("t1")
        assert session is not None
        office.sessions.move(session, "failed", hresult="0x80040414", complaint="a dialog")

    office.steps = [fails]
    with pytest.raises(Busy, match="0x80040414"):
        office.exchange(patience=60).open()


def test_nobody_of_that_name(office: Office) -> None:
    with pytest.raises(SetupError, match="no such user"):
        MailboxExchange(office.sessions, "nobody").open()


def test_an_answer_comes_in_its_pieces(office: Office) -> None:
    office.open()
    office.steps = [office.take, office.answer]
    exchange = office.exchange()
    assert list(exchange.exchange(b"<q/>", reading=True)) == [b"<a", b"/>"]
    exchange.close()
    assert not office.mailbox.is_anybody_here(PRESENT)


def test_what_quickbooks_refused_is_its_error(office: Office) -> None:
    office.open()
    office.steps = [office.take, lambda: office.answer(hresult="0x80040400", message="parsing")]
    with pytest.raises(TieoutError, match="0x80040400"):
        office.exchange().exchange(b"<q/>", reading=True)


@pytest.mark.parametrize(("reading", "error"), [(True, Unreachable), (False, OutcomeUnknown)])
@pytest.mark.parametrize("end", ["closed", "another session", "silence"])
def test_what_was_taken_and_not_answered(
    office: Office, reading: bool, error: type[TieoutError], end: str
) -> None:
    office.open()
    ends: dict[str, list[Callable[[], object]]] = {
        "closed": [office.close],
        "another session": [lambda: office.open("t2")],
        "silence": [],
    }
    office.steps = [office.take, *ends[end]]
    exchange = office.exchange(timeout=0.3)
    exchange.sleep = lambda seconds: (time.sleep(seconds), office.sleep(seconds))[1]
    with pytest.raises(error):
        exchange.exchange(b"<q/>", reading=reading)


@pytest.mark.parametrize("end", ["closed", "another session", "silence"])
def test_what_was_never_taken_was_not_sent(office: Office, end: str) -> None:
    office.open()
    ends: dict[str, list[Callable[[], object]]] = {
        "closed": [office.close],
        "another session": [lambda: office.open("t2")],
        "silence": [],
    }
    office.steps = [*ends[end]]
    exchange = office.exchange(timeout=0.3)
    exchange.sleep = lambda seconds: (time.sleep(seconds), office.sleep(seconds))[1]
    with pytest.raises(NotSent):
        exchange.exchange(b"<q/>", reading=False)
    assert office.mailbox.take("t1") is None
    assert office.mailbox.take("t2") is None


def test_whoever_is_interrupted_takes_its_document_back(office: Office) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    office.open()
    office.steps = [interrupt]
    with pytest.raises(KeyboardInterrupt):
        office.exchange().exchange(b"<q/>", reading=False)
    assert office.mailbox.take("t1") is None


def test_a_session_that_ended_between_two_documents_is_not_silently_replaced(office: Office) -> None:
    office.open()
    office.steps = [office.take, office.answer]
    exchange = office.exchange()
    list(exchange.exchange(b"<q iterator='Start'/>", reading=True))
    office.open("t2")
    with pytest.raises(NotSent, match="between two requests"):
        exchange.exchange(b"<q iterator='Continue'/>", reading=True)
    assert exchange.open().ticket == "t2"


def test_after_an_end_another_session_will_do(office: Office) -> None:
    office.open()
    office.steps = [office.take, office.answer]
    exchange = office.exchange()
    list(exchange.exchange(b"<q/>", reading=True))
    exchange.end()
    assert office.mailbox.is_anybody_here(PRESENT)
    assert exchange.open().ticket == "t1"
    office.open("t2")
    assert exchange.open().ticket == "t2"


def test_a_session_that_nobody_heard_of_for_long_is_none(office: Office) -> None:
    office.open()
    office.at += timedelta(seconds=50)
    with pytest.raises(Busy):
        office.exchange().open()
