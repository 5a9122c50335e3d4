"""OAuth 2 as Intuit speaks it: where its addresses are, the three requests for tokens, and tokens kept fresh.

A refresh token changes about once a day and the one before it dies, so only one process may refresh at a time and
the new one is stored before it is used. Between Intuit's answer and our storing it a crash can lose it; the one
before is kept and tried once, and after that a person must sign in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock

import httpx2
import msgspec

from ...errors import RemoteProtocolError, SetupError, TieoutError, Unauthorized, Unreachable
from ...state.vault import Secret, Vault
from .http import NotSent, explained

PRODUCTION_URL = "https://quickbooks.api.intuit.com"
SANDBOX_URL = "https://sandbox-quickbooks.api.intuit.com"

ACCOUNTING = "com.intuit.quickbooks.accounting"

PATIENCE = 45.0
"""Seconds to wait while another process refreshes."""

TOKEN_TIMEOUT = 30.0

MARGIN = timedelta(minutes=2)
"""A token this close to its end is not used any more."""

_DISCOVERY = {
    PRODUCTION_URL: "https://developer.intuit.com/.well-known/openid_configuration/",
    SANDBOX_URL: "https://developer.intuit.com/.well-known/openid_sandbox_configuration/",
}


@dataclass(frozen=True, slots=True)
class Application:
    """The keys of an application, from the developer's portal."""

    client_id: str
    client_secret: str = field(repr=False)


class Endpoints(msgspec.Struct, frozen=True):
    """Where to sign in, to get tokens and to give them back."""

    authorize: str = msgspec.field(name="authorization_endpoint")
    token: str = msgspec.field(name="token_endpoint")
    revoke: str = msgspec.field(name="revocation_endpoint")


INTUIT = Endpoints(
    authorize="https://appcenter.intuit.com/connect/oauth2",
    token="https://oauth.platform.intuit.com/oauth2/v1/tokens/bearer",  # noqa: S106  # an address
    revoke="https://developer.api.intuit.com/v2/oauth2/tokens/revoke",
)


class Grant(msgspec.Struct, frozen=True):
    """Tokens as Intuit hands them out, with the seconds they have to live."""

    access_token: str
    refresh_token: str
    expires_in: int = 3600
    refresh_expires_in: int | None = msgspec.field(default=None, name="x_refresh_token_expires_in")
    hard_expires_in: int | None = msgspec.field(default=None, name="x_refresh_token_hard_expires_in")

    def __repr__(self) -> str:
        return "Grant(…)"


class _Refusal(msgspec.Struct):
    error: str = ""
    error_description: str = ""


class InvalidGrant(Unauthorized):
    """The code or refresh token is not valid any more."""


class NotTaken(RemoteProtocolError):
    """The server takes no such request, HTTP 400."""


