"""The agenda: what runs unattended, when it is due, how it stands, what is paused, and what a person should know.

It is kept in the control state, so the engine may lose all it has: what was under way is found here and begun again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from .database import State
from .run_progress import RunProgress
from .times import read_time, utc_now, written_time

CANCELLING = "cancelling"
_EVENTS_KEPT = timedelta(days=30)

Outcome = Literal["succeeded", "incomplete", "waiting", "failed", "cancelled"]
"""All of it was done · something was refused · it could not go on and will · it was stopped · by a person."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A process of a company, and how it stands."""

    process: str
    company: str
    lane: str
    due: str
    asked: int
    """1 when a person wants it now."""
    state: str
    """idle, queued, running or cancelling."""
    task: str
    outcome: str
    begun: str
    ended: str
    succeeded: str
    waits: int
    reason: str
    advice: str
    counts: str
    progress: str
    """A `RunProgress` while it is under way and has told of itself."""

    @property
    def so_far(self) -> RunProgress | None:
        """How far its run under way has come, as far as that is known."""
        return RunProgress.read(self.progress)

    @property
    def last(self) -> datetime | None:
        """When it was last begun."""
        return read_time(self.begun)


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a run, and when the next is due."""

    outcome: Outcome
    due: datetime | None
    reason: str = ""
    advice: str = ""
    counts: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that a person should know. It stays until it is well again."""

    process: str
    company: str
    kind: str
    since: str
    message: str
    advice: str
    told: int


@dataclass(frozen=True, slots=True)
class Pause:
    """What does not begin by itself; an empty process or company is all of them."""

    process: str
    company: str
    since: str


@dataclass(frozen=True, slots=True)
class Figure:
    """How many companies of a process stand so."""

    process: str
    state: str
    outcome: str
    count: int
    oldest: str
    """The last success of the one that waits longest."""

    @property
    def word(self) -> str:
        """The state, or what the last run of what is idle came to; `new` before the first."""
        return self.state if self.state != "idle" else self.outcome or "new"


