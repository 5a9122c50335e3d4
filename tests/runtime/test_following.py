"""The project file is edited while a worker and a server run: what it says now holds, and a mistake stops nothing."""

from __future__ import annotations

import json
import logging
import threading
from datetime import timedelta

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from tests.cli.conftest import call, connected
from tests.runtime.console.browser import Browser

from tieout.project import Project
from tieout.project.companies import Companies
from tieout.project.following import FollowedProject
from tieout.runtime.console.sign_ins import SignIns
from tieout.runtime.engine import Task
from tieout.runtime.performing import Performer
from tieout.runtime.project_doors import doors_of
from tieout.runtime.worker import working
from tieout.state.access import Access
from tieout.state.agenda import Agenda
from tieout.state.times import read_time, utc_now

from .conftest import MIRROR, eventually
from .serving import serving

PLAIN = """
[connection.a]
kind = "memory"

[connection.w]
kind = "duckdb"
path = "w.duckdb"
"""
KEPT = """
[process.kept]
from = "a:*"
to = "w:"
do = "put"
"""


@pytest.fixture
def file(tmp_path):
    made = tmp_path / "tieout.toml"
    made.write_text(PLAIN + KEPT)
    return made


def looked(followed):
    """Look until the file is known to be whole."""
    return [followed.look() for _ in range(3)].count(True)


def test_a_change_is_another_project_with_the_same_memory(file):
    with Project.read(file) as project:
        followed = FollowedProject(project)
        assert looked(followed) == 0
        file.write_text(PLAIN + KEPT.replace("kept", "other"))
        assert looked(followed) == 1
        assert list(followed.now.processes) == ["other"]
        assert list(project.processes) == ["kept"]  # whoever has it finishes with it
        assert followed.now.state is project.state


def test_a_file_that_is_being_written_is_not_read(file):
    with Project.read(file) as project:
        followed = FollowedProject(project)
        looked(followed)
        for text in ("", PLAIN, PLAIN + KEPT):
            file.write_text(text)
            assert not followed.look()
        assert looked(followed) == 0
        assert followed.mistake is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (PLAIN + KEPT + 'every = "soon"\n', "is no interval"),
        (PLAIN + KEPT + 'every = "${NOWHERE_SET}"\n', "NOWHERE_SET"),
        (KEPT, "There is no connection"),
        ("[", "is not TOML"),
        ('state = "postgresql://x/y"\n' + PLAIN + KEPT, "another place"),
        (None, "cannot be read"),
    ],
)
def test_a_mistake_is_said_once_and_what_was_read_before_goes_on(file, caplog, text, complaint):
    caplog.set_level(logging.INFO, "tieout.project")
    with Project.read(file, {}) as project:
        followed = FollowedProject(project)
        looked(followed)
        file.unlink() if text is None else file.write_text(text)
        assert looked(followed) == looked(followed) == 0
        assert complaint in str(followed.mistake)
        assert [each.levelname for each in caplog.records] == ["WARNING"]
        assert complaint in caplog.text
        assert followed.now is project
        file.write_text(PLAIN + KEPT)
        looked(followed)
        assert followed.mistake is None
        assert "read again" in caplog.text


def test_an_edit_from_before_anybody_looked_is_noticed(file):
    with Project.read(file) as project:
        file.write_text(PLAIN + KEPT + 'every = "1 hour"\n')
        followed = FollowedProject(project)
        assert looked(followed) == 1
        assert followed.now.processes["kept"].every == "1 hour"


def test_processes_come_change_and_go_while_a_worker_runs(shop, tmp_path):
    file = connected(tmp_path, shop, "")
    plain = file.read_text()
    with Project.read(file) as project, working(project, look=0.05) as worker:

        def entries(**wanted):
            return [e for e in worker.agenda.entries() if all(getattr(e, k) == v for k, v in wanted.items())]

        file.write_text(plain + MIRROR + 'every = "1 second"\n')
        eventually(lambda: [e for e in entries(process="mirror") if e.succeeded], within=60)
        file.write_text(plain + MIRROR + 'every = "7 hours"\n')
        eventually(
            lambda: [e for e in entries() if e.due and read_time(e.due) - utc_now() > timedelta(hours=6)],
            within=60,
        )
        file.write_text(plain + MIRROR.replace("process.mirror", "process.other") + "[process.mirror")
        file.write_text(plain + MIRROR.replace("process.mirror", "process.other") + 'every = "1 second"\n')
        eventually(lambda: [e for e in entries(process="other") if e.succeeded], within=60)
        eventually(lambda: not entries(process="mirror"), within=60)


