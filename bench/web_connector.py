"""What the way through a Web Connector costs: a company read in one poll, many companies polling at once, one large answer.

Server, Web Connector and company file are processes of their own. Prints one line of JSON; run by `python -m bench`.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

INVOICES = 20_000
COMPANIES = 200
LARGE = 20_000_000
"""Characters of an answer; in its envelope they are 27 MB and more."""
PASSWORD = "a password"
PAUSE = 5.0
"""Seconds over which the polls of a round begin."""


@contextmanager
def program(*words: str, folder: Path | None = None) -> Iterator[str]:
    """A process that says in its first line that it is ready; that line."""
    with subprocess.Popen([sys.executable, *words], cwd=folder, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            yield running.stdout.readline()
        finally:
            running.terminate()


@contextmanager
def served(users: int = 1) -> Iterator[tuple[Path, str, int]]:
    """A project with so many connections behind Web Connectors, and its server: folder, address and process."""
    from tieout.state.connector_sessions import ConnectorSessions
    from tieout.state.database import open_state
    from tieout.state.passwords import hashed

    with tempfile.TemporaryDirectory() as name:
        folder, kept = Path(name), hashed(PASSWORD)
        tables = (f'[connection.b{n}]\nkind = "web-connector"\nuser = "u{n}"\n' for n in range(users))
        (folder / "tieout.toml").write_text("".join(tables), "utf-8")
        with open_state(folder / ".tieout") as state:
            sessions = ConnectorSessions(state)
            for n in range(users):
                sessions.set_user(
                    f"u{n}", connection=f"b{n}", password=kept, owner_id="{1}", file_id=f"{{{n}}}"
                )
        command = [sys.executable, "-m", "tieout", "serve", "--port", "0", "--format", "json"]
        with subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as server:
            try:
                assert server.stdout is not None
                yield folder, json.loads(server.stdout.readline())["web_connector"], server.pid
            finally:
                server.terminate()


def reading() -> dict[str, Any]:
    """Seconds for a mirror of a company through the sandbox's own door, and through a Web Connector in one poll."""
    from tieout.connections.duckdb.connection import DuckDBConnection
    from tieout.connections.qbxml.connection import open_desktop
    from tieout.processes.sync import sync
    from tieout.project import Project

    def mirror(books: Any, folder: Path) -> int:
        (folder / "mirror.duckdb").unlink(missing_ok=True)
        warehouse = DuckDBConnection("warehouse", folder / "mirror.duckdb")
        writer = warehouse.mirror(books.identity, books.layout)
        return sync(books, writer, books.types()).read["Invoice"]

    with ExitStack() as stack:
        address = stack.enter_context(program("-m", "bench.web_connector", "company")).strip()
        folder, url, _ = stack.enter_context(served())
        through_door, through_connector = [], []
        for turn in range(4):
            with open_desktop("books", sandbox=address) as books:
                began = time.perf_counter()
                rows = mirror(books, folder)
                through_door.append(time.perf_counter() - began)
            words = ["--url", url, "--user", "u0", "--password", PASSWORD, "--sandbox", address, "--once"]
            with Project.read(folder / "tieout.toml") as project, project.connection("b0") as books:
                books._exchange.patience = 30.0  # type: ignore[attr-defined]
                called = subprocess.Popen(
                    [sys.executable, "-m", "bench.web_connector", "call", *words],
                    stdout=subprocess.PIPE,
                    text=True,
                )
                books._exchange.open()  # type: ignore[attr-defined]
                began = time.perf_counter()
                assert rows == mirror(books, folder)
                through_connector.append(time.perf_counter() - began)
            visit = json.loads(called.communicate()[0])
            assert visit["ending"] == "done", visit
            if turn == 0:
                through_door.clear()
                through_connector.clear()
    door, connector = statistics.median(through_door), statistics.median(through_connector)
    return {
        "rows": rows,
        "door_seconds": round(door, 2),
        "web_connector_seconds": round(connector, 2),
        "ratio": round(connector / door, 2),
        "documents_in_one_poll": visit["documents"],
    }


def company() -> None:
    """A company file with many invoices behind its door."""
    from tieout.sandbox.desktop.company import DesktopCompany
    from tieout.sandbox.desktop.door import DesktopServer
    from tieout.sandbox.desktop.small_company import small_company

    made = small_company(DesktopCompany())
    customers = [{"ListID": each["ListID"]} for each in made.all_of("Customer")]
    for number in range(INVOICES - len(made.records["Invoice"])):
        lines = [
            {"ItemRef": {"FullName": "Planning"}, "Quantity": Decimal(line + 1), "Rate": Decimal("10.50")}
            for line in range(5)
        ]
        made.add(
            "Invoice",
            {
                "CustomerRef": customers[number % len(customers)],
                "TxnDate": f"2026-{number % 12 + 1:02}-{number % 28 + 1:02}",
                "RefNumber": f"B-{number}",
                "InvoiceLineAdd": lines,
            },
        )
    server = DesktopServer(made)
    print(server.address, flush=True)
    server.serve_forever()


