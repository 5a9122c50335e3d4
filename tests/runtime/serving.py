"""A server in this process, with one connection behind a Web Connector."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.cli.conftest import call

from tieout.connections.qbxml.web_connector.exchange import MailboxExchange
from tieout.errors import TieoutError
from tieout.project import Project
from tieout.runtime.doors import Door, HealthDoor
from tieout.runtime.project_doors import web_connector_door
from tieout.runtime.server import Place, Server
from tieout.runtime.web_connector_door import PATH
from tieout.state.agenda import Agenda
from tieout.state.connector_sessions import ConnectorSessions


@contextmanager
def serving(*doors: Door, place: Place | None = None) -> Iterator[Server]:
    """A server of these doors on a free port, until the block ends."""
    server = Server([*doors, HealthDoor()], place or Place(port=0))
    thread = threading.Thread(target=server.serve_until_stopped, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.should_exit = True
        thread.join(10)


@dataclass
class Served:
    """Where to call, as whom, and the state behind it."""

    url: str
    user: str
    password: str
    sessions: ConnectorSessions

    def exchange(self, patience: float = 30) -> MailboxExchange:
        return MailboxExchange(self.sessions, self.user, patience=patience)

    @contextmanager
    def asking(self, *documents: bytes) -> Iterator[list[bytes]]:
        """Somebody who waits for a session and asks these documents; the answers are there when the block ends."""
        answers: list[bytes] = []

        def ask() -> None:
            exchange = self.exchange()
            with suppress(TieoutError):  # of a session in which QuickBooks did not open
                exchange.open()
            answers.extend(b"".join(exchange.exchange(document, reading=True)) for document in documents)
            exchange.close()

        thread = threading.Thread(target=ask, daemon=True)
        thread.start()
        mailbox = self.sessions.mailbox(self.user)
        while not mailbox.is_anybody_here():
            threading.Event().wait(0.01)
        yield answers
        thread.join(30)


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """A project in this folder that is served."""
    file = folder / "tieout.toml"
    made = call("connect", "books", "--kind", "web-connector", "--format", "json", "--project", file)
    assert made.exit_code == 0, made.stderr
    told = json.loads(made.stdout)
    with Project.read(file) as project, serving(web_connector_door(project, Agenda(project.state))) as server:
        sessions = ConnectorSessions(project.state)
        yield Served(f"{server.url}{PATH}", told["user"], told["password"], sessions)
