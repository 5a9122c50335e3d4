"""Ranges of days and times, as queries and reports say them: two ends, or a macro such as LastMonthToDate."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from ..reports.periods import Calendar, Period
from . import refusals

_FIRST, _LAST = date.min, date.max


def days(today: date, first: Any, last: Any, macro: Any) -> Period:
    """The days that are meant; an end that is not said is open."""
    if macro:
        return period_of(today, str(macro))
    start = date.fromisoformat(str(first)) if first else _FIRST
    end = date.fromisoformat(str(last)) if last else _LAST
    if start > end:
        raise refusals.range_backwards()
    return Period(start, end)


def period_of(today: date, macro: str) -> Period:
    """What a macro means today; a fiscal year is a calendar year here."""
    words = re.findall("[A-Z][a-z]+", macro)
    to_date = words[-2:] == ["To", "Date"]
    named = " ".join(words[:-2] if to_date else words).replace("Four", "4")
    return Calendar(today).macro(f"{named}-to-date" if to_date else named)


def moment(text: str, default: time = time.min) -> datetime:
    """A DATETIME; a date alone begins, or ends, its day."""
    if "T" not in text:
        return datetime.combine(date.fromisoformat(text), default, UTC)
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def within(at: datetime, range_: Mapping[str, Any], first: str, last: str) -> bool:
    """Whether a time lies between two that may both be left out."""
    after = not range_.get(first) or at >= moment(str(range_[first]))
    return after and (not range_.get(last) or at <= moment(str(range_[last]), time.max))
