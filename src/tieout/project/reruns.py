"""Documents of an earlier run once more: as they were kept, or corrected by a person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import SetupError
from ..processes.documents import Document, document_again
from ..processes.flow import ProcessRun
from ..processes.outgoing import Case
from ..state.process_log import HELD, LogName, Settled
from .alerts import Watch
from .companies import Companies
from .flow_settings import FlowSettings
from .flows import opened_process
from .samples import read_documents

if TYPE_CHECKING:
    from ..state.process_log import RunDocument
    from . import Project


@dataclass(frozen=True, slots=True)
class DocumentsAgain:
    """Documents of an earlier run that are to be run once more."""

    project: Project
    """As the company sees it that the run was for."""
    process: str
    documents: Sequence[Document]


def documents_again(
    project: Project, run: str, *, refused: bool, only: str, corrected: Path | None
) -> DocumentsAgain:
    """The documents of a run that are meant; SetupError where one is not kept any more."""
    found = _of_run(project, run)
    project, name = _project_and_process_of(project, found[0])
    wanted = [
        each
        for each in found
        if (not refused or each.state in HELD)
        and (not only or only in (each.document, each.document.partition("=")[2]))
    ]
    if not wanted:
        raise SetupError(f"The run {run} has no such document.", advice=f"`tieout runs {run}` lists them.")
    contents = {each.document: each.given for each in wanted}
    with opened_process(project, name, looks_only=True) as process:
        given = (
            {each.id: each for each in process.source.corrected(read_documents(corrected))}
            if corrected
            else {}
        )
        log = process.log
        for document in given:
            if document not in contents:
                raise SetupError(
                    f"{corrected}: {given[document].place}: {document} is not among the documents of the run that are meant.",
                    advice=f"`tieout runs {run}` lists them by key.",
                )
        held = {each.document: each.given for each in log.standings(*HELD)}
    documents = []
    for each in [e for e in wanted if not corrected or e.document in given]:
        if each.document in given:
            documents.append(given[each.document])
        else:
            documents.append(_kept(each, held.get(each.document) or contents[each.document]))
    return DocumentsAgain(project, name, documents)


def run_again(again: DocumentsAgain, watch: Callable[[Case], None]) -> ProcessRun:
    """Run these documents, and read nothing; whom the process names in `alert` hears of what is refused."""
    flow = again.project.process(again.process)
    assert isinstance(flow, FlowSettings), "documents are those of such processes"
    alerts = Watch(again.project, again.process, flow)
    with alerts.failures_told(), opened_process(again.project, again.process) as process:
        return alerts.followed(ProcessRun(process, given=again.documents), watch)


def give_up(project: Project, run: str, only: str) -> list[str]:
    """Hold the refused documents of a run no more; their ids."""
    found = _of_run(project, run)
    project, name = _project_and_process_of(project, found[0])
    log = project.process_log(name)
    wanted = {
        each.document
        for each in found
        if not only or only in (each.document, each.document.partition("=")[2])
    }
    dropped = [each.document for each in log.standings(*HELD) if each.document in wanted]
    with log.alone():
        log.settle(Settled(gone=dropped), run)
    return dropped


def _of_run(project: Project, run: str) -> list[RunDocument]:
    found = project.run_documents.of(run)
    if not found and not project.journal.runs(run):
        raise SetupError(f"There is no run {run!r}.", advice="`tieout runs` lists them.")
    if not found:
        raise SetupError(
            f"The run {run!r} has no documents of a process.",
            advice="`tieout runs` lists the runs; a command is simply given again.",
        )
    return found


def _project_and_process_of(project: Project, document: RunDocument) -> tuple[Project, str]:
    """The process that a document went through, and the project as its company sees it; SetupError where it was another environment's."""
    kept = document.log_name
    if kept.company and kept.environment == project.environment:
        project = Companies(project).project_of(kept.process, kept.company)
    here = LogName(kept.process, project.environment, project.company)
    if here != kept:
        raise SetupError(
            f"The run was one of {kept}, and this is {here}.",
            advice="Name its environment with --env, and the companies that it ran for in its process.",
        )
    return project, kept.process


def _kept(each: RunDocument, text: str) -> Document:
    if not text:
        raise SetupError(
            f"What {each.document} said is not kept any more.",
            advice='Read it from the source again, `tieout run NAME --only KEY`; `documents = "keep"` keeps those to come.',
        )
    return document_again(each.document, each.place, text)
