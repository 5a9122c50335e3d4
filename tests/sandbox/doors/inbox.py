"""A subscriber to webhooks: a small server that keeps what it gets and answers what it is told to."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from threading import Thread
from typing import Any


@dataclass(frozen=True)
class Posted:
    headers: dict[str, str]
    body: bytes

    @property
    def events(self) -> list[dict[str, Any]]:
        return json.loads(self.body)

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.events]


class Inbox:
    def __init__(self, url: str) -> None:
        self.url = url
        self.answers: list[int] = []
        """Statuses of the next answers; 200 after them."""
        self._posted: Queue[Posted] = Queue()

    def next(self, seconds: float = 30) -> Posted:
        return self._posted.get(timeout=seconds)

    def is_quiet(self, seconds: float = 0.2) -> bool:
        """Whether nothing comes for a while."""
        try:
            self._posted.get(timeout=seconds)
        except Empty:
            return True
        return False


@contextmanager
def open_inbox() -> Iterator[Inbox]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status = inbox.answers.pop(0) if inbox.answers else 200
            inbox._posted.put(
                Posted(headers, body)
            )  # before it is answered, or the next one could overtake it
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        inbox = Inbox(f"http://127.0.0.1:{server.server_port}/webhooks")
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield inbox
        finally:
            server.shutdown()
            thread.join()
