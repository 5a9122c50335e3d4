"""Companies are asked for their time zone before the first run of a process that goes by it is planned.

The question is a task of the engine, in the lane of its company, and of no run: whether it can be answered or not, what waits for it is
planned afterwards, by UTC where nobody knows better. A run that begins then asks once more, and says what is wrong.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from secrets import token_hex

from ..errors import TieoutError
from ..processes.schedule import next_due
from ..project import Project
from ..project.companies import Companies
from ..project.zones import zone_of
from ..state.agenda import Agenda, Entry
from .engine import Engine, Part, Task

LOG = logging.getLogger("tieout.runs")

_AHEAD = 100
"""Questions that the engine has at most."""


@dataclass
class ZoneAsking:
    """Hands questions over, a few at a time."""

    engine: Engine
    _wanted: list[Entry] = field(default_factory=list, init=False)

    def want(self, entries: Iterable[Entry]) -> None:
        """The companies of these are to be asked."""
        self._wanted = list({each.company: each for each in entries}.values())

    def step(self) -> bool:
        """Hand over what has room; whether there was any."""
        if not self._wanted:
            return False
        asked = {task for task in self.engine.unfinished() if task.startswith("zone/")}
        fresh = [
            each for each in self._wanted if not any(task.startswith(_named(each.company)) for task in asked)
        ]
        now, self._wanted = fresh[: max(_AHEAD - len(asked), 0)], fresh[max(_AHEAD - len(asked), 0) :]
        for each in now:
            task = f"{_named(each.company)}{token_hex(3)}"
            self.engine.enqueue(Task(task, each.lane, each.process, each.company, asks_zone=True))
        return bool(now)


def needs_zone(project: Project, entry: Entry, zones: Mapping[str, str]) -> bool:
    """Whether the process goes by the time zone of its company, and nobody knows it yet."""
    settings = project.processes.get(entry.process)
    return (
        settings is not None
        and settings.goes_by_company_zone
        and bool(entry.company)
        and entry.company not in zones
    )


def learn_zone(project: Project, agenda: Agenda, process: str, company: str) -> None:
    """Ask the company once, where the process goes by its zone."""
    needed = company and project.process(process).goes_by_company_zone
    if needed and not agenda.zones(company):
        agenda.keep_zone(company, zone_of(project, process))


def ask_zone(companies: Companies, agenda: Agenda, task: Task) -> Part:
    """Do such a task, and plan what waited for it."""
    try:
        learn_zone(companies.project_of(task.process, task.company), agenda, task.process, task.company)
    except TieoutError as error:
        LOG.warning("%s cannot be asked for its time zone: %s %s", task.company, error, error.advice)
    except Exception:
        LOG.exception("%s cannot be asked for its time zone.", task.company)
    now, zone = agenda.clock(), agenda.zones(task.company).get(task.company, "")
    processes = companies.project.processes
    agenda.plan(
        (each, next_due(processes[each.process].schedule_in(zone), each.last, now))
        for each in agenda.entries(company=task.company)
        if each.state == "idle" and not each.due and each.process in processes
    )
    return Part({})


def _named(company: str) -> str:
    """How the ids of its tasks begin."""
    return f"zone/{company}/"
