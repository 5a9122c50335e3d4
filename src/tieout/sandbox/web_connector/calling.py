"""Calls at a server over HTTP, with the headers that the .NET client of the Web Connector sends."""

from __future__ import annotations

import http.client
import ssl
from urllib.parse import urlsplit

from ...errors import RemoteProtocolError, SetupError, Unreachable
from ...protocols import web_connector
from ...protocols.soap import CONTENT_TYPE, Result

_AGENT = "Mozilla/4.0 (compatible; MSIE 6.0; MS Web Services Client Protocol 4.0.30319.42000)"
TIMEOUT = 100.0
"""Seconds for one call."""


class Caller:
    """One server, over one connection that is opened anew when it broke."""

    def __init__(self, url: str, *, timeout: float = TIMEOUT, trusted: ssl.SSLContext | None = None) -> None:
        place = urlsplit(url)
        if place.scheme not in ("http", "https") or not place.hostname:
            raise SetupError(
                f"{url!r} is no address of a server.", advice="Write http://localhost:PORT/web-connector."
            )
        self.url = url
        self._path = place.path + (f"?{place.query}" if place.query else "") or "/"
        if place.scheme == "https":
            context = trusted or ssl.create_default_context()
            self._connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                place.hostname, place.port, timeout=timeout, context=context
            )
        else:
            self._connection = http.client.HTTPConnection(place.hostname, place.port, timeout=timeout)

    def text(self, method: str, **arguments: str) -> str:
        return str(self.call(method, **arguments))

    def number(self, method: str, **arguments: str) -> int:
        found = self.call(method, **arguments)
        assert isinstance(found, int)
        return found

    def texts(self, method: str, **arguments: str) -> list[str]:
        found = self.call(method, **arguments)
        assert isinstance(found, list)
        return found

    def call(self, method: str, **arguments: str) -> Result:
        """The result of a method; Unreachable where the server does not answer, RemoteProtocolError where it does wrongly."""
        status, body = self.post(web_connector.write_call(method, **arguments), method)
        if status not in (200, 500):
            raise RemoteProtocolError(f"The server answered {method} with HTTP {status}.")
        return web_connector.read_reply(body, method)

    def post(self, envelope: bytes, method: str) -> tuple[int, bytes]:
        """The status and the body that an envelope is answered with."""
        headers = {
            "User-Agent": _AGENT,
            "Content-Type": CONTENT_TYPE,
            "SOAPAction": web_connector.soap_action(method),
            "Expect": "100-continue",
        }
        try:
            self._connection.request("POST", self._path, envelope, headers)
            answer = self._connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            raise Unreachable(
                f"{self.url} does not answer {method}: {error or type(error).__name__}"
            ) from error

    def close(self) -> None:
        self._connection.close()
