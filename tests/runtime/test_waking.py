"""A Web Connector that calls wakes what could not go on without it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tieout.project import Project
from tieout.runtime.project_doors import wake
from tieout.state.agenda import Agenda, Ended

PROJECT = """
[connection.books]
kind = "web-connector"
user = "tieout"

[connection.warehouse]
kind = "duckdb"
path = "w.duckdb"

[connection.other]
kind = "memory"

[process.mirror]
from = "books:*"
to = "warehouse:"
do = "put"
only = "changed"

[process.elsewhere]
from = "other:*"
to = "warehouse:"
do = "put"
only = "changed"
"""


def test_only_what_waits_for_the_connection_is_due_at_once(tmp_path: Path) -> None:
    (tmp_path / "tieout.toml").write_text(PROJECT, "utf-8")
    now = datetime.now(UTC)
    later = now + timedelta(hours=1)
    with Project.read(tmp_path / "tieout.toml") as project:
        agenda = Agenda(project.state, lambda: now)
        agenda.enter([("mirror", "larch", "larch"), ("elsewhere", "", "elsewhere")], now)
        for entry in agenda.entries():
            agenda.queue([(entry, "task")])
            agenda.begin(entry.process, entry.company, "task")
            (begun,) = agenda.entries(entry.process)
            agenda.end(begun, Ended("waiting", later, "The Web Connector has not called", ""))
        assert not agenda.due(10)
        wake(project, agenda, "books")
        assert [each.process for each in agenda.due(10)] == ["mirror"]
        wake(project, agenda, "warehouse")
        assert len(agenda.due(10)) == 2
