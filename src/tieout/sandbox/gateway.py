"""The gateway in front of the accounting service: who is calling, for which company.

It speaks in lower-case faults of its own, before the service has seen the request.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime

from ..protocols.rest_faults import Fault, FaultError, write_gateway_fault
from .calls import Answer, Call
from .tokens import Access, TokenBook

SERVICE_VERSION = "2046.303"
"""What the QBO-Version header says; clients only ever show it."""


def transaction_id(now: datetime) -> str:
    """An `intuit_tid` in the trace form that support asks for."""
    return f"1-{int(now.timestamp()):08x}-{secrets.token_hex(12)}"


def refuse_stranger(call: Call, tokens: TokenBook, realms: Collection[str], now: datetime) -> Answer | None:
    """The gateway's no; None when the call may pass."""
    token = bearer_token(call.headers.get("authorization", ""))
    if not 20 <= len(token) <= 4096:
        return not_signed_in("Malformed bearer token: too short or too long", now)
    access = tokens.access(token)
    reason = why_dead(access, tokens)
    if access is None or reason:
        return not_signed_in(reason, now)
    if access.grant.realm != call.realm or call.realm not in realms:
        return wrong_company(now)
    return None


def bearer_token(authorization: str) -> str:
    """The token of an Authorization header; empty when it holds none."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def why_dead(access: Access | None, tokens: TokenBook) -> str:
    """What is wrong with an access token; empty when it is good."""
    if access is None:
        return "Token invalid: it was not issued here"
    if access.grant.revoked:
        return "Token revoked"
    return "" if tokens.is_live(access) else "Token expired: the access token is older than an hour"


def not_signed_in(detail: str, now: datetime) -> Answer:
    return _refusal(401, "AuthenticationFailed", "003200", detail, "AUTHENTICATION", now)


def wrong_company(now: datetime) -> Answer:
    detail = "The token was not granted for this company"
    return _refusal(403, "ApplicationAuthorizationFailed", "003100", detail, "SERVICE", now)


def throttled(status: int, now: datetime) -> Answer:
    """Too many requests; 429 today, 403 in old reports, which a client must take for the same."""
    detail = "The request limit was reached.  Try again later"
    return _refusal(status, "ThrottleExceeded", "003001", detail, "SERVICE", now)


def _refusal(status: int, reason: str, code: str, detail: str, kind: str, now: datetime) -> Answer:
    message = f"message={reason}; errorCode={code}; statusCode={status}"
    fault = Fault(kind, (FaultError(message, detail, code.lstrip("0")),))
    return Answer(status, write_gateway_fault(fault, now))
