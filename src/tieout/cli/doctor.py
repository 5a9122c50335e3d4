"""`tieout doctor`: what a connection to QuickBooks Desktop needs, point by point."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import SetupError
from .options import AsFormat, Format, ProjectFile, open_project

if TYPE_CHECKING:
    from ..connections.qbxml.doctor import Finding


def doctor(
    name: Annotated[str, typer.Argument(metavar="CONNECTION", help="A connection of the kind desktop.")],
    chosen: AsFormat = Format.TABLE,
    project: ProjectFile = None,
) -> None:
    """Say what QuickBooks Desktop lacks."""
    from ..connections.qbxml.connection import QbxmlConnection
    from .reports import Report, show

    with open_project(project) as opened, opened.connection(name) as connection:
        if not isinstance(connection, QbxmlConnection):
            raise SetupError(
                f"{name} is of the kind {opened.settings(name).KIND}; the doctor knows QuickBooks Desktop.",
                advice=f"`tieout check {name}` proves that it can be used.",
            )
        findings = list(connection.examine())
    rows = [asdict(each) for each in findings]
    show(Report(rows, rows, lambda: _print(findings)), chosen)
    if any(each.state == "not ok" for each in findings):
        raise typer.Exit(1)


def _print(findings: list[Finding]) -> None:
    for each in findings:
        typer.echo(f"{each.state:12} {each.point}: {each.told}")
        if each.advice:
            typer.echo(f"{'':12} → {each.advice}")
