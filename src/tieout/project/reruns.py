"""Documents of an earlier run once more: as they were kept, or corrected by a person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import SetupError
from ..processes.documents import Document, document_again
from ..processes.flow import ProcessRun
from ..processes.outgoing import Case
from ..state.process_log import HELD, Settled
from .alerts import Watch
from .flow_settings import FlowSettings
from .flows import opened_process
from .samples import read_documents

if TYPE_CHECKING:
    from ..state.process_log import RunDocument
    from . import Project


def documents_again(
    project: Project, run: str, *, refused: bool, only: str, corrected: Path | None
) -> tuple[str, list[Document]]:
    """The process of a run, and its documents that are meant; SetupError where one is not kept any more."""
    found = _of_run(project, run)
    name = _process_of(project, found[0])
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
    return name, documents


def run_again(
    project: Project, name: str, documents: Sequence[Document], watch: Callable[[Case], None]
) -> ProcessRun:
    """Run these documents, and read nothing; whom the process names in `alert` hears of what is refused."""
    flow = project.process(name)
    assert isinstance(flow, FlowSettings), "documents are those of such processes"
    alerts = Watch(project, name, flow)
    with alerts.failures_told(), opened_process(project, name) as process:
        return alerts.followed(ProcessRun(process, given=documents), watch)


def give_up(project: Project, run: str, only: str) -> list[str]:
    """Hold the refused documents of a run no more; their ids."""
    found = _of_run(project, run)
    log = project.process_log(_process_of(project, found[0]))
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
    if not found:
        raise SetupError(
            f"The run {run!r} has no documents of a process.",
            advice="`tieout runs` lists the runs; a command is simply given again.",
        )
    return found


def _process_of(project: Project, document: RunDocument) -> str:
    """The process that a document went through; SetupError where that was in another environment, or for one of many companies."""
    name = document.process.partition("/")[0].partition("@")[0]
    if project.process_log(name).process != document.process:
        raise SetupError(
            f"The run was one of {document.process}, and this is {project.process_log(name).process}.",
            advice="Name its environment with --env; documents of a set of companies go again with the next run of the process.",
        )
    return name


def _kept(each: RunDocument, text: str) -> Document:
    if not text:
        raise SetupError(
            f"What {each.document} said is not kept any more.",
            advice='Read it from the source again, `tieout run NAME --only KEY`; `documents = "keep"` keeps those to come.',
        )
    return document_again(each.document, each.place, text)
