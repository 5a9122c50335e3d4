"""The windows against a count by brute force, with a clock that only moves when somebody sleeps or works."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tieout.connections.rest.limits import Limiter, SlidingWindow, quickbooks_limiter
from tieout.errors import RunStopped

from .clocks import Clock


def starts_of(limiter: Limiter, clock: Clock, gaps: list[int], *, batch: bool = False) -> list[float]:
    starts = []
    for gap in gaps:
        clock.now += gap
        with limiter.turn(batch=batch):
            starts.append(clock.now)
    return starts


def most_within(starts: list[float], seconds: float) -> int:
    return max(sum(1 for other in starts if start <= other < start + seconds) for start in starts)


windows = st.tuples(st.integers(1, 6), st.integers(1, 50))


@given(st.lists(windows, min_size=1, max_size=3), st.lists(st.integers(0, 20), min_size=1, max_size=60))
def test_no_stretch_of_time_has_more_starts_than_allowed(limits, gaps):
    clock = Clock()
    limiter = Limiter([SlidingWindow(*limit) for limit in limits], clock=clock, sleep=clock.sleep)
    starts = starts_of(limiter, clock, gaps)
    for count, seconds in limits:
        assert most_within(starts, seconds) <= count


@given(windows, st.lists(st.integers(0, 20), min_size=1, max_size=60))
def test_nobody_waits_without_need(limit, gaps):
    clock = Clock()
    limiter = Limiter([SlidingWindow(*limit)], clock=clock, sleep=clock.sleep)
    count, seconds = limit
    starts: list[float] = []
    for gap in gaps:
        clock.now += gap
        wanted = clock.now
        with limiter.turn():
            starts.append(clock.now)
        if starts[-1] > wanted:
            assert starts[-1] == starts[-1 - count] + seconds


def test_batches_have_a_window_of_their_own_and_count_as_requests():
    clock = Clock()
    limiter = Limiter([SlidingWindow(3, 10)], [SlidingWindow(2, 100)], clock=clock, sleep=clock.sleep)
    assert starts_of(limiter, clock, [0, 0, 0], batch=True) == [0, 0, 100]
    assert starts_of(limiter, clock, [0, 0, 0]) == [100, 100, 110]


def test_quickbooks_allows_ten_a_second_and_five_hundred_a_minute():
    clock = Clock()
    limiter = quickbooks_limiter(clock=clock, sleep=clock.sleep)
    starts = starts_of(limiter, clock, [0] * 620)
    assert most_within(starts, 1) == 10
    assert most_within(starts, 60) == 500


def test_a_rest_holds_everyone_back():
    clock = Clock()
    limiter = Limiter(clock=clock, sleep=clock.sleep)
    limiter.rest(60)
    limiter.rest(5)
    assert starts_of(limiter, clock, [0, 0]) == [60, 60]


def test_ten_at_once_and_no_more():
    limiter = Limiter(at_once=3)
    under_way, most, lock, full = 0, 0, threading.Lock(), threading.Barrier(3, timeout=5)

    def work(number: int) -> None:
        nonlocal under_way, most
        with limiter.turn():
            with lock:
                under_way += 1
                most = max(most, under_way)
            full.wait()
            with lock:
                under_way -= 1

    with ThreadPoolExecutor(9) as pool:
        list(pool.map(work, range(9)))
    assert most == 3


def test_threads_share_a_window():
    clock = Clock()
    limiter = Limiter([SlidingWindow(2, 10)], at_once=8, clock=clock, sleep=clock.sleep)

    def work(number: int) -> None:
        with limiter.turn():
            pass

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert clock.now == 30
    assert len(clock.slept) == 3


def test_closing_wakes_who_waits():
    limiter = Limiter([SlidingWindow(1, 3600)])
    with limiter.turn():
        pass
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(lambda: limiter.turn().__enter__())
        limiter.stop()
        with pytest.raises(RunStopped):
            waiting.result(5)


def test_quickbooks_own_throttle_is_never_met(tmp_path) -> None:
    from tieout.connections.rest import open_online, sign_in_at_sandbox
    from tieout.sandbox.server import running_sandbox
    from tieout.state.database import open_state
    from tieout.state.meter import Meter
    from tieout.state.vault import open_vault

    with running_sandbox("empty", throttle=True) as sandbox, open_state(tmp_path) as state:
        vault = open_vault(tmp_path, {})
        sign_in_at_sandbox(sandbox.base_url).keep(vault)
        with (
            open_online(
                "books",
                sandbox.realm,
                vault=vault,
                meter=Meter(state),
                base_url=sandbox.base_url,
                limits=True,
            ) as books,
            ThreadPoolExecutor(10) as threads,
        ):
            list(threads.map(lambda _: books.count("Account"), range(25)))
        assert {call.status for call in sandbox.control.requests if "/query" in call.path} == {200}
