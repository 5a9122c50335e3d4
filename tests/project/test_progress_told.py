"""How far a run has come is told seldom, over all its parts, and nobody is stopped by it."""

from collections import Counter

import pytest

from tieout.connections.base import Mark
from tieout.errors import Busy
from tieout.processes.sync import SyncReport
from tieout.project.progress_told import TOLD_EVERY, ProgressTold
from tieout.state.run_progress import RunProgress, together

NEWS = Mark({})


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def kept():
    """What was committed."""
    return []


@pytest.fixture
def told(kept, clock):
    return ProgressTold(kept.append, clock=clock)


def report(read, *, requests=1, **expected):
    return SyncReport(
        read=Counter(read), expected=Counter(expected), type=next(reversed(read), ""), requests=requests
    )


def test_it_is_told_once_in_two_seconds_and_not_before(told, kept, clock):
    for step in range(100):
        clock.now = step * TOLD_EVERY / 10
        told.of_mirror(NEWS, report({"Invoice": step}))
    assert [each.counts["read"] for each in kept] == [10, 20, 30, 40, 50, 60, 70, 80, 90]


def test_what_takes_less_tells_nothing(told, kept, clock):
    clock.now = TOLD_EVERY * 0.99
    told.of_mirror(NEWS, report({"Invoice": 5}))
    assert kept == []
    assert told.counts == {"read": 5, "gone": 0, "requests": 1}


def test_what_is_expected_is_what_was_read_and_what_is_to_come(told):
    told.of_mirror(NEWS, report({"Term": 7, "Invoice": 30}, Term=5, Invoice=100))
    assert (told.so_far.expected, told.so_far.type) == (107, "Invoice")
    assert told.so_far.words == "37 of 107 read, 1 requests, at Invoice"
    told.of_mirror(NEWS, report({"Invoice": 30}))
    assert told.so_far.expected == 0


def test_parts_are_counted_together(told, kept, clock):
    told.of_mirror(NEWS, report({"Invoice": 30}, requests=4, Invoice=100))
    told.part_ended()
    (first,) = kept
    assert (first.counts, first.expected) == ({"read": 30, "gone": 0, "requests": 4}, 100)
    assert RunProgress.read(first.written()) == first
    second = ProgressTold(kept.append, first.ended, clock)
    assert second.counts == first.counts
    second.of_mirror(NEWS, report({"Invoice": 20}, requests=3, Invoice=70))
    assert second.so_far.counts == {"read": 50, "gone": 0, "requests": 7}
    assert second.so_far.expected == 100
    assert second.so_far.ended == first.counts  # a third worker would begin there, should this one die


def test_documents_are_counted_by_what_became_of_them(told, kept, clock):
    counts = Counter({"in": 3, "out": 2, "refused": 1, "skipped": 0})
    told.of_documents(counts)
    counts["in"] += 1
    assert told.counts == {"in": 4, "out": 2, "refused": 1}
    clock.now = TOLD_EVERY
    told.of_documents(counts)
    assert [each.words for each in kept] == ["4 in, 2 out, 1 refused"]


def test_a_run_goes_on_when_nobody_can_be_told(clock):
    def away(_progress):
        raise Busy("The state is being written by another process.", wait=1)

    told = ProgressTold(away, clock=clock)
    clock.now = TOLD_EVERY
    told.of_mirror(NEWS, report({"Invoice": 5}))
    assert told.counts["read"] == 5


def test_runs_of_many_companies_are_told_as_one():
    one, other = RunProgress({"read": 5}, 10, "Invoice"), RunProgress({"read": 7, "gone": 1}, 20, "Term")
    assert together([one, other]) == RunProgress({"read": 12, "gone": 1}, 30)
    assert together([one, RunProgress({"read": 1})]) == RunProgress({"read": 6})
    assert together([one]) == one
    assert together([]) is None
