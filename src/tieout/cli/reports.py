"""Results that are few rows: one report, written as a table, one JSON document, a line each, or CSV."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .cells import amount, column_texts, shortened, text_of
from .messages import console
from .options import Format

if TYPE_CHECKING:
    from rich.table import Table

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Report:
    """What a command found."""

    rows: Sequence[Row]
    document: Any = None
    """The one JSON document; the rows when there is nothing more to say."""
    print_table: Callable[[], None] | None = None
    """How people read it, when it is not the rows alone."""
    numbers: Sequence[str] = field(default=())
    """Columns to the right."""


def show(report: Report, chosen: Format) -> None:
    """Write a report to standard output."""
    match chosen:
        case Format.TABLE:
            (report.print_table or (lambda: print_rows(report.rows, report.numbers)))()
        case Format.JSON:
            write_json(report.rows if report.document is None else report.document)
        case Format.JSONL:
            for row in report.rows:
                write_json(row)
        case Format.CSV:
            write_csv(report.rows)


def write_json(document: Any) -> None:
    """One JSON document on one line, numbers exact."""
    from ..protocols import rest

    sys.stdout.write(str(rest.encode(_as_json(document)), "utf-8") + "\n")


def write_csv(rows: Sequence[Row]) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([text_of(row.get(name)) for name in names] for row in rows)


def print_rows(rows: Sequence[Row], numbers: Iterable[str] = ()) -> None:
    """The rows as a table."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    grid = table(names, numbers)
    columns = [column_texts([row.get(name) for row in rows]) for name in names]
    for texts in zip(*columns, strict=True):
        grid.add_row(*map(plain_cell, texts))
    console().print(grid)


def table(names: Iterable[str], numbers: Iterable[str] = ()) -> Table:
    """An empty table in the house's style."""
    from rich import box
    from rich.table import Table

    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    right = frozenset(numbers)
    for name in names:
        grid.add_column(name, justify="right" if name in right else "left", overflow="ellipsis")
    return grid


def plain_cell(text: str, style: str = "") -> Any:
    """A cell that shows text as it is: brackets in a customer's name are no markup."""
    from rich.text import Text

    return Text(shortened(text), style=style)


def _as_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _as_json(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_as_json(part) for part in value]
    if isinstance(value, Decimal) and value.is_finite():
        return Decimal(amount(value))  # without the zeros that a database's scale adds
    return value
