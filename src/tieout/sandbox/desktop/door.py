"""The way into the sandbox: the host protocol over loopback TCP, as the worker beside a real QuickBooks speaks it.

Four bytes of length, most significant first, then a JSON object. A client says hello with the token first; closing the
connection ends its session. Who holds the token may also have things go wrong, and look at what is remembered:

    {"do": "control", "state": "dialog-open", "faults": [{"do": "drop-after-commit"}], "remembers": false}
"""

from __future__ import annotations

import hmac
import json
import platform
import re
import secrets
import socketserver
import struct
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ...errors import SetupError
from .budgets import take_budget
from .company import DesktopCompany
from .conduct import Conduct, ConnectionDropped, DesktopFault, busy, died, other_file_open
from .machine import Machine
from .refusals import CallRefused, wrong_ticket
from .session import DesktopSession

LARGEST = 16 * 1024 * 1024
PIECE = 1_000_000
"""Characters of an answer in one frame."""

ADDRESS_ADVICE = "The sandbox makes a token anew each time it starts: take the address that it printed last."

_LENGTH = struct.Struct(">I")
_WRITES = re.compile(r"<\w+(?:Add|Mod|Del|Void|Merge)Rq[\s>/]")


class DesktopServer:
    """A company file behind a port of this machine."""

    def __init__(self, company: DesktopCompany, port: int = 0, token: str = "") -> None:
        self.company = company
        self.token = token or secrets.token_urlsafe(16)
        self.conduct = Conduct()
        self.machine = Machine()
        self.message_sets = 0
        """How many came so far."""
        self.lives = 0
        """How often QuickBooks died so far; sessions end with it."""
        door = self
        self.lock = threading.Lock()

        class Visitor(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                _Conversation(door, self.rfile, self.wfile).hold()

        socketserver.ThreadingTCPServer.allow_reuse_address = True
        try:
            self._server = socketserver.ThreadingTCPServer(("127.0.0.1", port), Visitor)
        except OSError as error:
            raise SetupError(
                f"The sandbox cannot listen on port {port}: {error.strerror or error}.",
                advice="Choose another port, or 0 for any that is free.",
            ) from error
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
        self._life = 0

    def hold(self) -> None:
        hello = self._receive()
        if hello is None or hello.get("do") != "hello":
            return
        if not hmac.compare_digest(str(hello.get("token", "")).encode(), self._door.token.encode()):
            self._send(
                hello, {"error": {"kind": "host", "text": "The token is wrong.", "advice": ADDRESS_ADVICE}}
            )
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
            except SetupError as error:
                answer = {"error": {"kind": "host", "text": str(error), "advice": error.advice}}
            except ConnectionDropped:
                return
            self._send(asked, answer)

    def _answer(self, asked: dict[str, Any]) -> dict[str, Any]:
        match asked.get("do"):
            case "open":
                self._door.conduct.refuse_opening(str(asked.get("mode", "auto")))
                self._refuse_other_file(str(asked.get("file", "")))
                self._session, self._life = DesktopSession(self._door.company), self._door.lives
                return {
                    "ticket": self._session.ticket,
                    "file": self._door.company.file,
                    "versions": self._session.versions,
                }
            case "process":
                return {"xml": self._processed(asked, str(asked.get("xml", "")))}
            case "subscribe":
                self._door.conduct.refuse_working()
                return {"xml": DesktopSession(self._door.company).subscribe(str(asked.get("xml", "")))}
            case "end":
                self._session = None
                return {}
            case "look":
                seen = self._door.machine.seen(str(asked.get("file", "")), self._door.company.file)
                return {"platform": sys.platform, "bits": 64, **seen}
            case "control":
                return self._controlled(asked)
        return {"error": {"kind": "host", "text": f"There is nothing called {asked.get('do')!r} to do."}}

    def _refuse_other_file(self, file: str) -> None:
        if file and file.casefold() != self._door.company.file.casefold():
            raise other_file_open()

    def _processed(self, asked: dict[str, Any], document: str) -> str:
        if self._session is not None and self._life != self._door.lives:
            self._session = None
            raise died()
        if self._session is None or asked.get("ticket") != self._session.ticket:
            raise wrong_ticket()
        self._door.conduct.refuse_working()
        self._door.message_sets += 1
        fault = self._door.conduct.take(writes=bool(_WRITES.search(document)))
        return self._session.process(document) if fault is None else self._gone_wrong(fault, document)

    def _gone_wrong(self, fault: DesktopFault, document: str) -> str:
        assert self._session is not None
        match fault.do:
            case "drop-before-commit":
                raise ConnectionDropped
            case "busy":
                raise busy()
            case "kill":
                self._door.lives += 1
                return self._session.process(document, dies_after=fault.requests)
            case "hang":
                time.sleep(fault.seconds)
        answer = self._session.process(document)
        if fault.do == "drop-after-commit":
            raise ConnectionDropped
        return answer

    def _controlled(self, asked: dict[str, Any]) -> dict[str, Any]:
        door = self._door
        if "state" in asked:
            door.conduct.enter(str(asked["state"]))
        if "surroundings" in asked:
            door.machine.change(asked["surroundings"])
        if "faults" in asked:
            door.conduct.plan(asked["faults"])
        if "remembers" in asked:
            door.company.message_sets.remembers = bool(asked["remembers"])
        if "is_sample" in asked:
            door.company.is_sample = bool(asked["is_sample"])
        if "budget" in asked:
            take_budget(door.company, asked["budget"])
        if asked.get("forget"):
            door.company.message_sets.forget()
        return {
            "state": door.conduct.state,
            "remembered": len(door.company.message_sets),
            "message_sets": door.message_sets,
        }

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
