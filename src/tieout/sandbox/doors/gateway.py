"""The gateway in front of the accounting service: who is calling, for which company.

It speaks before the service has seen the request: in lower-case faults of its own, or in XML to who takes no JSON.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime

from ...protocols.rest_faults import Fault, FaultError, write_fault_xml, write_gateway_fault
from .calls import XML, Answer, Call
from .metering import CorePlus, reads_of
from .throttle import Caller, Throttle
from .tokens import Access, TokenBook

SERVICE_VERSION = "2046.303"
"""What the QBO-Version header says; clients only ever show it."""


def transaction_id(now: datetime) -> str:
    """An `intuit_tid` in the trace form that support asks for."""
    return f"1-{int(now.timestamp()):08x}-{secrets.token_hex(12)}"


class Gateway:
    """Lets calls pass, or answers in the service's place; counts those that were served."""

    def __init__(
        self, tokens: TokenBook, realms: Collection[str], throttle: Throttle, meter: CorePlus
    ) -> None:
        self._tokens = tokens
        self._realms = realms
        self._throttle = throttle
        self._meter = meter

    @contextmanager
    def passing(self, call: Call, now: datetime) -> Iterator[Answer | None]:
        """The gateway's no; None when the call may pass, which runs until the block ends."""
        stranger = refuse_stranger(call, self._tokens, self._realms, now)
        if stranger is not None:
            yield stranger
            return
        caller = Caller(call.realm, self._client_of(call))
        with self._throttle.passing(caller, batch=call.words[0] == "batch", now=now) as passes:
            yield self._refuse_another(call, caller, passes, now)

    def _refuse_another(self, call: Call, caller: Caller, passes: bool, now: datetime) -> Answer | None:
        if not passes:
            return throttled(self._throttle.status, now, as_xml=_takes_only_xml(call))
        if self._throttle.on and reads_of(call) and self._meter.is_used_up(caller.client_id):
            return used_up(now, as_xml=_takes_only_xml(call))
        return None

    def served(self, call: Call, answer: Answer) -> None:
        """Note a call that the service answered."""
        self._meter.count(self._client_of(call), call, answer)

    def _client_of(self, call: Call) -> str:
        access = self._tokens.access(bearer_token(call.headers.get("authorization", "")))
        return access.grant.client_id if access else ""


def refuse_stranger(call: Call, tokens: TokenBook, realms: Collection[str], now: datetime) -> Answer | None:
    """The no to who is not signed in at this company; None when the call may go on."""
    as_xml = _takes_only_xml(call)
    token = bearer_token(call.headers.get("authorization", ""))
    if not 20 <= len(token) <= 4096:
        return not_signed_in("Malformed bearer token: too short or too long", now, as_xml=as_xml)
    access = tokens.access(token)
    reason = why_dead(access, tokens)
    if access is None or reason:
        return not_signed_in(reason, now, as_xml=as_xml)
    if access.grant.realm != call.realm or call.realm not in realms:
        return wrong_company(now, as_xml=as_xml)
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


def not_signed_in(detail: str, now: datetime, *, as_xml: bool = False) -> Answer:
    return _refusal(401, "AuthenticationFailed", "003200", detail, "AUTHENTICATION", now, as_xml)


def wrong_company(now: datetime, *, as_xml: bool = False) -> Answer:
    detail = "The token was not granted for this company"
    return _refusal(403, "ApplicationAuthorizationFailed", "003100", detail, "SERVICE", now, as_xml)


def throttled(status: int, now: datetime, *, as_xml: bool = False) -> Answer:
    """Too many requests; 429 today, 403 in old reports, which a client must take for the same."""
    detail = "The request limit was reached.  Try again later"
    return _refusal(status, "ThrottleExceeded", "003001", detail, "SERVICE", now, as_xml)


def used_up(now: datetime, *, as_xml: bool = False) -> Answer:
    """The month's reads are over; only the status of this answer is published, its words are ours."""
    detail = "The CorePlus calls of this month are used up"
    return _refusal(429, "ThrottleExceeded", "003001", detail, "SERVICE", now, as_xml)


def _refusal(
    status: int, reason: str, code: str, detail: str, kind: str, now: datetime, as_xml: bool
) -> Answer:
    message = f"message={reason}; errorCode={code}; statusCode={status}"
    fault = Fault(kind, (FaultError(message, detail, code.lstrip("0")),))
    if as_xml:
        return Answer(status, write_fault_xml(fault, now), XML)
    return Answer(status, write_gateway_fault(fault, now))


def _takes_only_xml(call: Call) -> bool:
    accept = call.headers.get("accept", "").lower()
    return "xml" in accept and "json" not in accept
