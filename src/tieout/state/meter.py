"""How many reads each connection made this month: Intuit meters them for each application."""

from __future__ import annotations

from datetime import UTC, datetime

from .database import State


class Meter:
    """Counts of reads by connection and month, in UTC; of one company of many, by connection and company too."""

    def __init__(self, state: State, company: str = "") -> None:
        self._state = state
        self._company = company

    def add(self, connection_name: str, reads: int, when: datetime) -> None:
        """Count reads made at that time."""
        names = [connection_name, *([f"{connection_name}/{self._company}"] if self._company else [])]
        # All companies count in one row, which is held for the shortest time when it is the last.
        counted = [{"connection": name, "month": _month(when), "count": reads} for name in reversed(names)]
        self._state.many("add_reads", counted)

    def month(self, connection_name: str, when: datetime) -> int:
        """The reads of the month that `when` lies in."""
        return self._state.value("reads_of_month", connection=connection_name, month=_month(when)) or 0

    def all(self, when: datetime) -> dict[str, int]:
        """The reads of that month by connection, and by `connection/company`."""
        return dict(self._state.rows("all_reads_of_month", month=_month(when)))

    def months(self, most: int) -> list[tuple[str, int]]:
        """The reads of each month, `2026-11`, the newest first."""
        return [(month, int(count)) for month, count in self._state.rows("reads_by_month", most=most)]

    def most(self, when: datetime, most: int) -> list[tuple[str, int]]:
        """The companies with the most reads of that month, as `connection/company`."""
        return self._state.rows("most_reads_of_month", month=_month(when), most=most)


def _month(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m}"
