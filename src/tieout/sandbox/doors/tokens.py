"""Codes, access tokens and refresh tokens, with the lives that Intuit gives them.

A grant is one person's consent for one application and one company. It has one refresh token at a time; the value
rotates about once a day, and an older value is then refused. Access tokens live an hour. Nothing here knows HTTP.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hmac import compare_digest

from ..clock import Clock

CODE_LIFE = timedelta(minutes=10)
ACCESS_LIFE = timedelta(seconds=3600)
REFRESH_LIFE = timedelta(seconds=8_726_400)
"""Rolling: every refresh begins it again (101 days, as Intuit's answers count it)."""
REFRESH_HARD_LIFE = timedelta(days=5 * 365)
"""However often it is refreshed (refresh token policy of 2025-11-12)."""
ROTATION = timedelta(hours=24)


class TokenRefused(Exception):
    """The token endpoint says no; `.error` is OAuth's word for it."""

    def __init__(self, error: str, description: str = "") -> None:
        super().__init__(f"{error} {description}".strip())
        self.error = error
        self.description = description


@dataclass(frozen=True, slots=True)
class Application:
    """An application as registered with Intuit."""

    client_id: str
    client_secret: str

    def is_called(self, client_id: str, client_secret: str) -> bool:
        same_id = compare_digest(client_id.encode(), self.client_id.encode())
        same_secret = compare_digest(client_secret.encode(), self.client_secret.encode())
        return same_id and same_secret


class Applications:
    """The applications that this sandbox knows."""

    def __init__(self) -> None:
        self._known: dict[str, Application] = {}

    def register(self) -> Application:
        """Another application, with keys of its own."""
        made = Application(f"AB{secrets.token_hex(20)}", secrets.token_hex(20))
        self._known[made.client_id] = made
        return made

    def __contains__(self, client_id: str) -> bool:
        return client_id in self._known

    def __iter__(self) -> Iterator[str]:
        """Their client ids."""
        return iter(self._known)

    def proves(self, client_id: str, client_secret: str) -> bool:
        """Whether the secret is this application's."""
        known = self._known.get(client_id)
        return known is not None and known.is_called(client_id, client_secret)


@dataclass(eq=False, slots=True)
class Grant:
    """A person's consent: who may do what in which company, and the refresh token that stands for it."""

    realm: str
    scopes: frozenset[str]
    given_at: datetime
    client_id: str = ""
    """The application that it was given to."""
    refresh_token: str = ""
    rotated_at: datetime = field(default=datetime.min)
    refreshed_at: datetime = field(default=datetime.min)
    revoked: bool = False

    @property
    def ends_at(self) -> datetime:
        return min(self.refreshed_at + REFRESH_LIFE, self.hard_end)

    @property
    def hard_end(self) -> datetime:
        return self.given_at + REFRESH_HARD_LIFE


@dataclass(frozen=True, slots=True)
class Access:
    """What an access token stands for."""

    grant: Grant
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Issued:
    """The answer to a successful token request."""

    grant: Grant
    access_token: str
    access_seconds: int
    refresh_token: str
    refresh_seconds: int
    hard_seconds: int


@dataclass(frozen=True, slots=True)
class _Code:
    grant: Grant
    redirect_uri: str
    ends_at: datetime


class TokenBook:
    """Everything the sandbox has handed out."""

    def __init__(self, clock: Clock, *, rotate_always: bool = False) -> None:
        self.rotate_always = rotate_always
        self._clock = clock
        self._codes: dict[str, _Code] = {}
        self._access: dict[str, Access] = {}
        self._grants: dict[str, Grant] = {}

    def authorize(self, realm: str, scopes: frozenset[str], redirect_uri: str, client_id: str = "") -> str:
        """A person consented: the code that goes back in the redirect, good once and for this address."""
        now = self._clock()
        code = _new_token("XAB")
        self._codes[code] = _Code(Grant(realm, scopes, now, client_id), redirect_uri, now + CODE_LIFE)
        return code

    def exchange(self, code: str, redirect_uri: str, client_id: str = "") -> Issued:
        """The first tokens for a code; none for another application or another address."""
        known = self._codes.pop(code, None)
        asked = (redirect_uri, client_id)
        if known is None or (known.redirect_uri, known.grant.client_id) != asked:
            raise TokenRefused("invalid_grant", "Invalid authorization code")
        if known.ends_at <= self._clock():
            raise TokenRefused("invalid_grant", "Invalid authorization code")
        return self.issue(known.grant)

    def refresh(self, refresh_token: str, client_id: str = "") -> Issued:
        """New tokens for a refresh token of this application; its value may change."""
        grant = self._grants.get(refresh_token)
        if grant is None or grant.client_id != client_id:
            raise TokenRefused("invalid_grant", "Incorrect or invalid refresh token")
        if grant.revoked or grant.ends_at <= self._clock():
            raise TokenRefused("invalid_grant", "Incorrect or invalid refresh token")
        return self.issue(grant)

    def issue(self, grant: Grant) -> Issued:
        """An access token for a grant, and its refresh token, rotated when its day is over."""
        now = self._clock()
        if self._must_rotate(grant, now):
            self._rotate(grant, now)
        grant.refreshed_at = now
        access_token = _new_token("eyJ")
        self._access[access_token] = Access(grant, now + ACCESS_LIFE)
        return Issued(
            grant=grant,
            access_token=access_token,
            access_seconds=_seconds(ACCESS_LIFE),
            refresh_token=grant.refresh_token,
            refresh_seconds=_seconds(grant.ends_at - now),
            hard_seconds=_seconds(grant.hard_end - now),
        )

    def grant(self, realm: str, scopes: frozenset[str], client_id: str = "") -> Issued:
        """Tokens without anybody's consent, for the keys that the sandbox prints."""
        return self.issue(Grant(realm, scopes, self._clock(), client_id))

    def access(self, token: str) -> Access | None:
        """What an access token stands for, expired or not; None when it was never handed out."""
        return self._access.get(token)

    def is_live(self, access: Access) -> bool:
        return access.ends_at > self._clock()

    def revoke(self, token: str, client_id: str = "") -> bool:
        """End the grant that a token of either sort belongs to; False when this application has none."""
        access = self._access.get(token)
        grant = access.grant if access else self._grants.get(token)
        if grant is None or grant.revoked or grant.client_id != client_id:
            return False
        grant.revoked = True
        return True

    def is_connected(self, realm: str) -> bool:
        """Whether somebody's consent for this company still holds."""
        now = self._clock()
        return any(
            grant.realm == realm and not grant.revoked and grant.ends_at > now
            for grant in self._grants.values()
        )

    def revoke_all(self) -> None:
        for grant in self._grants.values():
            grant.revoked = True

    def expire_access(self) -> None:
        """End the hour of every access token now."""
        now = self._clock()
        self._access = {token: Access(access.grant, now) for token, access in self._access.items()}

    def _must_rotate(self, grant: Grant, now: datetime) -> bool:
        return not grant.refresh_token or self.rotate_always or now - grant.rotated_at >= ROTATION

    def _rotate(self, grant: Grant, now: datetime) -> None:
        self._grants.pop(grant.refresh_token, None)
        grant.refresh_token = _new_token("RT1")
        grant.rotated_at = now
        self._grants[grant.refresh_token] = grant


def _new_token(prefix: str) -> str:
    return f"{prefix}-{secrets.token_urlsafe(32)}"


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())
