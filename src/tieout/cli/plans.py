"""`--plan`: what would be asked, shown without asking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .options import Format, RecordFormat
from .reports import Report, print_rows, show

if TYPE_CHECKING:
    from ..connections.base import PlannedRead
    from ..project.books import Results


def show_plan(results: Results, chosen: RecordFormat) -> None:
    """Which part of a predicate runs where, and the statement that would be sent."""
    planned = results.plan()
    rows = [row for read in planned for row in _rows(read)]
    format_ = Format.CSV if chosen is RecordFormat.PARQUET else Format(chosen)
    show(Report(rows, [_document(read) for read in planned], lambda: _print(planned)), format_)


def _rows(read: PlannedRead) -> list[dict[str, Any]]:
    done = [{"type": read.type, "condition": text, "done by": who} for text, who in read.conditions]
    return done or [{"type": read.type, "condition": "everything", "done by": "QuickBooks"}]


def _document(read: PlannedRead) -> dict[str, Any]:
    return {
        "type": read.type,
        "statement": read.statement,
        "conditions": [{"condition": text, "done_by": who} for text, who in read.conditions],
    }


def _print(planned: list[PlannedRead]) -> None:
    from .messages import console

    with_conditions = [row for read in planned if read.conditions for row in _rows(read)]
    if with_conditions:
        print_rows(with_conditions)
        console().print()
    for read in planned:
        console().print(read.statement or f"{read.type}: read whole, nothing is sent", soft_wrap=True)
