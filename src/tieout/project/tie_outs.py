"""Keeping what came of a tie-out, so that it can be looked at later and beside those before."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ..state.tie_outs import TieOuts
from .companies import parties_of

if TYPE_CHECKING:
    from ..processes.verify import Agreement, Verdict
    from . import Project


def tie_outs_of(project: Project) -> TieOuts:
    """The tie-outs of the environment that is meant."""
    return TieOuts(project.state, environment=project.environment)


def company_of(project: Project, process: str) -> str:
    """What the agenda calls the company of a mirror that has only one."""
    return next(iter(parties_of(project, process)), "")


def keep_tie_out(project: Project, process: str, company: str, verdict: Verdict) -> str:
    """Keep what came of comparing both sides of a mirror; how much differs, in words."""
    accounts = len(verdict.accounts.differing) if verdict.accounts is not None else 0
    records = sum(max(each.differing, abs(each.counts[0] - each.counts[1])) for each in verdict.agreements)
    tie_outs_of(project).keep(
        process,
        company,
        agrees=verdict.agrees,
        records=records,
        accounts=accounts,
        told=_told(verdict),
    )
    return f"{_counted(records, 'record')} and {_counted(accounts, 'account')} differ"


def _counted(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _told(verdict: Verdict) -> Mapping[str, Any]:
    accounts = verdict.accounts
    return {
        "types": [_row(each) for each in verdict.agreements if each.counts != (0, 0) or not each.agrees],
        "differences": [
            [each.type, each.id, each.place, each.quickbooks, each.mirror]
            for agreement in verdict.agreements
            for each in agreement.differences
        ],
        "not_served": verdict.not_served,
        "requests": verdict.requests,
        "accounts": None
        if accounts is None
        else {
            "agrees": accounts.agrees,
            "count": accounts.accounts,
            "day": accounts.day,
            "not_compared": accounts.not_compared,
            "differing": [
                [each.name, *map(_amount, (each.trial_balance, each.general_ledger, each.mirror))]
                for each in accounts.differing
            ],
        },
    }


def _row(each: Agreement) -> dict[str, Any]:
    sums = {name: list(map(_amount, pair)) for name, pair in each.sums.items()}
    return {
        "type": each.type,
        "counts": list(each.counts),
        "total": sums.get("total", ["", ""]),
        "balance": sums.get("balance", ["", ""]),
        "differing": each.differing,
        "agrees": each.agrees,
    }


def _amount(value: Decimal | None) -> str:
    return "" if value is None else f"{value:,.2f}"
