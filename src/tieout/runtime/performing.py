"""Doing a task of the engine: run the process for the company, say what became of it, and plan the next time.

Nothing that goes wrong here is the engine's affair: whatever stops a run becomes a line of the agenda.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

from ..errors import RunCancelled, TieoutError
from ..processes.schedule import Schedule, next_due
from ..project import ProcessSettings, Project
from ..project.companies import Companies, parties_of
from ..project.progress_told import ProgressTold
from ..project.schedule_settings import ScheduleSettings
from ..state.agenda import CANCELLING, Agenda, Ended, Entry, Outcome
from ..state.journalled_run import CANCEL_LOOKED_AT
from .budget import next_month, slowed
from .engine import Part, Task
from .parts import Done, flow_done, mirror_done
from .tracing import Tracer, no_span
from .tying_out import tie_out_if_wanted
from .waiting import of_full_disk, waiting_after
from .zone_asking import ask_zone, learn_zone

LOG = logging.getLogger("tieout.runs")

PART_SECONDS = 60.0
"""After how long a mirror lets others of its company go first."""
_FILE_LOOKED_AT = timedelta(minutes=1)
"""How long a worker may know another project file than the one that keeps the agenda."""
_LOCK_WAIT = 10.0
"""Seconds to wait for the second company of a run."""
_REPORT_IT = "Please report it, with the log."


@dataclass
class Performer:
    """Does tasks, on any number of threads."""

    companies: Companies
    agenda: Agenda
    part_seconds: float = PART_SECONDS
    stopping: Callable[[], bool] = lambda: False
    """Whether the worker is to end: a mirror then stops at its next cursor, and another worker goes on."""

    trace: Tracer = no_span

    def __call__(self, task: Task) -> Part:
        if task.asks_zone:
            return ask_zone(self.companies, self.agenda, task)
        told = {"process": task.process, "company": task.company, "task": task.id, "part": task.part}
        with self.trace(f"run {task.process}", told) as note:
            part = self._do(task)
            note(part.counts)
            return part

    def _do(self, task: Task) -> Part:
        entry = self.agenda.begin(task.process, task.company, task.id)
        if entry is None:
            return Part({})  # it was taken off the agenda, or has been done by another worker
        told = {"process": task.process, "company": task.company, "task": task.id}
        if task.process not in self.companies.project.processes:
            self._end(entry, self._unheard_of(task.process))
            return Part({})
        before = entry.so_far
        progress = ProgressTold(partial(self.agenda.tell, entry), before.ended if before else {})
        try:
            if rest := self._budget_rest(entry):
                self._end(entry, replace(rest, counts=progress.counts))
                return Part({})
            done = self._run(entry, progress)
        except Exception as error:
            self._end(entry, replace(self._broken_off(entry, error), counts=progress.counts))
            return Part({})
        if done.more:
            progress.part_ended()
            LOG.info("A part of a run is done.", extra={"fields": {**told, **done.counts}})
            return Part(done.counts, more=True)
        self._settle(entry, done, progress.counts)
        return Part(done.counts)

    def _broken_off(self, entry: Entry, error: Exception) -> Ended:
        """What an error makes of a run, whether it is the world's or a fault of ours."""
        if isinstance(error, RunCancelled):
            return Ended("cancelled", self._next(entry), str(error), error.advice)
        told = error if isinstance(error, TieoutError) else of_full_disk(error)
        if told is not None:
            return self._stopped(entry, told)
        fields = {"process": entry.process, "company": entry.company, "task": entry.task}
        LOG.error("A fault of tieout itself stopped a run.", exc_info=error, extra={"fields": fields})
        reason = f"A fault of tieout itself: {type(error).__name__}: {error}"
        self.agenda.alert(entry, "failed", reason, _REPORT_IT)
        return Ended("failed", self._next(entry), reason, _REPORT_IT)

    def _settle(self, entry: Entry, done: Done, counts: Mapping[str, int]) -> None:
        """A run came to its end."""
        self.agenda.clear(entry, but="refused" if done.refused else "")
        if done.refused:
            self.agenda.alert(entry, "refused", done.refused, done.advice)
        outcome: Outcome = "incomplete" if done.refused else "succeeded"
        self._end(entry, Ended(outcome, self._next(entry), done.refused, done.advice, counts))
        for process in done.then:
            follows = self.companies.project.processes.get(process)
            if follows is not None:
                self.agenda.ask(process, entry.company if follows.companies else "")

    def _run(self, entry: Entry, progress: ProgressTold) -> Done:
        cancelled = _Cancelled(self.agenda, entry, entry.state == CANCELLING)
        if cancelled.said:
            raise RunCancelled
        project = self.companies.project_of(entry.process, entry.company)
        learn_zone(project, self.agenda, entry.process, entry.company)
        until = time.monotonic() + self.part_seconds

        def may_stop() -> bool:
            return self.stopping() or time.monotonic() >= until or cancelled()

        with self._parties(project, entry.process):
            if project.is_flow(entry.process):
                return flow_done(project, entry.process, progress, cancelled, self.stopping)
            done = mirror_done(project, entry.process, progress, may_stop)
            if not done.more:
                tie_out_if_wanted(project, self.agenda, entry)
        if done.more and cancelled.said:
            raise RunCancelled
        return done

    @contextmanager
    def _parties(self, project: Project, process: str) -> Iterator[None]:
        """Hold the companies of a run in the order of their names, where any process of the project has two."""
        with ExitStack() as stack:
            if self._some_have_two(project):
                for each in parties_of(project, process):
                    stack.enter_context(project.state.exclusive(f"company {each}", wait=_LOCK_WAIT))
            yield

    def _some_have_two(self, project: Project) -> bool:
        return any(len(parties_of(project, each)) > 1 for each in project.processes)

    def _unheard_of(self, process: str) -> Ended:
        """It left the project file meanwhile, and leaves the agenda soon; or the file of another worker is newer than ours."""
        return Ended(
            "waiting", self.agenda.clock() + _FILE_LOOKED_AT, f"The project file has no process {process}."
        )

    def _stopped(self, entry: Entry, error: TieoutError) -> Ended:
        """What an error makes of a run."""
        told = waiting_after(error, entry.waits)
        if told is None:
            self.agenda.alert(entry, "failed", str(error), error.advice)
            return Ended("failed", self._next(entry), str(error), error.advice)
        if told.alert:
            self.agenda.alert(entry, told.alert, str(error), error.advice)
        return Ended("waiting", self.agenda.clock() + told.wait, str(error), error.advice)

    def _next(self, entry: Entry) -> datetime | None:
        """When the next run is due; a mirror whose budget of reads nears its end comes later."""
        now = self.agenda.clock()
        settings = self.companies.project.processes.get(entry.process)
        begun = entry.last or now
        due = next_due(self._schedule(settings, entry), begun, now) if settings is not None else None
        if due is None:
            return None
        for used, budget in self._budgets(entry, now):
            due = slowed(due, begun, used, budget)
        return due

    def _schedule(self, settings: ScheduleSettings, entry: Entry) -> Schedule:
        known = self.agenda.zones(entry.company) if entry.company and settings.goes_by_company_zone else {}
        return settings.schedule_in(known.get(entry.company, ""))

    def _budget_rest(self, entry: Entry) -> Ended | None:
        now = self.agenda.clock()
        if all(used < budget for used, budget in self._budgets(entry, now)):
            return None
        reason = "The month's budget of reads is used up."
        advice = (
            "Raise reads_per_month in the project file, or wait for the next month; what is written goes on."
        )
        self.agenda.alert(entry, "budget", reason, advice)
        return Ended("waiting", next_month(now), reason, advice)

    def _budgets(self, entry: Entry, now: datetime) -> Iterator[tuple[int, int]]:
        """Used and allowed reads, of all companies and of this one, where there is a budget."""
        project = self.companies.project
        whole, settings = project.whole, project.processes.get(entry.process)
        if not isinstance(settings, ProcessSettings) or not (
            whole.reads_per_month or whole.reads_per_company
        ):
            return
        reads = project.meter.all(now)
        if whole.reads_per_month:
            yield sum(count for name, count in reads.items() if "/" not in name), whole.reads_per_month
        if whole.reads_per_company:
            source = settings.source.connection
            own = reads.get(f"{source}/{entry.company}", 0) or reads.get(source, 0)
            yield own, whole.reads_per_company

    def _end(self, entry: Entry, ended: Ended) -> None:
        self.agenda.end(entry, ended)
        LOG.log(
            logging.INFO if ended.outcome == "succeeded" else logging.WARNING,
            "%s of %s %s%s",
            entry.process,
            entry.company or "no company",
            ended.outcome,
            f": {ended.reason}" if ended.reason else ".",
            extra={
                "fields": {
                    "process": entry.process,
                    "company": entry.company,
                    "task": entry.task,
                    "outcome": ended.outcome,
                    **(ended.counts or {}),
                }
            },
        )


@dataclass
class _Cancelled:
    """Whether a person cancelled a run; it is looked up each second."""

    agenda: Agenda
    entry: Entry
    said: bool = False
    _looked: float = field(default_factory=time.monotonic)

    def __call__(self) -> bool:
        now = time.monotonic()
        if not self.said and now - self._looked >= CANCEL_LOOKED_AT:
            self._looked = now
            self.said = self.agenda.is_cancelled(self.entry)
        return self.said
