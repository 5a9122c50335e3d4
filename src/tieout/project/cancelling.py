"""Cancelling what is under way: a run by its id, wherever it runs, or what runs unattended of a process."""

from __future__ import annotations

from ..catalog.nearest import did_you_mean
from ..errors import SetupError
from ..state.agenda import Agenda
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
    cancelled = agenda.cancel(named, company)
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
    return cancelled
