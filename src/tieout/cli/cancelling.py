"""`tieout cancel`: a run, or what is under way of a process."""

from __future__ import annotations

from typing import Annotated

import typer

from .messages import note
from .options import ProjectFile, open_project
from .pausing import Company


def cancel(
    named: Annotated[
        str, typer.Argument(metavar="RUN|PROCESS", help="A run, as `tieout runs` names it, or a process.")
    ],
    company: Company = "",
    project: ProjectFile = None,
) -> None:
    """Let what is under way stop between two steps.

    What was sent is waited for and kept, and nothing is half done; run again, it goes on there. Of a process, all that runs is
    cancelled, unattended or by hand, and what is queued does not begin; its schedule goes on. A mirror stops at its next cursor.
    """
    from ..project.cancelling import cancel as cancelled
    from ..state.agenda import Agenda

    with open_project(project) as opened:
        agenda = Agenda(opened.state, environment=opened.environment)
        for what, of in cancelled(opened, agenda, named, company):
            note(f"Cancelled: {what}{f' of {of}' if of else ''}. It stops at its next step.")
