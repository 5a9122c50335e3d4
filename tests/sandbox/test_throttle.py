from datetime import UTC, datetime, timedelta

import pytest

from tieout.sandbox.doors.throttle import Caller, Throttle

START = datetime(2026, 11, 22, 12, tzinfo=UTC)
ONE, OTHER = Caller("1", "app"), Caller("1", "other app")


def passed(throttle, seconds, *, caller=ONE, calls=1, batch=False):
    """How many of some calls pass at a moment."""
    outcomes = []
    for _ in range(calls):
        with throttle.passing(caller, batch=batch, now=START + timedelta(seconds=seconds)) as passes:
            outcomes.append(passes)
    return sum(outcomes)


@pytest.fixture
def throttle():
    return Throttle(on=True)


def test_nothing_is_limited_until_it_is_switched_on():
    assert passed(Throttle(), 0, calls=2000, batch=True) == 2000


def test_an_application_has_ten_calls_a_second(throttle):
    assert passed(throttle, 0, calls=12) == 10
    assert passed(throttle, 0.9) == 0
    assert passed(throttle, 1) == 1


def test_other_applications_and_companies_have_their_own_second(throttle):
    assert passed(throttle, 0, calls=11) == 10
    assert passed(throttle, 0, caller=OTHER, calls=11) == 10
    assert passed(throttle, 0, caller=Caller("2", "app"), calls=11) == 10


def test_a_company_has_500_calls_a_minute_from_all_together(throttle):
    taken = sum(passed(throttle, second, calls=10) for second in range(49))
    taken += passed(throttle, 49, caller=OTHER, calls=10)
    assert taken == 500
    assert passed(throttle, 59) == passed(throttle, 59, caller=OTHER) == 0
    assert passed(throttle, 59, caller=Caller("2", "app")) == 1
    assert passed(throttle, 60, calls=11) == 10


def test_batches_have_limits_of_an_application_and_of_a_company(throttle):
    applications = [Caller("1", name) for name in "abcd"]
    taken = [
        sum(passed(throttle, second, caller=caller, calls=10, batch=True) for second in range(5))
        for caller in applications
    ]
    assert taken == [40, 40, 40, 0]
    assert passed(throttle, 5, caller=applications[3]) == 1


def test_refused_calls_do_not_count(throttle):
    assert passed(throttle, 0, calls=1000) == 10
    assert passed(throttle, 1, calls=10) == 10


def test_a_clock_that_is_moved_back_does_not_lock_anybody_out(throttle):
    assert passed(throttle, 3600, calls=10) == 10
    assert passed(throttle, 0) == 1


def test_ten_calls_at_the_same_time_when_that_is_switched_on_too(throttle):
    throttle.at_once = True
    running = [throttle.passing(ONE, batch=False, now=START + timedelta(seconds=s)) for s in range(11)]
    assert [call.__enter__() for call in running] == [True] * 10 + [False]
    running[10].__exit__(None, None, None)
    assert passed(throttle, 20) == 0
    running[0].__exit__(None, None, None)
    assert passed(throttle, 30) == 1
