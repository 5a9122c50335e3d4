"""Signing in, OAuth 2.0 as Intuit runs it: discovery, consent, tokens, revoking, who the person is.

Every redirect address that Intuit would let an application register is taken for registered: https anywhere, http on
this machine. A code belongs to the address that it was sent to.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from ..clock import Clock
from .addresses import is_this_machine
from .calls import NOT_STORED
from .conduct import Conduct
from .consent_page import arrival_page, consent_page, refusal_page
from .gateway import bearer_token, transaction_id
from .identity import USER, Signer
from .tokens import Applications, Issued, TokenBook, TokenRefused

AUTHORIZE = "/connect/oauth2"
TOKEN = "/oauth2/v1/tokens/bearer"  # noqa: S105 - an address
REVOKE = "/v2/oauth2/tokens/revoke"
USERINFO = "/v1/openid_connect/userinfo"
KEYS = "/op/v1/jwks"
ISSUER = "/op/v1"
CALLBACK = "/sandbox/callback"
HARD_EXPIRY_HEADER = "x-include-refresh-token-hard-expires-in"

SCOPES = (
    "com.intuit.quickbooks.accounting",
    "com.intuit.quickbooks.payment",
    "openid",
    "profile",
    "email",
    "phone",
    "address",
)


class OAuthDoor:
    """Serves the addresses of the discovery document, and the document."""

    def __init__(
        self,
        applications: Applications,
        tokens: TokenBook,
        companies: Mapping[str, str],
        conduct: Conduct,
        clock: Clock,
    ) -> None:
        self._applications = applications
        self._tokens = tokens
        self._companies = companies
        """Names by realm."""
        self._conduct = conduct
        self._clock = clock
        self._signer = Signer()

    def routes(self) -> list[Route]:
        documents = ("openid_configuration", "openid_sandbox_configuration")
        return [
            *(
                Route(f"/.well-known/{name}{slash}", self.discovery)
                for name in documents
                for slash in ("", "/")
            ),
            Route(AUTHORIZE, self.authorize),
            Route(TOKEN, self.token, methods=["POST"]),
            Route(REVOKE, self.revoke, methods=["POST"]),
            Route(USERINFO, self.userinfo),
            Route(KEYS, self.keys),
            Route(CALLBACK, self.callback),
        ]

    async def discovery(self, request: Request) -> Response:
        base = _base_url(request)
        return JSONResponse(
            {
                "issuer": base + ISSUER,
                "authorization_endpoint": base + AUTHORIZE,
                "token_endpoint": base + TOKEN,
                "userinfo_endpoint": base + USERINFO,
                "revocation_endpoint": base + REVOKE,
                "jwks_uri": base + KEYS,
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "scopes_supported": ["openid", "email", "profile", "address", "phone"],
                "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
                "claims_supported": ["aud", "exp", "iat", "iss", "realmid", "sub"],
            }
        )

    async def authorize(self, request: Request) -> Response:
        """The company picker; `approve=REALM` answers it at once, for programs."""
        asked = dict(request.query_params)
        approved = asked.pop("approve", None)
        reason = self._why_not(asked)
        if reason:
            return HTMLResponse(refusal_page(reason), 400)
        if approved is None:
            cancel = _back(asked, {"error": "access_denied"})
            return HTMLResponse(consent_page(self._companies, asked, asked["scope"], cancel))
        if approved not in self._companies:
            return HTMLResponse(refusal_page(f"There is no company {approved} in this sandbox."), 400)
        scopes = frozenset(asked["scope"].split())
        code = self._tokens.authorize(approved, scopes, asked["redirect_uri"], asked["client_id"])
        return RedirectResponse(_back(asked, {"code": code, "realmId": approved}), 302)

    def _why_not(self, asked: Mapping[str, str]) -> str:
        """What is wrong with the application's request for consent; empty when it is right."""
        if asked.get("client_id", "") not in self._applications:
            return "The client_id query parameter is missing or belongs to no application of this sandbox."
        if not may_be_registered(asked.get("redirect_uri", "")):
            return "The redirect_uri query parameter value is invalid: https, or http on this machine, and no fragment."
        if asked.get("response_type") != "code":
            return "The response_type query parameter must be code."
        unknown = [scope for scope in asked.get("scope", "").split() if scope not in SCOPES]
        if unknown or not asked.get("scope"):
            return f"The scope query parameter must name scopes out of: {' '.join(SCOPES)}."
        return ""

    async def token(self, request: Request) -> Response:
        form = await _form(request)

        def work() -> Response:
            try:
                client_id = self._know(request, form)
                return _not_stored(self._issued(request, form, client_id))
            except TokenRefused as refused:
                return _not_stored(_refusal(refused))

        response = await self._conduct("token", tuple, work)
        response.headers["intuit_tid"] = transaction_id(self._clock())
        return response

    def _know(self, request: Request, form: Mapping[str, str]) -> str:
        """The client id of the application that calls, which proves that it is."""
        client_id, secret = _credentials(request, form)
        if not self._applications.proves(client_id, secret):
            raise TokenRefused("invalid_client")
        return client_id

    def _issued(self, request: Request, form: Mapping[str, str], client_id: str) -> Response:
        match form.get("grant_type"):
            case "authorization_code":
                issued = self._tokens.exchange(
                    _needed(form, "code"), _needed(form, "redirect_uri"), client_id
                )
            case "refresh_token":
                issued = self._tokens.refresh(_needed(form, "refresh_token"), client_id)
            case None:
                raise TokenRefused("invalid_request", "grant_type is missing")
            case _:
                raise TokenRefused("unsupported_grant_type")
        return JSONResponse(self._written(request, issued))

    def _written(self, request: Request, issued: Issued) -> dict[str, Any]:
        answer: dict[str, Any] = {
            "token_type": "bearer",
            "expires_in": issued.access_seconds,
            "refresh_token": issued.refresh_token,
            "x_refresh_token_expires_in": issued.refresh_seconds,
            "access_token": issued.access_token,
        }
        if request.headers.get(HARD_EXPIRY_HEADER, "").lower() == "true":
            answer["x_refresh_token_hard_expires_in"] = issued.hard_seconds
        if "openid" in issued.grant.scopes:
            issuer = _base_url(request) + ISSUER
            answer["id_token"] = self._signer.id_token(
                issuer, issued.grant.client_id, issued.grant.realm, self._clock()
            )
        return answer

    async def revoke(self, request: Request) -> Response:
        """End a grant, by its refresh token or an access token."""
        form = await _form(request)
        try:
            client_id = self._know(request, form)
        except TokenRefused as refused:
            return _not_stored(_refusal(refused))
        if not self._tokens.revoke(form.get("token", ""), client_id):
            return _not_stored(JSONResponse({"error": "invalid_request"}, 400))
        return _not_stored(Response())

    async def userinfo(self, request: Request) -> Response:
        access = self._tokens.access(bearer_token(request.headers.get("authorization", "")))
        if access is None or access.grant.revoked or not self._tokens.is_live(access):
            return JSONResponse({"error": "invalid_token"}, 401)
        if "openid" not in access.grant.scopes:
            return JSONResponse({"error": "insufficient_scope"}, 403)
        return _not_stored(JSONResponse(USER))

    async def keys(self, request: Request) -> Response:  # noqa: ARG002 - an endpoint takes its request
        return JSONResponse(self._signer.keys())

    async def callback(self, request: Request) -> Response:
        """The redirect address for people who have none: it shows what came back."""
        return HTMLResponse(arrival_page(dict(request.query_params)))


