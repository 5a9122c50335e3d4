"""The shop's budgets for this year: what it did in a month on average, and what it stands at, in round tens."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

from ..ledger.ledger import Posting
from .budgets import CRITERIA, KINDS, MONTHS, BudgetLine
from .company import DesktopCompany
from .special_accounts import DEBIT_TYPES, RESULT_TYPES

_TEN = Decimal(10)


def plan(company: DesktopCompany) -> None:
    """One of each kind and criterion."""
    for kind in KINDS:
        for criterion in CRITERIA if kind == "ProfitAndLoss" else ("Accounts",):
            company.budgets.put(
                kind, company.clock().year, criterion, _lines(company, kind, CRITERIA[criterion])
            )


def _lines(company: DesktopCompany, kind: str, list_: str) -> list[BudgetLine]:
    is_flow = kind == "ProfitAndLoss"
    sums: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for _, _, posting in company.books.ledger.lines():
        sums[posting.account, _of(posting, list_)] += posting.amount
    lines = []
    for (account, of), amount in sums.items():
        type_ = company.records["Account"][account]["AccountType"]
        if (type_ in RESULT_TYPES) is is_flow:
            each = amount / (MONTHS if is_flow else 1) * (1 if type_ in DEBIT_TYPES else -1)
            lines.append(BudgetLine(account, ((each / _TEN).quantize(Decimal(1)) * _TEN,) * MONTHS, of))
    return lines


def _of(posting: Posting, list_: str) -> str:
    if list_ == "Class":
        return posting.class_
    is_customer = list_ == "Customer" and posting.party is not None and posting.party[0] == "Customer"
    return posting.party[1] if is_customer and posting.party else ""
