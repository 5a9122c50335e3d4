"""What came of comparing mirrors with QuickBooks, one after another, and which comparisons are asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .database import State
from .times import utc_now, written_time

_KEPT = 100
"""Tie-outs kept of each mirror of a company."""


@dataclass(frozen=True, slots=True)
class KeptTieOut:
    """A comparison of both sides of a mirror."""

    process: str
    company: str
    at: str
    agrees: int
    records: int
    """How many records differ, or are on one side only."""
    accounts: int
    """How many accounts differ."""
    written: str
    """All that is told of it, JSON."""

    @property
    def told(self) -> dict[str, Any]:
        return dict(json.loads(self.written))


class TieOuts:
    """The tie-outs of an environment of a project. Threads and processes share it."""

    def __init__(
        self, state: State, *, environment: str = "", clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._state = state
        self._environment = environment
        self._clock = clock

    def want(self, process: str, company: str) -> None:
        """The next run of the mirror is to compare both sides when it is up to date."""
        self._rows("want_tie_out", process=process, company=company)

    def is_wanted(self, process: str, company: str) -> bool:
        return bool(self._rows("is_tie_out_wanted", process=process, company=company))

    def wanted(self) -> set[tuple[str, str]]:
        """Process and company of all that is asked for."""
        return {(process, company) for process, company in self._rows("wanted_tie_outs")}

    def give_up(self, process: str, company: str) -> None:
        """It cannot be compared."""
        self._rows("give_up_tie_out", process=process, company=company)

    def keep(
        self,
        process: str,
        company: str,
        *,
        agrees: bool,
        records: int,
        accounts: int,
        told: Mapping[str, Any],
    ) -> None:
        """Both sides were compared, so it is asked for no more."""
        named = {"process": process, "company": company}
        with self._state.transaction():
            self._rows(
                "keep_tie_out",
                **named,
                at=written_time(self._clock()),
                agrees=int(agrees),
                records=records,
                accounts=accounts,
                told=json.dumps(dict(told)),
            )
            self._rows("give_up_tie_out", **named)
            self._rows("forget_tie_outs", **named, most=_KEPT)

    def latest(self, most: int) -> list[KeptTieOut]:
        """The last one of each mirror and company; those that differ first, then the newest."""
        return [KeptTieOut(*row) for row in self._rows("latest_tie_outs", most=most)]

    def of(self, process: str, company: str) -> list[KeptTieOut]:
        """All of a mirror of a company, newest first."""
        return [KeptTieOut(*row) for row in self._rows("tie_outs_of", process=process, company=company)]

    def _rows(self, name: str, **values: Any) -> list[tuple[Any, ...]]:
        return self._state.rows(name, environment=self._environment, **values)
