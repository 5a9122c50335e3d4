"""`tieout check`: prove that connections can be used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import SetupError, TieoutError
from .exit_codes import code_of
from .messages import note, show_error
from .options import AsFormat, Format, ProjectFile, open_project

if TYPE_CHECKING:
    from ..project import Project


def check(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]...", help="Connections; all when none is named.", show_default=False),
    ] = None,
    accept_file: Annotated[
        bool,
        typer.Option(
            "--accept-file", help="The company file that is open is the right one, whatever it was before."
        ),
    ] = False,
    chosen: AsFormat = Format.TABLE,
    project: ProjectFile = None,
) -> None:
    """Prove that connections can be used.

    Variables that the project file names and the environment has not are listed too.
    """
    from .reports import Report, show

    with open_project(project) as opened:
        wanted = names or list(opened.connections)
        if not wanted:
            raise SetupError(
                f"{opened.path} has no connection yet.", advice="Add one with `tieout connect books`."
            )
        for name in wanted:
            opened.settings(name)  # a misspelt name is told before anything is asked
        if accept_file:
            _accept_file(opened, wanted)
        found = [check_one(opened, name) for name in wanted]
    reports = [report for report, _ in found]
    show(Report(reports, reports, lambda: print_health(reports)), chosen)
    errors = [error for _, error in found if error is not None]
    unset = [error for error in ([] if names else opened.unset) if error not in errors]
    if unset:
        note("Not set in the environment, and needed by whatever uses it:")
    for error in unset:
        show_error(error)
    errors += unset
    if errors:
        raise typer.Exit(max(map(code_of, errors)))


def _accept_file(project: Project, names: list[str]) -> None:
    """Remember the company file of one connection anew."""
    from ..connections.qbxml.connection import QbxmlConnection

    if len(names) != 1:
        raise SetupError(
            "--accept-file is for one connection.", advice="Name it: `tieout check NAME --accept-file`."
        )
    with project.connection(names[0]) as connection:
        if not isinstance(connection, QbxmlConnection):
            raise SetupError(
                f"{names[0]} has no company file.",
                advice="Leave out --accept-file, which is for QuickBooks Desktop.",
            )
        connection.accept_file()


def check_one(project: Project, name: str) -> tuple[dict[str, Any], TieoutError | None]:
    """What is known of a connection, and what is wrong with it; one that stands for many companies is not asked."""
    from ..project.companies import blanks_of

    about = {"connection": name, "kind": project.settings(name).KIND}
    try:
        if next(blanks_of(project.settings(name)), ""):
            return {**about, "ok": None, "companies": f"many; `tieout connect {name}` lists them"}, None
        with project.connection(name) as connection:
            health = connection.check()
    except TieoutError as error:
        note(f"{name}:")
        show_error(error)
        return {**about, "ok": False, "error": str(error), "advice": error.advice}, error
    what = "company" if about["kind"] == "online" else "place"
    return {**about, "ok": True, what: health.company, **health.details}, None


def print_health(reports: list[dict[str, Any]]) -> None:
    """Each connection as a short list."""
    from .cells import moment_to_the_second, text_of
    from .messages import UNLIMITED, console
    from .reports import plain_cell, print_grid, table

    for report in reports:
        grid = table(("", ""))
        grid.show_header = False
        grid.columns[1].no_wrap, grid.columns[1].overflow = False, "fold"
        for key, value in report.items():
            if key not in ("error", "advice") and value is not None:
                shown = plain_cell(moment_to_the_second(text_of(value)), longest=UNLIMITED)
                grid.add_row(plain_cell(key.replace("_", " "), "dim"), shown)
        print_grid(grid)
        console().print()
