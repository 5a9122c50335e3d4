"""Companies: how all that runs unattended stands, thousands of them a page at a time; and one, where it is run and paused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from ...errors import NotFound
from ...project import ProcessSettings
from ...project.cancelling import cancel
from ...state.process_log import LogName
from ...state.times import read_time
from .overview import mirrors_run_by_hand
from .pages import Asked, GoTo, Shown
from .paging import number_of, paged

if TYPE_CHECKING:
    from ...project import Project
    from ...state.agenda import Entry, Pause
    from ...state.mirrors_by_hand import MirrorByHand
    from ...state.run_progress import RunProgress

A_PAGE = 50
STANDINGS = ("running", "queued", "new", "succeeded", "incomplete", "waiting", "failed", "cancelled")
"""What may be asked for."""


@dataclass(frozen=True, slots=True)
class CompanyStanding:
    """A process of a company, and how it stands."""

    entry: Entry
    word: str
    is_well: bool | None
    is_paused: bool
    is_stale: bool
    """Whether its last success is longer ago than the process allows."""
    held: int
    """Documents that wait for a person."""
    is_mirror: bool
    held_at: str
    """The query of the page Settle that shows these."""
    reads: int
    """Of this month, at the connection that it reads from."""
    counts: str
    so_far: RunProgress | None
    """Of the run under way."""
    by_hand: MirrorByHand | None
    """A run that a person has under way."""


def show(asked: Asked) -> Shown:
    """A page of those that fit, with how many stand how."""
    process, company, standing, order = (
        asked.query.get(name, "") for name in ("process", "company", "standing", "order")
    )
    number = number_of(asked)
    entries, count = asked.agenda.page(
        process=process,
        company=company.strip(),
        standing=standing,
        longest_first=order == "longest",
        before=(number - 1) * A_PAGE,
        most=A_PAGE,
    )
    return Shown(
        "companies",
        {
            "process": process,
            "company": company,
            "standing": standing,
            "order": order,
            "rows": standings(asked, entries),
            "pages": paged(asked, number, count, A_PAGE),
            "figures": _figures(asked),
            "standings": STANDINGS,
        },
    )


def show_one(asked: Asked) -> Shown:
    """A company with each of its processes."""
    name = asked.query.get("name", "")
    entries = [each for each in asked.agenda.entries(company=name) if each.company == name]
    if not entries:
        raise NotFound(f"Nothing runs for a company {name!r}.", advice="The page Companies lists them.")
    return Shown("company", {"name": name, "rows": standings(asked, entries)})


def run_now(asked: Asked) -> GoTo:
    """A process of a company is due now."""
    process, company = _named(asked)
    asked.agenda.ask(process, company, by_person=True)
    return _back(company)


def pause(asked: Asked) -> GoTo:
    """A process of a company does not begin by itself any more."""
    process, company = _named(asked)
    asked.agenda.pause(process, company)
    return _back(company)


def resume(asked: Asked) -> GoTo:
    """It begins by itself again; a pause of the whole process is taken back on its own page."""
    process, company = _named(asked)
    asked.agenda.resume(process, company)
    return _back(company)


def cancel_one(asked: Asked) -> GoTo:
    """What is under way of a process of a company stops at its next step."""
    process, company = _named(asked)
    cancel(asked.project, asked.agenda, process, company)
    return _back(company)


def standings(asked: Asked, entries: list[Entry]) -> list[CompanyStanding]:
    """How these stand."""
    pauses, now = asked.agenda.pauses(), asked.agenda.clock()
    project = asked.project
    reads, held = project.meter.all(now), project.run_documents.held(project.environment)
    found = [_standing(project, each, pauses, reads, held, now) for each in entries]
    by_hand = {(each.process, each.company): each for each in mirrors_run_by_hand(project)}
    return [replace(each, by_hand=by_hand.get((each.entry.process, each.entry.company))) for each in found]


def _standing(
    project: Project,
    entry: Entry,
    pauses: list[Pause],
    reads: Mapping[str, int],
    held: Mapping[LogName, int],
    now: datetime,
) -> CompanyStanding:
    settings = project.processes.get(entry.process)
    paused = any(p.process in ("", entry.process) and p.company in ("", entry.company) for p in pauses)
    word = entry.state if entry.state != "idle" else entry.outcome or "new"
    may_be_old = settings.may_be_old if settings is not None else None
    since = read_time(entry.succeeded) or read_time(entry.begun)
    source = settings.source.connection if settings is not None else ""
    is_one_of_many = settings is not None and bool(settings.companies)
    log_name = LogName(entry.process, project.environment, entry.company if is_one_of_many else "")
    return CompanyStanding(
        entry=entry,
        word=word,
        is_well=_WELL.get(word),
        is_paused=paused,
        is_stale=may_be_old is not None and since is not None and now - since > may_be_old,
        held=held.get(log_name, 0),
        is_mirror=isinstance(settings, ProcessSettings),
        held_at=urlencode({"process": entry.process, "company": log_name.company}),
        reads=reads.get(f"{source}/{entry.company}" if is_one_of_many else source, 0),
        counts=", ".join(f"{count:,} {name}" for name, count in json.loads(entry.counts).items() if count),
        so_far=entry.so_far,
        by_hand=None,
    )


_WELL = {"succeeded": True, "incomplete": False, "waiting": False, "failed": False}


def _figures(asked: Asked) -> dict[str, int]:
    """How many companies stand how, over all processes."""
    found: dict[str, int] = {}
    for each in asked.agenda.figures():
        found[each.word] = found.get(each.word, 0) + each.count
    return found


def _named(asked: Asked) -> tuple[str, str]:
    process, company = asked.form.get("process", ""), asked.form.get("company", "")
    if not [each for each in asked.agenda.entries(process, company) if each.company == company]:
        raise NotFound(
            f"{process or 'Nothing'} runs for no company {company!r}.",
            advice="The page Companies lists them.",
        )
    return process, company


def _back(company: str) -> GoTo:
    return GoTo(f"/company?{urlencode({'name': company})}")
