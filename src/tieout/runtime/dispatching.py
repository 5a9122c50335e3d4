"""What is due goes to the engine: one process of all that run does this at a time."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from secrets import token_hex

from ..processes.schedule import Schedule, is_open, next_due, opened
from ..project import Project
from ..project.companies import Companies
from ..state.agenda import CANCELLING, Agenda, Ended, Entry
from ..state.times import read_time
from .engine import Engine, Task
from .zone_asking import ZoneAsking, needs_zone

LOG = logging.getLogger("tieout.runs")

_AHEAD = 500
"""How much the engine has at most: it takes from all lanes at random, and looks at each that waits. Here the longest due goes first."""
_RECONCILED_EVERY = timedelta(seconds=30)
_ENTERED_EVERY = timedelta(minutes=5)
_ASKED_JUST_NOW = timedelta(seconds=10)
"""What is due so soon was asked for while we looked, or by a machine whose clock is ahead of ours."""
_BACK = timedelta(minutes=1)
"""A clock that goes back further was put back."""


@dataclass
class Dispatcher:
    """Keeps the agenda, and hands over what is due. `step` is called again and again."""

    companies: Companies
    agenda: Agenda
    engine: Engine
    _entered: datetime | None = field(default=None, init=False)
    _entered_from: Project | None = field(default=None, init=False)
    _reconciled: datetime | None = field(default=None, init=False)
    _now: datetime | None = field(default=None, init=False)
    _zones: dict[str, str] = field(default_factory=dict, init=False)
    _zone_asking: ZoneAsking = field(init=False)

    def __post_init__(self) -> None:
        self._zone_asking = ZoneAsking(self.engine)

    def step(self) -> int:
        """Hand over what is due now; how much that was."""
        now = self.agenda.clock()
        if self._now is not None and now < self._now - _BACK:
            LOG.warning("The clock was put back by %s: everything is planned anew.", self._now - now)
            self._entered = self._reconciled = None
        self._now = now
        project = self.companies.project
        if (
            self._entered is None
            or now - self._entered >= _ENTERED_EVERY
            or project is not self._entered_from
        ):
            self.enter(now)
            self._entered, self._entered_from = now, project
        if self._reconciled is None or now - self._reconciled >= _RECONCILED_EVERY:
            self.reconcile()
            self._reconciled = now
        return self._hand_over(now)

    def enter(self, now: datetime) -> None:
        """Bring the agenda in line with the project file, and plan what is planned otherwise."""
        self._zones = self.agenda.zones()
        wanted = {(process, company): lane for process, company, lane in self.companies.rows()}
        kept = {(each.process, each.company): each for each in self.agenda.entries()}
        self.agenda.leave([each for key, each in kept.items() if key not in wanted and each.state == "idle"])
        fresh = [(*key, lane) for key, lane in wanted.items() if key not in kept or kept[key].lane != lane]
        self.agenda.enter(fresh, None)
        entries = self.agenda.entries()
        self._zone_asking.want(each for each in entries if self._needs_zone(each))
        self.agenda.plan(
            (each, due)
            for each in entries
            if each.state == "idle" and (due := self._planned(each, now)) != read_time(each.due)
        )

    def reconcile(self) -> None:
        """What the agenda thinks the engine has, and the engine has not, is begun again: its progress was lost."""
        under_way = self.agenda.under_way()
        if not under_way:
            return
        unfinished = self.engine.unfinished()
        for each in under_way:
            if each.task in unfinished:
                continue
            if each.state == "queued" and self.engine.status(each.task) == "unknown":
                self.engine.enqueue(_task(each, each.task))
            elif each.state == CANCELLING:
                self.agenda.end(each, Ended("cancelled", None, "The run was cancelled."))
            else:
                self.agenda.end(each, Ended("failed", self.agenda.clock(), "The run came to no end."))

    def _planned(self, entry: Entry, now: datetime) -> datetime | None:
        """When an idle entry is due by its schedule; what waits or was asked for keeps its time, unless the clock went back."""
        due = read_time(entry.due)
        kept = entry.asked or entry.outcome == "waiting"
        if due is not None and (due <= now + _ASKED_JUST_NOW or (kept and due - now < timedelta(days=1))):
            return due
        if self._needs_zone(entry):
            return due  # planned once its company was asked
        return next_due(self._schedule(entry), entry.last, now)

    def _needs_zone(self, entry: Entry) -> bool:
        return needs_zone(self.companies.project, entry, self._zones)

    def _schedule(self, entry: Entry) -> Schedule:
        found = self.companies.project.processes.get(entry.process)
        return found.schedule_in(self._zones.get(entry.company, "")) if found is not None else Schedule()

    def _hand_over(self, now: datetime) -> int:
        ready: list[tuple[Entry, str]] = []
        put_off: list[tuple[Entry, datetime | None]] = []
        under_way, queued = self.agenda.count_under_way()
        for each in self.agenda.due(max(_AHEAD - under_way, 0)):
            schedule = self._schedule(each)
            if each.asked or is_open(schedule, now):
                ready.append((each, f"{each.process}/{each.company}/{each.due}/{token_hex(3)}"))
            else:
                put_off.append((each, opened(schedule, now)))
        self.agenda.plan(put_off)
        # Committed first: who dies before the engine has them leaves rows that `reconcile` finds.
        self.agenda.queue(ready)
        for each, task in ready:
            self.engine.enqueue(_task(each, task))
        asked = self._zone_asking.step()
        self.engine.hurry(bool(queued or ready or asked))
        return len(ready)


def _task(entry: Entry, task: str) -> Task:
    return Task(task, entry.lane, entry.process, entry.company)
