"""The meter: reads that Intuit counts, of this month and those before, against the budget."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime

from ..budget import SLOWED_FROM
from .chart import chart
from .pages import Asked, Shown

MOST_COMPANIES = 50
MOST_MONTHS = 24


@dataclass(frozen=True, slots=True)
class Spent:
    """Reads of this month and what they are allowed to be; 0 when that is not limited."""

    used: int
    budget: int
    foreseen: int
    """By the end of the month, when it goes on like this."""

    @property
    def standing(self) -> str:
        if not self.budget:
            return ""
        if self.used >= self.budget:
            return "used up: mirrors rest until the next month, and what is written goes on"
        return "nearly used up: mirrors run less often" if self.used >= SLOWED_FROM * self.budget else ""


def show(asked: Asked) -> Shown:
    """What was read, by connection, company and month."""
    project, now = asked.project, asked.agenda.clock()
    meter, whole = project.meter, project.whole
    by_connection = {name: count for name, count in meter.all(now).items() if "/" not in name}
    months = meter.months(MOST_MONTHS)
    return Shown(
        "meter",
        {
            "spent": _spent(sum(by_connection.values()), whole.reads_per_month, now),
            "per_company": whole.reads_per_company,
            "by_connection": by_connection,
            "companies": [(*name.split("/", 1), count) for name, count in meter.most(now, MOST_COMPANIES)],
            "most": MOST_COMPANIES,
            "months": months,
            "chart": chart([(f"{month}-01T00:00:00+00:00", count) for month, count in reversed(months)]),
        },
    )


def _spent(used: int, budget: int, now: datetime) -> Spent:
    here = now.astimezone(UTC)
    days = monthrange(here.year, here.month)[1]
    gone = here.day - 1 + (here.hour * 3600 + here.minute * 60 + here.second) / 86400
    return Spent(used, budget, round(used / gone * days) if gone >= 1 else 0)
