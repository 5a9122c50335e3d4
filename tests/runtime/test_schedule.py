"""When a process is due: said for any schedule, any zone and any clock."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tieout.processes.schedule import (
    ClosedHours,
    Schedule,
    is_open,
    next_due,
    read_closed_hours,
    read_cron,
    read_every,
    refuse_never,
)

NEW_YORK, LORD_HOWE, APIA, LONDON = (
    ZoneInfo(name) for name in ("America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Europe/London")
)
ZONES = st.sampled_from([ZoneInfo("UTC"), NEW_YORK, LORD_HOWE, APIA, LONDON])
MOMENTS = st.datetimes(datetime(2011, 1, 1), datetime(2030, 1, 1)).map(lambda each: each.replace(tzinfo=UTC))
TIMES = st.builds(time, st.integers(0, 23), st.integers(0, 59))
CLOSED = st.builds(ClosedHours, st.frozensets(st.integers(0, 4), min_size=1), TIMES, TIMES)
CRONS = st.builds(
    "{} {} * * {}".format,
    st.sampled_from(["0", "30", "*/20", "15,45"]),
    st.sampled_from(["*", "2", "6", "*/4"]),
    st.sampled_from(["*", "MON-FRI", "SUN"]),
)
SCHEDULES = st.builds(
    Schedule,
    st.none() | st.timedeltas(timedelta(seconds=1), timedelta(days=7)),
    st.lists(CRONS, max_size=2).map(tuple),
    ZONES,
    st.lists(CLOSED, max_size=2).map(tuple),
)


@given(SCHEDULES, st.none() | MOMENTS, MOMENTS)
def test_a_run_is_never_due_before_now_nor_in_closed_hours(schedule, last, now):
    due = next_due(schedule, last, now)
    assert (due is None) == schedule.is_empty
    if due is not None:
        assert due >= now
        assert is_open(schedule, due)


@given(SCHEDULES.filter(lambda each: not each.is_empty), MOMENTS, MOMENTS)
def test_an_outage_is_caught_up_once(schedule, last, now):
    """Whatever was missed is one run; the next one is due later than it."""
    due = next_due(schedule, last, now)
    assert next_due(schedule, due, due) > due


@given(SCHEDULES, MOMENTS, MOMENTS)
def test_a_clock_that_was_put_back_stops_nothing(schedule, last, now):
    if last > now:
        assert next_due(schedule, last, now) == next_due(schedule, now, now)


@given(ZONES, st.dates(date(2012, 1, 5), date(2029, 12, 1)), TIMES)
@example(NEW_YORK, date(2026, 3, 7), time(2, 30))  # the hour is left out on the 8th
@example(NEW_YORK, date(2026, 10, 31), time(1, 30))  # the hour comes twice on the 1st
@example(LORD_HOWE, date(2026, 4, 4), time(1, 45))  # half an hour comes twice
def test_a_daily_run_runs_once_a_day_when_the_clock_is_put_forward_or_back(zone, day, at):
    schedule = Schedule(cron=(f"{at.minute} {at.hour} * * *",), zone=zone)
    now = datetime.combine(day, time(0, 0), zone).astimezone(UTC) - timedelta(seconds=1)
    days = []
    for _ in range(4):
        now = next_due(schedule, now, now)
        days.append(now.astimezone(zone).date())
    assert days == [day + timedelta(days=n) for n in range(4)]


def test_every_counts_from_the_last_begin_and_closed_hours_put_it_off_to_their_end():
    schedule = Schedule(
        read_every("15 minutes"), zone=NEW_YORK, not_between=(read_closed_hours("mon-fri 08:00-18:00"),)
    )
    begun = datetime(2026, 11, 27, 12, 40, tzinfo=UTC)  # Friday, 07:40 in New York
    assert next_due(schedule, begun, begun) == datetime(2026, 11, 27, 12, 55, tzinfo=UTC)
    assert next_due(schedule, begun, begun + timedelta(minutes=25)) == datetime(
        2026, 11, 27, 23, 0, tzinfo=UTC
    )


def test_hours_go_over_midnight():
    night = Schedule(timedelta(minutes=1), not_between=(read_closed_hours("sun 22:00-06:00"),))
    sunday = datetime(2026, 11, 29, 23, 0, tzinfo=UTC)
    assert next_due(night, None, sunday) == datetime(2026, 11, 30, 6, 0, tzinfo=UTC)
    assert is_open(night, sunday + timedelta(days=1))


def test_a_day_of_ticks_each_once():
    schedule = Schedule(cron=("*/15 * * * *", "7 3 * * *"), zone=LONDON)
    now = last = datetime(2026, 3, 28, 23, 59, tzinfo=UTC)
    ticks = []
    while now < datetime(2026, 3, 29, 23, 59, tzinfo=UTC):
        now += timedelta(seconds=20)
        if (due := next_due(schedule, last, now)) == now:
            ticks.append(due)
            last = now
    assert len(ticks) == 24 * 4 + 1


@pytest.mark.parametrize(
    ("read", "text", "complaint"),
    [
        (read_every, "15 minuets", "is no interval"),
        (read_every, "0 minutes", "is no interval"),
        (read_cron, "* * * *", "five fields"),
        (read_cron, "61 * * * *", "Bad minute"),
        (read_cron, "0 0 30 2 *", "Bad day|can never run"),
        (read_closed_hours, "8-18", "no span of hours"),
        (read_closed_hours, "mon-fry 08:00-18:00", "no span of hours"),
        (read_closed_hours, "08:00-25:99", "no span of hours"),
    ],
)
def test_what_cannot_be_read_is_said(read, text, complaint):
    with pytest.raises(ValueError, match=complaint):
        read(text)


@pytest.mark.parametrize("texts", [["00:00-00:00"], ["06:00-18:00", "18:00-06:00"], ["mon-sun 00:00-24:00"]])
def test_hours_that_leave_no_time_are_refused(texts):
    with pytest.raises(ValueError, match="no time to run"):
        refuse_never([read_closed_hours(each) for each in texts])


def test_hours_that_leave_a_minute_are_taken():
    refuse_never([read_closed_hours("mon-sat 00:00-00:00"), read_closed_hours("sun 00:01-00:00")])
