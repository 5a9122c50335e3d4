"""BalanceSheetByClass: assets, and whom they belong to, a column for each class.

What a transaction posts to close its entry (a receivable, a payable, the bank) is shared by the classes of its lines, so that each
class balances. Lines of journal entries stay in the classes that they name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import groupby

from .asked import Line, ReportAsked
from .axes import axis
from .dates import as_of
from .figures import balances
from .summaries import AMOUNT, write_balance_sheet
from .table import LABEL, Column, Table


def balance_sheet_by_class(asked: ReportAsked) -> Table:
    head_of = axis(asked, "Class")
    lines = list(_shared(asked.lines()))
    heads = sorted({head_of(line) for line in lines if line[1].date <= asked.until})
    columns = [
        LABEL,
        *(Column(title, "Amount", AMOUNT) for title in (*(head.title for head in heads), "TOTAL")),
    ]
    table = Table("Balance Sheet by Class", as_of(asked.period.end), columns, asked.basis)
    sums = [balances(asked, (line for line in lines if head_of(line) == head), asked.until) for head in heads]
    return write_balance_sheet(asked, table, [*sums, balances(asked, lines, asked.until)])


def _shared(lines: Iterable[Line]) -> Iterator[Line]:
    """The same postings, but the one that closes an entry in as many parts as its lines have classes."""
    for _, together in groupby(lines, key=lambda line: (line[0], line[1].date)):
        entry = list(together)
        *others, (key, heading, closing) = entry
        if closing.line or len({line[2].class_ for line in entry}) == 1:
            yield from entry
            continue
        yield from others
        by_class: defaultdict[str, Decimal] = defaultdict(Decimal)
        for line in others:
            by_class[line[2].class_] -= line[2].amount
        for class_, amount in by_class.items():
            if amount:
                yield key, heading, closing._replace(amount=amount, class_=class_)


BY_CLASS: Mapping[str, tuple[str, Callable[[ReportAsked], Table]]] = {
    "BalanceSheetByClass": ("ThisYearToDate", balance_sheet_by_class),
}
