"""`tieout map`: try a map on samples, and see what goes in and what comes out side by side."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import MapError, SetupError
from .exit_codes import DISAGREES
from .messages import note
from .options import AsFormat, Format, ProjectFile, project_path

if TYPE_CHECKING:
    from ..mapping import CrossReference, Map


def try_map(
    name: Annotated[
        str, typer.Argument(metavar="MAP", help="A .jsonata file, or a Python function as module:name.")
    ],
    sample: Annotated[
        Path, typer.Argument(metavar="SAMPLE", help="Documents to try it on: JSON, JSON Lines or CSV.")
    ],
    to: Annotated[
        str,
        typer.Option(
            metavar="TYPE",
            help="Hold the result against this type of the catalog, such as Invoice.",
            show_default=False,
        ),
    ] = "",
    group: Annotated[
        str,
        typer.Option(
            metavar="FIELD", help="Bring rows with the same value together first.", show_default=False
        ),
    ] = "",
    chosen: AsFormat = Format.TABLE,
    project: ProjectFile = None,
) -> None:
    """Try a map on samples.

    What goes in and what comes out is shown side by side; nothing is written. `$find` asks the connections of the project, where there is one; a sequence counts from 1.
    """
    from ..mapping import unseen
    from .reports import Report, show

    documents = list(_documents(sample, group))
    with _Trial(project_path(project)) as world:
        made = _loaded(name, world, to)
        tried = [_tried(made, place, document) for place, document in documents]
    failed = [each for each in tried if "error" in each]
    rows = [{**each, "in": each["in"], "out": each.get("out", each.get("error"))} for each in tried]
    show(Report(rows, tried, lambda: _print(tried)), chosen)
    for missing, line, meant in unseen(made, [document for _, document in documents]):
        note(f"{name}, line {line}: none of the samples has a {missing!r}. Did you mean {meant}?")
    note(
        f"{len(tried):,} in, {sum(len(each.get('out', ())) for each in tried):,} out, {len(failed):,} refused by the map."
    )
    if failed:
        raise typer.Exit(DISAGREES)


class _Trial:
    """The world of a map that is only tried."""

    def __init__(self, project_file: Path) -> None:
        self.folder = project_file.parent if project_file.exists() else Path.cwd()
        self._project_file = project_file
        self._tables: dict[str, CrossReference] = {}
        self._numbers: Counter[str] = Counter()

    def find(self, address: str, field: str, value: Any) -> Mapping[str, Any] | None:
        from ..project import Project

        if not self._project_file.exists():
            raise SetupError(
                f"$find asks for {address}, and there is no project file.",
                advice="Go to the project's folder.",
            )
        from ..project.finding import Finder

        with Project.read(self._project_file) as project, Finder(project) as finder:
            return finder.find(address, field, value)

    def xref(self, table: str, value: str) -> str | None:
        from ..project.maps import load_cross_reference

        if table not in self._tables:
            self._tables[table] = load_cross_reference(table, self.folder)
        return self._tables[table].find(value)

    def sequence(self, name: str) -> int:
        self._numbers[name] += 1
        return self._numbers[name]

    def last_success(self) -> datetime:
        return datetime(1970, 1, 1, tzinfo=UTC)

    def property(self, name: str) -> str | None:
        return os.environ.get(name)

    def __enter__(self) -> _Trial:
        return self

    def __exit__(self, *_: object) -> None:
        return


def _loaded(text: str, world: _Trial, to: str) -> Map:
    from ..catalog.rest import record_type
    from ..project.maps import load_map

    folder = Path.cwd() if (Path.cwd() / text).exists() else world.folder
    kind = record_type(to) if to else None
    return load_map(text, folder, world, kind, type_name=to, names_at=kind.names_at if kind else None)


def _documents(sample: Path, group: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    from ..mapping import together
    from ..project.samples import read_documents

    documents = read_documents(sample)
    return together(documents, [part.strip() for part in group.split(",")]) if group else documents


def _tried(made: Map, place: str, document: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return {"place": place, "in": document, "out": made.records(document, place)}
    except MapError as error:
        return {"place": place, "in": document, "error": str(error), "advice": error.advice}


def _print(tried: list[dict[str, Any]]) -> None:
    from rich.text import Text

    from .reports import print_grid, table

    grid = table(("in", "out"))
    for column in grid.columns:
        column.no_wrap, column.overflow = False, "fold"
    for each in tried:
        made = "\n".join(pretty(record) for record in each.get("out", ())) or "nothing: skipped"
        out = Text(each["error"], "red") if "error" in each else Text(made)
        grid.add_row(Text(pretty(each["in"])), out)
        grid.add_row()
    print_grid(grid)


def pretty(document: Any) -> str:
    """A document as JSON that people read, money with all its digits."""
    import msgspec

    from ..protocols import exact_json

    return msgspec.json.format(exact_json.encode(document), indent=2).decode()
