"""The way into the sandbox: the host protocol over loopback TCP, as the worker beside a real QuickBooks speaks it.

Four bytes of length, most significant first, then a JSON object. A client says hello with the token first; closing the
connection ends its session.
"""

from __future__ import annotations

import hmac
import json
import platform
import secrets
import socketserver
import struct
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .company import DesktopCompany
from .refusals import CallRefused, wrong_ticket
from .session import DesktopSession

LARGEST = 16 * 1024 * 1024
PIECE = 1_000_000
"""Characters of an answer in one frame."""

_LENGTH = struct.Struct(">I")


class DesktopServer:
    """A company file behind a port of this machine."""

    def __init__(self, company: DesktopCompany, port: int = 0, token: str = "") -> None:
        self.company = company
        self.token = token or secrets.token_urlsafe(16)
        door = self
        self.lock = threading.Lock()

        class Visitor(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                _Conversation(door, self.rfile, self.wfile).hold()

        socketserver.ThreadingTCPServer.allow_reuse_address = True
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", port), Visitor)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="desktop sandbox", daemon=True
        )

    @property
    def address(self) -> str:
        """What a connection names as its `sandbox`."""
        return f"tcp://127.0.0.1:{self._server.server_address[1]}?token={self.token}"

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
def running_desktop(company: DesktopCompany, port: int = 0) -> Iterator[DesktopServer]:
    """A server until the block ends."""
    server = DesktopServer(company, port)
    server.start()
    try:
        yield server
    finally:
        server.stop()


class _Conversation:
    """One client, from hello to the end of its connection."""

    def __init__(self, door: DesktopServer, reading: Any, writing: Any) -> None:
        self._door = door
        self._reading = reading
        self._writing = writing
        self._session: DesktopSession | None = None

    def hold(self) -> None:
        hello = self._receive()
        if hello is None or hello.get("do") != "hello":
            return
        if not hmac.compare_digest(str(hello.get("token", "")).encode(), self._door.token.encode()):
            self._send(hello, {"error": {"kind": "host", "text": "The token is wrong."}})
            return
        self._send(
            hello,
            {
                "host": "tieout sandbox",
                "python": platform.python_version(),
                "bits": 64,
                "platform": sys.platform,
            },
        )
        while (asked := self._receive()) is not None:
            try:
                with self._door.lock:
                    answer = self._answer(asked)
            except CallRefused as refusal:
                answer = {"error": {"hresult": refusal.hresult, "text": refusal.text}}
            self._send(asked, answer)

    def _answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        match asked.get("do"):
            case "open":
                self._session = DesktopSession(self._door.company)
                return {
                    "ticket": self._session.ticket,
                    "file": self._door.company.file,
                    "versions": self._session.versions,
                }
            case "process":
                if self._session is None or asked.get("ticket") != self._session.ticket:
                    raise wrong_ticket()
                return {"xml": self._session.process(str(asked.get("xml", "")))}
            case "end":
                self._session = None
                return {}
            case "look":
                return {"platform": sys.platform, "bits": 64, "running": [self._door.company.product]}
        return {"error": {"kind": "host", "text": f"There is nothing called {asked.get('do')!r} to do."}}

    def _receive(self) -> dict[str, Any] | None:
        head = self._reading.read(_LENGTH.size)
        if len(head) < _LENGTH.size:
            return None
        length = _LENGTH.unpack(head)[0]
        if length > LARGEST:
            return None
        body = self._reading.read(length)
        if len(body) < length:
            return None
        try:
            found = json.loads(body)
        except ValueError:
            return None
        return found if isinstance(found, dict) else None

    def _send(self, asked: dict[str, Any], answer: dict[str, Any]) -> None:
        whole = str(answer.get("xml", ""))
        for at in range(0, max(len(whole) - PIECE, 0), PIECE):
            self._frame({"id": asked.get("id"), "xml": whole[at : at + PIECE], "more": True})
        if len(whole) > PIECE:
            answer = {**answer, "xml": whole[(len(whole) - 1) // PIECE * PIECE :]}
        self._frame({"id": asked.get("id"), **answer})

    def _frame(self, message: dict[str, Any]) -> None:
        content = json.dumps(message).encode()
        self._writing.write(_LENGTH.pack(len(content)) + content)
        self._writing.flush()