class Agenda:
    """The agenda of an environment of a project. Threads and processes share it."""

    def __init__(
        self, state: State, clock: Callable[[], datetime] = utc_now, *, environment: str = ""
    ) -> None:
        self._state = state
        self._environment = environment
        self.clock = clock

    def enter(self, rows: Iterable[tuple[str, str, str]], due: datetime | None) -> None:
        """Let processes of companies run, each given with its lane; what is planned for one already stays."""
        told = [
            {"process": process, "company": company, "lane": lane, "due": written_time(due)}
            for process, company, lane in rows
        ]
        with self._state.transaction():
            self._many("enter_agenda", told)

    def leave(self, gone: Collection[Entry]) -> None:
        """Forget processes and companies that are no longer there."""
        with self._state.transaction():
            named = [{"process": each.process, "company": each.company} for each in gone]
            self._many("leave_agenda", named)
            self._many("clear_alert", [{**each, "but": ""} for each in named])

    def entries(self, process: str = "", company: str = "") -> list[Entry]:
        """All, or those of one process, of one company."""
        return [Entry(*row) for row in self._rows("agenda", process=process, company=company)]

    def due(self, most: int) -> list[Entry]:
        """What is to begin now: what a person waits for, then the longest due first."""
        return [Entry(*row) for row in self._rows("agenda_due", now=written_time(self.clock()), most=most)]

    def under_way(self) -> list[Entry]:
        """What the engine has."""
        return [Entry(*row) for row in self._rows("agenda_under_way")]

    def count_under_way(self) -> tuple[int, int]:
        """How much the engine has, and how much of it nobody has begun."""
        under_way, queued = self._rows("count_under_way")[0]
        return under_way, queued

    def queue(self, entries: Iterable[tuple[Entry, str]]) -> None:
        """Commit that these go to the engine, each under the id of a task."""
        told = [{"process": e.process, "company": e.company, "task": task} for e, task in entries]
        with self._state.transaction():
            self._many("queue_agenda", told)

    def begin(self, process: str, company: str, task: str) -> Entry | None:
        """A worker begins a task; None when it is not wanted any more."""
        named = {"process": process, "company": company, "task": task}
        found = self._rows("begin_agenda", **named, now=written_time(self.clock()))
        return Entry(*found[0]) if found else None

    def tell(self, entry: Entry, progress: RunProgress) -> None:
        """Commit how far a run has come; it may be lost with the machine's power, as the run itself is."""
        named = {"process": entry.process, "company": entry.company, "task": entry.task}
        with self._state.transaction(at_once=False):
            self._rows("tell_progress", **named, progress=progress.written())

    def end(self, entry: Entry, ended: Ended) -> None:
        """A run is over."""
        self._rows(
            "end_agenda",
            process=entry.process,
            company=entry.company,
            task=entry.task,
            outcome=ended.outcome,
            now=written_time(self.clock()),
            due=written_time(ended.due),
            reason=ended.reason,
            advice=ended.advice,
            counts=json.dumps(dict(ended.counts or {})),
        )

    def plan(self, plans: Iterable[tuple[Entry, datetime | None]]) -> None:
        """Plan anew when each of these begins; what was asked for since it was looked at stays as it is."""
        told = [
            {"process": e.process, "company": e.company, "planned": e.due, "due": written_time(due)}
            for e, due in plans
        ]
        with self._state.transaction():
            self._many("plan_agenda", told)

    def ask(self, process: str = "", company: str = "", *, by_person: bool = False) -> None:
        """Begin now; once more afterwards when it is under way. A person is not kept waiting by closed hours."""
        self._rows(
            "ask_agenda",
            process=process,
            company=company,
            now=written_time(self.clock()),
            asked=int(by_person),
        )

    def cancel(self, process: str, company: str = "") -> list[tuple[str, str]]:
        """Let what is under way stop at its next step, and what is queued not begin; which process of which company."""
        return [(row[0], row[1]) for row in self._rows("cancel_agenda", process=process, company=company)]

    def is_cancelled(self, entry: Entry) -> bool:
        """Whether a person cancelled it since it began."""
        named = {"process": entry.process, "company": entry.company, "task": entry.task}
        return any(Entry(*row).state == CANCELLING for row in self._rows("agenda_of_task", **named))

    def zones(self, company: str = "") -> dict[str, str]:
        """The time zones of companies as far as they are known, of all or of one."""
        return dict(self._state.rows("company_zones", company=company))

    def keep_zone(self, company: str, zone: str) -> None:
        """Remember the time zone that a company told."""
        self._state.rows("set_company_zone", company=company, zone=zone)

    def pause(self, process: str = "", company: str = "") -> None:
        """Begin nothing more of this until it is resumed; what is under way goes on."""
        self._rows("pause", process=process, company=company, since=written_time(self.clock()))

    def resume(self, process: str = "", company: str = "") -> None:
        self._rows("resume", process=process, company=company)

    def pauses(self) -> list[Pause]:
        return [Pause(*row) for row in self._rows("pauses")]

    def alert(self, entry: Entry, kind: str, message: str, advice: str) -> None:
        """A person should know of this."""
        self._rows(
            "raise_alert",
            process=entry.process,
            company=entry.company,
            kind=kind,
            since=written_time(self.clock()),
            message=message,
            advice=advice,
        )

    def clear(self, entry: Entry, *, but: str = "") -> None:
        """It is well again; what is still so, and was told already, stays."""
        self._rows("clear_alert", process=entry.process, company=entry.company, but=but)

    def clear_alert(self, entry: Entry, kind: str) -> None:
        """This one thing is well again."""
        self._rows("end_alert", process=entry.process, company=entry.company, kind=kind)

    def alerts(self) -> list[Alert]:
        return [Alert(*row) for row in self._rows("alerts")]

    def page(
        self,
        *,
        process: str = "",
        company: str = "",
        standing: str = "",
        longest_first: bool = False,
        before: int = 0,
        most: int = 50,
    ) -> tuple[list[Entry], int]:
        """A part of what is on the agenda, and how much fits: `company` is how its name begins, `standing` its state, or the outcome of what is idle.

        In the order of names, or that which has waited longest for a success first.
        """
        fits = {"process": process, "beginning": company, "standing": standing}
        rows = self._rows("agenda_page", **fits, longest_first=int(longest_first), before=before, most=most)
        (count,) = self._rows("count_agenda", **fits)
        return [Entry(*row) for row in rows], count[0]

    def times(self) -> dict[str, tuple[str, str]]:
        """When each process was begun last, and is due next, of all its companies."""
        return {process: (begun, due) for process, begun, due in self._rows("agenda_times")}

    def figures(self) -> list[Figure]:
        """How many companies of each process stand how."""
        return [Figure(*row) for row in self._rows("agenda_figures")]

    def keep_events(self, events: Sequence[Mapping[str, str]], processes: Collection[str]) -> int:
        """Commit events (id, company, type, record, verb, at), and that these processes of their companies are due now; how many events were new."""
        received = written_time(self.clock())
        with self._state.transaction():
            fresh = [each for each in events if self._state.rows("keep_event", **each, received=received)]
            for company in {each["company"] for each in fresh}:
                for process in processes:
                    self.ask(process, company)
        return len(fresh)

    def forget_events(self) -> None:
        """Forget events that nobody delivers again."""
        self._state.rows("forget_events", before=written_time(self.clock() - _EVENTS_KEPT))

    def told(self, alert: Alert) -> None:
        """An alert was delivered."""
        self._rows("alert_told", process=alert.process, company=alert.company, kind=alert.kind)

    def _rows(self, name: str, **values: Any) -> list[tuple[Any, ...]]:
        return self._state.rows(name, environment=self._environment, **values)

    def _many(self, name: str, values: Sequence[Mapping[str, Any]]) -> None:
        self._state.many(name, [{"environment": self._environment, **each} for each in values])
