"""`tieout query`, `get` and `count`: reading records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import SetupError
from .options import (
    AsFormat,
    AsRecords,
    Format,
    Output,
    ProjectFile,
    RecordAddress,
    RecordFormat,
    Where,
    open_project,
)

if TYPE_CHECKING:
    from ..project import Address
    from ..project.books import Books


def query(
    address: Annotated[
        str,
        typer.Argument(
            metavar="CONNECTION:TYPE",
            help="Such as books:Invoice or books:ProfitAndLoss; books:* for every type, as JSON.",
        ),
    ],
    where: Where = "",
    fields: Annotated[
        str, typer.Option(metavar="A,B", help="Only these fields, in this order.", show_default=False)
    ] = "",
    order: Annotated[
        str, typer.Option(metavar="FIELD", help='In this order: "TxnDate desc, Id".', show_default=False)
    ] = "",
    limit: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="At most so many records.", show_default=False)
    ] = None,
    chosen: AsRecords = RecordFormat.TABLE,
    output: Output = None,
    params: Annotated[
        list[str] | None,
        typer.Option(
            "--param",
            metavar="NAME=VALUE",
            help="What to ask of a report, such as start_date=2026-01-01; may be given several times.",
            show_default=False,
        ),
    ] = None,
    plan: Annotated[
        bool,
        typer.Option(
            "--plan", help="Show what QuickBooks would be asked and what is done here; send nothing."
        ),
    ] = False,
    project: ProjectFile = None,
) -> None:
    """Read records.

    A predicate may say anything that SQL can: what QuickBooks cannot do of it is done here. Inactive records are
    read too, unless the predicate says otherwise.

    A report is read by its name, as flat rows: books:ProfitAndLoss --param summarize_column_by=Month.
    """
    from .plans import show_plan
    from .records import write_records

    with _opened(address, project) as (books, place):
        named = _split(fields)
        if books.connection.is_report(place.type):
            _refuse_for_report(where, order, limit)
            results = books.report(place.type, parameters(params))
        elif params:
            raise SetupError(f"{place} takes no --param: it is no report.", advice="Say it with --where.")
        else:
            results = books.query(
                *place.types,
                where=where or None,
                fields=named,
                order=order,
                limit=limit,
                statement=place.query().statement,
            )
            named = _as_spelled(named, results.query.fields)
        if plan:
            show_plan(results, chosen)
        else:
            write_records(results, chosen, output, named)


def get(
    address: RecordAddress,
    record_id: Annotated[str, typer.Argument(metavar="ID", help="The record's Id.")],
    chosen: AsFormat = Format.TABLE,
    project: ProjectFile = None,
) -> None:
    """Read one record by its id."""
    from .cells import text_of
    from .reports import Report, print_rows, show

    with _opened(address, project) as (books, place):
        record = books.get(_one_type(place), record_id)
    fields = [{"field": name, "value": text_of(value)} for name, value in record.items()]
    show(Report([record], record, lambda: print_rows(fields)), chosen)


def count(
    address: RecordAddress, where: Where = "", chosen: AsFormat = Format.TABLE, project: ProjectFile = None
) -> None:
    """Count records."""
    from .reports import Report, show

    with _opened(address, project) as (books, place):
        found = books.count(_one_type(place), where or None)
    row = {"address": str(place), "count": found}
    show(Report([row], row, lambda: typer.echo(found)), chosen)


@contextmanager
def _opened(address: str, project_file: Path | None) -> Iterator[tuple[Books, Address]]:
    """The connection that an address names, and the address."""
    with open_project(project_file) as project:
        place = project.address(address)
        with project.books(place.connection) as books:
            yield books, place


def _split(fields: str) -> list[str]:
    return [part for part in map(str.strip, fields.split(",")) if part]


def _as_spelled(asked: Sequence[str], found: Sequence[str]) -> list[str]:
    """The fields as the catalog spells them. It leaves away the `.value` of a reference, which asks for that column alone."""
    return [path + name[len(path) :].casefold() for name, path in zip(asked, found, strict=True)]


def parameters(given: list[str] | None) -> dict[str, str]:
    """`start_date=2026-01-01` as name and value."""
    pairs = [text.partition("=") for text in given or ()]
    for name, equals, _ in pairs:
        if not equals:
            raise SetupError(f"--param {name} has no value.", advice="Write --param start_date=2026-01-01.")
    return {name.strip(): value.strip() for name, _, value in pairs}


def _refuse_for_report(where: str, order: str, limit: int | None) -> None:
    if where or order or limit:
        raise SetupError(
            "A report takes no --where, --order or --limit.",
            advice="Say it with --param, such as --param customer=12 or --param sort_by=tx_date.",
        )


def _one_type(place: Address) -> str:
    if not place.types:
        raise SetupError(f"{place} names no type.", advice=f"Name one, such as {place.connection}:Invoice.")
    return place.type
