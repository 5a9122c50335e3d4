"""A run that has failed: with a schedule it goes on at its next tick, without one when somebody asks; the alert ends by itself."""

import pytest
from tests.cli.conftest import connected

from tieout.project import Project
from tieout.runtime.worker import working

from .conftest import MIRROR, eventually


@pytest.fixture
def blocked(tmp_path):
    """What stands where the mirror is to be kept, and is no database."""
    file = tmp_path / "warehouse.duckdb"
    file.write_text("what somebody else keeps here")
    return file


def failed(agenda):
    return [each for each in agenda.entries() if each.outcome == "failed"]


def test_with_a_schedule_it_is_tried_at_the_next_tick(shop, tmp_path, blocked):
    file = connected(tmp_path, shop, MIRROR + 'every = "1 second"\n')
    with Project.read(file) as project, working(project, look=0.1) as worker:
        agenda = worker.agenda
        first = eventually(lambda: failed(agenda))[0]
        assert "no DuckDB file" in first.reason
        eventually(lambda: [each for each in failed(agenda) if each.begun > first.begun])
        assert [each.kind for each in agenda.alerts()] == ["failed"]
        blocked.unlink()
        eventually(lambda: [each for each in agenda.entries() if each.succeeded])
        eventually(lambda: not agenda.alerts())


def test_without_one_it_waits_for_somebody(shop, tmp_path, blocked):
    with (
        Project.read(connected(tmp_path, shop, MIRROR)) as project,
        working(project, look=0.1) as worker,
    ):
        agenda = worker.agenda
        eventually(agenda.entries)
        agenda.ask("mirror")
        (entry,) = eventually(lambda: failed(agenda))
        assert entry.due == ""
        assert [each.kind for each in agenda.alerts()] == ["failed"]
        blocked.unlink()
        agenda.ask("mirror")
        eventually(lambda: [each for each in agenda.entries() if each.succeeded])
        assert agenda.alerts() == []
