"""Runs by hand, and how far what is under way has come, in a file and in Postgres alike."""

from __future__ import annotations

import pytest

from tieout.state.agenda import Agenda, Ended
from tieout.state.database import open_state
from tieout.state.mirrors_by_hand import MirrorsByHand
from tieout.state.postgres import PostgresState
from tieout.state.run_progress import RunProgress

SOME = RunProgress({"read": 5, "gone": 1, "requests": 2}, 9, "Invoice", {"read": 2})


@pytest.fixture(params=["file", "postgres"])
def state(request, tmp_path):
    in_file = request.param == "file"
    with (
        open_state(tmp_path) if in_file else PostgresState(request.getfixturevalue("postgres_url"))
    ) as opened:
        yield opened


def test_a_run_by_hand_is_known_while_it_is_under_way(state):
    runs = MirrorsByHand(state)
    run = runs.begin("mirror", "47")
    runs.tell(run, SOME)
    (told,) = runs.under_way("mirror")
    assert (told.company, told.word, told.so_far) == ("47", "running", SOME)
    assert runs.cancel("mirror", "48") == []
    assert runs.cancel("mirror", "47") == [("mirror", "47")]
    assert runs.is_cancelled(run)
    assert runs.under_way()[0].word == "cancelling"
    runs.end(run)
    assert runs.under_way() == []
    assert not runs.is_cancelled(run)


def test_a_run_that_begins_takes_the_place_of_one_that_was_killed(state):
    runs = MirrorsByHand(state)
    killed = runs.begin("mirror", "47")
    runs.tell(killed, SOME)
    runs.cancel("mirror")
    run = runs.begin("mirror", "47")
    (told,) = runs.under_way()
    assert (told.run, told.word, told.so_far) == (run, "running", None)
    runs.end(killed)
    assert [each.run for each in runs.under_way()] == [run]


def test_the_agenda_keeps_how_far_a_run_is_until_it_ends(state):
    agenda = Agenda(state)
    agenda.enter([("mirror", "47", "47")], None)
    agenda.queue([(each, "t") for each in agenda.entries()])
    entry = agenda.begin("mirror", "47", "t")
    assert entry.so_far is None
    agenda.tell(entry, SOME)
    assert agenda.begin("mirror", "47", "t").so_far == SOME  # its next part, or the same one after a death
    agenda.cancel("mirror")
    assert agenda.begin("mirror", "47", "t").so_far == SOME
    agenda.end(entry, Ended("cancelled", None, counts=SOME.counts))
    assert [each.so_far for each in agenda.entries()] == [None]
