"""Whoever is named in `alert` hears of refusals, failures and silence, once."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest


@contextmanager
def serving(server) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def hook():
    """The address of a webhook, and what it was told."""
    told = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            told.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(500 if self.path == "/broken" else 200)
            self.end_headers()

        def log_message(self, *_):
            return

    with serving(HTTPServer(("127.0.0.1", 0), Handler)) as port:
        yield f"http://127.0.0.1:{port}", told


@pytest.fixture
def mailbox():
    """The address of a mail server, and the messages that it took."""
    messages = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            self.wfile.write(b"220 here\r\n")
            while line := self.rfile.readline():
                word = line[:4].upper()
                if word == b"DATA":
                    self.wfile.write(b"354 go on\r\n")
                    text = b""
                    while (part := self.rfile.readline()) != b".\r\n":
                        text += part
                    messages.append(text.decode())
                self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 fine\r\n")
                if word == b"QUIT":
                    return

    with serving(socketserver.TCPServer(("127.0.0.1", 0), Handler)) as port:
        yield f"smtp://127.0.0.1:{port}", messages


def test_a_refusal_is_told_once(shop, hook):
    url, told = hook
    shop.process(f'alert = ["{url}/x"]')
    shop.order("1001", customer="99999")
    shop.run(code=1)
    shop.run(code=1)
    (alert,) = told
    assert (alert["process"], alert["event"]) == ("orders", "refused")
    assert alert["documents"][0]["document"] == "order_no=1001"
    assert "99999 not found" in alert["text"]
    assert alert["run"] in alert["text"]


def test_a_failure_is_told_once_until_it_has_passed(shop, hook):
    url, told = hook
    shop.process(f'alert = ["{url}/x"]')
    shop.database.execute("alter table orders rename to gone")
    shop.tieout("run", "orders")
    shop.tieout("run", "orders")
    assert [each["event"] for each in told] == ["failed"]
    assert "no such table" in told[0]["text"]
    shop.database.execute("alter table gone rename to orders")
    shop.run()
    shop.database.execute("alter table orders rename to gone")
    shop.tieout("run", "orders")
    assert [each["event"] for each in told] == ["failed", "failed"]


def test_silence_is_told_once(shop, hook):
    url, told = hook
    shop.process(f'alert = ["{url}/x"]\nstale = "1 day"')
    shop.order("1001")
    shop.run()
    with shop.project() as project:
        project.process_log("orders").move(arrived=(datetime.now(UTC) - timedelta(days=2)).isoformat())
    shop.database.execute("update orders set paid_at = '2000-01-01'")
    shop.run()
    shop.run()
    (alert,) = told
    assert alert["event"] == "stale"
    assert "Nothing arrived from shop:select" in alert["text"]


def test_by_mail(shop, mailbox):
    url, messages = mailbox
    shop.file.write_text(f'smtp = "{url}"\nalert_from = "tieout@example.com"\n' + shop.file.read_text())
    shop.process('alert = ["mailto:ann@example.com"]')
    shop.order("1001", customer="99999")
    shop.run(code=1)
    (message,) = messages
    assert "To: ann@example.com" in message
    assert "Subject: tieout: orders: 1 refused" in message
    assert "order_no=3D1001" in message or "order_no=1001" in message


def test_an_alert_that_reaches_nobody_spoils_nothing(shop, hook):
    url, _ = hook
    shop.process(f'alert = ["{url}/broken", "mailto:ann@example.com"]')
    shop.order("1001")
    shop.order("1002", customer="99999")
    told = shop.run(code=1)
    assert "/broken could not be told that orders has something refused: it answers 500" in told
    assert "no mail server is named" in told
    assert list(shop.invoices()) == ["W1001"]


def test_documents_that_are_run_again_are_told_of_too(shop, hook):
    url, told = hook
    shop.process(f'alert = ["{url}/x"]')
    shop.order("1001", customer="99999")
    run = shop.run(code=1).partition("Run ")[2].partition(".")[0]
    assert shop.tieout("rerun", run, "--drop").exit_code == 0
    assert shop.tieout("rerun", run).exit_code == 1
    assert [each["event"] for each in told] == ["refused", "refused"]
    assert told[1]["run"] != run
    with shop.project() as project, project.process_log("orders").alone():
        assert shop.tieout("rerun", run).exit_code == 3
    assert told[2]["event"] == "failed"
