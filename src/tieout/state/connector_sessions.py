"""Who may call as a Web Connector, when each last did, and where its session has come to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from .database import State
from .mailbox import Mailbox
from .times import utc_now, written_time

SessionState = Literal["open", "idle", "asked", "pacing", "done", "failed", "closed"]
"""Signed in · between documents · a document is out · told to wait · no more to do · something went wrong · over."""

_KEPT = timedelta(days=7)
"""How long sessions and unread answers are remembered."""


@dataclass(frozen=True, slots=True)
class ConnectorUser:
    """A user, which stands for a company file."""

    username: str
    connection: str
    password: str
    owner_id: str
    file_id: str
    wanted: str
    called: str
    version: str
    file: str
    complaint: str


@dataclass(frozen=True, slots=True)
class ConnectorSession:
    """A session."""

    ticket: str
    username: str
    state: SessionState
    opened: str
    seen: str
    address: str
    file: str
    versions: str
    document: int
    answered: int
    progress: int
    attempts: int
    hresult: str
    complaint: str

    def seen_since(self, at: datetime) -> bool:
        return self.seen > written_time(at)


class ConnectorSessions:
    """All users and their sessions."""

    def __init__(self, state: State, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._state = state
        self.clock = clock

    def mailbox(self, username: str) -> Mailbox:
        return Mailbox(self._state, username, clock=self.clock)

    # ---- users

    def user(self, username: str) -> ConnectorUser | None:
        found = self._state.rows("connector_user", username=username)
        return ConnectorUser(*found[0]) if found else None

    def owner_id(self) -> str:
        """The GUID by which company files know this application; empty before the first user."""
        return str(self._state.value("connector_owner") or "")

    def set_user(self, username: str, *, connection: str, password: str, owner_id: str, file_id: str) -> None:
        """Add a user, or give the one there another password; `password` is a hash."""
        self._state.rows(
            "set_connector_user",
            username=username,
            connection=connection,
            password=password,
            owner_id=owner_id,
            file_id=file_id,
        )

    def called(self, username: str, version: str) -> None:
        """A Web Connector of this version signed in."""
        self._state.rows(
            "connector_called", username=username, called=written_time(self.clock()), version=version
        )

    def complain(self, username: str, complaint: str) -> None:
        """Remember what went wrong."""
        self._state.rows("connector_complaint", username=username, complaint=complaint)

    def met_file(self, username: str, file: str) -> None:
        """A session with this company file came about."""
        self._state.rows("connector_file", username=username, file=file)

    # ---- sessions

    def begin(self, username: str, ticket: str, address: str) -> None:
        """Begin a session; any other of the same user is over, and what it left unanswered is lost."""
        with self._state.transaction():
            self._state.rows("close_connector_sessions", username=username, ticket="")
            self._state.rows("lose_documents", username=username, ticket="")
            self._state.rows(
                "begin_connector_session",
                ticket=ticket,
                username=username,
                at=written_time(self.clock()),
                address=address,
            )
        before = self.clock() - _KEPT
        self.mailbox(username).tidy(before)
        self._state.rows("forget_connector_sessions", username=username, before=written_time(before))

    def end(self, session: ConnectorSession) -> None:
        """A session is over; what it left unanswered is lost."""
        with self._state.transaction():
            for name in ("close_connector_sessions", "lose_documents"):
                self._state.rows(name, username=session.username, ticket=session.ticket)

    def lose(self, session: ConnectorSession) -> None:
        """The session goes on without what it has left unanswered."""
        self._state.rows("lose_documents", username=session.username, ticket=session.ticket)

    def satisfied(self, username: str) -> None:
        """A session came about: nobody wants one any more."""
        self._state.rows("want_connector", username=username, wanted="")

    def session(self, ticket: str) -> ConnectorSession | None:
        found = self._state.rows("connector_session", ticket=ticket)
        return ConnectorSession(*found[0]) if found else None

    def last(self, username: str) -> ConnectorSession | None:
        """The newest session of a user, whatever state it is in."""
        found = self._state.rows("last_connector_session", username=username)
        return ConnectorSession(*found[0]) if found else None

    def move(self, session: ConnectorSession, state: SessionState, **changed: Any) -> ConnectorSession:
        """Bring a session into a state, unless it is over; the session as it is now."""
        moved = replace(session, state=state, seen=written_time(self.clock()), **changed)
        values = asdict(moved)
        for fixed in ("username", "opened", "address"):
            del values[fixed]
        self._state.rows("set_connector_session", **values)
        return moved

    def show(self, ticket: str) -> None:
        """The Web Connector is still there."""
        self._state.rows("connector_session_seen", ticket=ticket, seen=written_time(self.clock()))
