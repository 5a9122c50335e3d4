"""A shop sends its orders to `tieout serve`, which is killed when it has stored them; each becomes one customer."""

import json
import subprocess
import sys
from contextlib import contextmanager

import httpx2
import pytest
from tests.cli.conftest import call, connected
from tests.runtime.conftest import eventually

from tieout.project import Project
from tieout.sandbox.server import running_sandbox
from tieout.state.agenda import Agenda

KEY = "0123456789abcdef0123456789abcdef"
PROCESSES = f"""
[connection.shop]
kind = "http"
listen = ["buyer"]
listen_key = "{KEY}"
id_field = "no"

[process.buyers]
from = "shop:buyer"
map = "buyers:customer"
to = "books:Customer"
do = "add"
key = "no"
"""
MAP = 'def customer(buyer):\n    return {"DisplayName": buyer["name"]}\n'


@contextmanager
def serving(folder):
    """`tieout serve` in a process of its own; its address. It is killed when the block ends."""
    command = [sys.executable, "-m", "tieout", "serve", "--port", "0", "--format", "json", "--logs", "json"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as server:
        try:
            yield json.loads(server.stdout.readline())["url"]
        finally:
            server.kill()


@pytest.fixture
def books():
    with running_sandbox("empty") as running:
        yield running


@pytest.fixture
def folder(books, tmp_path):
    connected(tmp_path, books, PROCESSES)
    (tmp_path / "buyers.py").write_text(MAP)
    return tmp_path


def send(url, *buyers):
    body = "\n".join(json.dumps(each) for each in buyers)
    return httpx2.post(f"{url}/in/shop", content=body, headers={"authorization": f"Bearer {KEY}"}, timeout=60)


def names(books):
    found = books.company.query("select DisplayName from Customer").records
    return sorted(json.loads(each)["DisplayName"] for each in found)


def test_what_was_answered_survives_a_kill_and_is_brought_over_once(folder, books):
    ann, ben, again = ({"no": n, "name": name} for n, name in ((1, "Ann"), (2, "Ben"), (3, "Ann")))
    with Project.read(folder / "tieout.toml") as project:
        agenda = Agenda(project.state)
        agenda.pause()
        with serving(folder) as url:
            stored = send(url, ann, ben, again)
            assert (stored.status_code, stored.json()["new"]) == (202, 3)
        assert names(books) == []  # killed between storing and running
        with serving(folder) as url:
            assert send(url, ann, ben, again).json() == {**stored.json(), "new": 0}  # the shop did not hear
            agenda.resume()
            eventually(lambda: project.arrivals("shop").newest("buyer") is None, within=60)
        (entry,) = agenda.entries()
    assert names(books) == ["Ann", "Ben"]
    told = call(
        "runs", "--where", "state = 'refused'", "--format", "json", "--project", folder / "tieout.toml"
    )
    (refused,) = json.loads(told.stdout)
    assert refused["document"] == "no=3"  # the name is taken: it is kept by the process
    with Project.read(folder / "tieout.toml") as project:
        assert [each.document for each in project.process_log("buyers").standings("refused")] == ["no=3"]
    assert entry.process == "buyers"


def test_a_run_that_was_killed_before_it_acknowledged_doubles_nothing(folder, books):
    ann = {"no": 1, "name": "Ann"}
    with Project.read(folder / "tieout.toml") as project, serving(folder) as url:
        for _ in range(2):  # what is sent again after it was done is the same as what was not acknowledged
            assert send(url, ann).json()["new"] == 1
            eventually(lambda: project.arrivals("shop").newest("buyer") is None, within=60)
    assert names(books) == ["Ann"]
