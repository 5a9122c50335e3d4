"""Results that are few rows: one report, written as a table, one JSON document, a line each, or CSV."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .cells import LONGEST, amount, column_texts, moment_to_the_second, shortened, text_of
from .messages import UNLIMITED, console, note
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
    whole: Sequence[str] = field(default=())
    """Columns that are never cut: people copy what stands there."""
    empty: str = ""
    """What is said to people when there are no rows."""


def show(report: Report, chosen: Format) -> None:
    """Write a report to standard output."""
    match chosen:
        case Format.TABLE:
            if report.print_table is not None:
                report.print_table()
            elif report.rows:
                print_rows(report.rows, report.numbers, report.whole)
            elif report.empty:
                note(report.empty)
        case Format.JSON:
            write_json(report.rows if report.document is None else report.document)
        case Format.JSONL:
            for row in report.rows:
                write_json(row)
        case Format.CSV:
            write_csv(report.rows)


def write_json(document: Any) -> None:
    """One JSON document on one line, numbers exact."""
    from ..protocols import exact_json

    sys.stdout.write(str(exact_json.encode(_as_json(document)), "utf-8") + "\n")


def write_csv(rows: Sequence[Row]) -> None:
    names = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([text_of(row.get(name)) for name in names] for row in rows)


def print_rows(rows: Sequence[Row], numbers: Iterable[str] = (), whole: Iterable[str] = ()) -> None:
    """The rows as a table, times to the second; only a screen cuts what is long."""
    if not rows:
        return
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = {
        name: [moment_to_the_second(text) for text in column_texts([row.get(name) for row in rows])]
        for name in names
    }
    print_columns(columns, numbers, whole, longest=UNLIMITED)


def print_columns(
    columns: Mapping[str, Sequence[str]],
    numbers: Iterable[str] = (),
    whole: Iterable[str] = (),
    *,
    longest: int = LONGEST,
) -> None:
    """Texts by column as a table. Where it is too wide for the screen, the longest words are cut; never figures, or what is to
    stay whole.
    """
    screen, right = console(), frozenset(numbers)
    cells = {name: [plain_cell(text, longest=longest) for text in texts] for name, texts in columns.items()}
    widths = {
        name: max(cell.cell_len for cell in (plain_cell(name), *texts)) for name, texts in cells.items()
    }
    grid = table(columns, right)
    for column, width in zip(grid.columns, fitted(widths, right.union(whole), screen.width), strict=True):
        column.width = width
    for row in zip(*cells.values(), strict=True):
        grid.add_row(*row)
    print_grid(grid)


def print_grid(grid: Table) -> None:
    """A table on standard output; in a file or a pipe without blanks at the ends of its lines, and under a short rule."""
    screen = console()
    fixed = sum(column.width or 0 for column in grid.columns) + GAP * (len(grid.columns) - 1)
    screen.width = max(screen.width, fixed)  # what may not be cut is longer than the screen
    if screen.is_terminal:
        screen.print(grid)
        return
    with screen.capture() as captured:
        screen.print(grid)
    lines = (line.rstrip() for line in captured.get().splitlines())
    sys.stdout.writelines(f"{line[:RULE] if set(line) == {'─'} else line}\n" for line in lines)


GAP, NARROWEST = 3, 6
RULE = 120
"""Columns of the rule under the names in a file or a pipe, where a row may be as long as its longest text."""


def fitted(widths: Mapping[str, int], fixed: Collection[str], room: int) -> list[int]:
    """Widths that fit into the room together, taken from the widest that may be cut."""
    kept = dict(widths)
    flexible = [name for name in kept if name not in fixed]
    while flexible and sum(kept.values()) + GAP * (len(kept) - 1) > room:
        widest = max(flexible, key=kept.__getitem__)
        if kept[widest] <= NARROWEST:
            break
        kept[widest] -= 1
    return list(kept.values())


def table(names: Iterable[str], numbers: Iterable[str] = ()) -> Table:
    """An empty table in the house's style."""
    from rich import box
    from rich.table import Table

    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    right = frozenset(numbers)
    for name in names:
        grid.add_column(name, justify="right" if name in right else "left", no_wrap=True, overflow="ellipsis")
    return grid


def plain_cell(text: str, style: str = "", *, longest: int = LONGEST) -> Any:
    """A cell that shows text as it is: brackets in a customer's name are no markup."""
    from rich.text import Text

    return Text(shortened(text, longest), style=style)


def _as_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _as_json(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_as_json(part) for part in value]
    if isinstance(value, Decimal) and value.is_finite():
        return Decimal(amount(value))  # without the zeros that a database's scale adds
    return value
