"""The exchange of the legacy QuickBooks Online Edition: documents posted to Intuit's gateway, under a session ticket.

A session lasts an hour without a word and 24 hours at most. It is renewed a little before, or when the gateway refuses the
session's ticket: nothing of a message set is done then, so the same document goes again, once.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx2
import truststore

from ... import errors
from ...catalog.desktop_codes import status_fact
from ...catalog.qbxml import newest
from ...errors import (
    OutcomeUnknown,
    RemoteProtocolError,
    SetupError,
    TieoutError,
    Unauthorized,
    Unreachable,
)
from ...protocols.qbxml_sign_on import (
    Application,
    SignedOn,
    SignOn,
    SignOnName,
    read_signed_on,
    sign_on_alone,
    with_sign_on,
)
from ..user_agent import user_agent
from .frames import NotSent
from .host import Opened
from .hresults import error_from_hresult

GATEWAY = "https://webapps.quickbooks.com/j/AppGateway"
CONTENT_TYPE = "application/x-qbxml"

IDLE, LONGEST = timedelta(minutes=55), timedelta(hours=23, minutes=30)
"""A little less than the gateway's hour and day."""

LARGEST_ANSWER = 64 * 1024 * 1024
"""Bytes; an answer holds 1,000 records at most."""

NOT_PARSED = "0x80040400"
"""What QuickBooks Desktop calls it when it takes no part of a document; the gateway answers with HTTP 400."""


@dataclass(slots=True)
class _Session:
    ticket: str
    began: datetime
    used: datetime

    def is_good(self, now: datetime) -> bool:
        return now - self.used < IDLE and now - self.began < LONGEST


@dataclass(slots=True)
class HttpsExchange:
    """A way to one company of the legacy Online Edition."""

    application: Application
    connection_ticket: Callable[[], str]
    """SetupError where there is none."""
    gateway: str = GATEWAY
    company: str = ""
    """What the company is called here; an answer is never asked for under another one."""
    certificate: Path | None = None
    """Of a hosted application: a PEM file with the certificate that Intuit signed, and its key."""
    timeout: float = 120.0
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    _http: httpx2.Client | None = field(default=None, init=False)
    _session: _Session | None = field(default=None, init=False)

    def open(self) -> Opened:
        session = self._session
        if session is None or not session.is_good(self.clock()):
            session = self._session = self._signed_on()
        return Opened(session.ticket, self.company, ())

    def exchange(self, document: bytes, *, reading: bool) -> Iterator[bytes]:
        renewed = self._session is None
        while True:
            ticket = self.open().ticket
            sign_on = SignOn("SignonTicketRq", ticket, self.application)
            told, answer = self._posted(with_sign_on(document, sign_on, self.clock()), reading=reading)
            if told.status == 0 or answer:  # what was answered was let in, whatever is said of it
                self._keep(told)
                return iter([answer])
            self._session = None
            error = _error_from(told)
            if renewed or not isinstance(error, Unauthorized):
                raise error
            renewed = True

    def end(self) -> None:
        """Others are not kept out by a session, so it stays for what is asked next."""

    def close(self) -> None:
        http, self._http, self._session = self._http, None, None
        if http is not None:
            http.close()

    # ---- signing on

    def _signed_on(self) -> _Session:
        name: SignOnName = "SignonAppCertRq" if self.certificate else "SignonDesktopRq"
        now = self.clock()
        sign_on = SignOn(name, self.connection_ticket(), self.application)
        told, _ = self._posted(sign_on_alone(sign_on, newest("OE").wire, now), reading=True)
        if told.status != 0:
            raise _error_from(told)
        if not told.ticket:
            raise RemoteProtocolError("The gateway signed us on and gave no session ticket.")
        return _Session(told.ticket, now, now)

    def _keep(self, told: SignedOn) -> None:
        """The session was used just now; the gateway may give it another ticket."""
        if self._session is not None:
            self._session.used = self.clock()
            self._session.ticket = told.ticket or self._session.ticket

    # ---- the wire

    def _posted(self, document: bytes, *, reading: bool) -> tuple[SignedOn, bytes]:
        if self._http is None:
            self._http = _new_http(self.gateway, self.certificate, self.timeout)
        try:
            with self._http.stream(
                "POST", self.gateway, content=document, headers={"Content-Type": CONTENT_TYPE}
            ) as answer:
                body, status = self._body_of(answer), answer.status_code
            if status != 200:
                raise self._refused(status, body, reading)
            return read_signed_on(body)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout, httpx2.ProxyError) as error:
            raise NotSent(f"{self.gateway} cannot be reached: {error}") from error
        except httpx2.TimeoutException as error:
            raise _unanswered(f"no answer came within {self.timeout:g} seconds", reading) from error
        except httpx2.HTTPError as error:
            raise _unanswered(f"the connection broke off: {error}", reading) from error
        except RemoteProtocolError as error:
            if reading:
                raise
            raise _unanswered(f"its answer cannot be read: {error}", reading) from error

    def _body_of(self, answer: httpx2.Response) -> bytes:
        chunks, size = [], 0
        for chunk in answer.iter_bytes():
            size += len(chunk)
            if size > LARGEST_ANSWER:
                raise RemoteProtocolError(f"The gateway's answer is longer than {LARGEST_ANSWER:,} bytes.")
            chunks.append(chunk)
        return b"".join(chunks)

    def _refused(self, status: int, body: bytes, reading: bool) -> TieoutError:
        told = body[:300].decode("utf-8", "replace").strip()
        if status == 400:
            return error_from_hresult(NOT_PARSED, told, writing=not reading)
        if status == 503:
            return NotSent("The gateway takes nothing for now (HTTP 503).", advice="Try again later.")
        if status >= 500:
            return _unanswered(f"the gateway failed with HTTP {status}", reading)
        return SetupError(
            f"{self.gateway} answers with HTTP {status}, which is no answer of the gateway.",
            advice="Correct `gateway` of the connection, or leave it out for Intuit's.",
        )


def _error_from(told: SignedOn) -> TieoutError:
    fact = status_fact(told.status, told.message)
    kind: type[TieoutError] = getattr(errors, fact.error or "Unauthorized")
    return kind(
        f"The gateway does not sign us on: {told.message.strip()} (status {told.status}).", advice=fact.advice
    )


def _unanswered(what: str, reading: bool) -> TieoutError:
    if reading:
        return Unreachable(f"The gateway took the request, but {what}.")
    return OutcomeUnknown(f"The gateway took the request, but {what}.")


def _new_http(gateway: str, certificate: Path | None, timeout: float) -> httpx2.Client:
    near = _is_loopback(gateway)
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if certificate is not None:
        try:
            context.load_cert_chain(certificate)
        except (OSError, ssl.SSLError) as error:
            raise SetupError(
                f"The certificate {certificate} cannot be used: {error}.",
                advice="Name a PEM file that holds the certificate that Intuit signed and its key without a password.",
            ) from error
    return httpx2.Client(
        verify=context,
        trust_env=not near,
        timeout=httpx2.Timeout(timeout, connect=30.0),
        follow_redirects=False,
        headers={"User-Agent": user_agent(), "Accept": CONTENT_TYPE},
    )


def _is_loopback(url: str) -> bool:
    host = httpx2.URL(url).host
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
