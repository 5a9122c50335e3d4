"""A payment service on a loopback port: payouts in pages, each beginning after a record; it stops with its block."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY = "Bearer sk_test_1"
PER_PAGE = 2


@contextmanager
def payment_service(payouts: list[dict[str, Any]]) -> Iterator[str]:
    """Its address; it hands out `payouts`, two at a time, to whoever has the key."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None: ...

        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            if self.headers["Authorization"] != KEY or asked.path != "/v1/payouts":
                self._answer(401, {"error": {"message": "Invalid API key"}})
                return
            after = parse_qs(asked.query).get("starting_after", [""])[0]
            begins = next((n for n, each in enumerate(payouts, 1) if each["id"] == after), 0)
            some = payouts[begins : begins + PER_PAGE]
            more = begins + PER_PAGE < len(payouts)
            self._answer(200, {"object": "list", "data": some, "has_more": more})

        def _answer(self, status: int, said: Any) -> None:
            body = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
