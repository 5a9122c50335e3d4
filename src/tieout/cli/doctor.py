"""`tieout doctor`: what connections to QuickBooks need, point by point."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import SetupError, TieoutError
from .messages import note
from .options import AsFormat, Format, ProjectFile, open_project

if TYPE_CHECKING:
    from ..connections.base import Finding
    from ..project import Project


def doctor(
    name: Annotated[
        str, typer.Argument(metavar="[CONNECTION]", help="One connection; all of them otherwise.")
    ] = "",
    undo_registry: Annotated[
        bool, typer.Option("--undo-registry", help="Take back what `surrogate` changed in the registry.")
    ] = False,
    chosen: AsFormat = Format.TABLE,
    project: ProjectFile = None,
) -> None:
    """Say what a connection lacks."""
    from ..connections.base import Finding
    from .reports import Report, show

    if undo_registry:
        _undo_registry(project)
        return
    findings: list[tuple[str, Finding]] = []
    with open_project(project) as opened:
        for each in [name] if name else opened.connections:
            try:
                findings += [(each, finding) for finding in _examined(opened, each, is_meant=bool(name))]
            except TieoutError as error:
                if name:
                    raise
                findings.append((each, Finding("connection", "not ok", str(error), error.advice)))
    rows = [{"connection": each, **asdict(finding)} for each, finding in findings]
    show(Report(rows, rows, lambda: _print(findings)), chosen)
    if any(finding.state == "not ok" for _, finding in findings):
        raise typer.Exit(1)


def _examined(project: Project, name: str, *, is_meant: bool) -> list[Finding]:
    with project.connection(name) as connection:
        if connection.supports.examines:
            return list(connection.examine())
    if is_meant:
        raise SetupError(
            f"{name} is of the kind {project.settings(name).KIND}; the doctor knows QuickBooks.",
            advice=f"`tieout check {name}` proves that it can be used.",
        )
    return []


def _undo_registry(project: ProjectFile) -> None:
    from ..connections.qbxml.surrogate import Surrogate
    from ..project.openers import surrogate_folder

    with open_project(project) as opened:
        undone = Surrogate(surrogate_folder(opened)).undo()
    note("The registry is as it was." if undone else "There was nothing to take back.")


def _print(findings: list[tuple[str, Finding]]) -> None:
    several = len({name for name, _ in findings}) > 1
    for name, each in findings:
        typer.echo(f"{each.state:12} {f'{name}: ' * several}{each.point}: {each.told}")
        if each.advice:
            typer.echo(f"{'':12} → {each.advice}")
