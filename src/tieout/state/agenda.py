"""The agenda: what runs unattended, when it is due, how it stands, what is paused, and what a person should know.

It is kept in the control state, so the engine may lose all it has: what was under way is found here and begun again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from .database import State
from .journal import utc_now

Outcome = Literal["succeeded", "incomplete", "waiting", "failed"]
"""All of it was done · something was refused · it could not go on and will · it was stopped."""


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
    """idle, queued or running."""
    task: str
    outcome: str
    begun: str
    ended: str
    succeeded: str
    waits: int
    reason: str
    advice: str
    counts: str

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


class Agenda:
    """The agenda of a project. Threads and processes share it."""

    def __init__(self, state: State, clock: Callable[[], datetime] = utc_now) -> None:
        self._state = state
        self.clock = clock

    def enter(self, rows: Iterable[tuple[str, str, str]], due: datetime | None) -> None:
        """Let processes of companies run, each given with its lane; what is planned for one already stays."""
        told = [
            {"process": process, "company": company, "lane": lane, "due": written_time(due)}
            for process, company, lane in rows
        ]
        with self._state.transaction():
            self._state.many("enter_agenda", told)

    def leave(self, gone: Collection[Entry]) -> None:
        """Forget processes and companies that are no longer there."""
        with self._state.transaction():
            self._state.many(
                "leave_agenda", [{"process": each.process, "company": each.company} for each in gone]
            )

    def entries(self, process: str = "", company: str = "") -> list[Entry]:
        """All, or those of one process, of one company."""
        return [Entry(*row) for row in self._state.rows("agenda", process=process, company=company)]

    def due(self, most: int) -> list[Entry]:
        """What is to begin now, the longest due first."""
        return [
            Entry(*row) for row in self._state.rows("agenda_due", now=written_time(self.clock()), most=most)
        ]

    def under_way(self) -> list[Entry]:
        """What the engine has."""
        return [Entry(*row) for row in self._state.rows("agenda_under_way")]

    def queue(self, entries: Iterable[tuple[Entry, str]]) -> None:
        """Commit that these go to the engine, each under the id of a task."""
        told = [{"process": e.process, "company": e.company, "task": task} for e, task in entries]
        with self._state.transaction():
            self._state.many("queue_agenda", told)

    def begin(self, process: str, company: str, task: str) -> Entry | None:
        """A worker begins a task; None when it is not wanted any more."""
        named = {"process": process, "company": company, "task": task}
        self._state.rows("begin_agenda", **named, now=written_time(self.clock()))
        found = self._state.rows("agenda_of_task", **named)
        return Entry(*found[0]) if found else None

    def end(self, entry: Entry, ended: Ended) -> None:
        """A run is over."""
        self._state.rows(
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
        """Plan anew when each of these begins."""
        told = [{"process": e.process, "company": e.company, "due": written_time(due)} for e, due in plans]
        with self._state.transaction():
            self._state.many("plan_agenda", told)

    def ask(self, process: str = "", company: str = "", *, by_person: bool = False) -> None:
        """Begin now; once more afterwards when it is under way. A person is not kept waiting by closed hours."""
        self._state.rows(
            "ask_agenda",
            process=process,
            company=company,
            now=written_time(self.clock()),
            asked=int(by_person),
        )

    def pause(self, process: str = "", company: str = "") -> None:
        """Begin nothing more of this until it is resumed; what is under way goes on."""
        self._state.rows("pause", process=process, company=company, since=written_time(self.clock()))

    def resume(self, process: str = "", company: str = "") -> None:
        self._state.rows("resume", process=process, company=company)

    def pauses(self) -> list[Pause]:
        return [Pause(*row) for row in self._state.rows("pauses")]

    def alert(self, entry: Entry, kind: str, message: str, advice: str) -> None:
        """A person should know of this."""
        self._state.rows(
            "raise_alert",
            process=entry.process,
            company=entry.company,
            kind=kind,
            since=written_time(self.clock()),
            message=message,
            advice=advice,
        )

    def clear(self, entry: Entry, kind: str = "") -> None:
        """It is well again; all of it unless a kind is named."""
        self._state.rows("clear_alert", process=entry.process, company=entry.company, kind=kind)

    def alerts(self) -> list[Alert]:
        return [Alert(*row) for row in self._state.rows("alerts")]

    def told(self, alert: Alert) -> None:
        """An alert was delivered."""
        self._state.rows("alert_told", process=alert.process, company=alert.company, kind=alert.kind)


def written_time(moment: datetime | None) -> str:
    """A time as the agenda keeps it, which sorts as text; empty when there is none."""
    return "" if moment is None else moment.astimezone(UTC).isoformat(timespec="milliseconds")


def read_time(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
