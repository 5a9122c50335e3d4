"""Periods of reports: cut into pieces, and as titles tell them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from ...reports.periods import Calendar, Period

PIECES = ("Day", "Week", "TwoWeek", "FourWeek", "HalfMonth", "Month", "Quarter", "Year")
"""What SummarizeColumnsBy may cut a period into."""

FIRST_YEAR, LAST_YEAR = 1901, 8999
"""A period that reaches beyond them is open."""

_WEEKS = {"TwoWeek": 2, "FourWeek": 4}
_MIDDLE = 15
"""The last day of the first half of a month."""


def cut(period: Period, by: str) -> Iterator[Period]:
    """The pieces of a period, one after another; the first and the last may be parts of one."""
    calendar = Calendar(period.end)
    if by in _WEEKS:
        weeks = list(calendar.pieces(period, "Week"))
        for at in range(0, len(weeks), _WEEKS[by]):
            run = weeks[at : at + _WEEKS[by]]
            yield Period(run[0].start, run[-1].end)
    elif by == "HalfMonth":
        for start, end in calendar.pieces(period, "Month"):
            middle = start.replace(day=_MIDDLE)
            if start <= middle < end:
                yield Period(start, middle)
                yield Period(middle + timedelta(days=1), end)
            else:
                yield Period(start, end)
    else:
        yield from calendar.pieces(period, "Days" if by == "Day" else by)


def heading(period: Period) -> str:
    """`Jan 5, 26`, `Jan 26`, `Jan 5 - 11, 26`, `Jan - Mar 26`, `Jan 30 - Feb 5, 26`; `TOTAL` of a period without end."""
    start, end = period
    if start.year < FIRST_YEAR or end.year > LAST_YEAR:
        return "TOTAL"
    first, last = f"{start:%b}", f"{end:%b}"
    if start == end:
        return short_day(end)
    if start.year != end.year:
        first += f" {start:%y}"
    whole = start.day == 1 and (end + timedelta(days=1)).day == 1
    if whole:
        return f"{last} {end:%y}" if first == last else f"{first} - {last} {end:%y}"
    if first == last:
        return f"{first} {start.day} - {end.day}, {end:%y}"
    if start.year != end.year:
        return f"{short_day(start)} - {short_day(end)}"
    return f"{first} {start.day} - {last} {end.day}, {end:%y}"


def span(period: Period) -> str:
    """What stands under a report's title."""
    start, end = period
    if start.year < FIRST_YEAR:
        return "All Transactions" if end.year > LAST_YEAR else f"Through {end:%B} {end.day}, {end.year}"
    if start == end:
        return f"{end:%B} {end.day}, {end.year}"
    return f"{start:%B} {start.day}, {start.year} through {end:%B} {end.day}, {end.year}"


def as_of(day: date) -> str:
    return f"As of {day:%B} {day.day}, {day.year}" if day.year <= LAST_YEAR else "All Transactions"


def short_day(day: date) -> str:
    """`Nov 27, 26`."""
    return f"{day:%b} {day.day}, {day:%y}"
