"""Reports on consecutive periods, joined to what one answer on all of them would have said.

Sections with the same heading become one: the later period's rows follow, sums are added, running balances go on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from .rest_reports import OPENING, Cell, Cells, Column, ReportTable, Row, Rows, amount_of


def joined(tables: Sequence[ReportTable]) -> ReportTable:
    """Reports on consecutive periods as the one on all of them."""
    first, *others = tables
    rows = list(first.rows)
    for other in others:
        rows = _merged(rows, other.rows, first.columns)
    return replace(
        first,
        period=(first.period[0], tables[-1].period[1]),
        rows=rows,
        bodies=tuple(body for table in tables for body in table.bodies),
    )


def _merged(before: Sequence[Row], after: Sequence[Row], columns: Sequence[Column]) -> list[Row]:
    """Rows of one period and the next: what has the same heading is one section, in either's order."""
    merged = list(before)
    places = {key: place for place, row in enumerate(merged) if (key := _heading(row))}
    waiting: list[Row] = []
    for row in after:
        key = _heading(row)
        if key in places:
            place = next(at for at, old in enumerate(merged) if _heading(old) == key)
            merged[place : place + 1] = [*waiting, _together(merged[place], row, columns)]
            waiting = []
        elif key or not _is_opening(row):
            waiting.append(row)
    return [*merged, *waiting]


def _heading(row: Row) -> tuple[str, str] | None:
    """What makes two sections the same; None for a line, or an entry without a heading."""
    if row.cells or (not row.header.cells and row.inner):
        return None
    if row.header.cells:
        return (row.title.id, row.title.value)
    return (row.group, row.summary.cells[0].value if row.summary.cells else "")


def _is_opening(row: Row) -> bool:
    return bool(row.cells) and row.cells[0].value == OPENING


def _together(before: Row, after: Row, columns: Sequence[Column]) -> Row:
    rows = _merged(before.inner, _continued(before.inner, after.inner, columns), columns)
    return Row(
        header=before.header,
        rows=Rows(rows),
        summary=Cells(_summed(before.summary.cells, after.summary.cells, columns)),
        group=before.group,
    )


def _summed(before: Sequence[Cell], after: Sequence[Cell], columns: Sequence[Column]) -> list[Cell]:
    """Sums of both periods; of what does not add up, the later."""
    pairs = zip(columns, before, after, strict=False)
    return [one if place == 0 else _sum(column, one, two) for place, (column, one, two) in enumerate(pairs)]


def _sum(column: Column, before: Cell, after: Cell) -> Cell:
    if not column.adds_up or not before.value or not after.value:
        return after if after.value else before
    one, two = amount_of(before.value), amount_of(after.value)
    return Cell(str(one + two)) if one is not None and two is not None else after


def _continued(before: Sequence[Row], after: Sequence[Row], columns: Sequence[Column]) -> Sequence[Row]:
    """Rows whose running balances go on from the earlier period's, unless they begin with what that left."""
    lines = [row for row in before if row.cells]
    if not lines or any(_is_opening(row) for row in after):
        return after
    starts = {
        place: amount_of(lines[-1].cells[place].value)
        for place, column in enumerate(columns)
        if column.runs and place < len(lines[-1].cells)
    }
    return [Row(cells=[*_moved(row.cells, starts)], group=row.group) if row.cells else row for row in after]


def _moved(cells: Sequence[Cell], starts: Mapping[int, Decimal | None]) -> Iterator[Cell]:
    for place, cell in enumerate(cells):
        start, amount = starts.get(place), amount_of(cell.value)
        yield cell if start is None or amount is None else Cell(str(start + amount), cell.id)
