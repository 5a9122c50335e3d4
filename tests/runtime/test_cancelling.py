"""A person cancels: what was begun is settled, nothing more begins, and what is run again goes on there."""

from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from tests.cli.conftest import call, connected

from tieout.connections.memory import MemoryConnection
from tieout.errors import RunCancelled
from tieout.operations import Add
from tieout.processes.flow import ProcessRun
from tieout.processes.write import write_changes
from tieout.project import Project
from tieout.project.companies import Companies
from tieout.project.flows import opened_process
from tieout.project.running_by_hand import run_by_hand
from tieout.project.tie_outs import company_of
from tieout.runtime.engine import Task
from tieout.runtime.performing import Performer
from tieout.runtime.project_doors import doors_of
from tieout.runtime.worker import working
from tieout.state.agenda import Agenda
from tieout.state.mirrors_by_hand import MirrorsByHand

from .conftest import MIRROR, eventually

FLOW = """
[connection.inbox]
kind = "files"
path = "inbox"
quiet_seconds = 0

[process.customers]
from = "inbox:customers.csv"
to = "books:Customer"
do = "add"
key = "number"
map = "customer.jsonata"
batch = 5
"""
KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture(autouse=True)
def look_at_once(monkeypatch):
    for module in (
        "tieout.state.journalled_run",
        "tieout.runtime.performing",
        "tieout.project.running_by_hand",
    ):
        monkeypatch.setattr(f"{module}.CANCEL_LOOKED_AT", 0.0)


@pytest.fixture
def project(shop, tmp_path):
    """A project that brings forty customers from a file, and keeps a mirror."""
    file = connected(tmp_path, shop, MIRROR + FLOW)
    file.write_text(f'run_key = "{KEY}"\n' + file.read_text())
    (tmp_path / "customer.jsonata").write_text('{ "DisplayName": name }')
    (tmp_path / "inbox").mkdir()
    rows = "".join(f"{number},Cancelled {number:02}\n" for number in range(40))
    (tmp_path / "inbox" / "customers.csv").write_text(f"number,name\n{rows}")
    with Project.read(file) as opened:
        yield opened


def brought(shop):
    names = [str(s.record["DisplayName"]) for s in shop.company.books.store("Customer")]
    return sorted(name for name in names if name.startswith("Cancelled"))


def on_the_agenda(project, process):
    agenda = Agenda(project.state)
    realm = project.connections["books"].company
    agenda.enter([(process, realm, realm)], agenda.clock())
    agenda.queue([(each, "t") for each in agenda.entries()])
    return agenda, Task("t", realm, process, realm)


def test_a_run_by_hand_stops_between_two_batches_and_goes_on_later(project, shop):
    with opened_process(project, "customers") as process:
        run = ProcessRun(process)
        seen = []
        with pytest.raises(RunCancelled):
            for case in run:
                seen.append(case)
                if len(seen) == 8:
                    done = call("cancel", run.run, "--project", project.path)
                    assert done.exit_code == 0, done.stderr
                    assert run.run in done.stderr
    assert len(seen) == len(brought(shop)) == 10
    (told,) = project.journal.runs(run.run)
    assert (told.state, told.reason, told.done) == ("cancelled", "The run was cancelled.", 10)
    assert call("run", "customers", "--project", project.path).exit_code == 0
    assert brought(shop) == [f"Cancelled {number:02}" for number in range(40)]


def test_what_a_worker_has_under_way_stops_at_its_next_step(project, shop):
    agenda, task = on_the_agenda(project, "customers")
    reached, may_go_on = threading.Event(), threading.Event()
    asked = agenda.is_cancelled

    def looked(entry):
        if len(brought(shop)) >= 10 and not may_go_on.is_set():
            reached.set()
            assert may_go_on.wait(60)
        return asked(entry)

    agenda.is_cancelled = looked
    running = threading.Thread(target=Performer(Companies(project), agenda), args=(task,))
    running.start()
    assert reached.wait(60)
    assert call("cancel", "customers", "--project", project.path).exit_code == 0
    assert [each.state for each in agenda.entries()] == ["cancelling"]
    may_go_on.set()
    running.join(60)
    (entry,) = agenda.entries()
    assert (entry.state, entry.outcome, entry.reason) == ("idle", "cancelled", "The run was cancelled.")
    assert len(brought(shop)) == 10
    assert agenda.alerts() == []
    assert [each.state for each in project.journal.runs()] == ["cancelled"]


