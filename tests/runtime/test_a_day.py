"""A day of schedules, replayed with a moved clock through the agenda and a real engine: each tick once."""

from datetime import UTC, datetime, timedelta
from threading import Lock

import pytest

from tieout.project import Project
from tieout.project.companies import Companies
from tieout.runtime.dispatching import Dispatcher
from tieout.runtime.engine import Part
from tieout.runtime.performing import Performer
from tieout.runtime.worker import open_engine
from tieout.state.agenda import Agenda, Ended

from .conftest import eventually

TEXT = """
[connection.a]
kind = "memory"

[connection.w]
kind = "duckdb"
path = "w.duckdb"

[process.quarterly]
from = "a:*"
to = "w:"
do = "put"
cron = ["*/15 * * * *"]
time_zone = "America/New_York"

[process.at-half-past-two]
from = "a:*"
to = "w:"
do = "put"
cron = ["30 2 * * *"]
time_zone = "America/New_York"

[process.at-half-past-one]
from = "a:*"
to = "w:"
do = "put"
cron = ["30 1 * * *"]
time_zone = "America/New_York"

[process.at-night]
from = "a:*"
to = "w:"
do = "put"
every = "1 hour"
time_zone = "America/New_York"
not_between = ["06:00-22:00"]
"""
QUARTER = timedelta(minutes=15)
SHORT = datetime(2026, 3, 8, 5, tzinfo=UTC)
"""The 8th of March in New York, which has 23 hours and no 02:30."""
LONG = datetime(2026, 11, 1, 4, tzinfo=UTC)
"""The 1st of November there, which has 25 hours, 01:30 twice among them."""


def ticks_of_a_day(folder, begin, hours):
    """Each process that ran, and when, from midnight to midnight."""
    (folder / "tieout.toml").write_text(TEXT)
    now = begin - QUARTER / 2
    ran, lock = [], Lock()
    with Project.read(folder / "tieout.toml", {}) as project:
        agenda = Agenda(project.state, lambda: now)
        engine = open_engine(project)
        engine._poll = 0.05
        planner = Performer(Companies(project), agenda)

        def work(task):
            entry = agenda.begin(task.process, task.company, task.id)
            with lock:
                ran.append((task.process, now))
            agenda.end(entry, Ended("succeeded", planner._next(entry)))
            return Part({})

        engine.run(work)
        try:
            dispatcher = Dispatcher(Companies(project), agenda, engine)
            dispatcher.step()
            eventually(lambda: not agenda.under_way(), within=60)
            ran.clear()
            for _ in range(4 * hours):
                now += QUARTER
                dispatcher.step()
                eventually(lambda: not agenda.under_way(), within=60)
        finally:
            engine.stop()
    return ran


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("begin", "hours", "once_at"),
    [
        (
            SHORT,
            23,
            {"at-half-past-one": 6, "at-half-past-two": 7},
        ),  # at 03:00, when the clock was put forward
        (LONG, 25, {"at-half-past-one": 5, "at-half-past-two": 7}),  # the first 01:30
    ],
    ids=["short", "long"],
)
def test_each_tick_of_a_day_on_which_the_clock_is_changed_runs_once(tmp_path, begin, hours, once_at):
    ran = ticks_of_a_day(tmp_path, begin, hours)
    assert len(ran) == len(set(ran))
    times = {name: [at for process, at in ran if process == name] for name in {name for name, _ in ran}}
    assert len(times["quarterly"]) == 4 * hours
    assert {name: [at.hour for at in times[name]] for name in once_at} == {
        name: [hour] for name, hour in once_at.items()
    }
    # From 00:00 to 06:00, an hour more or less, and from 22:00 on; each begins an hour after the one before.
    assert len(times["at-night"]) in (hours - 17, hours - 16)


HOURLY = """
[connection.a]
kind = "memory"

[connection.w]
kind = "duckdb"
path = "w.duckdb"

[process.hourly]
from = "a:*"
to = "w:"
do = "put"
every = "1 hour"

[process.daily]
from = "a:*"
to = "w:"
do = "put"
cron = ["30 6 * * *"]
"""


def test_a_clock_that_jumps_by_a_day_runs_once_and_then_as_before(tmp_path):
    """Forward what was missed is caught up once; back it is planned anew, and nothing waits for a day."""
    (tmp_path / "tieout.toml").write_text(HOURLY)
    now = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
    ran, lock = [], Lock()
    with Project.read(tmp_path / "tieout.toml", {}) as project:
        agenda = Agenda(project.state, lambda: now)
        engine = open_engine(project)
        engine._poll = 0.05
        planner = Performer(Companies(project), agenda)

        def work(task):
            entry = agenda.begin(task.process, task.company, task.id)
            with lock:
                ran.append(task.process)
            agenda.end(entry, Ended("succeeded", planner._next(entry)))
            return Part({})

        def after(change):
            nonlocal now
            now += change
            ran.clear()
            dispatcher.step()
            eventually(lambda: not agenda.under_way(), within=60)
            return sorted(ran)

        engine.run(work)
        try:
            dispatcher = Dispatcher(Companies(project), agenda, engine)
            assert after(timedelta()) == ["hourly"]
            assert after(timedelta(days=1)) == ["daily", "hourly"]
            assert after(timedelta(minutes=1)) == []
            assert after(-timedelta(days=1)) == []
            assert after(timedelta(hours=1)) == ["hourly"]
            assert after(timedelta(hours=18)) == ["daily", "hourly"]
            assert after(timedelta(minutes=1)) == []
        finally:
            engine.stop()
