"""`tieout act`: what is no add, modify, delete, void or put."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import SetupError
from .messages import note
from .options import AsFormat, Format, Output, ProjectFile, open_project

if TYPE_CHECKING:
    from ..operations import Change

NEEDS_CONSENT = ("send", "merge")
"""Acts that cannot be taken back."""


def act(
    address: Annotated[
        str,
        typer.Argument(metavar="CONNECTION:TYPE", help="Such as books:Invoice; books:Attachable for files."),
    ],
    name: Annotated[
        str,
        typer.Argument(
            metavar="ACT",
            help="send, pdf, deactivate, reactivate, upload or download; of QuickBooks Desktop deactivate, reactivate, merge, "
            "data-ext, cleared-status or display.",
        ),
    ],
    what: Annotated[
        str, typer.Argument(metavar="ID", help="The record's Id; for upload, the file.", show_default=False)
    ],
    params: Annotated[
        list[str] | None,
        typer.Option(
            "--param",
            metavar="NAME=VALUE",
            help="send: to=ann@example.com · upload: to=Invoice:130, note=… · merge: into=ID · data-ext: field=…, value=… · "
            "cleared-status: status=Cleared; may be given several times.",
            show_default=False,
        ),
    ] = None,
    output: Output = None,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="Do not ask; needed where nobody can answer.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Upload a file once more that was uploaded before.")
    ] = False,
    chosen: AsFormat = Format.TABLE,
    project: ProjectFile = None,
) -> None:
    """Do something else with a record.

    Send an invoice by e-mail, print it (pdf), make a list entry inactive or active again, attach a file to a record
    (upload), or fetch one (download). In QuickBooks Desktop: merge a list entry into another, set a custom field
    (data-ext), mark a transaction as cleared (cleared-status), or show a record in QuickBooks' window (display).
    """
    from ..processes.write import command_of, identified, write_changes
    from .outcomes import tell
    from .query import parameters

    told = parameters(params)
    with open_project(project) as opened:
        place = opened.address(address)
        with opened.connection(place.connection) as connection:
            if name in ("pdf", "download"):
                _save(
                    connection.document(place.type, what, name), output or _file_name(place.type, what, name)
                )
                return
            _confirm(name, f"{place} {what}", yes=yes)
            change = _change(place.type, name, what, told)
            writing = write_changes(
                connection,
                identified([change], by_contents=name == "upload"),
                opened.journal,
                name=f"{name} {place} {what}",
                command=command_of(name, str(place), what),
                again=again,
            )
            tell(writing, chosen)


def _change(type_name: str, name: str, what: str, told: dict[str, str]) -> Change:
    from ..operations import Act
    from ..project.books import attached

    if name != "upload":
        return Act(type=type_name, name=name, record={"Id": what}, arguments=told, place=what)
    path = Path(what)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SetupError(f"{what} cannot be read: {error.strerror}.") from error
    record: dict[str, Any] = attached(told.get("to", ""))
    if told.get("note"):
        record["Note"] = told["note"]
    return Act(
        type=type_name, name=name, record=record, arguments={"name": path.name}, content=content, place=what
    )


def _confirm(name: str, what: str, *, yes: bool) -> None:
    if name not in NEEDS_CONSENT or yes:
        return
    if not sys.stdin.isatty():
        raise SetupError(f"Nobody can be asked whether to {name} {what}.", advice="Say --yes.")
    typer.confirm(f"{name.capitalize()} {what}? This cannot be taken back.", abort=True, err=True)


def _file_name(type_name: str, record_id: str, name: str) -> Path:
    ending = ".pdf" if name == "pdf" else ""
    return Path(f"{type_name.lower()}-{record_id}{ending}")


def _save(content: bytes, path: Path) -> None:
    from ..state.files import replace_file

    try:
        replace_file(path, content)
    except OSError as error:
        raise SetupError(f"{path} cannot be written: {error.strerror}.") from error
    note(f"{path}: {len(content):,} bytes.")
