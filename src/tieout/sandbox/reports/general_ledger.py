"""GeneralLedger, ProfitAndLossDetail and JournalReport: every move, under its account or its transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import groupby

from ..ledger.ledger import ZERO
from .activity import EXPENSES, INCOME, Activity, Move
from .detail import Details, running
from .profit_and_loss import PARTS, Part
from .rendering import Cell, Row, Section, Table, blank
from .trial_balance import place_of


class _Accounts:
    """Moves by account, and accounts by their parent."""

    def __init__(self, activity: Activity, moves: Iterable[Move], *, opening: bool) -> None:
        self._activity = activity
        self._details = Details(activity)
        self.moves: defaultdict[str, list[Move]] = defaultdict(list)
        for move in moves:
            self.moves[move.account].append(move)
        self._opening = self._balances_before() if opening else {}
        self._shown = {*self.moves, *(id_ for id_, balance in self._opening.items() if balance)}
        self._parents = {id_: self._parent(id_) for id_ in self._with_parents()}

    def sections(self, wanted: Iterable[str], parent: str = "") -> list[Section]:
        """The accounts under a parent, those below them inside."""
        of_types = frozenset(wanted)
        below = [
            id_
            for id_, above in self._parents.items()
            if above == parent and self._activity.account_type(id_) in of_types
        ]
        return [self._section(id_, of_types) for id_ in sorted(below, key=self._place)]

    def _section(self, id_: str, wanted: frozenset[str]) -> Section:
        account, opening = self._activity.account(id_), self._opening.get(id_)
        lines = [self._details.line(move) for move in self.moves.get(id_, ())]
        first = [] if opening is None else [self._details.opening(opening)]
        return self._details.section(
            Cell(str(account["Name"]), id_),
            running(lines, opening or ZERO),
            inner=self.sections(wanted, id_),
            first=first,
        )

    def _balances_before(self) -> dict[str, Decimal]:
        """What accounts of the balance sheet came to when the period began."""
        found: defaultdict[str, Decimal] = defaultdict(Decimal)
        for move in self._activity.before():
            if self._activity.account_type(move.account) not in (*INCOME, *EXPENSES):
                found[move.account] += self._activity.natural(move)
        return {id_: found[id_] for id_ in found if found[id_]}

    def _with_parents(self) -> set[str]:
        found: set[str] = set()
        for id_ in self._shown:
            while id_ and id_ not in found:
                found.add(id_)
                id_ = self._parent(id_)
        return found

    def _parent(self, id_: str) -> str:
        return str(self._activity.account(id_).get("ParentRef", {}).get("value", ""))

    def _place(self, id_: str) -> tuple[int, str]:
        return place_of(self._activity, id_)


def general_ledger(activity: Activity) -> Table:
    wanted = activity.asked.params.get("account_type", "").replace(" ", "")
    moves = _from_sources(activity, activity.within())
    accounts = _Accounts(activity, moves, opening=not activity.asked.filters().keys() - {"account"})
    types = [
        account_type for account_type in _all_types(activity) if not wanted or _word(account_type) == wanted
    ]
    return Table(Details(activity).columns(), accounts.sections(types))


def profit_and_loss_detail(activity: Activity) -> Table:
    details = Details(activity)
    accounts = _Accounts(activity, activity.of_types(activity.within(), (*INCOME, *EXPENSES)), opening=False)
    ordinary = _parts(details, accounts, PARTS[:3])
    other = _parts(details, accounts, PARTS[3:])
    rows: list[Section] = []
    if ordinary:
        rows.append(_group(details, "Ordinary Income/Expenses", "Net Ordinary Income", ordinary))
    if other:
        rows.append(_group(details, "Other Income/Expenses", "Net Other Income", other))
    if rows:
        rows.append(Section(summary=_net(details, "Net Income", [*ordinary, *other]), group="NetIncome"))
    return Table(details.columns(), rows)


def _parts(details: Details, accounts: _Accounts, parts: Iterable[Part]) -> list[Section]:
    sections: list[Section] = []
    for part in parts:
        inner = accounts.sections([part.account_type])
        if inner:
            header = [Cell(part.title), *blank(len(details.keys) - 1)]
            sections.append(
                Section(header, inner, details.summary(f"Total for {part.title}", inner), part.group)
            )
    return sections


def _group(details: Details, title: str, net: str, parts: list[Section]) -> Section:
    header = [Cell(title), *blank(len(details.keys) - 1)]
    return Section(header, parts, _net(details, net, parts))


def _net(details: Details, title: str, parts: list[Section]) -> list[Cell]:
    """Income less expenses, in the columns of natural amounts."""
    signs = [-1 if part.group in ("COGS", "Expenses", "OtherExpenses") else 1 for part in parts]
    cells = [Cell(title)]
    for place in range(1, len(details.keys)):
        values = [
            sign * Decimal(part.summary[place].value)
            for sign, part in zip(signs, parts, strict=True)
            if part.summary[place].value
        ]
        cells.append(Cell(f"{sum(values, ZERO):.2f}") if values else Cell())
    return cells


def journal(activity: Activity) -> Table:
    details = Details(activity)
    return Table(details.columns(), list(_entries(details, activity)))


def _entries(details: Details, activity: Activity) -> Iterator[Section]:
    for _key, group in groupby(activity.within(), key=lambda move: move.key):
        rows: list[Row | Section] = [details.row(details.line(move)) for move in group]
        yield Section(rows=rows, summary=details.summary("", rows))


def _from_sources(activity: Activity, moves: list[Move]) -> list[Move]:
    """Moves of transactions that have one of the accounts in `source_account`."""
    wanted = activity.asked.ids("source_account")
    if not wanted:
        return moves
    entries = activity.books.ledger.entries
    return [move for move in moves if any(posting.account in wanted for posting in entries.get(move.key, ()))]


def _all_types(activity: Activity) -> list[str]:
    return sorted({str(stored.record["AccountType"]) for stored in activity.books.store("Account")})


def _word(account_type: str) -> str:
    """`Other Current Asset` as the parameters spell it."""
    return account_type.replace(" ", "")
