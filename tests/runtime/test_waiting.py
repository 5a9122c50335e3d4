"""How long a run waits that could not go on, and when a person has to know."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tieout.errors import (
    Busy,
    NotAllowed,
    OutcomeUnknown,
    RemoteProtocolError,
    SetupError,
    Unauthorized,
    Unreachable,
)
from tieout.runtime.budget import next_month, slowed
from tieout.runtime.waiting import waiting_after

MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(lambda each: each.replace(tzinfo=UTC))


@given(st.floats(0, 10_000), st.integers(0, 1000))
def test_busy_waits_as_long_as_it_says_and_longer_each_time_up_to_an_hour(seconds, waits):
    told = waiting_after(Busy("throttled", wait=seconds), waits)
    assert timedelta(seconds=min(max(seconds, 1), 3600)) <= told.wait <= timedelta(hours=1)
    assert told.wait >= waiting_after(Busy("throttled", wait=seconds), max(waits - 1, 0)).wait


@given(st.sampled_from([Unreachable("off"), Busy("dialog", wait=5)]), st.integers(0, 100))
def test_an_alert_comes_once_two_hours_were_waited_and_not_before(error, waits):
    waited = sum((waiting_after(error, n).wait for n in range(waits)), timedelta())
    assert (waiting_after(error, waits).alert == "waiting") == (waited >= timedelta(hours=2))


def test_who_must_sign_in_is_told_at_once():
    assert waiting_after(Unauthorized("token dead"), 0).alert == "sign-in"


def test_what_no_waiting_helps_has_failed():
    assert waiting_after(SetupError("no such type"), 0) is None
    assert waiting_after(NotAllowed("books are closed"), 0) is None
    assert [waiting_after(RemoteProtocolError("no XML"), n) is None for n in range(5)] == [False] * 3 + [
        True
    ] * 2
    assert waiting_after(OutcomeUnknown("no answer"), 0).alert == "unknown"
    assert waiting_after(OutcomeUnknown("no answer"), 1) is None


@given(MOMENTS, st.timedeltas(timedelta(minutes=1), timedelta(days=2)), st.integers(0, 3000))
def test_a_budget_slows_and_then_rests(begun, after, used):
    due = slowed(begun + after, begun, used, 1000)
    if used < 800:
        assert due == begun + after
    elif used < 1000:
        assert due == begun + 4 * after
    else:
        assert due >= next_month(begun)
    assert slowed(begun + after, begun, used, 0) == begun + after


@given(MOMENTS)
def test_the_next_month_begins_on_its_first(moment):
    assert next_month(moment).day == 1
    assert timedelta() < next_month(moment) - moment <= timedelta(days=31)
