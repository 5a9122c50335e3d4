"""How far a run has come is on the agenda while it is under way, over all its parts; whoever dies leaves no wrong figure."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from tests.cli.conftest import call, connected

from tieout.processes.flow import ProcessRun
from tieout.project import Project
from tieout.project.companies import Companies
from tieout.project.flows import opened_process
from tieout.runtime.console.runs import counts_of
from tieout.runtime.engine import Task
from tieout.runtime.performing import Performer
from tieout.state.agenda import Agenda, Ended
from tieout.state.run_progress import RunProgress

from .conftest import MIRROR
from .test_cancelling import FLOW


@pytest.fixture
def project(shop, tmp_path):
    """A project that keeps a mirror, and brings twelve customers from a file, five at a time."""
    (tmp_path / "customer.jsonata").write_text('{ "DisplayName": name }')
    (tmp_path / "inbox").mkdir()
    rows = "".join(f"{number},Told {number:02}\n" for number in range(12))
    (tmp_path / "inbox" / "customers.csv").write_text(f"number,name\n{rows}")
    with Project.read(
        connected(tmp_path, shop, MIRROR.replace("books:Customer", "books:*") + FLOW)
    ) as opened:
        yield opened


@pytest.fixture
def agenda(project):
    made = Agenda(project.state)
    realm = project.connections["books"].company
    made.enter([("mirror", realm, realm)], None)
    return made


@pytest.fixture
def always(monkeypatch):
    """Whatever comes is told at once."""
    monkeypatch.setattr("tieout.project.progress_told.TOLD_EVERY", 0.0)


@pytest.fixture
def never(monkeypatch):
    """No run takes long enough to tell of itself."""
    monkeypatch.setattr("tieout.project.progress_told.TOLD_EVERY", 1e9)


def queued(agenda, name="t"):
    (entry,) = agenda.entries()
    agenda.queue([(entry, name)])
    return Task(name, entry.lane, entry.process, entry.company)


def told_of(agenda):
    """What the agenda is told from now on."""
    told, tell = [], agenda.tell

    def kept(entry, progress):
        tell(entry, progress)
        told.append(agenda.entries()[0].so_far)

    agenda.tell = kept
    return told


def counts(agenda):
    return json.loads(agenda.entries()[0].counts)


def test_a_run_tells_what_it_reads_and_how_much_there_is(project, agenda, always):
    told = told_of(agenda)
    Performer(Companies(project), agenda)(queued(agenda))
    final = counts(agenda)
    assert [each.counts["read"] for each in told] == sorted(each.counts["read"] for each in told)
    assert 0 < told[len(told) // 2].counts["read"] < final["read"]
    assert {each.expected for each in told if each.counts["read"]} - {0}
    assert told[-1].expected == told[-1].counts["read"] == final["read"]
    assert {"Customer", "Invoice"} <= {each.type for each in told}
    (entry,) = agenda.entries()
    assert entry.so_far is None


def test_counts_are_of_all_parts_of_a_run(project, agenda, never):
    told = told_of(agenda)
    performer, task, parts = Performer(Companies(project), agenda, part_seconds=0.0), queued(agenda), []
    while not parts or parts[-1].more:
        parts.append(performer(task))
        (entry,) = agenda.entries()
        assert (entry.state == "running") == parts[-1].more
    assert len(parts) > 1
    assert len(told) == len(parts) - 1  # one at the end of each but the last
    for name in ("read", "requests"):
        assert counts(agenda)[name] == sum(part.counts[name] for part in parts)
        assert told[-1].counts[name] == sum(part.counts[name] for part in parts[:-1])
    Performer(Companies(project), agenda)(queued(agenda, "u"))
    assert counts(agenda)["read"] == 0


class Killed(BaseException):
    """No worker outlives it."""


def test_a_worker_that_dies_leaves_no_wrong_figure(project, agenda, always):
    task, tell = queued(agenda), agenda.tell

    def dies(entry, progress):
        tell(entry, progress)
        if progress.counts["read"] > 20:
            raise Killed

    agenda.tell = dies
    with pytest.raises(Killed):
        Performer(Companies(project), agenda)(task)
    left = agenda.entries()[0]
    assert (left.state, left.so_far.counts["read"] > 20) == ("running", True)
    agenda.tell = tell
    Performer(Companies(project), agenda)(task)
    with_death = counts(agenda)
    assert with_death["read"] > 20
    agenda.leave(agenda.entries())
    agenda.enter([("mirror", task.company, task.lane)], None)
    project.beside("warehouse.duckdb").unlink()
    Performer(Companies(project), agenda)(queued(agenda, "u"))
    assert with_death == counts(agenda)


def test_a_new_run_knows_nothing_of_one_that_came_to_no_end(project, agenda, always):
    queued(agenda)
    (entry,) = agenda.entries()
    told = told_of(agenda)
    begun = agenda.begin(entry.process, entry.company, "t")
    agenda.tell(begun, RunProgress({"read": 500}))
    assert told[0].counts == {"read": 500}
    agenda.end(begun, Ended("failed", None, "The run came to no end."))
    assert agenda.entries()[0].so_far is None
    queued(agenda, "u")
    assert agenda.begin(entry.process, entry.company, "u").so_far is None


def test_what_another_worker_has_taken_over_is_not_told_by_the_first(agenda):
    queued(agenda)
    first = agenda.begin(*_named(agenda), "t")
    agenda.end(first, Ended("failed", None))
    queued(agenda, "u")
    agenda.begin(*_named(agenda), "u")
    agenda.tell(first, RunProgress({"read": 500}))
    assert agenda.entries()[0].so_far is None


def test_a_run_that_is_stopped_says_how_far_it_came(project, agenda, never):
    performer, task = Performer(Companies(project), agenda, part_seconds=0.0), queued(agenda)
    first = performer(task)
    assert first.more
    agenda.cancel("mirror")
    assert not performer(task).more
    (entry,) = agenda.entries()
    assert (entry.outcome, entry.so_far) == ("cancelled", None)
    assert counts(agenda) == first.counts
    assert first.counts["read"] > 0


def test_a_short_run_costs_no_statement_more(project, agenda, never, monkeypatch):
    Performer(Companies(project), agenda)(queued(agenda))
    names, rows = [], type(project.state).rows

    def counted(state, name, **values):
        names.append(name)
        return rows(state, name, **values)

    monkeypatch.setattr(type(project.state), "rows", counted)
    task = queued(agenda, "u")
    names.clear()
    Performer(Companies(project), agenda)(task)
    assert [name for name in names if "agenda" in name or "progress" in name] == [
        "begin_agenda",
        "end_agenda",
    ]


def test_documents_are_told_after_each_batch(project, agenda, always):
    agenda.leave(agenda.entries())
    agenda.enter([("customers", "", "books")], None)
    told = told_of(agenda)
    Performer(Companies(project), agenda)(queued(agenda))
    words = [each.words for each in told]
    assert words[:6] == ["1 out", "2 out", "3 out", "4 out", "5 out", "5 in, 5 done, 5 out"]
    assert words[-1] == "12 in, 12 done, 12 out"
    assert counts(agenda) == {"in": 12, "done": 12, "out": 12}


def test_the_counts_of_a_run_of_documents_are_committed_with_them(project):
    documents, seen = project.run_documents, []

    def look(counts):
        figures = documents.figures(run.run).get(run.run, Counter())
        _, kept = documents.page(run.run, held=False, before=0, most=1)
        assert (figures["in"], figures["out"]) == (kept, kept)
        told = counts_of(project, project.journal.runs(run.run)[0])
        seen.append((told.get("in", 0), told.get("changes done", told.get("done")), counts["out"]))

    with opened_process(project, "customers") as process:
        run = ProcessRun(process, told=look)
        for _ in run:
            pass
    assert [settled for settled, _, _ in seen] == [0] * 5 + [5] * 6 + [10] * 3 + [12]
    assert seen[-1] == (12, 12, 12)
    assert all(written >= out for _, written, out in seen)


def test_those_who_ask_are_told(project, agenda):
    queued(agenda)
    agenda.tell(agenda.begin(*_named(agenda), "t"), RunProgress({"read": 500}))
    (row,) = json.loads(call("companies", "--project", project.path, "--format", "json").stdout)
    assert row["so_far"] == "500 read"
    shown = call("companies", "--project", project.path).stdout
    assert "500 read" in shown
    assert "so_far" not in shown


def _named(agenda):
    (entry,) = agenda.entries()
    return entry.process, entry.company
