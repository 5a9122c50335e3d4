"""A web shop on a loopback port, written here from what such services have in common; it stops with its block."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Shop:
    """What the shop holds, how it hands it out, and what it is to do wrong."""

    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    paging: str = "link"
    size: int = 2
    wants: str = ""
    """The Authorization that it wants."""
    token_secret: str = ""
    tokens: list[str] = field(default_factory=list)
    wrong: list[Any] = field(default_factory=list)
    """Answers to give instead of the right ones: (status, headers, body), or `lost`: done, and no answer."""
    asked: list[str] = field(default_factory=list)
    keys: dict[str, dict[str, Any]] = field(default_factory=dict)
    url: str = ""

    def page(self, query: dict[str, list[str]]) -> tuple[Any, dict[str, str]]:
        """A page of orders, its address or cursor of the next, and headers."""
        word = {"page": "page", "offset": "offset", "cursor": "after"}.get(self.paging, "from")
        given = int(query.get(word, ["1" if self.paging == "page" else "0"])[0])
        begins = (given - 1) * self.size if self.paging == "page" else given
        rows = list(self.orders.values())
        some, ends = rows[begins : begins + self.size], begins + self.size
        more = ends < len(rows)
        match self.paging:
            case "link":
                return some, {"Link": f'<{self.url}/orders?from={ends}>; rel="next"'} if more else {}
            case "next":
                return {"data": {"orders": some}, "next": f"/api/orders?from={ends}" if more else None}, {}
            case "cursor":
                return {"orders": some, "meta": {"after": str(ends) if more else None}}, {}
        return {"orders": some}, {}


@contextmanager
def running_shop(**settings: Any) -> Iterator[Shop]:
    """The shop, with three orders."""
    shop = Shop(**settings)
    shop.orders |= {key: {"id": key, "total": 12.10} for key in ("a", "b", "c")}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None: ...

        def answer(self, status: int, body: Any = None, headers: dict[str, str] | None = None) -> None:
            text = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            parts = urlsplit(self.path)
            shop.asked.append(f"{self.command} {self.path}")
            if parts.path == "/token":
                self.token(body)
                return
            known = {shop.wants, *(f"Bearer {t}" for t in shop.tokens)} - {""}
            if (shop.wants or shop.token_secret) and self.headers.get("Authorization") not in known:
                self.answer(401, {"message": "who are you"})
                return
            wrong = shop.wrong.pop(0) if shop.wrong else None
            if isinstance(wrong, tuple):
                self.answer(wrong[0], wrong[2], wrong[1])
                return
            key = self.headers.get("Idempotency-Key", "")
            if key in shop.keys:
                status, found = 200, shop.keys[key]
            else:
                status, found = self.carry_out(parts.path.removeprefix("/api/orders").strip("/"), body)
            if key and status < 300:
                shop.keys[key] = found
            if wrong == "lost":
                self.close_connection = True
                return
            if found is None:
                found, headers = shop.page(parse_qs(parts.query))
                self.answer(status, found, headers)
            else:
                self.answer(status, found)

        def token(self, body: bytes) -> None:
            wanted = "Basic " + base64.b64encode(f"tieout:{shop.token_secret}".encode()).decode()
            if self.headers.get("Authorization") != wanted or b"client_credentials" not in body:
                self.answer(401, {"error": "invalid_client"})
                return
            shop.tokens.append(f"t{len(shop.tokens)}")
            self.answer(200, {"access_token": shop.tokens[-1], "expires_in": 3600})

        def carry_out(self, key: str, body: bytes) -> tuple[int, Any]:
            if self.command == "GET":
                return (200, None) if not key else self.one(key)
            if self.command == "DELETE":
                return (204, {}) if shop.orders.pop(key, None) else (404, {"message": "no such order"})
            record = json.loads(body)
            if record.get("total") == "dear":
                return 422, {"message": "total is no number"}
            if self.command == "PATCH":
                if key not in shop.orders:
                    return 404, {"message": "no such order"}
                record = {**shop.orders[key], **record}
            key = key or str(record.get("id") or f"n{len(shop.orders)}")
            if self.command == "POST" and key in shop.orders:
                return 409, {"message": "there is one"}
            shop.orders[key] = {**record, "id": key}
            return 201, shop.orders[key]

        def one(self, key: str) -> tuple[int, Any]:
            return (200, shop.orders[key]) if key in shop.orders else (404, {"message": "no such order"})

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any  # noqa: N815

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    shop.url = f"http://127.0.0.1:{server.server_port}/api"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield shop
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
