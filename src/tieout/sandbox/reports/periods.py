"""Periods: what a date_macro means today, and a period cut into weeks, months, quarters or years."""

from __future__ import annotations

from calendar import month_abbr
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import NamedTuple

FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(9000, 12, 31)
_DAY = timedelta(days=1)


class Period(NamedTuple):
    """From the first day to the last, both included."""

    start: date
    end: date

    def holds(self, day: str) -> bool:
        return self.start.isoformat() <= day <= self.end.isoformat()


ALL = Period(FIRST_DAY, LAST_DAY)


class Calendar:
    """Today, and the month in which the company's fiscal year begins."""

    def __init__(self, today: date, first_month: int = 1) -> None:
        self.today = today
        self.first_month = first_month

    def macro(self, name: str) -> Period:
        """What a date_macro means; its name is one of the catalog's."""
        words = name.removesuffix("-to-date").split(" ")
        period = self._named(words)
        return Period(period.start, self._same_day(words, period)) if name.endswith("-to-date") else period

    def fiscal_year(self, day: date) -> Period:
        return _months(day, 12, self.first_month)

    def whole(self, day: date, by: str) -> Period:
        """The week, month, quarter or year that a day lies in."""
        return self._wholes(by)(day)

    def pieces(self, period: Period, by: str) -> Iterator[Period]:
        """A period cut at the borders of its days, weeks, months, quarters or years."""
        whole = self._wholes(by)
        start = period.start
        while start <= period.end:
            end = min(whole(start).end, period.end)
            yield Period(start, end)
            start = end + _DAY

    def _named(self, words: list[str]) -> Period:
        match words:
            case ["All"]:
                return ALL
            case ["Today"]:
                return Period(self.today, self.today)
            case ["Yesterday"]:
                return Period(self.today - _DAY, self.today - _DAY)
            case ["Next", "4", "Weeks"]:
                first = _week(self.today).end + _DAY
                return Period(first, first + timedelta(days=27))
        which, *unit = words
        return self._moved(self._wholes("".join(unit).removeprefix("Calendar")), which)

    def _moved(self, whole: Callable[[date], Period], which: str) -> Period:
        this = whole(self.today)
        if which == "Last":
            return whole(this.start - _DAY)
        return whole(this.end + _DAY) if which == "Next" else this

    def _same_day(self, words: list[str], period: Period) -> date:
        """As far into the period as today is into the present one."""
        this = self._named(["This", *words[1:]])
        return min(period.start + (self.today - this.start), period.end)

    def _wholes(self, by: str) -> Callable[[date], Period]:
        return {
            "Days": lambda day: Period(day, day),
            "Week": _week,
            "Month": lambda day: _months(day, 1, 1),
            "Quarter": lambda day: _months(day, 3, 1),
            "FiscalQuarter": lambda day: _months(day, 3, self.first_month),
            "Year": lambda day: _months(day, 12, 1),
            "FiscalYear": lambda day: _months(day, 12, self.first_month),
        }[by]


def _week(day: date) -> Period:
    """Weeks begin on Sunday."""
    start = day - timedelta(days=(day.weekday() + 1) % 7)
    return Period(start, start + timedelta(days=6))


def _months(day: date, count: int, first_month: int) -> Period:
    """The run of `count` months that holds a day, when a year begins with `first_month`."""
    index = day.year * 12 + day.month - 1
    start = index - (index - (first_month - 1)) % count
    return Period(_first_of(start), _first_of(start + count) - _DAY)


def _first_of(index: int) -> date:
    return date(index // 12, index % 12 + 1, 1)


def title_of(period: Period, by: str) -> str:
    """What QuickBooks writes above a column."""
    start, end = period
    if by == "Days":
        return f"{month_abbr[start.month]} {start.day}, {start.year}"
    if by == "Month" and start.day == 1 and (end + _DAY).day == 1:
        return f"{month_abbr[start.month]} {start.year}"
    if by == "Month":
        return f"{month_abbr[start.month]} {start.day} - {end.day}, {start.year}"
    if by == "Week":
        return f"{month_abbr[start.month]} {start.day} - {month_abbr[end.month]} {end.day}, {end.year}"
    first = month_abbr[start.month] + (f" {start.year}" if start.year != end.year else "")
    return f"{first} - {month_abbr[end.month]} {end.year}"
