"""Comparing both sides of a mirror, as a part of its run: whoever asks for it waits for nobody, and locks hold as ever."""

from __future__ import annotations

from ..errors import TieoutError
from ..project import Project
from ..project.runs import verify_process
from ..project.tie_outs import keep_tie_out, tie_outs_of
from ..state.agenda import Agenda, Entry
from .waiting import waiting_after

DIFFERS = "differs"
"""The alert; it stays until the sides agree, whatever other runs come to."""


def tie_out_if_wanted(project: Project, agenda: Agenda, entry: Entry) -> None:
    """Compare what is up to date by now, where somebody asked for it; an alert says what differs.

    Whoever dies before the result is kept leaves the wish standing, and the next run compares.
    """
    tie_outs, named = tie_outs_of(project), (entry.process, entry.company)
    if not tie_outs.is_wanted(*named):
        return
    try:
        verdict = verify_process(project, entry.process).verdict
    except TieoutError as error:
        if waiting_after(error, 0) is None:
            tie_outs.give_up(*named)  # it would fail in every run to come
        raise
    differing = keep_tie_out(project, *named, verdict)
    agenda.clear_alert(entry, DIFFERS)
    if not verdict.agrees:
        advice = (
            f"Its page of tie-outs shows where; `tieout run {entry.process} --again TYPE` puts a type right."
        )
        agenda.alert(entry, DIFFERS, f"The mirror does not tie out: {differing}.", advice)
