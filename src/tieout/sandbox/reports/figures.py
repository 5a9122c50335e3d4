"""Amounts per column: how a summary report spreads what was booked over periods, customers, classes …"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ..ledger.ledger import ZERO
from .activity import OF, Activity, Move
from .asked import Asked
from .periods import FIRST_DAY, Period, title_of
from .rendering import Cell, Column, money

TIMES = ("Year", "Quarter", "FiscalYear", "FiscalQuarter", "Month", "Week", "Days")
_ENTITIES = {
    "Customers": ("customer", "Customer"),
    "Vendors": ("vendor", "Vendor"),
    "Employees": ("employee", "Employee"),
    "Departments": ("department", "Department"),
    "Classes": ("class", "Class"),
    "ProductsAndServices": ("item", "Item"),
}


class Figures:
    """An amount per column; None where nothing was booked."""

    __slots__ = ("values",)

    def __init__(self, values: Iterable[Decimal | None]) -> None:
        self.values = list(values)

    def __add__(self, other: Figures) -> Figures:
        pairs = zip(self.values, other.values, strict=True)
        return Figures(_sum(one, two) for one, two in pairs)

    def __neg__(self) -> Figures:
        return Figures(None if value is None else -value for value in self.values)

    def __sub__(self, other: Figures) -> Figures:
        return self + -other

    def __bool__(self) -> bool:
        """Whether there is any amount but zero."""
        return any(self.values)

    def filled(self) -> Figures:
        """Zero where nothing was booked, as sums of sums are written."""
        return Figures(value or ZERO for value in self.values)

    def put(self, column: int, amount: Decimal) -> None:
        self.values[column] = (self.values[column] or ZERO) + amount

    def cells(self) -> list[Cell]:
        return [money(value) for value in self.values]


def _sum(one: Decimal | None, two: Decimal | None) -> Decimal | None:
    if one is None or two is None:
        return two if one is None else one
    return one + two


@dataclass(frozen=True, slots=True)
class Slice:
    """One column of amounts."""

    title: str
    key: str
    period: Period | None = None
    id: str = ""

    def column(self, kind: str = "Money", columns: tuple[Column, ...] = ()) -> Column:
        meta = {"ColKey": self.key}
        if self.period:
            start, end = self.period
            meta = {"StartDate": start.isoformat(), "EndDate": end.isoformat(), **meta}
        return Column(self.title, kind, meta, columns)


class Spread:
    """The columns of a summary report, and in which of them a move belongs."""

    def __init__(self, activity: Activity, moves: Iterable[Move], *, total: bool = True) -> None:
        self.by = activity.asked.summarize_by
        self.slices = list(_slices(activity, moves))
        self._of = OF[_ENTITIES[self.by][0]] if self.by in _ENTITIES else None
        self._places = {part.id: place for place, part in enumerate(self.slices)}
        self._starts = [part.period.start.isoformat() for part in self.slices if part.period]
        self.has_total = self.by != "Total" and (total or self._of is not None)
        if self.has_total:
            self.slices.append(Slice("TOTAL" if self._of else "Total", "total"))

    @property
    def is_of_time(self) -> bool:
        """Whether each column is a period, or the whole period."""
        return self._of is None

    def none(self) -> Figures:
        return Figures([None] * len(self.slices))

    def columns(self) -> list[Column]:
        return [part.column() for part in self.slices]

    def place(self, move: Move) -> int:
        """The column of a move; what lies before the first period is carried into it."""
        if self._of is not None:
            return self._places[self._of(move)]
        return max(bisect_right(self._starts, move.date) - 1, 0)

    def sums(
        self,
        moves: Iterable[Move],
        key: Callable[[Move], str],
        amount: Callable[[Move], Decimal] = lambda move: move.amount,
    ) -> dict[str, Figures]:
        """Amounts per column, by key."""
        found: dict[str, Figures] = {}
        for move in moves:
            figures = found.setdefault(key(move), self.none())
            figures.put(self.place(move), amount(move))
            if self.has_total:
                figures.put(-1, amount(move))
        return found

    def balances(self, moves: Iterable[Move], key: Callable[[Move], str]) -> dict[str, Figures]:
        """What the moves come to at the end of each column's period, by key."""
        found = self.sums(moves, key)
        if self.is_of_time:
            for figures in found.values():
                figures.values = list(_running(figures.values))
        return found


def _running(values: Iterable[Decimal | None]) -> Iterator[Decimal | None]:
    so_far: Decimal | None = None
    for value in values:
        so_far = _sum(so_far, value)
        yield so_far


def _slices(activity: Activity, moves: Iterable[Move]) -> Iterator[Slice]:
    asked = activity.asked
    if asked.summarize_by in TIMES:
        for period in asked.calendar.pieces(_shown(asked, moves), asked.summarize_by):
            yield Slice(title_of(period, asked.summarize_by), period.start.isoformat(), period)
    elif asked.summarize_by in _ENTITIES:
        yield from _entities(activity, moves)
    else:
        yield Slice("Total", "total")


def _shown(asked: Asked, moves: Iterable[Move]) -> Period:
    """The period; one without a start begins in the month in which something happened first."""
    if asked.period.start > FIRST_DAY:
        return asked.period
    end = min(asked.period.end, asked.calendar.today)
    first = min((date.fromisoformat(move.date) for move in moves), default=end)
    return Period(min(first, end).replace(day=1), end)


def _entities(activity: Activity, moves: Iterable[Move]) -> Iterator[Slice]:
    filter_name, type_name = _ENTITIES[activity.asked.summarize_by]
    ids = {OF[filter_name](move) for move in moves}
    named = {id_: activity.name_of(type_name, id_) for id_ in ids if id_}
    for id_, name in sorted(named.items(), key=lambda entry: entry[1].casefold()):
        yield Slice(name, id_, id=id_)
    if "" in ids or not named:
        yield Slice("Not Specified", "not_specified")


def added(figures: Iterable[Figures], start: Figures) -> Figures:
    return sum(figures, start)
