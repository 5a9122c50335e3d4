"""Aged receivables and payables: what is open, by how long it is overdue."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from .activity import Activity
from .asked import Asked
from .detail import Details, Line
from .figures import Figures, added
from .open_items import Item, open_items
from .rendering import Cell, Column, Section, Table, grand_total
from .trees import grow

_USUAL_DAYS = 30
_USUAL_PERIODS = 4


@dataclass(frozen=True, slots=True)
class Buckets:
    """Days overdue, cut into periods; the last has no end."""

    days: int
    count: int

    def place(self, overdue: int) -> int:
        return 0 if overdue <= 0 else min((overdue - 1) // self.days + 1, self.count)

    def title(self, place: int) -> str:
        if place == 0:
            return "Current"
        first = (place - 1) * self.days + 1
        return f"{first} and over" if place == self.count else f"{first} - {place * self.days}"

    def heading(self, place: int) -> str:
        """As a section of the detail report is called."""
        first = (place - 1) * self.days + 1
        if place == self.count:
            return f"{first} or more days past due"
        return f"{first} - {place * self.days} days past due" if place else "Current"


def summary(kind: str) -> Callable[[Activity], Table]:
    """A row per customer or vendor, a column per age."""

    def report(activity: Activity) -> Table:
        buckets = _buckets(activity.asked)
        none = Figures([None] * (buckets.count + 2))
        sums: dict[str, Figures] = {}
        for item in _open(activity, kind):
            figures = sums.setdefault(item.party, Figures(none.values))
            figures.put(buckets.place(_overdue(activity.asked, item)), item.open)
            figures.put(-1, item.open)
        branches = grow(activity.books, kind, sums, none, field="DisplayName")
        rows = [branch.rows() for branch in branches]
        total = grand_total([Cell("TOTAL"), *added(sums.values(), none).filled().cells()])
        return Table(_columns(kind, buckets), [*rows, total] if rows else [], typed=False)

    return report


def detail(kind: str) -> Callable[[Activity], Table]:
    """A row per open document, the oldest first."""

    def report(activity: Activity) -> Table:
        details, buckets = Details(activity), _buckets(activity.asked)
        lines: dict[int, list[Line]] = {}
        for item in _open(activity, kind):
            overdue = _overdue(activity.asked, item)
            if overdue >= activity.asked.number("past_due", overdue):
                lines.setdefault(buckets.place(overdue), []).append(as_line(activity, item, overdue))
        sections = [
            details.section(Cell(buckets.heading(place)), lines[place])
            for place in sorted(lines, reverse=True)
        ]
        total = Section(summary=details.summary("TOTAL", sections))
        return Table(details.columns(), [*sections, total] if sections else [])

    return report


def as_line(activity: Activity, item: Item, overdue: int | None = None) -> Line:
    posting = item.posting._replace(party=item.posting.name)
    heading = item.heading._replace(due=item.due)
    return Line(activity, item.key, posting, heading, item.home, open=item.open, past_due=overdue)


def _open(activity: Activity, kind: str) -> list[Item]:
    return [item for item in open_items(activity, kind) if item.open]


def _overdue(asked: Asked, item: Item) -> int:
    day = asked.calendar.today if asked.params.get("aging_method") == "Current" else asked.period.end
    return (day - date.fromisoformat(item.due)).days


def _buckets(asked: Asked) -> Buckets:
    days = max(asked.number("aging_period", _USUAL_DAYS), 1)
    return Buckets(days, max(asked.number("num_periods", _USUAL_PERIODS), 1))


def _columns(kind: str, buckets: Buckets) -> list[Column]:
    ages = [
        Column(buckets.title(place), "Money", {"ColKey": str(place - 1) if place else "current"})
        for place in range(buckets.count + 1)
    ]
    return [Column("", kind), *ages, Column("Total", "Money", {"ColKey": "total"})]
