"""`tieout run`: run processes of the project file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import SetupError
from .exit_codes import DISAGREES
from .messages import note
from .options import AsFormat, Format, ProjectFile, open_project

if TYPE_CHECKING:
    from ..processes.flow import ProcessRun
    from ..project import Project
    from ..project.runs import Run

ALL = "all"


def run(
    name: Annotated[str, typer.Argument(metavar="PROCESS", help="A process of the project file, or all.")],
    again: Annotated[
        list[str] | None,
        typer.Option(metavar="TYPE", help="Read this type afresh; repeat it for more.", show_default=False),
    ] = None,
    everything: Annotated[bool, typer.Option("--everything", help="Read all of it afresh.")] = False,
    plan: Annotated[
        bool, typer.Option("--plan", help="Show what would be read, or sent and refused; write nothing.")
    ] = False,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="At most so many documents.", show_default=False)
    ] = None,
    only: Annotated[
        str, typer.Option(metavar="KEY", help="Only the document with this key.", show_default=False)
    ] = "",
    chosen: AsFormat = Format.TABLE,
    project: ProjectFile = None,
) -> None:
    """Run a process of the project file.

    A mirror is filled the first time; after that only what changed is read. A process that brings documents from one place to
    another writes each once, keeps what is refused, and is simply run again when it was cut short. With --limit or --only no
    watermark moves.
    """
    from ..project.flows import check_steps_after
    from .reports import Report, show
    from .run_flow import end_with

    with open_project(project) as opened:
        names = _names(opened, name)
        if plan:
            _plan(opened, names, everything, again or (), chosen, limit, only)
            return
        runs, flows = [], []
        for each in names:
            check_steps_after(opened, each)
        for each in names:
            if opened.is_flow(each):
                flows += _run_flows(opened, each, chosen, limit=limit, only=only)
            else:
                _refuse_for_mirror(each, limit, only)
                runs.append(run_one(opened, each, everything=everything, again=again or ()))
    if runs:
        documents = [document_of(done) for done in runs]
        rows = [row for done in runs for row in rows_of(done)]
        document = documents if name == ALL else documents[0]
        show(Report(rows, document, lambda: _print(runs)), chosen)
    end_with(flows)


def _run_flows(
    project: Project, name: str, chosen: Format, *, limit: int | None, only: str
) -> list[ProcessRun]:
    """A process and those that come after it; what became of each is told when it is done."""
    from ..project import FlowSettings
    from .reports import Report, show
    from .run_flow import document_of as flow_document
    from .run_flow import print_run as print_flow
    from .run_flow import row_of, run_flow

    run, troubled = run_flow(project, name, limit=limit, only=only)
    rows = [row_of(case) for case in troubled]
    show(Report(rows, flow_document(run, troubled), lambda: print_flow(run, troubled)), chosen)
    if only and not run.counts["in"]:
        note(f"No document has the key {only!r}, which --only names.")
    settings = project.process(name)
    following = settings.then if isinstance(settings, FlowSettings) and not only else ()
    after: list[ProcessRun] = []
    for each in following:
        if not project.is_flow(each):
            print_run(run_one(project, each))
            continue
        after += _run_flows(project, each, chosen, limit=limit, only="")
    return [run, *after]


def _refuse_for_mirror(name: str, limit: int | None, only: str) -> None:
    if limit is not None or only:
        raise SetupError(
            f"{name} keeps a mirror, which is whole or none.",
            advice="Leave --limit and --only out; --again TYPE reads one type.",
        )


def _plan(
    project: Project,
    names: Sequence[str],
    everything: bool,
    again: Sequence[str],
    chosen: Format,
    limit: int | None,
    only: str,
) -> None:
    from ..project.flows import check_steps_after
    from .reports import Report, show
    from .run_flow import plan_flow

    mirrors = [each for each in names if not project.is_flow(each)]
    flows = [each for each in names if each not in mirrors]
    for each in flows:
        check_steps_after(project, each)
    refused = sum(plan_flow(project, each, chosen, limit=limit, only=only) for each in flows)
    if mirrors:
        show(Report([row for each in mirrors for row in _planned(project, each, everything, again)]), chosen)
    if refused:
        raise typer.Exit(DISAGREES)


def run_one(project: Project, name: str, *, everything: bool = False, again: Sequence[str] = ()) -> Run:
    """Run one process with a bar, and say its notices."""
    from ..project.running_by_hand import run_by_hand
    from .progress import mirroring

    with mirroring(name) as watch:
        done = run_by_hand(project, name, everything=everything, again=again, watch=watch)
    for text in done.report.notices:
        note(text)
    return done


def rows_of(done: Run) -> list[dict[str, Any]]:
    """A row per type of which something came or went."""
    read, gone = done.report.read, done.report.gone
    return [
        {"process": done.process, "type": name, "read": read[name], "gone": gone[name]}
        for name in done.types
        if read[name] or gone[name]
    ]


def document_of(done: Run) -> dict[str, Any]:
    """A run as one JSON document."""
    return {
        "process": done.process,
        "first": done.report.first,
        "read": dict(sorted(done.report.read.items())),
        "gone": dict(sorted(done.report.gone.items())),
        "notices": done.report.notices,
        "requests": done.requests,
    }


def print_run(done: Run) -> None:
    """The rows of a run, and a sentence under them."""
    from .reports import print_rows

    rows = [{key: value for key, value in row.items() if key != "process"} for row in rows_of(done)]
    if rows:
        print_rows(rows, ("read", "gone"))
    note(summary_of(done))


def summary_of(done: Run) -> str:
    """What became of a run, in a sentence."""
    read, gone = done.report.read.total(), done.report.gone.total()
    calls = f"{done.requests} request{'' if done.requests == 1 else 's'}"
    if not read and not gone:
        return f"{done.process}: nothing changed ({calls})."
    return f"{done.process}: {read:,} records read, {gone:,} gone ({calls})."


def _print(runs: list[Run]) -> None:
    for done in runs:
        print_run(done)


def _names(project: Project, name: str) -> list[str]:
    if name != ALL or ALL in project.processes:
        project.process(name)
        return [name]
    if not project.processes:
        raise SetupError(
            f"{project.path} has no process.", advice="Add one; `tieout init` writes an example of one."
        )
    return list(project.processes)


def _planned(project: Project, name: str, everything: bool, again: Sequence[str]) -> list[dict[str, Any]]:
    """What a process would read. Nothing is sent, so nobody knows yet how much of it there is."""
    from ..project.runs import planned_types

    settings = project.mirror(name)
    return [
        {"process": name, "type": type_name, "from": settings.source.connection, "to": table, "reads": reads}
        for type_name, table, reads in planned_types(project, name, everything=everything, again=again)
    ]