def test_a_run_that_is_under_way_ends_as_it_began(shop, tmp_path):
    """Its process leaves the file while it waits for its company: it goes on, and is planned no more."""
    file = connected(tmp_path, shop, MIRROR + 'every = "1 second"\n')
    with Project.read(file) as project:
        companies, agenda = Companies(project), Agenda(project.state)
        realm = project.connections["books"].company
        agenda.enter([("mirror", realm, realm)], agenda.clock())
        agenda.queue([(each, "t") for each in agenda.entries()])
        reached, may_go_on = threading.Event(), threading.Event()

        def stopping():
            reached.set()
            assert may_go_on.wait(60)
            return False

        performer = Performer(companies, agenda, stopping=stopping)
        running = threading.Thread(target=performer, args=(Task("t", realm, "mirror", realm),))
        running.start()
        assert reached.wait(60)
        file.write_text(file.read_text().partition("[process")[0])
        companies.use(Project.read(file))
        may_go_on.set()
        running.join(60)
        (entry,) = agenda.entries()
        assert (entry.outcome, entry.due) == ("succeeded", "")
        assert json.loads(entry.counts)["read"] > 5


def test_a_task_of_a_process_that_is_gone_waits_and_leaves(file):
    with Project.read(file) as project:
        agenda = Agenda(project.state)
        agenda.enter([("gone", "47", "47")], agenda.clock())
        (entry,) = agenda.entries()
        agenda.alert(entry, "failed", "x", "y")
        agenda.queue([(entry, "t")])
        Performer(Companies(project), agenda)(Task("t", "47", "gone", "47"))
        (entry,) = agenda.entries()
        assert (entry.outcome, entry.reason) == ("waiting", "The project file has no process gone.")
        agenda.leave([entry])
        assert agenda.entries() == agenda.alerts() == []


def test_doors_and_console_answer_as_the_file_says_now(file):
    key = "0123456789abcdef0123456789abcdef"
    with Project.read(file) as project:
        sign_ins = SignIns(Access(project.state))
        followed = FollowedProject(project)
        doors = doors_of(project, sign_ins, followed=followed)
        with TestClient(Starlette(routes=[route for door in doors for route in door.routes()])) as client:
            bearer = {"authorization": f"Bearer {key}"}
            assert client.get("/runs", headers=bearer).status_code == 401
            file.write_text(f'run_key = "{key}"\n' + PLAIN + KEPT)
            looked(followed)
            assert client.get("/runs", headers=bearer).status_code == 200
            assert "tieout_project_file_mistake{} 0\n" in client.get("/metrics").text
            file.write_text("[")
            looked(followed)
            assert "tieout_project_file_mistake{} 1\n" in client.get("/metrics").text
        with serving(*doors) as server:
            browser = Browser(server.url)
            browser.send(browser.get(f"/console/sign-in?token={sign_ins.new_token()}").one("form"))
            assert "kept" in browser.get("/console").text
            file.write_text(PLAIN + KEPT.replace("put", "<put>"))
            looked(followed)
            page = browser.get("/console").text
            assert "what was read before goes on" in page
            assert "<put>" in page  # as text
            browser.client.close()


def test_a_sign_in_elsewhere_needs_no_restart(shop, tmp_path):
    """Secrets are read when they are used."""
    file = connected(tmp_path, shop, MIRROR + 'every = "1 second"\n')
    with Project.read(file) as project:
        (identity,) = project.vault.identities()
        secret = project.vault.read(identity)
        project.vault.delete(identity)
        with working(project, look=0.05) as worker:
            eventually(lambda: [e for e in worker.agenda.entries() if e.outcome == "waiting"], within=60)
            with Project.read(file) as another:
                another.vault.write(identity, secret)
            assert call("check", "books", "--project", file).exit_code == 0
            worker.agenda.ask("mirror", by_person=True)
            eventually(lambda: [e for e in worker.agenda.entries() if e.succeeded], within=60)
