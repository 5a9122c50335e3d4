"""Times as the tables of the state have them: texts in UTC, which compare as the times do."""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    return datetime.now(UTC)


def written_time(moment: datetime | None) -> str:
    """A time to the microsecond; empty where there is none.

    Rows of earlier versions have milliseconds, and sort before every time that is later: "+" comes before the digits.
    """
    return "" if moment is None else moment.astimezone(UTC).isoformat(timespec="microseconds")


def read_time(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
