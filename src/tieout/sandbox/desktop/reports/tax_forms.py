"""IncomeTaxSummary: what stands in each line of the income tax form, and what no line was said for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from decimal import Decimal

from .asked import ReportAsked
from .axes import Head, axis
from .dates import heading, span
from .table import LABEL, Column, Table


def income_tax_summary(asked: ReportAsked) -> Table:
    """Income is positive, and so is what the business owes; all rows together are nothing, as the books balance."""
    head_of = axis(asked, "TaxLine")
    sums: defaultdict[Head, Decimal] = defaultdict(Decimal)
    for line in asked.lines():
        if asked.period.holds(line[1].date):
            sums[head_of(line)] -= line[2].amount
    columns = [LABEL, Column(heading(asked.period), "Amount", "AMTTYPE")]
    table = Table("Income Tax Summary", span(asked.period), columns, asked.basis)
    for head in sorted(sums):
        table.data([head.title, sums[head]])
    return table


TAX_FORMS: Mapping[str, tuple[str, Callable[[ReportAsked], Table]]] = {
    "IncomeTaxSummary": ("LastYear", income_tax_summary),
}
