"""Requests on the wire: authorized, in their turn, tried again when that is safe, metered.

A read is tried again after time-outs, resets, cut-off answers, HTTP 5xx and throttling. A write is sent once:
without an answer nobody knows what became of it.
"""

from __future__ import annotations

import logging
import random
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ipaddress import ip_address
from threading import Lock
from typing import Protocol

import httpx2
import truststore

from ...errors import (
    Busy,
    OutcomeUnknown,
    RemoteProtocolError,
    TieoutError,
    Unreachable,
)
from ...protocols.rest import JSON, Request
from ...protocols.rest_faults import error_from, find_fault
from ..user_agent import user_agent
from .limits import AT_ONCE, Limiter

TIMEOUT = 120.0
"""Seconds; QuickBooks itself gives a request no more."""

LARGEST_ANSWER = 128 * 1024 * 1024
"""Bytes; a page of 1,000 invoices of five lines has three million."""

ATTEMPTS = 5

log = logging.getLogger("tieout.rest")


@dataclass(frozen=True, slots=True)
class Response:
    """An answer with HTTP status 200; a fault may still be inside."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def tid(self) -> str:
        """Intuit's transaction id, to name in a support case."""
        return self.headers.get("intuit_tid", "")

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "")


class AccessTokens(Protocol):
    """Where access tokens come from."""

    def access(self) -> str:
        """A token that should be valid."""
        ...

    def renewed(self, refused: str) -> tuple[str, bool]:
        """A token other than the one QuickBooks refused, and whether it was made just now."""
        ...


class NotSent(Unreachable):
    """No connection was made, so nothing was sent."""


class CutOff(RemoteProtocolError):
    """The answer ended before its end."""

    retryable = True


@dataclass(frozen=True, slots=True)
class OpenAnswer:
    """An answer whose body is still to be read; its end gives the turn and the connection back."""

    answer: httpx2.Response
    end: ExitStack


@dataclass(frozen=True, slots=True)
class Begun:
    """A read under way."""

    client: RestClient
    request: Request
    opened: OpenAnswer | None

    def response(self) -> Response:
        """The whole answer."""
        return self.client.finish(self.request, self.opened)

    def drop(self) -> None:
        """Nobody wants the answer any more."""
        if self.opened is not None:
            self.opened.end.close()


