"""Times in the tables of the state."""

from datetime import UTC, datetime, timedelta, timezone

from tieout.state.times import read_time, utc_now, written_time


def test_a_time_is_kept_to_the_microsecond_and_in_utc():
    at = datetime(2026, 11, 27, 15, 4, 5, 123456, timezone(timedelta(hours=-8)))
    assert written_time(at) == "2026-11-27T23:04:05.123456+00:00"
    assert read_time(written_time(at)) == at
    assert (written_time(None), read_time("")) == ("", None)
    assert utc_now().tzinfo is UTC


def test_rows_with_milliseconds_sort_among_those_with_microseconds():
    at = datetime(2026, 11, 27, 15, 4, 5, 123000, UTC)
    step = timedelta(microseconds=1)
    earlier = at.isoformat(timespec="milliseconds")
    assert written_time(at - step) < earlier < written_time(at) < written_time(at + step)