class AuthorizationServer:
    """The server that signs people in for `base_url`. Its addresses are looked up when first needed."""

    def __init__(self, base_url: str, http: httpx2.Client) -> None:
        self.base_url = base_url.rstrip("/")
        self._http = http
        self._endpoints: Endpoints | None = None

    @property
    def endpoints(self) -> Endpoints:
        if self._endpoints is None:
            self._endpoints = self._discover()
        return self._endpoints

    def authorize_url(
        self, application: Application, redirect_uri: str, state: str, *, scope: str = ACCOUNTING
    ) -> str:
        """Where a person signs in and chooses a company."""
        asked = {
            "client_id": application.client_id,
            "response_type": "code",
            "scope": scope,
            "redirect_uri": redirect_uri,
            "state": state,
        }
        return str(httpx2.URL(self.endpoints.authorize).copy_merge_params(asked))

    def exchange(self, application: Application, code: str, redirect_uri: str) -> Grant:
        """The first tokens, for the code that came with the redirect."""
        return self._grant(
            application,
            {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri},
        )

    def refresh(self, application: Application, refresh_token: str) -> Grant:
        """New tokens; InvalidGrant when the refresh token has been replaced, revoked or has expired."""
        return self._grant(application, {"grant_type": "refresh_token", "refresh_token": refresh_token})

    def revoke(self, application: Application, token: str) -> None:
        """Make a sign-in worthless. One that is so already is refused, and nothing is left to do."""
        with suppress(NotTaken, InvalidGrant):
            self._post(self.endpoints.revoke, application, {"token": token})

    def _grant(self, application: Application, form: Mapping[str, str]) -> Grant:
        answer = self._post(self.endpoints.token, application, form)
        try:
            return msgspec.json.decode(answer.content, type=Grant)
        except msgspec.DecodeError as error:
            raise RemoteProtocolError(f"{self.endpoints.token} sent no tokens: {error}") from error

    def _post(self, url: str, application: Application, form: Mapping[str, str]) -> httpx2.Response:
        with explained(url):
            answer = self._http.post(
                url,
                data=dict(form),
                auth=(application.client_id, application.client_secret),
                headers={"Accept": "application/json", "x-include-refresh-token-hard-expires-in": "true"},
                timeout=TOKEN_TIMEOUT,
            )
        if not answer.is_success:
            raise _refused(url, answer)
        return answer

    def _discover(self) -> Endpoints:
        document = _DISCOVERY.get(self.base_url, f"{self.base_url}/.well-known/openid_configuration")
        try:
            return self._read_discovery(document)
        except (Unreachable, RemoteProtocolError):
            if self.base_url in _DISCOVERY:
                return INTUIT
            raise

    def _read_discovery(self, document: str) -> Endpoints:
        with explained(document):
            answer = self._http.get(document, headers={"Accept": "application/json"}, timeout=TOKEN_TIMEOUT)
        try:
            return msgspec.json.decode(answer.content.removeprefix(b"\xef\xbb\xbf"), type=Endpoints)
        except msgspec.DecodeError as error:
            raise RemoteProtocolError(
                f"{document} is no OpenID configuration (HTTP {answer.status_code}).",
                advice="Check `base_url`: it names the server that serves /v3/company.",
            ) from error


def _refused(url: str, answer: httpx2.Response) -> TieoutError:
    try:
        said = msgspec.json.decode(answer.content, type=_Refusal)
    except msgspec.DecodeError:
        said = _Refusal()
    told = " ".join(filter(None, (said.error, said.error_description))) or f"HTTP {answer.status_code}"
    if said.error == "invalid_grant":
        return InvalidGrant(f"{url} refused the token: {told}.")
    if answer.status_code == 401 or said.error == "invalid_client":
        return Unauthorized(
            f"{url} does not know this application: {told}.",
            advice="Check the client id and the client secret against the keys page of the application; "
            "sandbox companies and production have different keys.",
        )
    if answer.status_code >= 500 or answer.status_code == 429:
        return Unreachable(f"{url} cannot give tokens now: {told}.")
    kind = NotTaken if answer.status_code == 400 else RemoteProtocolError
    return kind(f"{url} refused: {told}.")


def identity_of(base_url: str, realm: str) -> str:
    """The name under which the vault keeps a company's tokens."""
    return f"online:{realm}@{base_url.rstrip('/')}"


def secret_of(application: Application, grant: Grant, now: datetime, before: Secret | None = None) -> Secret:
    """What the vault keeps: keys, tokens, when they end, and the refresh token before this one."""
    secret = {
        **(before or {"signed_in_at": now.isoformat()}),
        "client_id": application.client_id,
        "client_secret": application.client_secret,
        "access_token": grant.access_token,
        "access_until": _after(now, grant.expires_in),
        "refresh_token": grant.refresh_token,
        "refreshed_at": now.isoformat(),
    }
    if grant.refresh_expires_in is not None:
        secret["refresh_until"] = _after(now, grant.refresh_expires_in)
    if grant.hard_expires_in is not None:
        secret["hard_until"] = _after(now, grant.hard_expires_in)
    if before and before["refresh_token"] != grant.refresh_token:
        secret["previous_refresh_token"] = before["refresh_token"]
    return secret


def _after(now: datetime, seconds: int) -> str:
    return (now + timedelta(seconds=seconds)).isoformat()


def keep(vault: Vault, identity: str, secret: Secret) -> None:
    """Store what a sign-in brought, while nobody refreshes."""
    with vault.exclusive(identity, timeout=PATIENCE) as held:
        held.write(secret)


