"""Who is signed in at the console: links that are good once, and the sessions that come of them.

Links, sessions and form tokens live in memory, secrets as digests only: whoever restarts the server signs in again.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from threading import Lock

LIFE = 12 * 3600.0
"""Seconds that a session lasts without a call."""


@dataclass(slots=True)
class Session:
    """A browser that is signed in."""

    digest: bytes
    form_token: str
    """Goes with every form, so that other sites cannot send one."""
    seen: float

    def sent_by_own_form(self, token: str) -> bool:
        return hmac.compare_digest(token.encode(), self.form_token.encode())


class SignIns:
    """The link that is open, and the sessions. Threads share it."""

    def __init__(
        self, tell: Callable[[str], None] = lambda _token: None, now: Callable[[], float] = time.monotonic
    ) -> None:
        """`tell` is given the token of the next link, each time that one was used."""
        self._tell = tell
        self._now = now
        self._lock = Lock()
        self._open = b""
        self._sessions: dict[bytes, Session] = {}

    def new_token(self) -> str:
        """The token of a link that is good once; that of the link before is good no more."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._open = _digest(token)
        return token

    def sign_in(self, token: str) -> str:
        """The secret of a new session, for its cookie; empty when the token is not the open one."""
        with self._lock:
            if not self._open or not hmac.compare_digest(_digest(token), self._open):
                return ""
            self._open = b""
            secret = secrets.token_urlsafe(32)
            session = Session(_digest(secret), secrets.token_urlsafe(32), self._now())
            self._sessions[session.digest] = session
        self._tell(self.new_token())
        return secret

    def session(self, secret: str) -> Session | None:
        """The session of a cookie, which lasts on; None when it ended or there was none."""
        with self._lock:
            found = self._sessions.get(_digest(secret))
            if found is None:
                return None
            if self._now() - found.seen > LIFE:
                del self._sessions[found.digest]
                return None
            found.seen = self._now()
            return found

    def sign_out(self, session: Session) -> None:
        with self._lock:
            self._sessions.pop(session.digest, None)

    def sign_out_everywhere(self) -> None:
        """End all sessions, stolen ones too."""
        with self._lock:
            self._sessions.clear()


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
