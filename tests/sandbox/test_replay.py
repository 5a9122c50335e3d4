import pytest

from tieout.sandbox.doors import replay
from tieout.sandbox.doors.calls import Answer
from tieout.sandbox.doors.replay import InFlight, Replay


def test_the_first_answer_comes_again():
    memory, answer = Replay(), Answer(200, b"done")
    assert memory.begin("a") is None
    memory.finish("a", answer)
    assert memory.begin("a") is answer


def test_the_same_id_in_flight_is_refused():
    memory = Replay()
    memory.begin("a")
    with pytest.raises(InFlight):
        memory.begin("a")


def test_what_was_never_carried_out_may_come_again():
    memory = Replay()
    memory.begin("a")
    memory.finish("a", None)
    assert memory.begin("a") is None


def test_the_memory_is_bounded(monkeypatch):
    monkeypatch.setattr(replay, "REMEMBERED", 2)
    memory = Replay()
    for request_id in "abc":
        memory.begin(request_id)
        memory.finish(request_id, Answer(200, request_id.encode()))
    assert memory.begin("a") is None
    assert memory.begin("c") == Answer(200, b"c")
