"""A host written by the test: what it answers to each request, over a real loopback socket."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

Answers = Callable[[dict[str, Any]], list[Any]]
"""Frames for a request: dicts; bytes go out as they are; None hangs up; "silence" says nothing more."""

GREETING = {"host": "scripted", "python": "3.11.9", "bits": 64, "platform": "linux"}


class ScriptedHost:
    """Listens, greets, and answers as it was told."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.requests: list[dict[str, Any]] = []
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"tcp://127.0.0.1:{self.listening.getsockname()[1]}?token=right"
        self.silence = threading.Event()

    def run(self) -> None:
        while True:
            try:
                connected, _ = self.listening.accept()
            except OSError:
                return
            with connected, suppress(OSError):
                self.serve(connected)

    def serve(self, connected: socket.socket) -> None:
        with connected.makefile("rb") as stream:
            while head := stream.read(4):
                request = json.loads(stream.read(struct.unpack(">I", head)[0]))
                self.requests.append(request)
                if not self.answered(request, connected):
                    return

    def answered(self, request: dict[str, Any], connected: socket.socket) -> bool:
        """Whether the conversation goes on."""
        if request["do"] == "hello":
            connected.sendall(framed({"id": request["id"], **GREETING}))
            return True
        for frame in self.answers(request):
            if frame is None:
                return False
            if frame == "silence":
                self.silence.wait(30)
                return False
            connected.sendall(framed({"id": request["id"], **frame}) if isinstance(frame, dict) else frame)
        return True


def framed(message: dict[str, Any]) -> bytes:
    content = json.dumps(message).encode()
    return struct.pack(">I", len(content)) + content


@contextmanager
def host_that(answers: Answers) -> Iterator[ScriptedHost]:
    host = ScriptedHost(answers)
    thread = threading.Thread(target=host.run, daemon=True)
    thread.start()
    try:
        yield host
    finally:
        host.silence.set()
        host.listening.shutdown(socket.SHUT_RDWR)  # wakes whoever waits in accept
        host.listening.close()
        thread.join(10)
