"""The mailbox of a company file, in SQLite and in Postgres."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tieout.errors import SetupError
from tieout.state.connector_sessions import ConnectorSessions
from tieout.state.database import State
from tieout.state.mailbox import PRESENT, Mailbox


class Clock:
    def __init__(self) -> None:
        self.at = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def pass_by(self, **span: float) -> None:
        self.at += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(state: State, clock: Clock) -> ConnectorSessions:
    made = ConnectorSessions(state, clock=clock)
    made.set_user("larch", connection="books", password="hash", owner_id="{1}", file_id="{2}")
    made.begin("larch", "t1", "10.0.0.1")
    return made


@pytest.fixture
def mailbox(sessions: ConnectorSessions) -> Mailbox:
    return sessions.mailbox("larch")


def test_documents_are_handed_over_in_their_order_and_once(mailbox: Mailbox) -> None:
    first, second = mailbox.put("t1", "me", b"<a/>"), mailbox.put("t1", "me", b"<b/>")
    assert (first, second) == (1, 2)
    assert mailbox.waiting("t1") == 2
    assert mailbox.take("t1") == (1, b"<a/>")
    assert mailbox.take("t1") == (2, b"<b/>")
    assert mailbox.take("t1") is None


def test_an_answer_comes_in_its_pieces_and_is_forgotten_with_the_last(mailbox: Mailbox) -> None:
    number = mailbox.put("t1", "me", b"<a/>")
    mailbox.take("t1")
    assert mailbox.letter(number).state == "taken"
    assert mailbox.answer("t1", number, [b"one", b"two"])
    assert mailbox.letter(number).state == "answered"
    assert list(mailbox.pieces(number)) == [b"one", b"two"]
    assert mailbox.letter(number).state == "withdrawn"
    assert list(mailbox.pieces(number)) == []


@pytest.mark.parametrize("ticket", ["t0", "t1"])
def test_no_answer_is_taken_twice_or_from_another_session(mailbox: Mailbox, ticket: str) -> None:
    number = mailbox.put("t1", "me", b"<a/>")
    assert not mailbox.answer("t1", number, [b"too early"])
    mailbox.take("t1")
    assert mailbox.answer(ticket, number, [b"x"]) is (ticket == "t1")
    assert not mailbox.answer(ticket, number, [b"y"])
    assert [*mailbox.pieces(number)] == ([b"x"] if ticket == "t1" else [])


def test_what_is_taken_back_is_not_handed_over(mailbox: Mailbox) -> None:
    number = mailbox.put("t1", "me", b"<a/>")
    assert mailbox.withdraw(number)
    assert mailbox.take("t1") is None
    other = mailbox.put("t1", "me", b"<b/>")
    mailbox.take("t1")
    assert not mailbox.withdraw(other)


def test_nothing_is_handed_over_for_somebody_who_is_gone(mailbox: Mailbox, clock: Clock) -> None:
    number = mailbox.put("t1", "gone", b"<a/>")
    clock.pass_by(seconds=14)
    assert mailbox.waiting("t1") == 1
    clock.pass_by(seconds=2)
    kept = mailbox.put("t1", "here", b"<b/>")
    assert mailbox.waiting("t1") == 1
    assert mailbox.letter(number).state == "withdrawn"
    assert mailbox.take("t1") == (kept, b"<b/>")


def test_another_session_takes_nothing_over(sessions: ConnectorSessions, mailbox: Mailbox) -> None:
    taken, waiting = mailbox.put("t1", "me", b"<a/>"), mailbox.put("t1", "me", b"<b/>")
    mailbox.take("t1")
    sessions.begin("larch", "t2", "10.0.0.1")
    assert mailbox.letter(taken).state == "lost"
    assert mailbox.letter(waiting).state == "withdrawn"
    assert mailbox.take("t2") is None
    assert not mailbox.answer("t1", taken, [b"late"])
    old, new = sessions.session("t1"), sessions.last("larch")
    assert old is not None
    assert new is not None
    assert (old.state, new.ticket) == ("closed", "t2")
    assert sessions.move(old, "idle").state == "idle"
    assert sessions.session("t1") == old  # what is over stays so


def test_who_is_here_and_who_has_left(mailbox: Mailbox, clock: Clock) -> None:
    assert not mailbox.is_anybody_here()
    mailbox.visit("me")
    mailbox.visit("you")
    assert mailbox.is_anybody_here()
    mailbox.leave("me")
    assert mailbox.is_anybody_here(PRESENT)
    mailbox.leave("you")
    assert not mailbox.is_anybody_here(PRESENT)
    assert mailbox.is_anybody_here()  # the next command may follow at once
    clock.pass_by(seconds=6)
    assert not mailbox.is_anybody_here()
    mailbox.visit("me")
    clock.pass_by(seconds=61)
    assert not mailbox.is_anybody_here()


def test_a_mailbox_of_nobody(sessions: ConnectorSessions) -> None:
    with pytest.raises(SetupError, match="nobody"):
        sessions.mailbox("nobody").put("t1", "me", b"")


def test_what_was_put_in_is_there_for_another_process(open_one: Callable[[], State], clock: Clock) -> None:
    here, there = (ConnectorSessions(open_one(), clock=clock) for _ in range(2))
    here.set_user("larch", connection="books", password="hash", owner_id="{1}", file_id="{2}")
    there.begin("larch", "t1", "10.0.0.1")
    number = here.mailbox("larch").put("t1", "me", b"<a/>")
    assert there.mailbox("larch").take("t1") == (number, b"<a/>")
    there.mailbox("larch").answer("t1", number, [b"<b/>"])
    assert list(here.mailbox("larch").pieces(number)) == [b"<b/>"]


def test_what_nobody_fetches_is_forgotten_after_a_week(
    sessions: ConnectorSessions, mailbox: Mailbox, clock: Clock
) -> None:
    number = mailbox.put("t1", "me", b"<a/>")
    mailbox.take("t1")
    mailbox.answer("t1", number, [b"x"])
    clock.pass_by(days=8)
    sessions.begin("larch", "t2", "10.0.0.1")
    assert [*mailbox.pieces(number)] == []
    assert sessions.session("t1") is None


def test_a_new_password_leaves_the_rest_of_a_user_as_it_is(sessions: ConnectorSessions) -> None:
    sessions.called("larch", "2.3.0.215")
    sessions.met_file("larch", r"C:\a.qbw")
    sessions.set_user("larch", connection="renamed", password="other", owner_id="{3}", file_id="{4}")
    user = sessions.user("larch")
    assert user is not None
    assert (user.connection, user.password, user.owner_id, user.file_id) == ("renamed", "other", "{1}", "{2}")
    assert (user.version, user.file) == ("2.3.0.215", r"C:\a.qbw")
    assert sessions.owner_id() == "{1}"