def call(words: list[str]) -> None:
    """A Web Connector that calls until it was let in, and says what became of that."""
    from dataclasses import asdict

    from tieout.sandbox.web_connector.calling import Caller
    from tieout.sandbox.web_connector.quickbooks import QuickBooksAtDoor
    from tieout.sandbox.web_connector.robot import Robot

    told = dict(zip(words[::2], words[1::2], strict=False))
    quickbooks = QuickBooksAtDoor(told["--sandbox"])
    robot = Robot(Caller(told["--url"]), told["--user"], told["--password"], quickbooks)
    while (visit := robot.visit()).ending == "nothing to do":
        time.sleep(0.05)
    print(json.dumps(asdict(visit)))


def polling() -> dict[str, Any]:
    """Milliseconds of the calls of many companies that find nothing to do."""
    with served(COMPANIES) as (_, url, _pid):
        rounds = [asyncio.run(_poll_all(url, spread)) for spread in (PAUSE, PAUSE, PAUSE, 0.0)]
    return {
        "companies": COMPANIES,
        "seconds": PAUSE,
        "first_round_p95_ms": round(_percentile(rounds[0]), 1),
        "p95_ms": round(_percentile(rounds[1] + rounds[2]), 1),
        "all_at_the_same_moment_p95_ms": round(_percentile(rounds[3]), 1),
    }


def _percentile(milliseconds: list[float]) -> float:
    return sorted(milliseconds)[int(len(milliseconds) * 0.95)]


async def _poll_all(url: str, spread: float) -> list[float]:
    """One poll of each company, begun at any time within so many seconds; the milliseconds of each call."""
    chance = random.Random(1)
    polls = [_poll(url, f"u{n}", chance.uniform(0, spread)) for n in range(COMPANIES)]
    return [each for took in await asyncio.gather(*polls) for each in took]


async def _poll(url: str, user: str, wait: float) -> list[float]:
    from urllib.parse import urlsplit

    from tieout.protocols import web_connector

    await asyncio.sleep(wait)
    place = urlsplit(url)
    reader, writer = await asyncio.open_connection("127.0.0.1", place.port)
    took: list[float] = []

    async def ask(method: str, **arguments: str) -> Any:
        body = web_connector.write_call(method, **arguments)
        head = (
            f"POST {place.path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/xml; charset=utf-8\r\n"
            f"SOAPAction: {web_connector.soap_action(method)}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        began = time.perf_counter()
        writer.write(head.encode() + body)
        told = (await reader.readuntil(b"\r\n\r\n")).lower()
        assert told.startswith(b"http/1.1 200"), told
        answer = await reader.readexactly(int(told.partition(b"content-length:")[2].split(b"\r\n")[0]))
        took.append((time.perf_counter() - began) * 1000)
        return web_connector.read_reply(answer, method)

    await ask("serverVersion")
    await ask("clientVersion", strVersion="2.3.0.215")
    ticket, what, *_ = await ask("authenticate", strUserName=user, strPassword=PASSWORD)
    assert what == "none", what
    await ask("closeConnection", ticket=ticket)
    writer.close()
    return took


def large() -> dict[str, Any]:
    """How much the server grows over an answer, after a small one and after a large one, and how long that took."""
    from tieout.protocols.web_connector import write_call
    from tieout.sandbox.web_connector.calling import Caller
    from tieout.state.connector_sessions import ConnectorSessions
    from tieout.state.database import open_state

    record = "<CustomerRet><Name>Bücher &amp; Söhne</Name></CustomerRet>\n"
    with served() as (folder, url, pid), open_state(folder / ".tieout") as state:
        sessions = ConnectorSessions(state)
        mailbox, caller = sessions.mailbox("u0"), Caller(url)
        mailbox.visit("bench")
        ticket = caller.texts("authenticate", strUserName="u0", strPassword=PASSWORD)[0]
        peaks, seconds, length = {}, 0.0, 0
        number = mailbox.put(ticket, "bench", b"<QBXML/>")
        for size in (1_000_000, LARGE):
            caller.text("sendRequestXML", ticket=ticket, strCompanyFileName="a.qbw")
            following = mailbox.put(ticket, "bench", b"<QBXML/>")
            envelope = write_call(
                "receiveResponseXML", ticket=ticket, response=record * (size // len(record))
            )
            began = time.perf_counter()
            caller.post(envelope, "receiveResponseXML")
            seconds = time.perf_counter() - began
            length = sum(map(len, mailbox.pieces(number)))
            peaks[size], number = _peak(pid), following
        assert length > 0.9 * LARGE
    return {
        "envelope_mb": round(len(envelope) / 1e6, 1),
        "seconds": round(seconds, 2),
        "server_grows_mb": round(peaks[LARGE] - peaks[1_000_000], 1),
        "server_peak_mb": round(peaks[LARGE], 1),
    }


def _peak(pid: int) -> float:
    """The most memory that a process ever had, in MB; 0 where that is not told."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0.0
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def main() -> None:
    what = sys.argv[1] if len(sys.argv) > 1 else "web-connector"
    if what == "company":
        company()
    elif what == "call":
        call(sys.argv[2:])
    else:
        os.environ.setdefault("PYTHONWARNINGS", "ignore")
        found = {
            each.__name__: each()
            for each in (reading, polling, large)
            if what in ("web-connector", each.__name__)
        }
        print(json.dumps(found))


if __name__ == "__main__":
    main()
