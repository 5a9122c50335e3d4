"""Who may look at the console and call the API: users with roles, browsers that are signed in, and keys of programs.

Of secrets only digests are kept, of passwords only hashes.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal, get_args

from ..errors import SetupError
from .database import State
from .times import utc_now, written_time

Role = Literal["viewer", "operator", "admin"]
"""Looks · and runs, pauses, corrects and settles · and signs in to QuickBooks, and says who may do what."""

ROLES: tuple[Role, ...] = get_args(Role)

LIFE = timedelta(hours=12)
"""How long a browser stays signed in after it last looked."""

LONGEST_NAME = 60

_SEEN_EVERY = timedelta(minutes=1)
"""A look is remembered to the minute, so that a page need not write."""


def may(role: Role, needed: Role) -> bool:
    """Whether a role has the rights of another."""
    return ROLES.index(role) >= ROLES.index(needed)


def checked_name(text: str) -> str:
    """A name for a user or a program; SetupError when it is none."""
    name = text.strip()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise SetupError(
            f"{text!r} is no name.", advice=f"Give 1 to {LONGEST_NAME} characters that can be printed."
        )
    return name


def checked_role(text: str) -> Role:
    """A role; SetupError when it is none."""
    for role in ROLES:
        if text == role:
            return role
    raise SetupError(f"{text!r} is no role.", advice=f"Choose one of {', '.join(ROLES)}.")


@dataclass(frozen=True, slots=True)
class ConsoleUser:
    """A person who signs in with a password."""

    name: str
    role: Role
    password: str = field(repr=False)
    """Its hash."""
    made: str


@dataclass(frozen=True, slots=True)
class ConsoleSession:
    """A browser that is signed in."""

    digest: str
    name: str
    """The user's; empty for whoever came by a link that the server printed."""
    role: Role
    begun: str
    seen: str
    browser: str


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A program that may call."""

    name: str
    role: Role
    digest: str = field(repr=False)
    made: str
    used: str


class Access:
    """All of them, in the state of the project."""

    def __init__(self, state: State, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._state = state
        self.clock = clock

    # ---- users

    def users(self) -> list[ConsoleUser]:
        return [ConsoleUser(*row) for row in self._state.rows("console_users")]

    def user(self, name: str) -> ConsoleUser | None:
        found = self._state.rows("console_user", who=name)
        return ConsoleUser(*found[0]) if found else None

    def set_user(self, name: str, role: Role, password: str) -> None:
        """Add a user, or give the one there another role and password; `password` is a hash. Its browsers are signed out."""
        with self._state.transaction():
            self._state.rows("set_console_user", who=name, role=role, password=password, at=self._now())
            self._state.rows("end_console_sessions_of", who=name)

    def remove_user(self, name: str) -> bool:
        """Whether there was one; its browsers are signed out."""
        with self._state.transaction():
            there = self.user(name) is not None
            self._state.rows("end_console_sessions_of", who=name)
            self._state.rows("remove_console_user", who=name)
        return there

    # ---- browsers

    def begin_session(self, name: str, browser: str) -> str:
        """The secret of a new session, for the browser's cookie."""
        secret = secrets.token_urlsafe(32)
        self._state.rows("end_console_sessions", before=self._ended())
        self._state.rows(
            "begin_console_session", digest=digest_of(secret), who=name, at=self._now(), browser=browser
        )
        return secret

    def session(self, secret: str) -> ConsoleSession | None:
        """The session of a cookie, which lasts on; None when it ended or there was none."""
        found = self._state.rows("console_session", digest=digest_of(secret), since=self._ended())
        if not found:
            return None
        session = ConsoleSession(*found[0])
        if session.seen <= written_time(self.clock() - _SEEN_EVERY):
            self._state.rows("console_session_seen", digest=session.digest, at=self._now())
        return session

    def sessions(self) -> list[ConsoleSession]:
        """All of them, the one that looked last first."""
        return [ConsoleSession(*row) for row in self._state.rows("console_sessions", since=self._ended())]

    def end_session(self, digest: str) -> None:
        self._state.rows("end_console_session", digest=digest)

    def end_sessions_of(self, name: str) -> None:
        """Sign all browsers of a user out."""
        self._state.rows("end_console_sessions_of", who=name)

    def end_sessions(self) -> None:
        """Sign everybody out."""
        self._state.rows("end_console_sessions", before=written_time(self.clock() + LIFE))

    # ---- programs

    def new_key(self, name: str, role: Role) -> str:
        """A key for a program, told this once; that of the same name before is good no more."""
        key = f"tieout_{secrets.token_urlsafe(32)}"
        self._state.rows("set_api_key", who=name, role=role, digest=digest_of(key), at=self._now())
        return key

    def key(self, given: str) -> ApiKey | None:
        """What is known of a key that a program gave; None when it is none."""
        found = self._state.rows("api_key", digest=digest_of(given))
        if not found:
            return None
        key = ApiKey(*found[0])
        if key.used <= written_time(self.clock() - _SEEN_EVERY):
            self._state.rows("api_key_used", who=key.name, at=self._now())
        return key

    def all_keys(self) -> list[ApiKey]:
        return [ApiKey(*row) for row in self._state.rows("api_keys")]

    def remove_key(self, name: str) -> bool:
        """Whether there was one."""
        there = any(each.name == name for each in self.all_keys())
        self._state.rows("remove_api_key", who=name)
        return there

    def _now(self) -> str:
        return written_time(self.clock())

    def _ended(self) -> str:
        """Sessions that nobody looked with since then are over."""
        return written_time(self.clock() - LIFE)


def digest_of(secret: str) -> str:
    """What is kept of a secret that nobody can guess."""
    return sha256(secret.encode()).hexdigest()