def may_be_registered(address: str) -> bool:
    """Whether Intuit lets an application register this redirect address: https, or http on the developer's machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return False
    if not host or parts.fragment or "#" in address:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_this_machine(host))


def _back(asked: Mapping[str, str], given: dict[str, str]) -> str:
    """The application's address with what it is given, and its own state."""
    if "state" in asked:
        given["state"] = asked["state"]
    parts = urlsplit(asked["redirect_uri"])
    query = [*parse_qsl(parts.query, keep_blank_values=True), *given.items()]
    return urlunsplit(parts._replace(query=urlencode(query)))


def _credentials(request: Request, form: Mapping[str, str]) -> tuple[str, str]:
    """The application's id and secret, from the Authorization header or else from the form."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        client_id, _, secret = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return client_id, secret


async def _form(request: Request) -> dict[str, str]:
    """The members of a posted form, or of a JSON object, which revoking takes as well."""
    try:
        body = (await request.body()).decode("utf-8", "replace")
    except ClientDisconnect:
        return {}
    if "json" not in request.headers.get("content-type", ""):
        return dict(parse_qsl(body))
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return {k: v for k, v in found.items() if isinstance(v, str)} if isinstance(found, dict) else {}


def _needed(form: Mapping[str, str], name: str) -> str:
    if not form.get(name):
        raise TokenRefused("invalid_request", f"{name} is missing")
    return form[name]


def _refusal(refused: TokenRefused) -> Response:
    answer = {"error": refused.error}
    if refused.description:
        answer["error_description"] = refused.description
    return JSONResponse(answer, 401 if refused.error == "invalid_client" else 400)


def _not_stored(response: Response) -> Response:
    response.headers["cache-control"] = NOT_STORED
    return response


def _base_url(request: Request) -> str:
    return str(request.base_url).rstrip("/")
