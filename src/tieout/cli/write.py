"""`tieout add`, `modify`, `delete`, `void` and `put`: writing records, from a file or standard input, each once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import SetupError
from .exit_codes import DISAGREES
from .options import AsFormat, Format, ProjectFile, open_project

if TYPE_CHECKING:
    from ..operations import Change, Lines
    from ..project import Address, Project
    from ..protocols.record_files import Given

RecordsAddress = Annotated[str, typer.Argument(metavar="CONNECTION:TYPE", help="Such as books:Invoice.")]
RecordsFile = Annotated[
    str,
    typer.Argument(
        metavar="[FILE]",
        help="JSON, JSON Lines or CSV; - is standard input. A record itself may stand here too: '{\"Id\": …}'.",
        show_default=False,
    ),
]
Key = Annotated[
    str,
    typer.Option(
        metavar="FIELD",
        help="What makes a record the same one when the command is run again, such as order_no. It may be a field that "
        "QuickBooks does not have.",
        show_default=False,
    ),
]
Ids = Annotated[
    list[str] | None,
    typer.Option("--id", metavar="ID", help="This record; repeat it for more.", show_default=False),
]
Plan = Annotated[
    bool,
    typer.Option(
        "--plan", help="Show what would be sent, become different or be refused, and why; write nothing."
    ),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask; needed where nobody can answer.")]
Again = Annotated[
    bool, typer.Option("--again", help="Send once more what the same records were sent for before.")
]
RefusedFile = Annotated[
    Path | None,
    typer.Option(
        "--refused",
        metavar="FILE",
        help="Keep the refused records there, each with the reason, to be corrected and sent again.",
    ),
]
Encoding = Annotated[str, typer.Option(metavar="NAME", help="Of a CSV file, such as windows-1252.")]
KeepOrReplace = Annotated[
    str,
    typer.Option(
        "--lines",
        metavar="keep|replace",
        help="Lines that are not named: keep them, or replace all lines by those given.",
        show_default=False,
    ),
]


def add(
    address: RecordsAddress,
    file: RecordsFile = "-",
    key: Key = "",
    plan: Plan = False,
    refused: RefusedFile = None,
    again: Again = False,
    encoding: Encoding = "utf-8",
    chosen: AsFormat = Format.TABLE,
    project: ProjectFile = None,
) -> None:
    """Add records.

    A record that was added before is left alone, so a command that was cut short is simply run again. What makes it the
    same record is its --key, or without one all that it says.
    """
    from ..operations import Add

    def make(record: Any, key: str, place: str) -> Change:
        return Add(type=type_name, record=record, key=key, place=place)

    with _opened(address, project) as (opened, type_name, place):
        given = _read(file, (), encoding)
        _carry_out(opened, place, "add", make, given, file, key, plan, refused, again, chosen)


def modify(
    address: RecordsAddress,
    file: RecordsFile = "-",
    key: Key = "",
    full: Annotated[
        bool, typer.Option("--full", help="Clear the fields that are not given; without it they stay.")
    ] = False,
    lines: KeepOrReplace = "keep",
    plan: Plan = False,
    refused: RefusedFile = None,
    again: Again = False,
    encoding: Encoding = "utf-8",
    chosen: AsFormat = Format.TABLE,
    project: ProjectFile = None,
) -> None:
    """Modify records.

    Each is named by its Id, or by the --key it was added with. Fields that are not given stay; null clears one. Lines that are not given stay too: one with its Id is changed, one
    without is added. When somebody else changed the record meanwhile, yours is applied to what is there now, unless both
    changed the same field.
    """
    from ..operations import Modify

    kept = _lines(lines)

    def make(record: Any, key: str, place: str) -> Change:
        return Modify(type=type_name, record=record, key=key, place=place, full=full, lines=kept)

    with _opened(address, project) as (opened, type_name, place):
        given = _read(file, (), encoding)
        _carry_out(opened, place, "modify", make, given, file, key, plan, refused, again, chosen)


def put(
    address: RecordsAddress,
    file: RecordsFile = "-",
    key: Key = "",
    lines: KeepOrReplace = "replace",
    plan: Plan = False,
    refused: RefusedFile = None,
    again: Again = False,
    encoding: Encoding = "utf-8",
    chosen: AsFormat = Format.TABLE,
    project: ProjectFile = None,
) -> None:
    """Modify the records that are there, add the others.

    A record is found by its Id, by the --key it was added with, or by its name or number.
    """
    from ..operations import Put

    kept = _lines(lines)

    def make(record: Any, key: str, place: str) -> Change:
        return Put(type=type_name, record=record, key=key, place=place, lines=kept)

    with _opened(address, project) as (opened, type_name, place):
        given = _read(file, (), encoding)
        _carry_out(opened, place, "put", make, given, file, key, plan, refused, again, chosen)


def delete(
    address: RecordsAddress,
    file: RecordsFile = "",
    ids: Ids = None,
    key: Key = "",
    plan: Plan = False,
    yes: Yes = False,
    refused: RefusedFile = None,
    again: Again = False,
    encoding: Encoding = "utf-8",
    chosen: AsFormat = Format.TABLE,
    project: ProjectFile = None,
) -> None:
    """Delete records for good; asks before.

    Each is named by --id, or in a file by its Id or the --key it was added with.
    """
    from ..operations import Delete

    def make(record: Any, key: str, place: str) -> Change:
        return Delete(type=type_name, record=record, key=key, place=place)

    with _opened(address, project) as (opened, type_name, place):
        given = _read(file, ids or (), encoding)
        _confirm("delete", place, file, ids or (), yes=yes or plan)
        _carry_out(opened, place, "delete", make, given, file or "--id", key, plan, refused, again, chosen)


def void(
    address: RecordsAddress,
    file: RecordsFile = "",
    ids: Ids = None,
    key: Key = "",
    plan: Plan = False,
    yes: Yes = False,
    refused: RefusedFile = None,
    again: Again = False,
    encoding: Encoding = "utf-8",
    chosen: AsFormat = Format.TABLE,
    project: ProjectFile = None,
) -> None:
    """Void records: they stay, with amounts at zero; asks before.

    Each is named by --id, or in a file by its Id or the --key it was added with.
    """
    from ..operations import Void

    def make(record: Any, key: str, place: str) -> Change:
        return Void(type=type_name, record=record, key=key, place=place)

    with _opened(address, project) as (opened, type_name, place):
        given = _read(file, ids or (), encoding)
        _confirm("void", place, file, ids or (), yes=yes or plan)
        _carry_out(opened, place, "void", make, given, file or "--id", key, plan, refused, again, chosen)


@contextmanager
def _opened(address: str, project_file: Path | None) -> Iterator[tuple[Project, str, Address]]:
    with open_project(project_file) as project:
        place = project.address(address)
        if len(place.types) != 1:
            raise SetupError(f"{place} names no type.", advice="Write one, such as books:Invoice.")
        yield project, place.type, place


def _carry_out(
    project: Project,
    place: Address,
    verb: str,
    make: Callable[[Any, str, str], Change],
    given: Iterable[Given],
    source: str,
    key: str,
    plan: bool,
    refused: Path | None,
    again: bool,
    chosen: Format,
) -> None:
    """Plan or write, and tell what became of it."""
    from ..processes.write import command_of, planned_changes, write_changes
    from ..project.changes_of_files import FileOfChanges
    from .outcomes import show_changes_planned, tell

    shown = source if len(source) <= 200 else f"{source[:197]}…"
    given = _begun(given)
    with project.connection(place.connection) as connection:
        is_field = partial(connection.has_field, place.type)
        changes = FileOfChanges(make, is_field, key).changes(given)
        if plan:
            planned = planned_changes(connection, changes, project.journal, again=again)
            if show_changes_planned(planned, chosen):
                raise typer.Exit(DISAGREES)
            return
        writing = write_changes(
            connection,
            changes,
            project.journal,
            name=f"{verb} {place}",
            command=command_of(verb, str(place), _absolute(source), key),
            source=shown,
            again=again,
        )
        tell(writing, chosen, refused)


def _read(file: str, ids: Iterable[str], encoding: str) -> Iterator[Given]:
    """The records of a file, of standard input, or of the command line."""
    from ..protocols.record_files import Given, format_of, read_csv, read_json, read_json_lines

    named = [Given(f"--id {each}", {"Id": each}) for each in ids]
    if named:
        return iter(named)
    if not file:
        raise SetupError("Nothing says which records.", advice="Name them with --id, or name a file.")
    if file.lstrip()[:1] in ("{", "["):
        return _read_argument(file)
    if file == "-" and sys.stdin.isatty():
        raise SetupError("No file is named.", advice="Name one, or send the records to standard input.")
    name = "standard input" if file == "-" else Path(file).name
    rest = _lines_of(file)
    beginning = _first_line(rest)
    lines = chain(beginning, rest)
    match format_of(file, b"".join(beginning)):
        case "csv":
            return read_csv(lines, name, encoding)
        case "jsonl":
            return read_json_lines(lines, name)
    return read_json(b"".join(lines), name)


def _begun(given: Iterable[Given]) -> Iterator[Given]:
    """The same records, the first of them read: of what cannot be read at all no run begins."""
    rest = iter(given)
    return chain(list(islice(rest, 1)), rest)


def _read_argument(text: str) -> Iterator[Given]:
    from ..protocols.record_files import read_json

    try:
        yield from read_json(text.encode(), "the record given")
    except SetupError as error:
        raise SetupError(
            str(error), advice="Correct it, and see that the shell hands it over whole, its quotes included."
        ) from error


def _first_line(lines: Iterator[bytes]) -> list[bytes]:
    """The first line that says something, whole, and the empty ones before it; a pipe may hand over half of it."""
    first = []
    for line in lines:
        first.append(line)
        if line.strip():
            break
    return first


def _lines_of(file: str) -> Iterator[bytes]:
    """The lines of a file, which is closed when nobody wants more of them; or of standard input."""
    if file == "-":
        yield from sys.stdin.buffer
        return
    try:
        with Path(file).open("rb") as stream:
            yield from stream
    except OSError as error:
        raise SetupError(f"{file} cannot be read: {error.strerror}.") from error


def _absolute(source: str) -> str:
    return source if source[:1] in ("-", "{", "[") else str(Path(source).resolve())


def _confirm(verb: str, place: Address, file: str, ids: Iterable[str], *, yes: bool) -> None:
    """What cannot be taken back is asked for once."""
    if yes:
        return
    what = f"record{'' if len(list(ids)) == 1 else 's'} {', '.join(ids)}" if ids else f"the records of {file}"
    if file == "-" or not sys.stdin.isatty():
        raise SetupError(
            f"Nobody can be asked whether to {verb} {what} of {place}.",
            advice="Look at it with --plan, then say --yes.",
        )
    typer.confirm(f"{verb.capitalize()} {what} of {place}? This cannot be taken back.", abort=True, err=True)


def _lines(word: str) -> Lines:
    if word == "keep" or word == "replace":
        return "keep" if word == "keep" else "replace"
    raise SetupError(f"--lines {word} is neither keep nor replace.", advice="Write keep or replace.")