def test_a_worker_that_is_to_end_stops_between_two_batches_and_another_goes_on(project, shop):
    agenda, task = on_the_agenda(project, "customers")
    part = Performer(Companies(project), agenda, stopping=lambda: len(brought(shop)) >= 10)(task)
    assert part.more
    assert len(brought(shop)) == 10
    assert [(each.state, each.reason) for each in project.journal.runs()] == [
        ("stopped", "What ran it was told to end.")
    ]
    assert [each.state for each in agenda.entries()] == ["running"]
    assert not Performer(Companies(project), agenda)(replace(task, part=2)).more
    assert brought(shop) == [f"Cancelled {number:02}" for number in range(40)]
    assert [each.outcome for each in agenda.entries()] == ["succeeded"]


def test_what_was_queued_does_not_begin(project):
    agenda, task = on_the_agenda(project, "mirror")
    agenda.cancel("mirror")
    performer = Performer(Companies(project), agenda)
    assert performer(task).counts == {}
    (entry,) = agenda.entries()
    assert (entry.outcome, entry.succeeded) == ("cancelled", "")


def test_a_mirror_that_has_begun_stops_at_its_next_cursor(project):
    agenda, task = on_the_agenda(project, "mirror")

    def cancelled_meanwhile():
        agenda.cancel("mirror", task.company)
        return False

    part = Performer(Companies(project), agenda, stopping=cancelled_meanwhile)(task)
    assert not part.more
    (entry,) = agenda.entries()
    assert (entry.state, entry.outcome) == ("idle", "cancelled")
    agenda.ask("mirror", by_person=True)
    agenda.queue([(each, "u") for each in agenda.entries()])
    Performer(Companies(project), agenda)(Task("u", task.lane, "mirror", task.company))
    assert [each.outcome for each in agenda.entries()] == ["succeeded"]


def test_what_was_asked_for_is_forgotten_and_the_schedule_goes_on(project):
    with working(project, look=0.05) as worker:
        eventually(worker.agenda.entries)
        worker.agenda.pause()
        worker.agenda.ask("mirror", by_person=True)
        assert call("cancel", "mirror", "--project", project.path).exit_code == 0
        assert [e.asked for e in worker.agenda.entries("mirror")] == [0]
        worker.agenda.resume()
        worker.agenda.ask("mirror", by_person=True)
        eventually(lambda: [e for e in worker.agenda.entries("mirror") if e.succeeded], within=60)


def test_a_cancelled_run_whose_worker_died_ends(project):
    agenda, _ = on_the_agenda(project, "mirror")
    agenda.cancel("mirror")
    with working(project, look=0.05) as worker:
        eventually(
            lambda: [e for e in worker.agenda.entries("mirror") if e.outcome == "cancelled"], within=60
        )


def test_changes_written_by_hand_stop_once_what_was_sent_is_known(project):
    store = MemoryConnection("memory")
    changes = [Add(type="Customer", record={"n": n}, key=f"n={n}", id=str(n)) for n in range(50)]
    run = write_changes(store, changes, project.journal, name="add")
    outcomes = []
    with pytest.raises(RunCancelled):
        for outcome in run:
            outcomes.append(outcome)
            project.journal.cancel(run.run)
    assert 0 < len(outcomes) < 50
    assert {each.state for each in outcomes} == {"done"}
    (told,) = project.journal.runs(run.run)
    assert (told.state, told.done) == ("cancelled", len(outcomes))


def test_a_mirror_by_hand_stops_at_its_next_cursor_and_goes_on_later(project):
    told = []

    def cancels(news, report):
        if report.read and not told:
            told.append(call("cancel", "mirror", "--project", project.path))

    with pytest.raises(RunCancelled):
        run_by_hand(project, "mirror", watch=cancels)
    company = company_of(project, "mirror")
    assert told[0].exit_code == 0
    assert told[0].stderr == f"Cancelled: mirror of {company}. It stops at its next step.\n"
    nothing = call("cancel", "mirror", "--project", project.path)
    assert (nothing.exit_code, "Nothing of mirror is under way." in nothing.stderr) == (2, True)
    again = run_by_hand(project, "mirror").report
    assert (again.first, again.more, again.read.total()) == (False, False, 0)  # its rows and cursor were kept


