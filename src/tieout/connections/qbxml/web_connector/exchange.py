"""The exchange of a company file behind a Web Connector: a document goes into the mailbox, and its answer is waited for.

The Web Connector calls when it wants to. Without an open session nobody waits, unless given patience: Busy says when it last
called. A document belongs to the session in which it was put in; what its session took and never answered is unknown.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from ....errors import Busy, OutcomeUnknown, SetupError, TieoutError, Unreachable
from ....state.connector_sessions import ConnectorSession, ConnectorSessions, ConnectorUser
from ..frames import NotSent
from ..host import Opened
from ..hresults import error_from_hresult

USABLE = ("idle", "asked", "pacing")
"""States in which a session has told which company file it has."""

SILENT = timedelta(seconds=45)
"""After which a session that waits for nothing is taken for gone: the Web Connector calls at least every five seconds."""

_SHOWN_EVERY = 3.0
"""Seconds between signs that a document is still waited for."""
_SHORTEST, _LONGEST = 0.005, 0.1
"""Seconds between two looks into the mailbox."""
_WAIT = 60.0
"""Seconds after which it is worth while to try again."""


@dataclass(slots=True)
class MailboxExchange:
    """A way to one company file."""

    sessions: ConnectorSessions
    username: str
    patience: float = 0.0
    """Seconds to wait for the Web Connector to call."""
    timeout: float = 900.0
    """Seconds for one document."""
    say: Callable[[str], None] = lambda _text: None
    sleep: Callable[[float], None] = time.sleep
    _visitor: str = field(default_factory=lambda: uuid4().hex, init=False)
    _opened: Opened | None = field(default=None, init=False)
    _under_way: bool = field(default=False, init=False)
    """Whether what is asked next may belong to what was asked before."""

    def open(self) -> Opened:
        if self._opened is not None and self._session() is None:
            was_under_way = self._under_way
            self.close()
            if was_under_way:
                raise NotSent("The Web Connector ended its session between two requests.")
        if self._opened is None:
            session = self._session() or self._awaited()
            self.sessions.satisfied(self.username)
            self._opened = Opened(session.ticket, session.file, tuple(session.versions.split()))
        return self._opened

    def exchange(self, document: bytes, *, reading: bool) -> Iterator[bytes]:
        ticket = self.open().ticket
        self._under_way = True
        mailbox = self.sessions.mailbox(self.username)
        number = mailbox.put(ticket, self._visitor, document)
        try:
            self._await_answer(number, reading=reading)
        except BaseException:
            mailbox.withdraw(number)
            raise
        return mailbox.pieces(number)

    def end(self) -> None:
        """Another session would do as well. This one stays: the next call may be a quarter of an hour away."""
        self._under_way = False

    def close(self) -> None:
        """Nothing more will be asked: the Web Connector may let go of QuickBooks."""
        self._under_way = False
        if self._opened is not None:
            self._opened = None
            self.sessions.mailbox(self.username).leave(self._visitor)

    # ---- the session

    def _session(self) -> ConnectorSession | None:
        """The session that is open and alive; the one begun with, once there was one."""
        found = self.sessions.last(self.username)
        if found is None or found.state not in USABLE:
            return None
        if self._opened is not None and found.ticket != self._opened.ticket:
            return None
        silence = timedelta(seconds=self.timeout) if found.state == "asked" else SILENT
        return found if found.seen_since(self.sessions.clock() - silence) else None

    def _awaited(self) -> ConnectorSession:
        """Wait for a session for as long as there is patience."""
        user = self._user()
        mailbox = self.sessions.mailbox(self.username)
        began = self.sessions.clock()
        until = began + timedelta(seconds=self.patience)
        if self.patience:
            self.say(f"Waiting for the Web Connector, which {last_call(user, began)}.")
        try:
            while self.sessions.clock() < until:
                mailbox.visit(self._visitor)
                if (session := self._session()) is not None:
                    return session
                self._refuse_failed(began)
                self.sleep(0.2)
        except BaseException:
            mailbox.leave(self._visitor)
            raise
        mailbox.want()
        mailbox.leave(self._visitor)
        raise self._nobody_called()

    def _refuse_failed(self, began: datetime) -> None:
        """Where QuickBooks could not be opened since, its reason."""
        last = self.sessions.last(self.username)
        if last is not None and last.hresult and not last.document and last.seen_since(began):
            raise error_from_hresult(last.hresult, last.complaint)

    def _nobody_called(self) -> Busy:
        user = self._user()
        told = f" What went wrong last time: {user.complaint}" if user.complaint else ""
        return Busy(
            f"The Web Connector {last_call(user, self.sessions.clock())}.{told}",
            advice="Start the Web Connector on the machine of QuickBooks, tick this application and press Update Selected, "
            "or turn on Auto-Run; `tieout serve` must be running.",
            wait=_WAIT,
        )

    def _user(self) -> ConnectorUser:
        found = self.sessions.user(self.username)
        if found is None:
            raise SetupError(
                f"No Web Connector can sign in as {self.username!r}: there is no such user.",
                advice="Run `tieout connect NAME --kind web-connector` again, beside the `.tieout` that `tieout serve` uses.",
            )
        return found

    # ---- the answer

    def _await_answer(self, number: int, *, reading: bool) -> None:
        """Wait until a document is answered; the error of whatever else became of it."""
        mailbox = self.sessions.mailbox(self.username)
        began = shown = time.monotonic()
        pause = _SHORTEST
        while True:
            letter = mailbox.letter(number)
            now = time.monotonic()
            if letter.state == "answered":
                if letter.hresult:
                    mailbox.forget(number)
                    raise error_from_hresult(letter.hresult, letter.message, writing=not reading)
                return
            if letter.state == "withdrawn":
                mailbox.forget(number)
                self._opened = None
                raise NotSent("The Web Connector ended its session before it took the request.")
            if letter.state == "lost":
                mailbox.forget(number)
                self._opened = None
                raise _unanswered("its session ended before the answer came", reading=reading)
            if now - began > self.timeout:
                raise self._too_late(number, reading=reading)
            if now - shown > _SHOWN_EVERY:
                shown = now
                mailbox.visit(self._visitor)
                if letter.state == "put" and self._session() is None:
                    mailbox.withdraw(number)
                    continue
            self.sleep(pause)
            pause = min(pause * 1.5, _LONGEST)

    def _too_late(self, number: int, *, reading: bool) -> TieoutError:
        if self.sessions.mailbox(self.username).withdraw(number):
            return NotSent(f"The Web Connector did not take the request within {self.timeout:g} seconds.")
        return _unanswered(f"no answer came within {self.timeout:g} seconds", reading=reading)


def last_call(user: ConnectorUser, now: datetime) -> str:
    """`has not called since 2026-11-27 10:00 (2.3.0.215, C:\\…)`, or that it never did."""
    if not user.called:
        return "has never called"
    told = ", ".join(part for part in (user.version, user.file) if part)
    at = datetime.fromisoformat(user.called).astimezone()
    day = "" if at.date() == now.astimezone().date() else "%Y-%m-%d "
    return f"has not called since {at.strftime(f'{day}%H:%M:%S')}" + (f" ({told})" if told else "")


def _unanswered(what: str, *, reading: bool) -> TieoutError:
    if reading:
        return Unreachable(f"The Web Connector took the request, but {what}.")
    return OutcomeUnknown(f"The Web Connector took the request, but {what}.")
