"""A worker with its engine in a file: runs on schedule, waits, pauses, and goes on."""

import json

import duckdb
from tests.cli.conftest import call, connected

from tieout.project import Project
from tieout.runtime.worker import working

from .conftest import MIRROR, eventually

QUICK = {"look": 0.1}


def entry(agenda, process="mirror"):
    found = agenda.entries(process)
    return found[0] if found else None


def test_a_process_runs_on_its_schedule(project, shop):
    with working(project, **QUICK) as worker:
        first = eventually(lambda: (e := entry(worker.agenda)) and e.succeeded and e)
        assert json.loads(first.counts)["read"] > 5
        eventually(lambda: entry(worker.agenda).begun > first.begun)
    with duckdb.connect(str(project.beside("warehouse.duckdb")), read_only=True) as kept:
        assert (
            kept.execute("select count(*) from customer").fetchall()[0][0] == json.loads(first.counts)["read"]
        )


def test_what_is_not_planned_runs_when_it_is_asked_for(shop, tmp_path):
    with Project.read(connected(tmp_path, shop, MIRROR)) as project, working(project, **QUICK) as worker:
        eventually(lambda: entry(worker.agenda))
        assert not entry(worker.agenda).begun
        worker.agenda.ask("mirror", by_person=True)
        eventually(lambda: entry(worker.agenda).succeeded)


def test_a_paused_process_does_not_begin_until_it_is_resumed(project):
    assert call("pause", "mirror", "--project", project.path).exit_code == 0
    with working(project, **QUICK) as worker:
        eventually(lambda: entry(worker.agenda))
        rows = json.loads(call("companies", "--project", project.path, "--format", "json").stdout)
        assert [(each["process"], each["state"]) for each in rows] == [("mirror", "paused")]
        assert not entry(worker.agenda).begun
        assert call("resume", "mirror", "--project", project.path).exit_code == 0
        eventually(lambda: entry(worker.agenda).succeeded)


def test_resuming_what_is_not_paused_says_what_is(project):
    call("pause", "--company", "47", "--project", project.path)
    refused = call("resume", "mirror", "--project", project.path)
    assert refused.exit_code == 2
    assert "every process of 47" in refused.stderr


def test_a_run_in_parts_goes_on_where_it_stopped(project):
    """With no time at all for a part, it stops at each cursor."""
    with working(project, part_seconds=0.0, **QUICK) as worker:
        done = eventually(lambda: (e := entry(worker.agenda)) and e.succeeded and e)
    assert done.outcome == "succeeded"
    with duckdb.connect(str(project.beside("warehouse.duckdb")), read_only=True) as kept:
        assert kept.execute("select count(*) from customer").fetchall()[0][0] > 5


def test_a_dead_token_waits_and_a_person_is_told(project, shop):
    project.vault.delete(project.vault.identities()[0])
    with working(project, **QUICK) as worker:
        waits = eventually(lambda: (e := entry(worker.agenda)) and e.outcome == "waiting" and e)
        assert "sign" in waits.advice.casefold()
        (alert,) = eventually(worker.agenda.alerts)
        assert alert.kind == "sign-in"
        told = call("companies", "--alerts", "--project", project.path)
        assert "sign-in" in told.stdout


def test_a_company_that_is_away_is_waited_for_and_others_go_on(shop, tmp_path):
    file = connected(tmp_path, shop, MIRROR + 'every = "1 second"\n')
    file.write_text(
        file.read_text()
        + """
[connection.away]
kind = "online"
company = "99"
base_url = "http://127.0.0.1:9"
client_id = "x"

[connection.elsewhere]
kind = "duckdb"
path = "elsewhere.duckdb"

[process.far]
from = "away:Customer"
to = "elsewhere:"
do = "put"
every = "1 second"
"""
    )
    with Project.read(file) as project:
        (signed_in,) = project.vault.identities()
        project.vault.write("online:99@http://127.0.0.1:9", project.vault.read(signed_in))
        with working(project, **QUICK) as worker:
            eventually(lambda: (e := entry(worker.agenda, "far")) and e.outcome == "waiting", within=60)
            begun = entry(worker.agenda).begun
            eventually(lambda: entry(worker.agenda).begun > begun)
            assert entry(worker.agenda, "far").waits == 1


def test_the_agenda_outlives_the_engine(project):
    with working(project, **QUICK) as worker:
        eventually(lambda: (e := entry(worker.agenda)) and e.succeeded)
    for file in project.folder.glob("engine.db*"):
        file.unlink()
    before = entry(worker.agenda)
    with working(project, **QUICK) as again:
        eventually(lambda: entry(again.agenda).succeeded > before.succeeded)


def test_what_stays_refused_is_told_once(project):
    with working(project, **QUICK) as worker:
        eventually(lambda: entry(worker.agenda))
    agenda, row = worker.agenda, entry(worker.agenda)
    for kind in ("refused", "waiting"):
        agenda.alert(row, kind, "1 of 2 documents", "look")
    for each in agenda.alerts():
        agenda.told(each)
    agenda.clear(row, but="refused")
    agenda.alert(row, "refused", "1 of 3 documents", "look")
    assert [(each.kind, each.message, each.told) for each in agenda.alerts()] == [
        ("refused", "1 of 3 documents", 1)
    ]
    agenda.clear(row)
    assert agenda.alerts() == []
