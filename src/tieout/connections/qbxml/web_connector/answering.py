"""What a Web Connector is answered: its session is a table of states, kept in the control state.

    (state, method) → what is done and which state follows

A pair that is not in the table is out of order: the session fails, and `getLastError` says so. Whatever was handed over and is
not answered when a session ends is lost, and its writer finds out by message set what became of it. No call waits long: what
has to wait is `Later`, asked again by whoever serves.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from ....catalog.desktop_codes import hresult_fact
from ....errors import RemoteProtocolError
from ....protocols.soap import Result
from ....protocols.web_connector import AboutFile, method_called, read_about_file
from ....state.connector_sessions import ConnectorSession, ConnectorSessions
from ....state.times import written_time
from .calls import Call, Later, answers_left, hresult_told, versions_up_to
from .entrance import NOTHING, Entrance, FileSettings

LOG = logging.getLogger("tieout.web_connector")

VERSION = "tieout"
"""What `serverVersion` says."""

LINGER = 15.0
"""Seconds that one call is held while the next document is being made; proxies give up after sixty."""
SIGN_OF_LIFE = timedelta(seconds=5)
"""How often a call that is held is noted."""
PATIENCE = timedelta(seconds=20)
"""How long a session that somebody wanted waits for them to come."""
EXPIRES = timedelta(hours=1)
"""After which a ticket that was not used is worth nothing; QuickBooks may take long over one request."""
_WORTH_ANOTHER_TRY = ("0x80040402", "0x80040408", "0x80040410", "0x80040414", "0x80040424")
"""QuickBooks is starting, is busy with a dialog, or has a file open otherwise."""
_MOST_ATTEMPTS = 2


@dataclass(slots=True)
class Answering:
    """Answers the calls of all Web Connectors."""

    sessions: ConnectorSessions
    settings: Callable[[str], FileSettings | None]
    """Of a connection, by its name."""
    woken: Callable[[str], None] = lambda _connection: None
    """Told which connection can be used now."""
    now: Callable[[], float] = time.monotonic
    _entrance: Entrance = field(init=False)

    def __post_init__(self) -> None:
        self._entrance = Entrance(self.sessions, self.settings, self.now)

    def answer(self, call: Call) -> Result | Later:
        """The result of a method; RemoteProtocolError where there is no such method."""
        match method_called(call.method).name:
            case "serverVersion":
                return VERSION
            case "clientVersion":
                return self._entrance.client_version(call)
            case "authenticate":
                return self._entrance.authenticate(call)
            case "getInteractiveURL":
                return ""
            case "interactiveDone":
                return "Done"
            case "interactiveRejected":
                return ""
            case method:
                return self._in_session(method, call)

    def _in_session(self, method: str, call: Call) -> Result | Later:
        session = self.sessions.session(call.ticket)
        if (
            session is None
            or session.state == "closed"
            or not session.seen_since(self.sessions.clock() - EXPIRES)
        ):
            if not call.ticket.startswith(NOTHING):
                LOG.warning("%s with a ticket that is over, from %s", method, call.address)
            return _without_session(method, nothing=call.ticket.startswith(NOTHING))
        step = STEPS.get((session.state, method))
        if step is None:
            return self._out_of_order(session, method)
        return step(self, session, call)

    def _out_of_order(self, session: ConnectorSession, method: str) -> Result:
        self._fail(
            session,
            f"The Web Connector called {method}, which does not follow what was before. Press Update Selected again.",
        )
        return _REFUSED[method]

    def _fail(self, session: ConnectorSession, complaint: str, hresult: str = "") -> None:
        LOG.warning("%s: %s", session.username, complaint)
        self.sessions.lose(session)
        self.sessions.move(session, "failed", complaint=complaint, hresult=hresult)
        self.sessions.complain(session.username, complaint)

    def _first_request(self, session: ConnectorSession, call: Call) -> Result | Later:
        try:
            about = read_about_file(call.text("strHCPResponse"))
        except RemoteProtocolError:
            about = AboutFile()
        file = call.text("strCompanyFileName")
        if (complaint := self._wrong_file(session, about, file)) is not None:
            self._fail(session, complaint)
            return ""
        versions = about.versions or versions_up_to(
            call.text("qbXMLCountry"), call.text("qbXMLMajorVers"), call.text("qbXMLMinorVers")
        )
        session = self.sessions.move(session, "idle", file=file, versions=" ".join(versions))
        self.sessions.met_file(session.username, file)
        user = self.sessions.user(session.username)
        if user is not None:
            self.woken(user.connection)
        return self._hand_over(session.ticket, self.now() + LINGER)

    def _wrong_file(self, session: ConnectorSession, about: AboutFile, file: str) -> str | None:
        """What to tell when the company file is not the one that the user stands for."""
        user = self.sessions.user(session.username)
        settings = self.settings(user.connection) if user else None
        if user is None or settings is None:
            return "This user was taken away from tieout. Remove the application from the Web Connector."
        ids = [value for owner, value in about.file_ids if owner == user.owner_id.upper()]
        if ids and user.file_id.upper() not in ids:
            return f"The company file {file} belongs to another connection than {user.connection}. Open the right file and try again."
        if settings.company_file and file and settings.company_file.casefold() != file.casefold():
            return f"The company file {file} is open, and {user.connection} is {settings.company_file}. Open that file and try again."
        return None

    def _next_request(self, session: ConnectorSession, _call: Call) -> Result | Later:
        return self._hand_over(session.ticket, self.now() + LINGER)

    def _ask_again(self, session: ConnectorSession, _call: Call) -> Result | Later:
        """It never got our document, or never sent the answer: nobody knows what QuickBooks did."""
        self.sessions.lose(session)
        self.sessions.move(session, "idle")
        return self._hand_over(session.ticket, self.now() + LINGER)

    def _hand_over(self, ticket: str, until: float) -> Result | Later:
        """The next document, or nothing: `pacing` when one may still come, else the end."""
        session = self._alive(ticket)
        if session is None:
            return ""
        mailbox = self.sessions.mailbox(session.username)
        if mailbox.waiting(session.ticket) and (taken := mailbox.take(session.ticket)) is not None:
            number, document = taken
            self.sessions.move(session, "asked", document=number)
            return document.decode()
        if not self._is_worth_waiting(session):
            self.sessions.move(session, "failed", complaint="There is nothing more to do.")
            return ""
        if self.now() < until:
            return self._later(session, lambda: self._hand_over(ticket, until))
        self.sessions.move(session, "pacing")
        return ""

    def _is_worth_waiting(self, session: ConnectorSession) -> bool:
        """Whether another document may come: somebody is here, or wanted the session and has had no time to come."""
        if self.sessions.mailbox(session.username).is_anybody_here():
            return True
        return not session.answered and session.opened > written_time(self.sessions.clock() - PATIENCE)

    def _pace(self, session: ConnectorSession, _call: Call) -> Result:
        self.sessions.move(session, "idle")
        return "NoOp"

    def _receive(self, session: ConnectorSession, call: Call) -> Result | Later:
        mailbox = self.sessions.mailbox(session.username)
        hresult = hresult_told(call.text("hresult"))
        kept = mailbox.answer(
            session.ticket, session.document, call.response(), hresult=hresult, message=call.text("message")
        )
        if not kept:  # whoever asked gave up meanwhile
            LOG.warning("%s: an answer to document %d came too late", session.username, session.document)
        answered = session.answered + 1
        left = answers_left(call.response())
        progress = max(session.progress, 1, min(99, answered * 100 // (answered + left + 1)))
        self.sessions.move(session, "idle", answered=answered, progress=progress)
        return self._went_on(session.ticket, self.now() + LINGER)

    def _went_on(self, ticket: str, until: float) -> Result | Later:
        """The percentage when there is another document, 100 when nobody has one."""
        session = self._alive(ticket)
        if session is None:
            return -1
        mailbox = self.sessions.mailbox(session.username)
        if mailbox.waiting(session.ticket):
            return session.progress
        if not mailbox.is_anybody_here():
            self.sessions.move(session, "done", progress=100)
            return 100
        if self.now() < until:
            return self._later(session, lambda: self._went_on(ticket, until))
        return session.progress

    def _alive(self, ticket: str) -> ConnectorSession | None:
        """The session as it is now; nothing when another took its place while this call was held."""
        session = self.sessions.session(ticket)
        return None if session is None or session.state == "closed" else session

    def _later(self, session: ConnectorSession, again: Callable[[], Result | Later]) -> Later:
        if not session.seen_since(self.sessions.clock() - SIGN_OF_LIFE):
            self.sessions.show(session.ticket)
        return Later(again)

    def _received_already(self, session: ConnectorSession, _call: Call) -> Result:
        """The same answer once more: the first one was taken, and our reply to it lost."""
        LOG.warning("%s: an answer came twice; the second was not looked at", session.username)
        return 100 if session.state == "done" else session.progress

    def _connection_failed(self, session: ConnectorSession, call: Call) -> Result:
        """QuickBooks could not be opened: the file to try next, or `done`."""
        hresult = hresult_told(call.text("hresult"))
        user = self.sessions.user(session.username)
        attempts = session.attempts + 1
        known = user.file if user else ""
        if attempts <= _MOST_ATTEMPTS and (hresult in _WORTH_ANOTHER_TRY or (known and attempts == 1)):
            self.sessions.move(session, "open", attempts=attempts)
            return known
        fact = hresult_fact(int(hresult, 16)) if hresult else None
        told = f"{fact.means} ({fact.code}). {fact.advice}" if fact else call.text("message")
        self._fail(session, told or "QuickBooks could not be opened.", hresult)
        return "done"

    def _tell(self, session: ConnectorSession, _call: Call) -> Result:
        return session.complaint or "Everything is in order."

    def _give_up(self, session: ConnectorSession, _call: Call) -> Result:
        """It asks for an error while a document is out: the answer will not come."""
        self._fail(
            session, "QuickBooks' answer did not reach tieout. What became of it is found out next time."
        )
        return "QuickBooks' answer did not reach tieout. What became of it is found out next time."

    def _close(self, session: ConnectorSession, _call: Call) -> Result:
        self.sessions.end(session)
        return session.complaint if session.state == "failed" else "Done."


Step = Callable[[Answering, ConnectorSession, Call], Result | Later]

STEPS: Mapping[tuple[str, str], Step] = {
    ("open", "sendRequestXML"): Answering._first_request,
    ("open", "connectionError"): Answering._connection_failed,
    ("open", "getLastError"): Answering._tell,
    ("open", "closeConnection"): Answering._close,
    ("idle", "sendRequestXML"): Answering._next_request,
    ("idle", "receiveResponseXML"): Answering._received_already,
    ("idle", "getLastError"): Answering._tell,
    ("idle", "closeConnection"): Answering._close,
    ("asked", "receiveResponseXML"): Answering._receive,
    ("asked", "sendRequestXML"): Answering._ask_again,
    ("asked", "getLastError"): Answering._give_up,
    ("asked", "closeConnection"): Answering._close,
    ("pacing", "getLastError"): Answering._pace,
    ("pacing", "sendRequestXML"): Answering._next_request,
    ("pacing", "closeConnection"): Answering._close,
    ("done", "receiveResponseXML"): Answering._received_already,
    ("done", "getLastError"): Answering._tell,
    ("done", "closeConnection"): Answering._close,
    ("failed", "getLastError"): Answering._tell,
    ("failed", "closeConnection"): Answering._close,
}

_LOST = "QuickBooks' answer did not reach tieout. What became of it is found out next time."

_REFUSED: Mapping[str, Result] = {
    "sendRequestXML": "",
    "receiveResponseXML": -1,
    "connectionError": "done",
    "getLastError": "The Web Connector and tieout are out of step. Press Update Selected again.",
    "closeConnection": "",
}
"""What a call that is out of order is answered; `getLastError` follows."""


def _without_session(method: str, *, nothing: bool) -> Result:
    told = "There was nothing to do." if nothing else "This session is over. Press Update Selected again."
    return told if method in ("getLastError", "closeConnection") else _REFUSED[method]
