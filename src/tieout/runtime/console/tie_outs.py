"""Tie-outs: what became of the last comparison of each mirror with QuickBooks, and comparing anew."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ...project import FlowSettings
from ...project.runs import verify_process
from .pages import Asked, GoTo, Shown

if TYPE_CHECKING:
    from ...processes.verify import Agreement, Verdict


def show(asked: Asked) -> Shown:
    """The last result of each mirror."""
    project = asked.project
    mirrors = [name for name, each in project.processes.items() if not isinstance(each, FlowSettings)]
    kept = {name: project.watermarks.get(_key(asked, name)) for name in mirrors}
    return Shown("tie_outs", {"results": kept})


def tie_out(asked: Asked) -> GoTo:
    """Catch up, compare, and keep what came of it; the browser waits for it."""
    name = asked.path["name"]
    asked.project.mirror(name)
    verdict = verify_process(asked.project, name).verdict
    told = {"at": asked.agenda.clock().isoformat(timespec="seconds"), **_told(verdict)}
    asked.project.watermarks.set(_key(asked, name), told)
    return GoTo(f"/tie-outs#{quote(name)}")


def _key(asked: Asked, name: str) -> str:
    environment = f"@{asked.project.environment}" if asked.project.environment else ""
    return f"tie-out:{name}{environment}"


def _told(verdict: Verdict) -> dict[str, Any]:
    accounts = verdict.accounts
    return {
        "agrees": verdict.agrees,
        "types": [_row(each) for each in verdict.agreements if each.counts != (0, 0) or not each.agrees],
        "differences": [
            [each.type, each.id, each.place, each.quickbooks, each.mirror]
            for agreement in verdict.agreements
            for each in agreement.differences
        ],
        "not_served": verdict.not_served,
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