class RestClient:
    """Sends requests to one company. Threads share it."""

    def __init__(
        self,
        http: httpx2.Client,
        tokens: AccessTokens,
        limiter: Limiter,
        *,
        name: str = "NAME",
        on_read: Callable[[], object] = lambda: None,
        largest_answer: int = LARGEST_ANSWER,
        attempts: int = ATTEMPTS,
        jitter: Callable[[], float] = random.random,
        is_shared: bool = False,
    ) -> None:
        """A client that `is_shared` is closed by its owner."""
        self.base_url = str(http.base_url).rstrip("/")
        self.requests_made = 0
        """Requests sent so far, those that failed included."""
        self._tokens = tokens
        self._limiter = limiter
        self._name = name
        self._on_read = on_read
        self._largest_answer = largest_answer
        self._attempts = attempts
        self._jitter = jitter
        self._counting = Lock()
        self._http = http
        self._is_shared = is_shared

    @property
    def at_once(self) -> int:
        """How many requests may be under way."""
        return self._limiter.at_once

    def read(self, request: Request) -> Response:
        """Send a request that changes nothing, several times if need be."""
        response = self._persistently(request)
        self._on_read()
        return response

    def begin(self, request: Request) -> Begun:
        """Send a request that changes nothing, and come back when its answer begins.

        Large bodies are then read by one thread, which works on them anyway: several readers would wait for one
        another's turn with the interpreter, dozens of times a page.
        """
        try:
            return Begun(self, request, self._open(request, self._tokens.access()))
        except TieoutError as error:
            if not error.retryable:
                raise
            self._wait_after(error, 0)
            return Begun(self, request, None)

    def finish(self, request: Request, opened: OpenAnswer | None) -> Response:
        """What `begin` began; begun anew as often as need be."""
        if opened is not None:
            try:
                response = self._read(opened)
                if response.status != 401:
                    self._raise_refusal(request, response)
                    self._on_read()
                    return response
            except TieoutError as error:
                if not error.retryable:
                    raise
                self._wait_after(error, 0)
        return self.read(request)

    def write(self, request: Request) -> Response:
        """Send a request once; OutcomeUnknown when it was sent and no answer came."""
        try:
            return self._authorized(request)
        except NotSent:
            raise
        except (Unreachable, RemoteProtocolError) as error:
            raise OutcomeUnknown(f"{request.method} {request.path} was sent, but: {error}") from error

    def fetch(self, address: str) -> bytes:
        """What lies at an address that QuickBooks gave out for a while; it is asked for without our token."""
        if not (address.startswith("https://") or is_loopback(address)):
            raise RemoteProtocolError(
                f"QuickBooks names {address[:200]!r} as the place of a file, which is no safe address."
            )
        with explained(address):
            answer = self._http.get(address)
        if answer.status_code != 200:
            raise RemoteProtocolError(
                f"The file is not at the address that QuickBooks gave out: HTTP {answer.status_code}.",
                advice="Try again: such an address is good for some minutes.",
            )
        self._refuse_too_large(len(answer.content))
        return answer.content

    def wait_after_failure(self, failures: int) -> None:
        """Wait before the next attempt, longer after each failure."""
        self._limiter.pause(2**failures * (0.5 + self._jitter() / 2))

    def rest(self, seconds: float) -> None:
        """Let nothing start for so long: QuickBooks asked us to wait."""
        self._limiter.rest(seconds)

    def close(self) -> None:
        self._limiter.stop()
        if not self._is_shared:
            self._http.close()

    def _persistently(self, request: Request) -> Response:
        for failures in range(self._attempts - 1):
            try:
                return self._authorized(request)
            except TieoutError as error:
                if not error.retryable:
                    raise
                log.info("%s %s failed, trying again: %s", request.method, request.path, error)
                self._wait_after(error, failures)
        return self._authorized(request)

    def _wait_after(self, error: TieoutError, failures: int) -> None:
        if isinstance(error, Busy):
            self.rest(error.wait)
        else:
            self.wait_after_failure(failures)

    def _authorized(self, request: Request) -> Response:
        token, is_new = self._tokens.access(), False
        response = self._send(request, token)
        while response.status == 401 and not is_new:
            token, is_new = self._tokens.renewed(token)
            response = self._send(request, token)
        self._raise_refusal(request, response)
        return response

    def _send(self, request: Request, token: str) -> Response:
        return self._read(self._open(request, token))

    def _open(self, request: Request, token: str) -> OpenAnswer:
        """Send, in turn, and wait for the head of the answer."""
        with ExitStack() as undo:
            undo.enter_context(self._limiter.turn(batch=request.path.endswith("/batch")))
            with self._counting:
                self.requests_made += 1
            with explained(self.base_url):
                answer = undo.enter_context(self._stream(request, token))
            log.debug("%s %s: %d", request.method, request.path, answer.status_code)
            return OpenAnswer(answer, undo.pop_all())

    def _read(self, opened: OpenAnswer) -> Response:
        with opened.end, explained(self.base_url):
            answer = opened.answer
            return Response(answer.status_code, answer.headers, self._body_of(answer))

    def _stream(self, request: Request, token: str):  # type: ignore[no-untyped-def]  # httpx2's context manager
        headers = {"Authorization": f"Bearer {token}", "Accept": request.accept}
        if request.content_type:
            headers["Content-Type"] = request.content_type
        return self._http.stream(
            request.method,
            request.path,
            params=dict(request.params),
            content=request.body or None,
            headers=headers,
        )

    def _body_of(self, answer: httpx2.Response) -> bytes:
        self._refuse_too_large(int(answer.headers.get("content-length") or 0))
        chunks, size = [], 0
        for chunk in answer.iter_bytes():
            size += len(chunk)
            self._refuse_too_large(size)
            chunks.append(chunk)
        return b"".join(chunks)

    def _refuse_too_large(self, size: int) -> None:
        if size > self._largest_answer:
            raise RemoteProtocolError(
                f"{self.base_url} sends an answer of more than {self._largest_answer:,} bytes; it was not read.",
                advice="Ask for less at once with `--where` or `--limit`, or raise `largest_answer` of the "
                "connection when such answers are expected.",
            )

    def _raise_refusal(self, request: Request, response: Response) -> None:
        if 300 <= response.status < 400:
            raise self._redirected(response)
        unreadable = request.accept == JSON and not _looks_like_json(response.body)
        if response.status >= 400 or (unreadable and response.body.strip()):
            raise self._refusal(response)
        if unreadable or (request.accept == JSON and not _ends_like_json(response.body)):
            raise CutOff(f"The answer of {self.base_url} is cut off after {len(response.body):,} bytes.")

    def _refusal(self, response: Response) -> TieoutError:
        fault = find_fault(response.body, response.content_type)
        retry_after = response.headers.get("retry-after")
        error = error_from(response.status, fault, response.tid, retry_after, response.body)
        error.advice = error.advice.replace("NAME", self._name)
        return error

    def _redirected(self, response: Response) -> TieoutError:
        target = response.headers.get("location", "nowhere")
        return RemoteProtocolError(
            f"{self.base_url} redirects to {target}; a token is sent to the named address only.",
            advice="Correct `base_url`, or leave it out for QuickBooks itself.",
        )


