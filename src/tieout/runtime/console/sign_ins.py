"""How a browser signs in to the console: by a link that is good once, or as a user with a password."""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from ...state.access import Access, ConsoleSession, Role, digest_of, may
from ...state.passwords import PasswordCheck

_LONGEST_BROWSER = 200
"""Characters of what a browser calls itself that are kept."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Whoever looks at a page, and the token that goes with every form, so that other sites cannot send one."""

    session: ConsoleSession
    form_token: str

    @property
    def role(self) -> Role:
        return self.session.role

    def may(self, needed: Role) -> bool:
        """Whether it has the rights of a role."""
        return may(self.role, needed)

    def sent_by_own_form(self, token: str) -> bool:
        return hmac.compare_digest(token.encode(), self.form_token.encode())


class SignIns:
    """The link that is open, known to this server alone, and the way in for users. Threads share it."""

    def __init__(self, access: Access, tell: Callable[[str], None] = lambda _token: None) -> None:
        """`tell` is given the token of the next link, each time that one was used."""
        self.access = access
        self._tell = tell
        self._passwords = PasswordCheck(time.monotonic)
        self._lock = Lock()
        self._open = ""

    def new_token(self) -> str:
        """The token of a link that is good once; that of the link before is good no more."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._open = digest_of(token)
        return token

    def enter_by_link(self, token: str, browser: str) -> str:
        """The secret of a new session with all rights, for its cookie; empty when the token is not the open one."""
        with self._lock:
            if not self._open or not hmac.compare_digest(digest_of(token), self._open):
                return ""
            self._open = ""
        secret = self.access.begin_session("", browser[:_LONGEST_BROWSER])
        self._tell(self.new_token())
        return secret

    def enter_by_password(self, name: str, password: str, browser: str) -> str:
        """The secret of a new session of a user; empty when name or password are wrong, or there were too many wrong ones."""
        user = self.access.user(name)
        if not self._passwords.is_right(name, password, user.password if user else ""):
            return ""
        return self.access.begin_session(name, browser[:_LONGEST_BROWSER])

    def is_held_off(self, name: str) -> bool:
        """Whether there were too many wrong passwords for this name just now."""
        return self._passwords.is_held_off(name)

    def visitor(self, secret: str) -> Visitor | None:
        """Whose cookie this is; None when the session ended or there was none."""
        session = self.access.session(secret) if secret else None
        if session is None:
            return None
        return Visitor(session, hmac.digest(secret.encode(), b"form", "sha256").hex())