def utc_now() -> datetime:
    return datetime.now(UTC)


class Tokens:
    """The tokens of one company, from the vault. Threads and processes share them."""

    def __init__(
        self,
        vault: Vault,
        identity: str,
        server: AuthorizationServer,
        *,
        name: str = "NAME",
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._vault = vault
        self._identity = identity
        self._server = server
        self._name = name
        self._clock = clock
        self._lock = Lock()
        self._secret: Secret | None = None

    def access(self) -> str:
        """An access token with some life left."""
        with self._lock:
            if self._secret is None:
                self._secret = self.kept()
            if not self._is_fresh(self._secret):
                self._secret, _ = self._renewed(self._secret.get("access_token", ""))
            return self._secret["access_token"]

    def renewed(self, refused: str) -> tuple[str, bool]:
        """An access token other than the refused one, and whether it was made just now.

        One that somebody else made meanwhile may have been refused, too.
        """
        with self._lock:
            made = False
            if self._secret is None or self._secret.get("access_token") == refused:
                self._secret, made = self._renewed(refused)
            return self._secret["access_token"], made

    def kept(self) -> Secret:
        """What the vault has; Unauthorized when nobody signed in."""
        return self._signed_in(self._vault.read(self._identity))

    def revoke(self) -> None:
        """Sign out: Intuit forgets the tokens, and so does the vault."""
        with self._lock, self._vault.exclusive(self._identity, timeout=PATIENCE):
            secret = self.kept()
            self._server.revoke(_application(secret), secret["refresh_token"])
            self._vault.delete(self._identity)
            self._secret = None

    def _renewed(self, refused: str) -> tuple[Secret, bool]:
        with self._vault.exclusive(self._identity, timeout=PATIENCE) as held:
            secret = self._signed_in(held.read())
            if secret.get("access_token", refused) != refused and self._is_fresh(secret):
                return secret, False  # somebody else did
            secret = self._refreshed(secret)
            held.write(secret)
            return secret, True

    def _refreshed(self, secret: Secret) -> Secret:
        application = _application(secret)
        for key in ("refresh_token", "previous_refresh_token"):
            if key in secret:
                try:
                    grant = self._server.refresh(application, secret[key])
                except InvalidGrant:
                    continue
                return secret_of(application, grant, self._clock(), secret)
        raise Unauthorized(
            f"The sign-in to {self._company} is not valid any more: it was revoked, ran out, or was replaced elsewhere.",
            advice=self._sign_in_advice(),
        )

    def _is_fresh(self, secret: Secret) -> bool:
        until = secret.get("access_until")
        return until is not None and datetime.fromisoformat(until) - MARGIN > self._clock()

    def _signed_in(self, secret: Secret | None) -> Secret:
        if secret is not None:
            return secret
        raise Unauthorized(
            f"Nobody has signed in to {self._company}.{self._others()}",
            advice=f"Sign in with `tieout connect {self._name}`.",
        )

    @property
    def _company(self) -> str:
        who, _, where = self._identity.partition("@")
        return f"the company {who.removeprefix('online:')} at {where}"

    def _others(self) -> str:
        """The companies that somebody has signed in to at the same place: perhaps one of them was meant."""
        place = self._identity.partition("@")[2]
        known = (identity.partition("@") for identity in self._vault.identities())
        realms = [who.removeprefix("online:") for who, _, where in known if where == place]
        return f" There are sign-ins for {', '.join(realms)}." if realms else ""

    def _sign_in_advice(self) -> str:
        return f"Sign in again with `tieout connect {self._name}`."


def _application(secret: Secret) -> Application:
    try:
        return Application(secret["client_id"], secret["client_secret"])
    except KeyError as error:
        raise SetupError(
            f"The vault has no {error.args[0]} for this sign-in.",
            advice="Sign in again with `tieout connect`.",
        ) from error


__all__ = [
    "ACCOUNTING",
    "PRODUCTION_URL",
    "SANDBOX_URL",
    "Application",
    "AuthorizationServer",
    "Endpoints",
    "Grant",
    "InvalidGrant",
    "NotSent",
    "Tokens",
    "identity_of",
    "keep",
    "secret_of",
    "utc_now",
]
