"""As whom a service is asked: a header, a user with a password, or OAuth client credentials."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ...errors import RemoteProtocolError

AskForToken = Callable[[str, Mapping[str, str], Mapping[str, str]], Any]
"""Posts a form with headers to an address, and gives the JSON that comes back."""

_EARLY = 30.0
"""Seconds before its end that a token is replaced."""


class SignIn(Protocol):
    """Makes the headers of a request."""

    def headers(self, ask: AskForToken, /) -> Mapping[str, str]: ...

    def renews(self) -> bool:
        """Whether there will be another token when this one was refused."""
        ...


@dataclass(frozen=True, slots=True)
class Header:
    """The same header with each request; none where it has no name."""

    name: str = ""
    value: str = field(default="", repr=False)

    def headers(self, _ask: AskForToken, /) -> Mapping[str, str]:
        return {self.name: self.value} if self.name else {}

    def renews(self) -> bool:
        return False


def basic(user: str, password: str) -> Header:
    """HTTP Basic."""
    return Header("Authorization", "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode())


@dataclass(slots=True)
class ClientCredentials:
    """OAuth 2, grant `client_credentials`; a token is kept in memory until shortly before its end."""

    token_url: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str = ""
    clock: Callable[[], float] = time.monotonic
    _token: str = field(default="", repr=False)
    _until: float = 0.0

    def headers(self, ask: AskForToken, /) -> Mapping[str, str]:
        if not self._token or self.clock() >= self._until:
            self._fetch(ask)
        return {"Authorization": f"Bearer {self._token}"}

    def renews(self) -> bool:
        self._token = ""
        return True

    def _fetch(self, ask: AskForToken) -> None:
        form = {"grant_type": "client_credentials", **({"scope": self.scope} if self.scope else {})}
        found = ask(self.token_url, form, basic(self.client_id, self.client_secret).headers(ask))
        token = found.get("access_token") if isinstance(found, Mapping) else None
        if not isinstance(token, str) or not token:
            raise RemoteProtocolError(
                f"{self.token_url} answers without an access_token.", advice="Check `token_url`."
            )
        self._token = token
        self._until = self.clock() + float(found.get("expires_in") or 300) - _EARLY
