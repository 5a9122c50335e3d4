"""Tying out: QuickBooks against its mirror, counts, totals, every cell of every record, and what accounts come to.

Both sides are read afresh. A record that differs is asked for once more before it is reported, so that an edit
made while the check ran is not taken for an error of the mirror.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from ..connections.base import Page
from ..connections.leave_out import LeaveOut
from ..connections.mirrors.comparison import Comparison, Difference
from ..errors import NotFound, RecordRefused, TieoutError
from ..operations import Query
from ..protocols.kept_types import KeptType, Layout
from ..protocols.rest_reports import ReportTable
from .told_balances import tie_told
from .trial_balance import AccountsTied, KeptLedger, tie_accounts

SHOWN_PER_TYPE = 20
"""Records explained cell by cell for each type; all are counted."""


class Books(Protocol):
    """What is asked of the QuickBooks side."""

    @property
    def layout(self) -> Layout: ...

    @property
    def requests_made(self) -> int: ...

    def read(self, query: Query) -> Iterator[Page]: ...

    def get_page(self, type_name: str, identity: str) -> Page: ...

    def counts_or_refusals(self, types: Sequence[str]) -> Mapping[str, int | TieoutError]: ...

    def report(self, name: str, params: Mapping[str, str], /) -> ReportTable: ...

    def told_balances(self) -> Mapping[str, Decimal] | None: ...


class Kept(Protocol):
    """What is asked of the mirror's side."""

    def comparison(
        self, layout: Layout, leave_out: LeaveOut | None = None
    ) -> AbstractContextManager[Comparison]: ...


@dataclass(slots=True)
class Agreement:
    """Both sides of one record type."""

    type: str
    counts: tuple[int, int]
    """In QuickBooks, in the mirror."""
    sums: dict[str, tuple[Decimal, Decimal]] = field(default_factory=dict)
    """By what they are, `total` and `balance`."""
    differing: int = 0
    differences: list[Difference] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        return (
            self.counts[0] == self.counts[1]
            and all(left == right for left, right in self.sums.values())
            and not self.differing
        )


@dataclass(slots=True)
class Verdict:
    """The whole check and what it cost."""

    agreements: list[Agreement]
    requests: int
    not_served: dict[str, str] = field(default_factory=dict)
    """Types that QuickBooks refuses to count, and so cannot be compared, with its reason."""
    accounts: AccountsTied | None = None
    """The trial balance against ledger and mirror; None where the mirror holds no accounts."""

    @property
    def agrees(self) -> bool:
        records = all(agreement.agrees for agreement in self.agreements)
        return records and (self.accounts is None or self.accounts.agrees)


def verify(
    books: Books,
    kept: Kept,
    types: Sequence[str],
    *,
    leave_out: LeaveOut | None = None,
    ledger: KeptLedger | None = None,
    watch: Callable[[Agreement], None] | None = None,
) -> Verdict:
    """Hold every record of these types against the mirror; catch up before, so that only errors differ.

    Where accounts are among them the trial balance is tied out too, with the general ledger that `ledger` keeps.
    """
    before = books.requests_made
    verdict = Verdict([], 0)
    counts = books.counts_or_refusals(types)
    with kept.comparison(books.layout, leave_out) as comparison:
        for name, count in counts.items():
            if isinstance(count, TieoutError):
                verdict.not_served[name] = str(count)
                continue
            agreement = _verify_type(books, comparison, books.layout.kept(name), count)
            verdict.agreements.append(agreement)
            if watch is not None:
                watch(agreement)
        compared = [agreement.type for agreement in verdict.agreements]
        if "Account" in compared:
            verdict.accounts = _tie_accounts(books, comparison, compared, ledger)
    verdict.requests = books.requests_made - before
    return verdict


def _tie_accounts(
    books: Books, comparison: Comparison, types: Sequence[str], ledger: KeptLedger | None
) -> AccountsTied:
    """Whichever way this QuickBooks tells what its accounts come to; once more where they differ, for somebody may be at work."""
    try:
        told = books.told_balances()
        if told is None:
            return tie_accounts(books, comparison, types, ledger)
        tied = tie_told(told, comparison)
        return tied if tied.agrees else tie_told(books.told_balances() or told, comparison)
    except RecordRefused as refusal:
        return AccountsTied(not_compared=f"QuickBooks does not give its reports here: {refusal}")


def _verify_type(books: Books, comparison: Comparison, of: KeptType, count: int) -> Agreement:
    comparison.refuse_missing(of)
    columns = comparison.kept_columns(of, tuple(of.totals.values()))
    sums = dict.fromkeys(columns, Decimal(0))
    seen, suspects = set[str](), set[str]()
    for page in books.read(Query((of.name,))) if count else ():
        seen |= comparison.ids(of, page)
        suspects |= comparison.differing(of, page)
        for column, value in comparison.page_totals(of, page, columns).items():
            sums[column] += value
    kept_ids = comparison.kept_ids(of)
    ours = comparison.totals(of, columns)
    agreement = Agreement(
        of.name,
        (count, len(kept_ids)),
        {name: (sums[c], ours[c]) for name, c in of.totals.items() if c in sums},
    )
    _report(agreement, books, comparison, of, sorted(suspects | (kept_ids - seen)))
    return agreement


def _report(
    agreement: Agreement, books: Books, comparison: Comparison, of: KeptType, suspects: Sequence[str]
) -> None:
    """Ask once more for each record that differs, and explain the first of those that still do."""
    for identity in suspects:
        try:
            page = books.get_page(of.name, identity)
        except NotFound:
            difference = [Difference(of.name, identity, "", "missing", "present")]
        else:
            difference = comparison.explain(of, page, identity) if comparison.differing(of, page) else []
        agreement.differing += bool(difference)
        if len(agreement.differences) < SHOWN_PER_TYPE:
            agreement.differences += difference
