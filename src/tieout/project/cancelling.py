"""Cancelling what is under way: a run by its id, or all that runs of a process, unattended or by hand."""

from __future__ import annotations

from ..catalog.nearest import did_you_mean
from ..errors import SetupError
from ..state.agenda import Agenda
from ..state.mirrors_by_hand import MirrorsByHand
from . import Project


def cancel(project: Project, agenda: Agenda, named: str, company: str = "") -> list[tuple[str, str]]:
    """Let a run, or the runs of a process, stop between two steps; what is cancelled, each with its company.

    SetupError when nothing of that name is under way.
    """
    found = project.journal.runs(named)
    if found:
        (run,) = found
        if run.standing not in ("running", "cancelling") or not project.journal.cancel(run.id):
            raise SetupError(f"The run {run.id} is not under way: it is {run.standing}.")
        return [(run.id, run.identity)]
    by_hand = MirrorsByHand(project.state, environment=project.environment)
    cancelled = agenda.cancel(named, company) + by_hand.cancel(named, company)
    if not cancelled and not company:
        cancelled = _flows_by_hand(project, named)
    if not cancelled:
        if named not in project.processes:
            raise SetupError(
                f"There is no run or process {named!r}.{did_you_mean(named, project.processes)}",
                advice="`tieout runs` lists the runs, and `tieout companies` what runs unattended.",
            )
        raise SetupError(
            f"Nothing of {named}{f' for {company}' if company else ''} is under way.",
            advice="`tieout companies` says how it stands; `tieout pause` keeps it from beginning.",
        )
    return list(dict.fromkeys(cancelled))


def _flows_by_hand(project: Project, process: str) -> list[tuple[str, str]]:
    """Runs of documents that no worker has; each may stop between two batches."""
    return [
        (run.id, run.identity)
        for run in project.journal.runs()
        if run.name == process
        and run.standing in ("running", "cancelling")
        and project.journal.cancel(run.id)
    ]
