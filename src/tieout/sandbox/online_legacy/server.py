"""The gateway and the wizard on a port of this machine: `with running_gateway(company) as server:`."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from ..desktop.company import DesktopCompany
from ..desktop.conduct import ConnectionDropped
from .gateway import AppGateway, Unavailable
from .wizard import ticket_page, wizard_page

PATH, WIZARD = "/j/AppGateway", "/j/sdkapp/connect"
CONTENT_TYPE = "application/x-qbxml"

LARGEST = 16 * 1024 * 1024
"""Bytes of a document."""
_PATIENCE = 30
"""Seconds that a silent connection is kept."""


class GatewayServer:
    """One company behind a gateway; with `tls`, over HTTPS."""

    def __init__(self, gateway: AppGateway, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        self.gateway = gateway
        self._scheme = "https" if tls else "http"
        server = self

        class Visit(_Visit):
            visited = server.gateway

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Visit)
        self._server.daemon_threads = True
        if tls is not None:
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, name="gateway", daemon=True)

    @property
    def base_url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}"

    @property
    def address(self) -> str:
        """What a connection names as its `gateway`."""
        return f"{self.base_url}{PATH}"

    def start(self) -> None:
        self._thread.start()

    def serve_forever(self) -> None:
        """In this thread, until it is interrupted."""
        try:
            self._server.serve_forever()
        finally:
            self._server.server_close()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def running_gateway(
    company: DesktopCompany, *, hosted: bool = False, tls: ssl.SSLContext | None = None
) -> Iterator[GatewayServer]:
    """A server until the block ends."""
    server = GatewayServer(AppGateway(company, hosted=hosted), tls=tls)
    server.start()
    try:
        yield server
    finally:
        server.stop()


class _Visit(BaseHTTPRequestHandler):
    """One connection."""

    visited: AppGateway
    protocol_version = "HTTP/1.1"
    timeout = _PATIENCE

    def do_POST(self) -> None:
        place = urlsplit(self.path).path
        body = self._body()
        if body is None:
            return
        if place == WIZARD:
            self._let_in(body)
        elif place != PATH:
            self._say(404, "text/plain", b"There is nothing here.")
        elif self.headers.get_content_type() != CONTENT_TYPE:
            self._say(415, "text/plain", f"Documents are of the type {CONTENT_TYPE}.".encode())
        else:
            self._answer(body)

    def do_GET(self) -> None:
        if urlsplit(self.path).path != WIZARD:
            self._say(404, "text/plain", b"There is nothing here.")
            return
        page = wizard_page(self.visited.company.name, self.visited.application.login, WIZARD)
        self._say(200, "text/html; charset=utf-8", page.encode())

    def log_message(self, *_: object) -> None:
        """Nothing: the sandbox's answers are to be read."""

    def _answer(self, body: bytes) -> None:
        try:
            status, answer = self.visited.answer(body)
        except ConnectionDropped:
            self.close_connection = True
        except Unavailable:
            self._say(503, "text/plain", b"Try again later.")
        else:
            self._say(status, CONTENT_TYPE if status == 200 else "text/plain", answer)

    def _let_in(self, body: bytes) -> None:
        said = parse_qs(body.decode("ascii", "replace"))
        if self.headers.get("Origin", f"http://{self.headers.get('Host')}") != (
            f"http://{self.headers.get('Host')}"
        ):
            self._say(403, "text/plain", b"The wizard takes its own page's word only.")
            return
        made = self.visited.book.connect(login_security=said.get("login_security") == ["on"])
        self._say(200, "text/html; charset=utf-8", ticket_page(made.ticket).encode())

    def _body(self) -> bytes | None:
        """What was posted; None where it was refused."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal():
            self._refuse(411, b"Say how long it is.")
            return None
        if int(length) > LARGEST:
            self._refuse(413, b"That is too long.")
            return None
        return self.rfile.read(int(length))

    def _refuse(self, status: int, text: bytes) -> None:
        self.close_connection = True
        self._say(status, "text/plain", text)

    def _say(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
