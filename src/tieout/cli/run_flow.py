"""`tieout run` of a process that brings documents from one place to another: a bar, what was refused and why, the counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from .exit_codes import DISAGREES, UNKNOWN
from .messages import note
from .options import Format

if TYPE_CHECKING:
    from pathlib import Path

    from ..operations import PlannedChange
    from ..processes.flow import ProcessRun
    from ..processes.outgoing import Case
    from ..project import Project

MOST_ROWS = 20
"""Documents shown in a table that were not done; `tieout runs` has all of them."""
COUNTS = ("in", "out", "done", "refused", "unknown", "skipped", "before", "changed")


def run_flow(project: Project, name: str, *, limit: int | None, only: str) -> tuple[ProcessRun, list[Case]]:
    """Run one process with a bar; the cases that a person should look at."""
    from ..project.flows import run_flow as ran
    from .progress import counting

    troubled: list[Case] = []
    with counting(name) as step:

        def watch(case: Case) -> None:
            step()
            if case.state in ("refused", "unknown", "changed"):
                troubled.append(case)

        run = ran(project, name, limit=limit, only=only, watch=watch)
    return run, troubled


def document_of(run: ProcessRun, troubled: list[Case]) -> dict[str, Any]:
    """A run as one JSON document."""
    return {
        "process": run.process.name,
        "run": run.run,
        **{count: run.counts[count] for count in COUNTS},
        "milliseconds": dict(run.milliseconds),
        "notices": run.notices,
        "documents": [row_of(case) for case in troubled],
    }


def row_of(case: Case) -> dict[str, Any]:
    """What became of a document, and why."""
    return {
        "document": case.document.id if case.document.key else "",
        "place": case.document.place,
        "state": case.state,
        "why": str(case.why or case.note).removeprefix(f"{case.document.place}: "),
    }


def print_run(run: ProcessRun, troubled: list[Case]) -> None:
    """The documents that were not done, what to do about them, and a sentence under it."""
    from .reports import print_rows

    if troubled:
        print_rows([row_of(case) for case in troubled[:MOST_ROWS]])
        for advice in dict.fromkeys(
            case.why.advice for case in troubled if case.why is not None and case.why.advice
        ):
            note(f"→ {advice}")
    for text in run.notices:
        note(text)
    for outcome in run.settled:
        note(
            f"Found out about an earlier run: {outcome.change.verb} of {outcome.change.key or outcome.change.type} is {outcome.state}."
        )
    note(summary_of(run))
    if run.counts["refused"]:
        note(
            f"What was refused is kept: `tieout runs {run.run} --refused` shows it, and it is tried again with the next run, or by `tieout rerun {run.run} --refused`."
        )


def summary_of(run: ProcessRun) -> str:
    """What became of a run, in a sentence."""
    counts = run.counts
    told = [f"{counts[each]:,} {each}" for each in COUNTS[:2]]
    told += [f"{counts[each]:,} {_SAID.get(each, each)}" for each in COUNTS[3:] if counts[each]]
    return f"{run.process.name}: {', '.join(told)}. Run {run.run}."


_SAID = {"before": "brought over before", "changed": "changed since they were brought over"}


def end_with(runs: list[ProcessRun]) -> None:
    """4 when something is unknown, 1 when something was refused."""
    if any(run.counts["unknown"] for run in runs):
        raise typer.Exit(UNKNOWN)
    if any(run.counts["refused"] for run in runs):
        raise typer.Exit(DISAGREES)


def plan_flow(project: Project, name: str, chosen: Format, *, limit: int | None, only: str) -> int:
    """What a run would do with each document, and how many it would refuse; nothing is written."""
    from ..processes.flow import planned
    from ..project.flows import opened_process
    from .outcomes import show_changes_planned

    with opened_process(project, name, everything=bool(only), looks_only=True) as process:
        return show_changes_planned(
            (each for case, plans in planned(process, limit=limit, only=only) for each in _told(case, plans)),
            chosen,
        )


def _told(case: Case, plans: list[PlannedChange]) -> list[PlannedChange]:
    """The plans of a document; of one that becomes no change, why."""
    from ..operations import Add, PlannedChange

    if plans:
        return plans
    told = Add(type="", record=case.document.content, key=case.document.key, place=case.document.place)
    if case.error is not None:
        return [PlannedChange(change=told, operation="refuse", error=case.error)]
    note_ = case.note or {"skipped": "skipped", "before": "was brought over before"}.get(
        case.state, case.state
    )
    return [PlannedChange(change=told, operation="nothing", note=note_)]


def rerun_documents(
    project: Project, run: str, *, refused: bool, only: str, corrected: Path | None
) -> tuple[ProcessRun, list[Case]]:
    """Run documents of an earlier run again; the cases that a person should look at."""
    from ..project.reruns import documents_again, run_again
    from .progress import counting

    again = documents_again(project, run, refused=refused, only=only, corrected=corrected)
    troubled: list[Case] = []
    with counting(again.process) as step:

        def watch(case: Case) -> None:
            step()
            if case.state in ("refused", "unknown", "changed"):
                troubled.append(case)

        return run_again(again, watch), troubled


def drop_held(project: Project, run: str, only: str) -> None:
    """Give up what is held of a run."""
    from ..project.reruns import give_up

    dropped = give_up(project, run, only)
    note(f"{len(dropped):,} given up: {', '.join(dropped) or 'nothing was held'}.")
