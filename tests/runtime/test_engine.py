"""Workers that share lanes and are killed: each task is done, none of a lane beside another, none begun twice without a death."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections import Counter

import pytest

from tieout.errors import Unreachable
from tieout.runtime.durable_engine import DurableEngine
from tieout.runtime.engine_file import is_damaged, sqlite_engine, sqlite_url
from tieout.runtime.worker import working
from tieout.state.database import open_state

from .conftest import eventually

WORKER = """
import os, sys, time
from pathlib import Path
from tieout.runtime.durable_engine import DurableEngine
from tieout.runtime.engine import Part, Task
from tieout.runtime.engine_file import sqlite_url
from tieout.state.database import open_state

folder, url, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
if url:
    from tieout.state.postgres import PostgresState
    state = PostgresState(url)
else:
    state = open_state(folder)
log = os.open(folder / "log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)

def work(task):
    os.write(log, f"{time.monotonic()} begun {task.lane} {task.id}+{task.part} {os.getpid()}\\n".encode())
    time.sleep(0.1)
    os.write(log, f"{time.monotonic()} ended {task.lane} {task.id}+{task.part} {os.getpid()}\\n".encode())
    return Part({"done": 1}, more=task.part == 1 and task.id.endswith("0"))

engine = DurableEngine(url or sqlite_url(folder / "engine.db"), state.exclusive, at_once=8, poll=0.1)
engine.run(work)
for number in range(count):
    engine.enqueue(Task(f"task {number}", f"company {number % 10}", "mirror"))
print("ready", flush=True)
while True:
    time.sleep(0.5)
    engine.take_over()
"""
TASKS, LANES = 60, 10


@pytest.fixture
def start(tmp_path, request):
    """Starts a worker at the same lanes; all end with the test."""
    started = []

    def one(url, count=0):
        program = [sys.executable, "-c", textwrap.dedent(WORKER), str(tmp_path), url, str(count)]
        process = subprocess.Popen(program, stdout=subprocess.PIPE, text=True)
        started.append(process)
        assert process.stdout.readline() == "ready\n"
        return process

    yield one
    for each in started:
        each.kill()
        each.communicate()


def lines(folder):
    for line in (folder / "log").read_text().splitlines():
        at, what, rest = line.split(" ", 2)
        lane, _, task = rest.partition(" task ")
        yield float(at), what, lane, *task.split()


@pytest.mark.parametrize("kind", ["file", "postgres"])
def test_lanes_outlive_their_workers(kind, start, tmp_path, request):
    url = request.getfixturevalue("postgres_url") if kind == "postgres" else ""
    alive = [start(url, TASKS), start(url)]
    wanted = {f"{n}+1" for n in range(TASKS)} | {f"{n}+2" for n in range(0, TASKS, 10)}

    def is_done():
        return {task for _, what, _, task, _ in lines(tmp_path) if what == "ended"} == wanted

    killed = {}
    for _ in range(2):
        time.sleep(1.0)
        victim = alive.pop(random.randrange(len(alive)))
        os.kill(victim.pid, signal.SIGKILL)
        killed[str(victim.pid)] = time.monotonic()
        alive.append(start(url))
    eventually(is_done, within=60)
    told = sorted(lines(tmp_path))
    begun = Counter(task for _, what, _, task, _ in told if what == "begun")
    for task, times in begun.items():
        died = [pid for _, what, _, t, pid in told if t == task and what == "begun" and pid in killed]
        assert times == 1 or died, f"{task} was begun {times} times, and nobody died"
    under_way = {}
    for at, what, lane, task, pid in told:
        if what == "ended":
            under_way.pop(lane)
            continue
        before = under_way.get(lane)
        assert before is None or killed.get(before[1], at) < at, f"{lane}: {task} beside {before[0]}"
        under_way[lane] = task, pid


def test_an_old_sqlite_is_given_the_clock_it_lacks(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 40, 1))
    engine = sqlite_engine(sqlite_url(tmp_path / "engine.db"))
    with engine.connect() as connection:
        (now,) = connection.exec_driver_sql("select unixepoch('subsec')").fetchone()
    assert abs(now - time.time()) < 5
    engine.dispose()


@pytest.mark.parametrize("torn", ["no database", "half of one"])
def test_a_damaged_file_is_put_aside_and_work_goes_on(torn, project):
    file = project.folder / "engine.db"
    if torn == "no database":
        file.write_bytes(b"what the disk gave back" * 1000)
    else:
        with sqlite3.connect(file) as database:
            database.execute("create table progress as select zeroblob(100000) as it")
        database.close()
        os.truncate(file, 9000)
    assert is_damaged(file)
    with working(project, look=0.1) as worker:
        eventually(lambda: [each for each in worker.agenda.entries() if each.succeeded])
    assert not is_damaged(file)
    assert file.with_name("engine.db.damaged").exists()


def test_an_engine_that_cannot_use_its_database_says_so(tmp_path):
    (tmp_path / "engine.db").mkdir()
    with open_state(tmp_path) as state:
        engine = DurableEngine(sqlite_url(tmp_path / "engine.db"), state.exclusive)
        try:
            with pytest.raises(Unreachable, match="cannot be used: unable to open"):
                engine.run(lambda _task: None)
        finally:
            engine.stop()
