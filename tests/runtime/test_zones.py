"""A process that names no time zone goes by its company's, which is asked for once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import tzlocal
from tests.cli.conftest import connected

from tieout.processes.schedule import Schedule, is_open, next_due, opened, read_closed_hours
from tieout.project import Project
from tieout.project.companies import Companies
from tieout.project.zones import zone_of
from tieout.runtime.dispatching import Dispatcher
from tieout.runtime.engine import Task
from tieout.runtime.performing import Performer
from tieout.runtime.worker import open_engine, working
from tieout.state.agenda import Agenda
from tieout.state.times import read_time

from .conftest import MIRROR, eventually

PLACES = """
[connection.desk]
kind = "desktop"

[connection.a]
kind = "memory"

[connection.warehouse]
kind = "duckdb"
path = "w.duckdb"

[process.desk-mirror]
from = "desk:*"
to = "warehouse:"
do = "put"
cron = ["30 6 * * *"]

[process.memory-mirror]
from = "a:*"
to = "warehouse:"
do = "put"
cron = ["30 6 * * *"]
"""

NOT_SIGNED_IN = """
[connection.books]
kind = "online"
company = "4620816365"
client_id = "x"
"""


@pytest.fixture
def in_berlin(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Europe/Berlin")
        tzlocal.reload_localzone()
        yield
    tzlocal.reload_localzone()


def run_once(project, agenda, task):
    realm = project.connections["books"].company
    agenda.enter([("mirror", realm, realm)], None)
    agenda.ask("mirror", by_person=True)
    agenda.queue([(each, task) for each in agenda.entries()])
    Performer(Companies(project), agenda)(Task(task, realm, "mirror", realm))
    (entry,) = agenda.entries()
    assert entry.outcome == "succeeded", entry.reason
    return realm, entry


def test_a_company_in_quickbooks_online_tells_its_zone_once(shop, tmp_path):
    file = connected(tmp_path, shop, MIRROR + 'cron = ["30 6 * * *"]\n')
    now = datetime(2026, 3, 7, 20, 0, tzinfo=UTC)  # a day before the clock is put forward there
    with Project.read(file) as project:
        agenda = Agenda(project.state, lambda: now)
        realm, entry = run_once(project, agenda, "1")
        assert agenda.zones() == {realm: "America/Los_Angeles"}
        assert read_time(entry.due) == datetime(2026, 3, 8, 13, 30, tzinfo=UTC)  # 06:30 in summer time
        agenda.keep_zone(realm, "Asia/Tokyo")
        shop.control.forget_requests()
        _, entry = run_once(project, agenda, "2")
        assert not [each for each in shop.control.requests if "companyinfo" in each.path]
        assert read_time(entry.due) == datetime(2026, 3, 7, 21, 30, tzinfo=UTC)
        engine = open_engine(project)
        dispatcher = Dispatcher(Companies(project), agenda, engine)
        dispatcher.enter(now)
        assert read_time(agenda.entries()[0].due) == datetime(2026, 3, 7, 21, 30, tzinfo=UTC)


def test_a_company_is_asked_before_its_first_run_is_planned(shop, tmp_path):
    file = connected(tmp_path, shop, MIRROR + 'cron = ["30 6 * * *"]\n')
    now = datetime(2026, 3, 7, 10, 0, tzinfo=UTC)  # 02:00 there: 06:30 of UTC is over, theirs is not
    with Project.read(file) as project:
        realm = project.connections["books"].company
        agenda = Agenda(project.state, lambda: now)
        Dispatcher(Companies(project), agenda, open_engine(project)).enter(now)
        assert [each.due for each in agenda.entries()] == [""]
        with working(project, look=0.1, clock=lambda: now) as worker:
            eventually(lambda: worker.agenda.entries()[0].due)
        (entry,) = agenda.entries()
        assert agenda.zones() == {realm: "America/Los_Angeles"}
        assert (read_time(entry.due), entry.begun) == (datetime(2026, 3, 7, 14, 30, tzinfo=UTC), "")


def test_a_company_that_cannot_be_asked_is_planned_by_utc(tmp_path):
    (tmp_path / "tieout.toml").write_text(NOT_SIGNED_IN + MIRROR + 'cron = ["30 6 * * *"]\n')
    now = datetime(2026, 3, 7, 10, 0, tzinfo=UTC)
    with Project.read(tmp_path / "tieout.toml", {}) as project:
        with working(project, look=0.1, clock=lambda: now) as worker:
            eventually(lambda: worker.agenda.entries() and worker.agenda.entries()[0].due)
        (entry,) = worker.agenda.entries()
        assert worker.agenda.zones() == {}
        assert (read_time(entry.due), entry.begun) == (datetime(2026, 3, 8, 6, 30, tzinfo=UTC), "")


def test_what_was_asked_for_while_its_company_is_asked_begins_all_the_same(shop, tmp_path):
    with Project.read(connected(tmp_path, shop, MIRROR + 'cron = ["30 6 * * *"]\n')) as project:
        realm = project.connections["books"].company
        agenda = Agenda(project.state)
        agenda.enter([("mirror", realm, realm)], None)
        (before,) = agenda.entries()
        agenda.ask("mirror")
        agenda.plan([(before, None)])  # by whoever looked at it before
        assert [each.company for each in agenda.due(9)] == [realm]


@pytest.mark.parametrize(
    "lines", ['every = "1 hour"\n', 'cron = ["30 6 * * *"]\ntime_zone = "Asia/Tokyo"\n', ""]
)
def test_nobody_is_asked_where_it_does_not_matter(shop, tmp_path, lines):
    with Project.read(connected(tmp_path, shop, MIRROR + lines)) as project:
        agenda = Agenda(project.state)
        run_once(project, agenda, "1")
        assert agenda.zones() == {}


def test_desktop_lives_in_this_machines_zone_and_others_in_utc(tmp_path, in_berlin):
    (tmp_path / "tieout.toml").write_text(PLACES)
    with Project.read(tmp_path / "tieout.toml", {}) as project:
        assert zone_of(project, "desk-mirror") == "Europe/Berlin"
        assert zone_of(project, "memory-mirror") == "UTC"


def test_a_named_zone_is_before_the_companys(tmp_path):
    (tmp_path / "tieout.toml").write_text(PLACES + 'time_zone = "Asia/Tokyo"\n')
    with Project.read(tmp_path / "tieout.toml", {}) as project:
        desk, memory = (project.processes[name] for name in ("desk-mirror", "memory-mirror"))
        assert desk.schedule_in("Europe/Berlin").zone == ZoneInfo("Europe/Berlin")
        assert desk.schedule_in("").zone == ZoneInfo("UTC")
        assert memory.schedule_in("Europe/Berlin").zone == ZoneInfo("Asia/Tokyo")


# ---- days on which the clock of the company is put forward or back

NEW_YORK = ZoneInfo("America/New_York")
FORWARD, BACK = datetime(2026, 3, 8, tzinfo=NEW_YORK), datetime(2026, 11, 1, tzinfo=NEW_YORK)


def closed(hours):
    return Schedule(timedelta(minutes=10), zone=NEW_YORK, not_between=(read_closed_hours(hours),))


def test_an_hour_that_comes_twice_is_closed_twice():
    schedule = closed("01:00-02:00")
    twice = [datetime(2026, 11, 1, hour, 30, tzinfo=UTC) for hour in (5, 6)]  # both are 01:30 there
    assert not any(is_open(schedule, each) for each in twice)
    assert next_due(schedule, None, twice[0]) == datetime(2026, 11, 1, 7, 0, tzinfo=UTC)


def test_an_hour_that_is_left_out_closes_nothing():
    schedule = closed("02:00-03:00")
    moment = datetime(2026, 3, 8, 7, 0, tzinfo=UTC)  # 03:00 there, right after 01:59
    assert is_open(schedule, moment)
    assert is_open(schedule, moment - timedelta(minutes=1))


@pytest.mark.parametrize(("day", "hours"), [(FORWARD, 8), (BACK, 10)])
def test_a_night_is_as_long_as_it_is_there(day, hours):
    evening = day.replace(hour=0).astimezone(UTC) - timedelta(hours=1)  # 23:00 the day before
    assert opened(closed("22:00-08:00"), evening) - evening == timedelta(hours=hours)
