"""The monthly budget of reads: mirrors slow down before it is used up, and rest when it is. What is written goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

SLOWED_FROM = 0.8
"""The share of the budget from which on mirrors run less often."""
SLOWED_BY = 4


def slowed(due: datetime, begun: datetime, used: int, budget: int) -> datetime:
    """When a mirror that is due then, and last began then, is to run after so many reads of the month."""
    if not budget or used < SLOWED_FROM * budget:
        return due
    if used >= budget:
        return max(due, next_month(begun))
    return begun + SLOWED_BY * max(due - begun, timedelta())


def next_month(moment: datetime) -> datetime:
    """The beginning of the next month in UTC, when the meter begins anew."""
    first = moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (first + timedelta(days=32)).replace(day=1)
