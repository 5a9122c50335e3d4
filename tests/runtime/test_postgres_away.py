"""The database goes away for a moment: what is remembered is reached again, and a worker goes on."""

import psycopg
import pytest
from tests.cli.conftest import connected

from tieout.errors import Busy, Unreachable
from tieout.project import Project
from tieout.runtime.durable_engine import DurableEngine
from tieout.runtime.worker import working
from tieout.state.agenda import Agenda
from tieout.state.postgres import PostgresState

from .conftest import MIRROR, eventually


def end_all_connections(url):
    """What a restart of the database does to those who are connected."""
    with psycopg.connect(url, autocommit=True) as own:
        own.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )


def test_the_state_is_reached_again(postgres_url):
    with PostgresState(postgres_url) as state:
        agenda = Agenda(state)
        agenda.pause("mirror")
        end_all_connections(postgres_url)
        with pytest.raises(Unreachable):
            agenda.pauses()
        assert [each.process for each in agenda.pauses()] == ["mirror"]


def test_a_transaction_that_lost_its_connection_is_not_half_done(postgres_url):
    with PostgresState(postgres_url) as state:
        agenda = Agenda(state)

        def half():
            with state.transaction():
                agenda.pause("first")
                end_all_connections(postgres_url)
                for _ in range(2):
                    with pytest.raises(Unreachable):
                        agenda.pause("second")

        with pytest.raises(Unreachable):
            half()
        assert agenda.pauses() == []


def test_a_worker_goes_on_and_holds_its_lock_again(postgres_url, shop, tmp_path, monkeypatch):
    monkeypatch.setattr("tieout.runtime.durable_engine._LOCK_LOOKED_AT", 0.0)
    file = connected(tmp_path, shop, MIRROR + 'every = "1 second"\n')
    file.write_text(f'state = "{postgres_url}"\n' + file.read_text())
    with Project.read(file) as project, working(project, look=0.1) as worker:
        first = eventually(lambda: [e.succeeded for e in worker.agenda.entries() if e.succeeded], within=30)
        end_all_connections(postgres_url)

        def later():
            try:
                return [e for e in worker.agenda.entries() if e.succeeded > first[0]]
            except Unreachable:
                return []

        eventually(later, within=60)
        engine = worker._engine
        assert isinstance(engine, DurableEngine)

        def is_held():
            try:
                with PostgresState(postgres_url) as other, other.exclusive(f"worker {engine.worker}"):
                    return False
            except (Busy, Unreachable) as error:
                return isinstance(error, Busy)

        eventually(is_held, within=30)
