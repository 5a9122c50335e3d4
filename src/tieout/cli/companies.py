"""`tieout companies`: how everything that runs unattended stands."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .messages import note
from .options import AsFormat, Format, ProjectFile, open_project

if TYPE_CHECKING:
    from ..project import Project
    from ..state.agenda import Entry


def companies(
    company: Annotated[
        str, typer.Argument(metavar="[COMPANY]", help="One company; all when absent.", show_default=False)
    ] = "",
    alerts: Annotated[bool, typer.Option("--alerts", help="Only what a person should know.")] = False,
    chosen: AsFormat = Format.TABLE,
    project: ProjectFile = None,
) -> None:
    """Show how what runs by itself stands, by company.

    Each with its state, last success, reads of this month, when the next run is due, and how far a run under way has come. It knows what `tieout serve` or a worker of the project has entered.
    """
    from ..state.agenda import Agenda
    from .reports import Report, show

    with open_project(project) as opened:
        agenda = Agenda(opened.state, environment=opened.environment)
        if alerts:
            told = [
                {name: getattr(each, name) for name in ("since", "process", "company", "kind", "message")}
                | {"advice": each.advice}
                for each in agenda.alerts()
                if company in ("", each.company)
            ]
            show(Report(told, empty="Nothing needs a person."), chosen)
            return
        paused = {(each.process, each.company) for each in agenda.pauses()}
        now = agenda.clock()
        reads = opened.meter.all(now)
        entries = agenda.entries(company=company)
        known = _signed_in(opened, entries)
        rows = [
            {
                **_row(opened, each, paused, reads, now),
                "signed_in": known.get((each.process, each.company), ""),
            }
            for each in entries
        ]
    if chosen is Format.TABLE:  # which has room for one of both
        for row in rows:
            row["counts"] = row.pop("so_far") or row["counts"]
    of_one = f" for {company}" if company else ""
    nothing = f"Nothing has run unattended{of_one} yet: start `tieout serve`."
    show(Report(rows, numbers=("reads",), empty=nothing), chosen)
    for advice in dict.fromkeys(str(row["advice"]) for row in rows if row["advice"]):
        note(f"→ {advice}")


def _signed_in(project: Project, entries: list[Entry]) -> dict[tuple[str, str], str]:
    """Of each process and company whether somebody has signed in to QuickBooks Online, where it is about that."""
    from dataclasses import replace

    from ..project import OnlineSettings
    from ..project.companies import ends_of
    from ..project.signed_in import stands_for_many, vault_identity

    wanted: dict[tuple[str, str], list[str]] = {}
    for each in entries:
        process = project.processes.get(each.process)
        for name in ends_of(process) if process is not None else ():
            settings = project.settings(name)
            if isinstance(settings, OnlineSettings):
                one = replace(settings, company=each.company) if stands_for_many(settings) else settings
                wanted.setdefault((each.process, each.company), []).append(vault_identity(one))
    known = set(project.vault.identities()) if wanted else set()
    return {key: "yes" if known.issuperset(identities) else "no" for key, identities in wanted.items()}


def _row(
    project: Project, entry: Entry, paused: set[tuple[str, str]], reads: dict[str, int], now: datetime
) -> dict[str, Any]:
    is_paused = any((p, c) in paused for p in ("", entry.process) for c in ("", entry.company))
    return {
        "company": entry.company,
        "process": entry.process,
        "state": entry.state if entry.state != "idle" else "paused" if is_paused else entry.outcome or "new",
        "succeeded": _ago(entry.succeeded, now),
        "due": _ago(entry.due, now),
        "reads": _reads(project, entry, reads),
        "so_far": so_far.words if (so_far := entry.so_far) else "",
        "counts": " ".join(f"{name} {count:,}" for name, count in json.loads(entry.counts).items() if count),
        "reason": entry.reason,
        "advice": entry.advice,
    }


def _reads(project: Project, entry: Entry, reads: dict[str, int]) -> int:
    settings = project.processes.get(entry.process)
    source = settings.source.connection if settings is not None else ""
    return reads.get(f"{source}/{entry.company}", reads.get(source, 0))


def _ago(text: str, now: datetime) -> str:
    """How far a time is from now, in words."""
    if not text:
        return ""
    seconds = (datetime.fromisoformat(text) - now).total_seconds()
    units = (("d", 86400), ("h", 3600), ("min", 60), ("s", 1))
    name, size = next((unit for unit in units if abs(seconds) >= unit[1]), units[-1])
    number = round(abs(seconds) / size)
    return f"in {number} {name}" if seconds > 0 else f"{number} {name} ago"
