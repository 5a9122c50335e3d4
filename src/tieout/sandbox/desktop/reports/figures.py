"""Sums of postings by account, and what is open by name, up to a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING

from ...ledger.ledger import Key
from ...reports.periods import Period
from ..exchange import settled_before, share
from ..records import ZERO
from ..special_accounts import RESULT_TYPES
from .asked import Line, ReportAsked

if TYPE_CHECKING:
    from ..company import DesktopCompany

PURCHASES = ("Bill", "Check", "CreditCardCharge", "CreditCardCredit", "ItemReceipt", "VendorCredit")
"""Transactions with lines about items that were bought."""

Sums = dict[str, Decimal]
"""Debits less credits, by account."""


def moved(lines: Iterable[Line], period: Period) -> Sums:
    """What a period moved."""
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for _, heading, posting in lines:
        if period.holds(heading.date):
            sums[posting.account] += posting.amount
    return dict(sums)


def balances(asked: ReportAsked, lines: Iterable[Line], until: str) -> Sums:
    """Balances at the end of a day: the results of earlier years are in Retained Earnings, as if those were closed."""
    company, start = asked.company, asked.fiscal_start(until).isoformat()
    results = {each["ListID"] for each in company.all_of("Account") if each["AccountType"] in RESULT_TYPES}
    retained = company.special_account("RetainedEarnings")["ListID"]
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    for _, heading, posting in lines:
        if heading.date <= until:
            closed = posting.account in results and heading.date < start
            sums[retained if closed else posting.account] += posting.amount
    return dict(sums)


def open_items(company: DesktopCompany, side: str, until: str) -> dict[tuple[Key, Key], Decimal]:
    """By transaction and name, what is open at the end of a day; receivables and what vendors get back are positive.

    The sum for a name is its balance that day: a settlement counts once both of its transactions are there.
    """
    ledger, links = company.books.ledger, company.books.links
    found: defaultdict[tuple[Key, Key], Decimal] = defaultdict(Decimal)
    first: dict[Key, Key] = {}
    posted: defaultdict[Key, Decimal] = defaultdict(Decimal)
    for key, heading, posting in ledger.lines():
        if posting.name and posting.name[0] == side and heading.date <= until:
            found[key, posting.name] += posting.amount
            posted[key] += posting.amount
            first.setdefault(key, posting.name)
    for target, name in first.items():
        for source, part in links.sources_of(target).items():
            if source in posted:
                worth = share(company, target, settled_before(company, source, target), part.whole)
                signed = worth if posted[target] > 0 else -worth
                found[target, name] -= signed
                found[source, name] += signed
    return {each: amount for each, amount in found.items() if amount}


def sales_rep(company: DesktopCompany, line: Line) -> str:
    """Who sold it: the transaction's sales rep, by the initials."""
    record = company.records[line[0][0]][line[0][1]]
    return str((record.get("SalesRepRef") or {}).get("FullName") or "No Sales Rep")


def total(amounts: Iterable[Decimal]) -> Decimal:
    return sum(amounts, ZERO)
