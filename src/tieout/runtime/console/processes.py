"""One process: drawn, with its companies, its plan, and running it now or pausing it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import TYPE_CHECKING
from urllib.parse import quote

from ...errors import SetupError
from ...processes.flow import planned
from ...project import FlowSettings
from ...project.cancelling import cancel
from ...project.flows import opened_process
from ...project.runs import planned_types
from .drawing import Drawing, drawing
from .overview import LOOKED_AT, ProcessStanding, held_in, is_paused, process_standing
from .pages import Asked, GoTo, Shown
from .runs import counts_of

if TYPE_CHECKING:
    from ...project import ProcessSettings, Project
    from ...state.agenda import Entry

PLANNED = 25
"""Documents that a plan in a page looks at."""
MOST_COMPANIES = 20
LAST_RUNS = 10
_WORDS = {"before": "was brought over before"}


def show(asked: Asked) -> Shown:
    """The process: its picture, how it stands, its companies and last runs."""
    name = asked.path["name"]
    settings = asked.project.process(name)
    pauses = asked.agenda.pauses()
    runs = [each for each in asked.project.journal.runs(most=LOOKED_AT) if each.name == name][:LAST_RUNS]
    standing = process_standing(asked, name, pauses, runs, held_in(asked.project))
    counts: Mapping[str, int] = counts_of(asked.project, runs[0]) if runs else {}
    entries, companies = asked.agenda.page(process=name, most=MOST_COMPANIES)
    return Shown(
        "process",
        {
            "process": standing,
            "schedule": _schedule(settings),
            "drawing": _drawn(settings, standing, counts),
            "is_paused": is_paused(name, pauses),
            "entries": entries,
            "more_companies": companies - len(entries),
            "runs": runs,
            "figures": asked.project.run_documents.figures_of_last(LOOKED_AT),
        },
    )


def show_plan(asked: Asked) -> Shown:
    """What a run would do now."""
    name = asked.path["name"]
    is_flow = isinstance(asked.project.process(name), FlowSettings)
    plan = plan_of(asked.project, name)
    return Shown("plan", {"name": name, "plan": plan, "is_flow": is_flow, "most": PLANNED})


def run_now(asked: Asked) -> GoTo:
    """The process is due now, for all its companies; a worker takes it up."""
    name = asked.path["name"]
    asked.project.process(name)
    refuse_not_entered(asked, name)
    asked.agenda.ask(name, by_person=True)
    return GoTo(f"/processes/{quote(name)}")


def refuse_not_entered(asked: Asked, name: str, company: str = "") -> list[Entry]:
    """What the agenda has of a process; SetupError when it has nothing, for then nobody takes it up."""
    entries = asked.agenda.entries(name, company)
    if not entries:
        raise SetupError(
            f"{name} {f'of {company} ' if company else ''}has not been entered by a worker yet.",
            advice="`tieout serve` and `tieout worker` enter what they run within seconds of their start.",
        )
    return entries


def pause(asked: Asked) -> GoTo:
    """Nothing of the process begins by itself any more."""
    name = asked.path["name"]
    asked.project.process(name)
    asked.agenda.pause(name)
    return GoTo(f"/processes/{quote(name)}")


def resume(asked: Asked) -> GoTo:
    """The process begins by itself again; a pause of everything is taken back by `tieout resume` alone."""
    name = asked.path["name"]
    asked.project.process(name)
    asked.agenda.resume(name)
    return GoTo(f"/processes/{quote(name)}")


def stop_runs(asked: Asked) -> GoTo:
    """What is under way of the process stops between two steps, and what is queued does not begin."""
    name = asked.path["name"]
    cancel(asked.project, asked.agenda, name)
    return GoTo(f"/processes/{quote(name)}")


def _schedule(settings: ProcessSettings | FlowSettings) -> str:
    if settings.every:
        return f"every {settings.every}"
    return f"cron {', '.join(settings.cron)}" if settings.cron else "when asked for"


def _drawn(
    settings: ProcessSettings | FlowSettings, standing: ProcessStanding, counts: Mapping[str, int]
) -> Drawing:
    """The picture with the counts of what is under way, or of the last run."""
    if not isinstance(settings, FlowSettings):
        return _mirror_drawn(settings, standing)
    if standing.so_far is not None:
        counts = standing.so_far.counts
    told = {name: f"{count:,} {name}" for name, count in counts.items()}
    stopped = ", ".join(told[name] for name in ("refused", "unknown") if counts.get(name))
    branches = settings.branches
    maps = [branch.map for branch in branches if branch.map]
    return drawing(
        str(settings.source),
        maps,
        [branch.to for branch in branches],
        (told.get("in", ""), told.get("out", told.get("done", "")), stopped),
    )


def _mirror_drawn(settings: ProcessSettings, standing: ProcessStanding) -> Drawing:
    ends = str(settings.source), ["mirror"], [str(settings.target)]
    so_far = standing.so_far
    if so_far is None:
        told = standing.counts.partition(", ")[0]  # how much was read; all counts do not fit
        return drawing(*ends, ("", told, ""))
    read, gone = so_far.counts.get("read", 0), so_far.counts.get("gone", 0)
    of = f"{read:,} of {so_far.expected:,}" if so_far.expected else ""
    at = f"at {so_far.type}" if so_far.type else ""
    return drawing(
        *ends,
        (f"{read:,} read", f"{gone:,} gone" if gone else "", ""),
        ", ".join(filter(None, (of, at))),
        min(read / so_far.expected, 1.0) if so_far.expected else None,
    )


def plan_of(project: Project, name: str) -> list[dict[str, str]]:
    """What a run would do with the first documents, or how much of each type it would read; nothing is written."""
    if not isinstance(project.process(name), FlowSettings):
        return [
            {"what": kind, "operation": f"read {much}", "note": f"into {table}"}
            for kind, table, much in planned_types(project, name)
        ]
    rows: list[dict[str, str]] = []
    with opened_process(project, name, looks_only=True) as process:
        for case, plans in islice(planned(process, limit=PLANNED), PLANNED):
            document = case.document.key or case.document.place
            if case.error is not None:
                rows.append({"what": document, "operation": "refuse", "note": str(case.error)})
            elif not plans:
                rows.append(
                    {
                        "what": document,
                        "operation": "nothing",
                        "note": case.note or _WORDS.get(case.state, case.state),
                    }
                )
            rows += [
                {
                    "what": document,
                    "operation": f"{each.operation} {each.change.type}",
                    "note": str(each.error) if each.error else each.note,
                }
                for each in plans
            ]
    return rows
