"""A firm with thousands of companies: a project with a mirror for each, signed in to a sandbox that holds them all."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import psutil

from tieout.connections.rest.oauth import Application, Grant, identity_of, secret_of
from tieout.project import Project
from tieout.sandbox.server import Sandbox
from tieout.state.agenda import Agenda
from tieout.state.times import written_time

from .witnessed import Run, runs_in
from .workers_killed import Workers, processor_of

PROJECT = """
state = "{state}"

[connection.books]
kind = "online"
company = "{{realm}}"
base_url = "{url}"
client_id = "x"

[connection.firm]
kind = "sql"
url = "sqlite:///firm.db"

[connection.warehouse]
kind = "duckdb"
path = "mirrors/{{realm}}.duckdb"

[process.mirror]
from = "books:Term"
to = "warehouse:"
do = "put"
only = "changed"
companies = "firm:select realm from clients"
"""


@dataclass(frozen=True, slots=True)
class Round:
    """Companies that were all asked for at once, and what became of them."""

    asked: float
    runs: list[Run]
    processor: float
    """Seconds of processor, of the workers and of Postgres."""
    kills: int
    late: int
    """Companies whose turn did not come in time."""
    lost: int
    """Companies that were not done, and that nobody meant to do."""

    @property
    def done(self) -> list[Run]:
        return [each for each in self.runs if each.read is not None]

    @property
    def rate(self) -> float:
        """Runs a second."""
        return len(self.done) / (max(each.ended for each in self.done) - self.asked)

    @property
    def cost(self) -> float:
        """Seconds of processor for a run."""
        return self.processor / len(self.done)


@dataclass
class Firm:
    """The project, its folder and its companies."""

    folder: Path
    sandbox: Sandbox
    project: Project
    realms: Sequence[str]

    @property
    def agenda(self) -> Agenda:
        return Agenda(self.project.state)

    @property
    def witness(self) -> Path:
        return self.folder / "witness.jsonl"

    def workers(self, count: int, *, kill_every: float = 0) -> Workers:
        return Workers(self.folder / "tieout.toml", self.witness, count, kill_every)

    def of_postgres(self) -> float:
        """Seconds of processor that Postgres has taken."""
        server = psutil.Process(int((self.folder / "postgres" / "postmaster.pid").read_text().split()[0]))
        return sum(processor_of(each.pid) for each in (server, *server.children()))

    def round(self, workers: Workers, realms: Sequence[str], within: float) -> Round:
        """Ask for these companies, and wait until each is done, or so many seconds."""
        asked, since, kills = time.monotonic(), written_time(datetime.now(UTC)), len(workers.killed)
        spent = workers.processor() + self.of_postgres()
        for realm in [""] if len(realms) == len(self.realms) else realms:
            self.agenda.ask("mirror", realm, by_person=True)
        left = set(realms)
        while left and time.monotonic() < asked + within:
            time.sleep(1)
            left -= self._done_since(since)
        late = self._put_off()
        spent = workers.processor() + self.of_postgres() - spent
        runs = runs_in(self.witness, workers.killed, asked)
        lost = left - late - self._done_since(since)
        return Round(asked, runs, spent, len(workers.killed) - kills, len(late & left), len(lost))

    def _done_since(self, since: str) -> set[str]:
        return {each.company for each in self.agenda.entries() if each.succeeded > since}

    def _put_off(self) -> set[str]:
        """Let what waits for its turn wait for ever, and wait for the rest; what was put off."""
        waiting = [each for each in self.agenda.entries() if each.state == "idle" and each.due]
        self.agenda.plan((each, None) for each in waiting)
        until = time.monotonic() + 120
        while self.agenda.count_under_way()[0] and time.monotonic() < until:
            time.sleep(0.5)
        return {each.company for each in waiting}

    def change(self, realms: Sequence[str], name: str) -> None:
        """Let each of these companies have a term more."""
        for realm in realms:
            self.sandbox.companies[realm].create("Term", {"Name": name, "DueDays": 7})

    def miscounted(self, realms: Sequence[str]) -> int:
        """How many mirrors do not have each of their company's terms once."""
        wrong = 0
        for realm in realms:
            with duckdb.connect(str(self.folder / "mirrors" / f"{realm}.duckdb"), read_only=True) as mirror:
                kept = sorted(identity for (identity,) in mirror.execute("select id from term").fetchall())
            wrong += kept != sorted(each.id for each in self.sandbox.companies[realm].books.store("Term"))
        return wrong


@contextmanager
def opened_firm(folder: Path, sandbox: Sandbox, state: str) -> Iterator[Firm]:
    """A firm of all companies of a sandbox."""
    (folder / "tieout.toml").write_text(PROJECT.format(state=state, url=sandbox.base_url))
    (folder / "mirrors").mkdir()
    realms = list(sandbox.companies)
    with sqlite3.connect(folder / "firm.db") as database:
        database.execute("create table clients (realm text)")
        database.executemany("insert into clients values (?)", ((realm,) for realm in realms))
    with Project.read(folder / "tieout.toml") as project:
        project.vault.write_all({identity_of(sandbox.base_url, r): _sign_in(sandbox, r) for r in realms})
        yield Firm(folder, sandbox, project, realms)


def _sign_in(sandbox: Sandbox, realm: str) -> dict[str, str]:
    keys = sandbox.sign_in(realm)
    application = Application(keys.client_id, keys.client_secret)
    return secret_of(application, Grant(keys.access_token, keys.refresh_token), datetime.now(UTC))
