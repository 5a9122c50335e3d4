"""A web service on the wire: one request at a time, as somebody, tried again when that is safe, its refusals as ours."""

from __future__ import annotations

import logging
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx2
import truststore

from ...errors import (
    Busy,
    ConnectionFailed,
    RemoteProtocolError,
    SetupError,
    TieoutError,
    Unauthorized,
    Unreachable,
)
from ...protocols import exact_json
from ..user_agent import user_agent
from .sign_in import SignIn

ATTEMPTS = 5
LONGEST_WAIT = 120.0
"""Seconds; when a service asks for more, the run ends and the next one tries again."""
LARGEST_ANSWER = 128 * 1024 * 1024
_OF_GATEWAYS = (500, 502, 504)

log = logging.getLogger("tieout.http")


@dataclass(frozen=True, slots=True)
class Call:
    """A request, as it can be kept and sent again."""

    method: str
    address: str
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that was read whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def time(self) -> datetime | None:
        """The service's clock."""
        return _moment(self.headers.get("date", ""))

    def json(self, what: str) -> Any:
        """What it says; None when it says nothing."""
        if not self.body.strip():
            return None
        kind = self.headers.get("content-type", "")
        if "html" in kind or self.body[:64].lstrip()[:1] == b"<":
            raise RemoteProtocolError(
                f"{what} answers with a page for people, not with JSON: {_title(self.body)}.",
                advice="Check `base_url` and the path: most often it is a page to sign in at, or a proxy's.",
            )
        try:
            return exact_json.decode(self.body)
        except TieoutError as error:
            raise RemoteProtocolError(
                f"{what} answers with something that is not JSON: {error}", advice="Check the path."
            ) from error


class NotSent(Unreachable):
    """No connection was made, so nothing was sent."""