def new_http(base_url: str, *, is_shared: bool = False) -> httpx2.Client:
    """A client with the system's certificates, the environment's proxies and connections that are kept.

    One that `is_shared` is for any number of companies, each of which keeps its own limits.
    """
    most = None if is_shared else AT_ONCE
    near = is_loopback(base_url)
    return httpx2.Client(
        base_url=base_url,
        verify=_system_certificates(),
        trust_env=not near,  # a proxy cannot reach this machine's own loopback
        timeout=httpx2.Timeout(TIMEOUT, connect=30.0),
        limits=httpx2.Limits(max_connections=most, max_keepalive_connections=most, keepalive_expiry=60),
        follow_redirects=False,
        cookies=CookieJar(
            DefaultCookiePolicy(allowed_domains=())
        ),  # what one company is given is not another's
        headers={
            "User-Agent": user_agent(),
            "Accept-Encoding": "identity" if near else "gzip",
        },
    )


@lru_cache(maxsize=64)
def is_loopback(url: str) -> bool:
    """Whether an address lies on this machine."""
    host = httpx2.URL(url).host
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


@contextmanager
def explained(address: str) -> Iterator[None]:
    """Turn what httpx2 raises into our errors, naming the address."""
    try:
        yield
    except httpx2.HTTPError as error:
        raise _in_our_words(error, address) from error


def _in_our_words(error: httpx2.HTTPError, address: str) -> TieoutError:
    match error:
        case httpx2.ConnectError() | httpx2.ConnectTimeout() | httpx2.PoolTimeout() | httpx2.ProxyError():
            return NotSent(f"{address} cannot be reached: {error}")
        case httpx2.TimeoutException():
            return Unreachable(f"{address} gave no answer within {TIMEOUT:.0f} s.")
        case httpx2.DecodingError():
            return CutOff(f"The answer of {address} cannot be unpacked: {error}")
    return Unreachable(f"The connection to {address} broke off: {error}")


@cache
def _system_certificates() -> ssl.SSLContext:
    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _looks_like_json(body: bytes) -> bool:
    return body[:64].lstrip()[:1] == b"{"


def _ends_like_json(body: bytes) -> bool:
    return body[-64:].rstrip()[-1:] == b"}"
