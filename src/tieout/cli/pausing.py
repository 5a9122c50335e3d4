"""`tieout pause` and `tieout resume`: one process, one company, or everything."""

from __future__ import annotations

from typing import Annotated

import typer

from ..errors import SetupError
from .messages import note
from .options import ProjectFile, open_project

Process = Annotated[
    str, typer.Argument(metavar="[PROCESS]", help="One process; all when absent.", show_default=False)
]
Company = Annotated[
    str,
    typer.Option(
        metavar="COMPANY",
        help="One company, as `tieout companies` names it; all when absent.",
        show_default=False,
    ),
]


def pause(process: Process = "", company: Company = "", project: ProjectFile = None) -> None:
    """Let nothing begin by itself any more.

    What is under way goes on.
    """
    from ..state.agenda import Agenda

    with open_project(project) as opened:
        if process:
            opened.process(process)
        Agenda(opened.state, environment=opened.environment).pause(process, company)
    note(f"Paused: {_words(process, company)}.")


def resume(process: Process = "", company: Company = "", project: ProjectFile = None) -> None:
    """Let what was paused begin again.

    What came due meanwhile runs once.
    """
    from ..state.agenda import Agenda

    with open_project(project) as opened:
        agenda = Agenda(opened.state, environment=opened.environment)
        paused = {(each.process, each.company) for each in agenda.pauses()}
        if (process, company) not in paused:
            raise SetupError(
                f"Not paused: {_words(process, company)}.",
                advice=f"Paused is: {'; '.join(_words(*each) for each in sorted(paused)) or 'nothing'}.",
            )
        agenda.resume(process, company)
    note(f"Resumed: {_words(process, company)}.")


def _words(process: str, company: str) -> str:
    return f"{process or 'every process'} of {company or 'every company'}"