class Refused(TieoutError):
    """The service refuses a request, and says why."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class Service:
    """Sends requests to one service."""

    def __init__(
        self,
        base_url: str,
        sign_in: SignIn,
        *,
        timeout: float = 60.0,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.requests_made = 0
        self._sign_in = sign_in
        self._sleep = sleep
        self._timeout = timeout
        near = _is_loopback(base_url)
        self._http = httpx2.Client(
            verify=truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            trust_env=not near,
            timeout=httpx2.Timeout(timeout, connect=30.0),
            follow_redirects=False,
            headers={"User-Agent": user_agent(), "Accept": "application/json"},
        )

    def address(self, path: str) -> str:
        """A path of the service, or a whole address at it; one at another place is refused, for it would get our secrets."""
        whole = path if "://" in path else f"{self.base_url}/{path.lstrip('/')}"
        return self.checked(whole)

    def following(self, here: str, link: str) -> str:
        """The address that a link in an answer from `here` means."""
        return self.checked(urljoin(here, link))

    def checked(self, address: str) -> str:
        ours, theirs = urlsplit(self.base_url), urlsplit(address)
        if (ours.scheme, ours.netloc) != (theirs.scheme, theirs.netloc):
            raise RemoteProtocolError(
                f"{self.base_url} leads to {theirs.scheme}://{theirs.netloc}, which is another place; nothing was sent there.",
                advice="Correct `base_url`: write it as the service does in its links.",
            )
        return address

    def read(self, address: str) -> Answer:
        """Ask for something, several times if need be."""
        for failures in range(ATTEMPTS - 1):
            try:
                return self.send(Call("GET", address))
            except ConnectionFailed as error:
                if not error.retryable or (isinstance(error, Busy) and error.wait > LONGEST_WAIT):
                    raise
                log.info("%s failed, trying again: %s", address, error)
                self.wait(error, failures)
        return self.send(Call("GET", address))

    def wait(self, error: TieoutError, failures: int) -> None:
        """Wait as long as the service asks, or longer after each failure."""
        self._sleep(error.wait if isinstance(error, Busy) else 0.5 * 2**failures)

    def send(self, call: Call) -> Answer:
        """Send a request once; errors say whether it was surely not carried out."""
        answer = self._authorized(call)
        if answer.status in (429, 503):
            raise Busy(
                f"{_shown(call.address)} asks us to wait.",
                wait=_seconds(answer.headers.get("retry-after", "")),
            )
        if answer.status in _OF_GATEWAYS:
            raise Unreachable(f"{_shown(call.address)} failed: HTTP {answer.status}.")
        if answer.status in (401, 403):
            raise Unauthorized(
                f"{_shown(call.address)} does not let us in: HTTP {answer.status}{_reason(answer)}.",
                advice="`tieout connect NAME` asks for the secrets anew; or the user lacks a right there.",
            )
        if 300 <= answer.status < 400:
            raise SetupError(
                f"{_shown(call.address)} redirects to {answer.headers.get('location', 'nowhere')}; secrets are sent to the "
                "named address only.",
                advice="Correct `base_url`.",
            )
        if answer.status >= 400:
            raise Refused(f"HTTP {answer.status}{_reason(answer)}", answer.status)
        return answer

    def close(self) -> None:
        self._http.close()

    def _authorized(self, call: Call) -> Answer:
        answer = self._sent(call, self._sign_in.headers(self._ask_for_token))
        if answer.status == 401 and self._sign_in.renews():
            answer = self._sent(call, self._sign_in.headers(self._ask_for_token))
        return answer

    def _ask_for_token(self, address: str, form: Mapping[str, str], headers: Mapping[str, str]) -> Any:
        with _explained(_shown(address)):
            answer = self._http.post(address, data=dict(form), headers=dict(headers))
        found = Answer(answer.status_code, answer.headers, answer.content)
        if answer.status_code in (400, 401, 403):
            raise Unauthorized(
                f"{_shown(address)} gives us no token: HTTP {answer.status_code}{_reason(found)}.",
                advice="Correct `client_id` and `scope`; `tieout connect NAME` asks for the secret anew.",
            )
        if answer.status_code != 200:
            raise Unreachable(f"{_shown(address)} gives us no token: HTTP {answer.status_code}.")
        return found.json(_shown(address))

    def _sent(self, call: Call, headers: Mapping[str, str]) -> Answer:
        self.requests_made += 1
        kind = {"Content-Type": "application/json"} if call.body else {}
        together = {**kind, **call.headers, **headers}
        with (
            _explained(_shown(call.address)),
            self._http.stream(
                call.method, call.address, content=call.body or None, headers=together
            ) as answer,
        ):
            return Answer(answer.status_code, answer.headers, _whole(answer, call.address))


def _whole(answer: httpx2.Response, address: str) -> bytes:
    body = bytearray()
    for chunk in answer.iter_bytes():
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise RemoteProtocolError(
                f"{_shown(address)} sends more than {LARGEST_ANSWER:,} bytes.",
                advice="Ask for smaller pages.",
            )
    return bytes(body)


@contextmanager
def _explained(address: str) -> Iterator[None]:
    try:
        yield
    except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.ProxyError) as error:
        raise NotSent(f"{address} cannot be reached: {error}.") from error
    except httpx2.TimeoutException as error:
        raise Unreachable(f"{address} gave no answer in time.") from error
    except httpx2.HTTPError as error:
        raise Unreachable(f"The connection to {address} broke off: {error}.") from error
    except httpx2.InvalidURL as error:
        raise SetupError(f"{address} is no address: {error}.") from error


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _shown(address: str) -> str:
    """An address without its parameters, which may hold secrets."""
    return address.partition("?")[0]


def _reason(answer: Answer) -> str:
    """What a refusal says, as far as it is short and for programs."""
    try:
        found = answer.json("")
    except TieoutError:
        return ""
    for word in ("detail", "message", "error_description", "title", "error", "errors"):
        said = found.get(word) if isinstance(found, Mapping) else None
        if said:
            text = said if isinstance(said, str) else str(exact_json.encode(said), "utf-8")
            return f": {text[:300].rstrip('.')}"
    return ""


def _title(body: bytes) -> str:
    text = body[:20_000].decode("utf-8", "replace")
    inside = text.partition("<title")[2].partition(">")[2].partition("</title")[0]
    return " ".join(inside.split())[:100] or "without a title"


def _seconds(retry_after: str) -> float:
    """Of a Retry-After, which names seconds or a time."""
    if retry_after.strip().isdecimal():
        return float(retry_after)
    moment = _moment(retry_after)
    return max(1.0, (moment - datetime.now(UTC)).total_seconds()) if moment else 5.0


def _moment(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC) if text else None
    except ValueError:
        return None
