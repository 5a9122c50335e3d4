"""Connection tickets, which people give out, and the sessions that they open."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ..clock import Clock, system_clock

IDLE, LONGEST = timedelta(hours=1), timedelta(hours=24)


@dataclass(slots=True)
class Connected:
    """One application that was let in."""

    ticket: str
    login_security: bool
    """Whether a person must sign in for each session."""


@dataclass(slots=True)
class _Session:
    began: datetime
    used: datetime
    connected: Connected


@dataclass(slots=True)
class TicketBook:
    """All tickets of one company."""

    clock: Clock = system_clock
    connected: list[Connected] = field(default_factory=list)
    _sessions: dict[str, _Session] = field(default_factory=dict)

    def connect(self, *, login_security: bool = False) -> Connected:
        """Let an application in."""
        made = Connected(f"TGT-{secrets.randbelow(1000)}-{secrets.token_urlsafe(18)}", login_security)
        self.connected.append(made)
        return made

    def disconnect(self, ticket: str) -> None:
        """Show an application out: its ticket and its sessions are worth nothing any more."""
        self.connected = [each for each in self.connected if each.ticket != ticket]
        self._sessions = {
            name: each for name, each in self._sessions.items() if each.connected.ticket != ticket
        }

    def find(self, ticket: str) -> Connected | None:
        wanted = ticket.encode()
        found = None
        for each in self.connected:
            if hmac.compare_digest(each.ticket.encode(), wanted):
                found = each
        return found

    def begin(self, connected: Connected) -> str:
        """The ticket of a new session."""
        now = self.clock()
        ticket = f"SST-{secrets.token_urlsafe(24)}"
        self._sessions[ticket] = _Session(now, now, connected)
        return ticket

    def use(self, ticket: str) -> bool:
        """Whether a session is alive; it is used then."""
        session, now = self._sessions.get(ticket), self.clock()
        if session is None:
            return False
        if now - session.used > IDLE or now - session.began > LONGEST:
            del self._sessions[ticket]
            return False
        session.used = now
        return True

    def end_sessions(self) -> None:
        """As when the service is restarted."""
        self._sessions.clear()