def test_a_command_that_is_cancelled_says_so(project, monkeypatch):
    begin = MirrorsByHand.begin

    def begin_and_cancel(runs, process, company):
        run = begin(runs, process, company)
        assert runs.cancel(process, "another") == []
        assert runs.cancel(process, company) == [("mirror", company_of(project, "mirror"))]
        return run

    monkeypatch.setattr(MirrorsByHand, "begin", begin_and_cancel)
    for words in (("verify", "mirror"), ("run", "mirror", "--everything")):
        done = call(*words, "--project", project.path)
        assert done.exit_code == 1
        assert "The run was cancelled." in done.stderr
        assert MirrorsByHand(project.state).under_way() == []


def test_documents_by_hand_are_cancelled_by_the_name_of_their_process(project, shop):
    with opened_process(project, "customers") as process, pytest.raises(RunCancelled):
        for _ in (run := ProcessRun(process)):
            if len(brought(shop)) == 5:
                assert run.run in call("cancel", "customers", "--project", project.path).stderr
    assert len(brought(shop)) == 5


def test_a_mirror_by_hand_that_was_killed_is_not_under_way(project):
    runs = MirrorsByHand(project.state)
    runs.begin("mirror", company_of(project, "mirror"))
    assert [each.process for each in runs.under_way("mirror")] == ["mirror"]
    assert runs.under_way("customers") == []
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    project.state._connection.execute("update mirrors_by_hand set pid = ?", (gone.pid,))
    assert runs.under_way() == []
    assert "Nothing of mirror" in call("cancel", "mirror", "--project", project.path).stderr
    assert call("run", "mirror", "--project", project.path).exit_code == 0
    assert project.state.rows("mirrors_by_hand", environment="", process="") == []


def test_another_environment_has_mirrors_of_its_own(project):
    here, there = MirrorsByHand(project.state), MirrorsByHand(project.state, environment="live")
    here.begin("mirror", "")
    assert there.under_way() == []
    assert there.cancel("mirror") == []
    assert [each.cancelled for each in here.under_way()] == [0]


def test_what_is_not_under_way_cannot_be_cancelled(project):
    assert call("run", "customers", "--project", project.path).exit_code == 0
    (run,) = project.journal.runs()
    for words, complaint in (
        ((run.id,), "is not under way: it is finished"),
        (("mirror",), "Nothing of mirror is under way"),
        (("mirror", "--company", "47"), "Nothing of mirror for 47"),
        (("mirrer",), "Did you mean mirror"),
    ):
        refused = call("cancel", *words, "--project", project.path)
        assert refused.exit_code == 2
        assert complaint in refused.stderr


def test_a_run_that_was_killed_is_not_under_way(project):
    """Its process is gone, though the journal knows no end of it."""
    run = project.journal.begin("online:x", "orders")
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    project.state._connection.execute("update runs set pid = ?", (gone.pid,))
    refused = call("cancel", run.id, "--project", project.path)
    assert "it is interrupted" in refused.stderr


def test_programs_cancel_with_the_key(project):
    agenda, task = on_the_agenda(project, "mirror")
    bearer = {"authorization": f"Bearer {KEY}"}
    program = Starlette(routes=[route for door in doors_of(project) for route in door.routes()])
    with TestClient(program) as client:
        assert client.post("/runs/mirror/cancel").status_code == 401
        assert client.post("/runs/mirrer/cancel", headers=bearer).status_code == 404
        assert client.post("/runs/mirror/cancel?company=1", headers=bearer).status_code == 404
        done = client.post(f"/runs/mirror/cancel?company={task.company}", headers=bearer)
        assert (done.status_code, done.json()) == (
            202,
            {"cancelled": [{"run": "mirror", "company": task.company}]},
        )
    assert [each.state for each in agenda.entries()] == ["cancelling"]
