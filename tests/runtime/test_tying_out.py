"""Tie-outs that are asked for: made by a worker as a part of the mirror's run, kept, and told when something differs."""

from datetime import UTC, datetime, timedelta

import duckdb
import pytest
from tests.cli.conftest import call, connected

from tieout.errors import SetupError, Unreachable
from tieout.project import Project
from tieout.project.tie_outs import company_of, tie_outs_of
from tieout.runtime import tying_out
from tieout.runtime.tying_out import DIFFERS, tie_out_if_wanted
from tieout.runtime.worker import working
from tieout.state.agenda import Agenda
from tieout.state.database import open_state
from tieout.state.postgres import PostgresState
from tieout.state.tie_outs import TieOuts

from .conftest import MIRROR, eventually


@pytest.fixture
def by_hand(shop, tmp_path):
    """A project with a mirror that runs when it is asked for."""
    with Project.read(connected(tmp_path, shop, MIRROR)) as opened:
        yield opened


def entered(project):
    agenda = Agenda(project.state)
    agenda.enter([("mirror", company_of(project, "mirror"), "lane")], None)
    (entry,) = agenda.entries("mirror")
    return agenda, entry


def spoil(project):
    with duckdb.connect(str(project.beside("warehouse.duckdb"))) as kept:
        kept.execute("update customer set Balance = Balance + 1 where Id = '1'")


def test_a_worker_compares_what_was_asked_for_and_nothing_else(by_hand):
    with working(by_hand, look=0.1) as worker:
        (entry,) = eventually(lambda: worker.agenda.entries("mirror"))
        tie_outs, named = tie_outs_of(by_hand), ("mirror", entry.company)
        worker.agenda.ask("mirror", by_person=True)
        eventually(lambda: worker.agenda.entries("mirror")[0].succeeded)
        assert tie_outs.of(*named) == []

        tie_outs.want(*named)
        worker.agenda.ask("mirror", by_person=True)
        (kept,) = eventually(lambda: tie_outs.of(*named))
        assert (kept.agrees, kept.records, kept.accounts) == (1, 0, 0)
        assert kept.told["types"][0]["type"] == "Customer"
        assert not tie_outs.is_wanted(*named)


def test_what_differs_is_an_alert_until_it_ties_out(by_hand):
    assert call("run", "mirror", "--project", by_hand.path).exit_code == 0
    spoil(by_hand)
    agenda, entry = entered(by_hand)
    tie_outs = tie_outs_of(by_hand)
    tie_outs.want("mirror", entry.company)
    tie_out_if_wanted(by_hand, agenda, entry)
    (alert,) = agenda.alerts()
    assert (alert.kind, alert.message) == (
        DIFFERS,
        "The mirror does not tie out: 1 record and 0 accounts differ.",
    )
    agenda.clear(entry)  # as other runs of the mirror do that succeed
    assert agenda.alerts() == [alert]
    assert tie_outs.latest(10)[0].told["differences"][0][:3] == ["Customer", "1", "balance"]

    assert call("run", "mirror", "--again", "Customer", "--project", by_hand.path).exit_code == 0
    tie_outs.want("mirror", entry.company)
    tie_out_if_wanted(by_hand, agenda, entry)
    assert agenda.alerts() == []
    assert [each.agrees for each in tie_outs.of("mirror", entry.company)] == [1, 0]


def test_what_verify_finds_is_kept_beside_it(by_hand):
    assert call("run", "mirror", "--project", by_hand.path).exit_code == 0
    spoil(by_hand)
    assert call("verify", "mirror", "--project", by_hand.path).exit_code == 1
    (kept,) = tie_outs_of(by_hand).latest(10)
    assert (kept.process, kept.agrees, kept.records) == ("mirror", 0, 1)


@pytest.mark.parametrize(("error", "stays"), [(Unreachable("away"), True), (SetupError("never"), False)])
def test_what_cannot_be_compared_now_is_compared_later_and_what_never_can_is_given_up(
    by_hand, monkeypatch, error, stays
):
    agenda, entry = entered(by_hand)
    tie_outs_of(by_hand).want("mirror", entry.company)

    def fails(*_):
        raise error

    monkeypatch.setattr(tying_out, "verify_process", fails)
    with pytest.raises(type(error)):
        tie_out_if_wanted(by_hand, agenda, entry)
    assert tie_outs_of(by_hand).is_wanted("mirror", entry.company) == stays


@pytest.mark.parametrize("backend", ["sqlite", "postgres"])
def test_the_newest_are_kept_and_the_last_of_each_told(backend, tmp_path, request):
    state = (
        PostgresState(request.getfixturevalue("postgres_url"))
        if backend == "postgres"
        else open_state(tmp_path)
    )
    with state:
        now = datetime(2026, 11, 27, tzinfo=UTC)

        def clock():
            nonlocal now
            now += timedelta(minutes=1)
            return now

        tie_outs = TieOuts(state, clock=clock)
        for number in range(103):
            tie_outs.keep("mirror", "47", agrees=False, records=number, accounts=0, told={})
        tie_outs.keep("mirror", "48", agrees=True, records=0, accounts=0, told={"types": []})
        TieOuts(state, environment="test").keep("mirror", "47", agrees=True, records=0, accounts=0, told={})
        kept = tie_outs.of("mirror", "47")
        assert [each.records for each in kept] == list(range(102, 2, -1))
        assert [(each.company, each.agrees) for each in tie_outs.latest(10)] == [("47", 0), ("48", 1)]
        tie_outs.want("mirror", "47")
        tie_outs.want("mirror", "47")
        assert tie_outs.wanted() == {("mirror", "47")}
