"""Jobs and items: what they cost and brought in, and what was estimated.

Revenue and costs are the postings to accounts of the profit and loss, so that their difference is what the profit and loss by job
tells. What was bought counts as a cost, whatever its account. Estimates count while they are active; what a line of theirs would
cost is its amount without the markup, where it has one, else the item's PurchaseCost. A difference is what happened, less what was estimated
(QuickBooks' help, Job estimates vs. actuals summary report).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from ...ledger.ledger import Heading, Posting
from .. import refusals
from ..currencies import at_home
from ..items import ItemFacts
from ..records import ZERO, Record, called, cents, id_of, item_lines
from ..special_accounts import DEBIT_TYPES, RESULT_TYPES
from .asked import Line, ReportAsked
from .axes import ITEM_TYPES, NO_ITEM, Head, item_type, items_of
from .dates import span
from .figures import PURCHASES
from .table import LABEL, Cell, Column, Table

_AMOUNT = "AMTTYPE"
_HUNDRED = Decimal(100)


@dataclass(slots=True)
class Job:
    """What a job or an item comes to."""

    estimated_cost: Decimal = ZERO
    cost: Decimal = ZERO
    estimated_revenue: Decimal = ZERO
    revenue: Decimal = ZERO

    def add(self, other: Job) -> None:
        self.estimated_cost += other.estimated_cost
        self.cost += other.cost
        self.estimated_revenue += other.estimated_revenue
        self.revenue += other.revenue


Jobs = list[Job]
"""The same for each piece of the period, the whole of it last."""


@dataclass(frozen=True)
class _Columns:
    titles: tuple[str, ...]
    told: Callable[[Job], list[Cell]]

    def described(self, asked: ReportAsked) -> list[Column]:
        pieces = asked.pieces()
        found = [LABEL]
        for above, _ in pieces:
            for title in self.titles:
                kind = "AmountDifference" if title.startswith("($)") else "Amount"
                found.append(Column(title, kind, _AMOUNT, above if len(pieces) > 1 else ""))
        return found

    def cells(self, jobs: Jobs) -> list[Cell]:
        return [cell for job in jobs for cell in self.told(job)]


_PROFIT = _Columns(
    ("Act. Cost", "Act. Revenue", "($) Diff."), lambda job: [job.cost, job.revenue, job.revenue - job.cost]
)
_ESTIMATES = _Columns(
    ("Est. Cost", "Act. Cost", "($) Diff.", "Est. Revenue", "Act. Revenue", "($) Diff."),
    lambda job: [
        job.estimated_cost,
        job.cost,
        job.cost - job.estimated_cost,
        job.estimated_revenue,
        job.revenue,
        job.revenue - job.estimated_revenue,
    ],
)


# ---- what happened, and what was estimated


def _sums(asked: ReportAsked, of: Callable[[Posting], str | None]) -> defaultdict[str, Jobs]:
    """What all comes to, by what `of` says of a posting; None where it does not count."""
    pieces = [period for _, period in asked.pieces()]
    sums: defaultdict[str, Jobs] = defaultdict(lambda: [Job() for _ in pieces])
    for (_, heading, posting), part in _parts(asked):
        owner = of(posting)
        if owner is not None:
            for period, job in zip(pieces, sums[owner], strict=True):
                if period.holds(heading.date):
                    job.add(part)
    return sums


def _nothing(asked: ReportAsked) -> Jobs:
    return [Job() for _ in asked.pieces()]


def _add(whole: Jobs, others: Jobs) -> None:
    for job, other in zip(whole, others, strict=True):
        job.add(other)


def _parts(asked: ReportAsked) -> Iterator[tuple[Line, Job]]:
    """Each posting and each line of an estimate, with what it adds."""
    types = {each["ListID"]: each["AccountType"] for each in asked.company.all_of("Account")}
    for line in asked.lines(accrual=True):
        (kind, _), heading, posting = line
        account = types[posting.account]
        if account not in RESULT_TYPES or not asked.period.holds(heading.date):
            continue
        is_cost = account in DEBIT_TYPES or (kind in PURCHASES and posting.item)
        yield line, Job(cost=posting.amount) if is_cost else Job(revenue=-posting.amount)
    for line, cost in _estimated(asked):
        if asked.lets_through(line):
            yield line, Job(estimated_cost=cost, estimated_revenue=-line[2].amount)


def _estimated(asked: ReportAsked) -> Iterator[tuple[Line, Decimal]]:
    """Lines of the active estimates of the period, as if they were posted, each with what it would cost."""
    for estimate in asked.company.all_of("Estimate"):
        if not estimate.get("IsActive", True) or not asked.period.holds(str(estimate["TxnDate"])):
            continue
        key, heading = ("Estimate", str(estimate["TxnID"])), Heading(estimate["TxnDate"], called(estimate))
        for line in item_lines("Estimate", estimate):
            item = asked.company.item(id_of(line.get("ItemRef")))
            amount = at_home(estimate, line.get("Amount") or ZERO)
            if item.kind in ITEM_TYPES and amount:
                posting = Posting(
                    item.income_account,
                    -amount,
                    -amount,
                    item=item.id,
                    party=("Customer", id_of(estimate["CustomerRef"])),
                    class_=id_of(line.get("ClassRef") or estimate.get("ClassRef")),
                )
                yield (key, heading, posting), _cost(line, item, amount)


def _cost(line: Record, item: ItemFacts, amount: Decimal) -> Decimal:
    markup = line.get("MarkupRate")
    if markup is not None and markup != -_HUNDRED:
        return cents(amount / (1 + markup / _HUNDRED))
    return cents(item.cost * (line.get("Quantity") or Decimal(1)))


# ---- by job


def _by_job(title: str, columns: _Columns) -> Callable[[ReportAsked], Table]:
    """Customers, and under each its jobs."""

    def make(asked: ReportAsked) -> Table:
        table = Table(title, span(asked.period), columns.described(asked))
        whole = _Customers(asked, table, columns, _sums(asked, _customer)).below("")
        table.total(["TOTAL", *columns.cells(whole)])
        return table

    return make


def _customer(posting: Posting) -> str | None:
    return posting.party[1] if posting.party and posting.party[0] == "Customer" else None


class _Customers:
    """Writes customers with their jobs."""

    def __init__(self, asked: ReportAsked, table: Table, columns: _Columns, jobs: Mapping[str, Jobs]) -> None:
        self._asked = asked
        self._table = table
        self._columns = columns
        self._jobs = jobs
        self._children: defaultdict[str, list[Record]] = defaultdict(list)
        for each in sorted(asked.company.all_of("Customer"), key=lambda each: str(each["Name"]).casefold()):
            self._children[id_of(each.get("ParentRef"))].append(each)

    def below(self, parent: str) -> Jobs:
        """Write what is below a customer, or all; what it comes to."""
        whole = _nothing(self._asked)
        for each in self._children[parent]:
            if self._is_used(each):
                _add(whole, self._customer(each))
        return whole

    def _is_used(self, customer: Record) -> bool:
        own = customer["ListID"] in self._jobs
        return own or any(map(self._is_used, self._children[customer["ListID"]]))

    def _customer(self, customer: Record) -> Jobs:
        name, full, own = customer["Name"], called(customer), self._jobs.get(customer["ListID"])
        if not any(map(self._is_used, self._children[customer["ListID"]])):
            assert own is not None
            self._row(self._table.data, name, own, full)
            return own
        self._table.text(name)
        whole = self.below(customer["ListID"])
        if own is not None:
            self._row(self._table.data, f"{name} - Other", own, full)
            _add(whole, own)
        self._row(self._table.subtotal, f"Total {name}", whole, full)
        return whole

    def _row(self, write: Callable[[list[Cell], str, str], None], label: str, jobs: Jobs, full: str) -> None:
        write([label, *self._columns.cells(jobs)], "customer", full)


# ---- by item


def _by_item(title: str, columns: _Columns, *, of_a_job: bool) -> Callable[[ReportAsked], Table]:
    """Items by their type: of the jobs that are asked for, with what no item was said of, or of all sales and purchases."""

    def make(asked: ReportAsked) -> Table:
        heading = f"{title} for {_jobs_asked(asked)}" if of_a_job else title
        sums = _sums(asked, lambda posting: posting.item if posting.item or of_a_job else None)
        table = Table(heading, span(asked.period), columns.described(asked))
        whole = _nothing(asked)
        groups: defaultdict[Head, list[ItemFacts]] = defaultdict(list)
        for item in items_of(asked):
            if item.id in sums:
                groups[item_type(item)].append(item)
        for head in sorted(groups):
            name, below = head.title, _nothing(asked)
            table.text(name)
            for item in groups[head]:
                full = called(item.record)
                table.data([full, *columns.cells(sums[item.id])], "item", full)
                _add(below, sums[item.id])
            table.subtotal([f"Total {name}", *columns.cells(below)])
            _add(whole, below)
        if "" in sums:
            table.data([NO_ITEM, *columns.cells(sums[""])])
            _add(whole, sums[""])
        table.total(["TOTAL", *columns.cells(whole)])
        return table

    return make


def _jobs_asked(asked: ReportAsked) -> str:
    """The names of the jobs that a detail is of; Refused where none is said: some of these reports need a customer:job."""
    said = asked.content.get("ReportEntityFilter") or {}
    if not said or "EntityTypeFilter" in said:
        raise refusals.missing("ReportEntityFilter")
    ids = asked.elements(("Customer",), said)
    return ", ".join(called(each) for each in asked.company.all_of("Customer") if each["ListID"] in ids)


JOBS: Mapping[str, tuple[str, Callable[[ReportAsked], Table]]] = {
    "ItemEstimatesVsActuals": ("All", _by_item("Item Estimates vs. Actuals", _ESTIMATES, of_a_job=False)),
    "ItemProfitability": ("All", _by_item("Item Profitability", _PROFIT, of_a_job=False)),
    "JobEstimatesVsActualsDetail": (
        "All",
        _by_item("Job Estimates vs. Actuals Detail", _ESTIMATES, of_a_job=True),
    ),
    "JobEstimatesVsActualsSummary": ("All", _by_job("Job Estimates vs. Actuals Summary", _ESTIMATES)),
    "JobProfitabilityDetail": ("All", _by_item("Job Profitability Detail", _PROFIT, of_a_job=True)),
    "JobProfitabilitySummary": ("All", _by_job("Job Profitability Summary", _PROFIT)),
}
"""By JobReportType: the dates where none are said, and what makes it."""
