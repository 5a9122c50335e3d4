"""A file that arrives makes its process due: once, when it is whole, and again when it has changed."""

from datetime import UTC, datetime, timedelta

import pytest

from tieout.project import Project
from tieout.runtime.arriving_files import ArrivingFiles
from tieout.state.agenda import Agenda

TEXT = """
[connection.a]
kind = "memory"

[connection.w]
kind = "duckdb"
path = "w.duckdb"

[process.orders]
from = "a:*"
to = "w:"
do = "put"
on_file = "inbox/orders-*.csv"
"""


class Clock:
    now = datetime(2026, 11, 27, tzinfo=UTC)

    def __call__(self):
        return self.now


@pytest.fixture
def watched(tmp_path):
    """A function that looks again after three seconds, and says whether the process is due since."""
    (tmp_path / "tieout.toml").write_text(TEXT)
    (tmp_path / "inbox").mkdir()
    clock = Clock()
    with Project.read(tmp_path / "tieout.toml", {}) as project:
        agenda = Agenda(project.state, clock)
        agenda.enter([("orders", "", "process orders")], None)
        files = [ArrivingFiles(project, agenda)]

        def look(*, anew=False):
            if anew:
                files[0] = ArrivingFiles(project, agenda)
            clock.now += timedelta(seconds=3)
            files[0].step()
            (entry,) = agenda.entries()
            agenda.plan([(entry, None)])
            return bool(entry.due)

        yield look, tmp_path / "inbox"


def test_a_file_counts_once_it_is_whole(watched):
    look, inbox = watched
    (inbox / "orders-1.csv").write_text("a")
    assert not look()
    (inbox / "orders-1.csv").write_text("ab")
    assert not look()
    assert look()
    assert not look()


def test_what_was_seen_is_remembered_by_the_next_worker(watched):
    look, inbox = watched
    (inbox / "orders-1.csv").write_text("a")
    assert [look(), look(), look(anew=True), look()] == [False, True, False, False]
    (inbox / "orders-1.csv").write_text("another")
    assert [look(), look()] == [False, True]


def test_other_files_are_none_of_its_business(watched):
    look, inbox = watched
    (inbox / "orders-1.tmp").write_text("a")
    (inbox / "orders-1.csv").mkdir()
    assert not any(look() for _ in range(3))
