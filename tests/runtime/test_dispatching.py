"""What is handed to the engine, and in which order."""

from datetime import UTC, datetime, timedelta
from threading import Event, Lock

from tieout.project import Project
from tieout.project.companies import Companies
from tieout.runtime import dispatching
from tieout.runtime.dispatching import Dispatcher
from tieout.runtime.engine import Part
from tieout.runtime.worker import open_engine
from tieout.state.agenda import Agenda, Ended
from tieout.state.database import open_state

from .conftest import eventually

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
ONE = '[connection.a]\nkind = "memory"\n\n[connection.w]\nkind = "duckdb"\npath = "w.duckdb"\n'
MANY = "".join(
    f'\n[process.p{number:02}]\nfrom = "a:*"\nto = "w:"\ndo = "put"\nevery = "1 day"\n'
    for number in range(12)
)


def test_what_a_person_waits_for_goes_first_then_the_longest_due(tmp_path):
    with open_state(tmp_path) as state:
        agenda = Agenda(state, lambda: NOON)
        agenda.enter([("p", name, name) for name in "abcd"], None)
        hours = {"a": 1, "b": 3, "c": 2}
        agenda.plan((e, NOON - timedelta(hours=hours.get(e.company, -1))) for e in agenda.entries())
        assert [each.company for each in agenda.due(9)] == ["b", "c", "a"]
        agenda.ask("p", "d", by_person=True)
        assert [each.company for each in agenda.due(2)] == ["d", "b"]


def test_what_is_asked_for_while_the_agenda_is_entered_is_not_forgotten(tmp_path):
    unplanned = '\n[process.p]\nfrom = "a:*"\nto = "w:"\ndo = "put"\n'
    (tmp_path / "tieout.toml").write_text(ONE + unplanned)
    with Project.read(tmp_path / "tieout.toml", {}) as project:
        agenda = Agenda(project.state, lambda: NOON)
        engine = open_engine(project)
        dispatcher = Dispatcher(Companies(project), agenda, engine)
        dispatcher.enter(NOON)
        Agenda(project.state, lambda: NOON + timedelta(seconds=1)).ask("p")
        dispatcher.enter(NOON)
        (entry,) = agenda.entries()
        assert entry.due.startswith("2026-11-27T12:00:01")


def test_the_engine_gets_no_more_than_it_can_hold_and_the_rest_in_its_turn(tmp_path, monkeypatch):
    monkeypatch.setattr(dispatching, "_AHEAD", 5)
    (tmp_path / "tieout.toml").write_text(ONE + MANY)
    begun, lock, may_end = [], Lock(), Event()
    with Project.read(tmp_path / "tieout.toml", {}) as project:
        agenda = Agenda(project.state, lambda: NOON)
        engine = open_engine(project)

        def work(task):
            entry = agenda.begin(task.process, task.company, task.id)
            with lock:
                begun.append(task.process)
            assert may_end.wait(60)
            agenda.end(entry, Ended("succeeded", None))
            return Part({})

        engine.run(work)
        try:
            dispatcher = Dispatcher(Companies(project), agenda, engine)
            assert [dispatcher.step(), dispatcher.step()] == [5, 0]
            eventually(lambda: len(begun) == 5, within=60)
            assert sorted(begun) == [f"p{number:02}" for number in range(5)]
            may_end.set()
            eventually(lambda: [dispatcher.step()] and len(set(begun)) == 12, within=60)
            eventually(lambda: agenda.count_under_way() == (0, 0), within=60)
            assert len(begun) == 12
        finally:
            may_end.set()
            engine.stop()
