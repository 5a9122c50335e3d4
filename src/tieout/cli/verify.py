"""`tieout verify`: tie QuickBooks and its mirror out, to the cent and down to the cell."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .exit_codes import DISAGREES
from .messages import console, note
from .options import AsFormat, Format, ProjectFile, open_project

if TYPE_CHECKING:
    from ..connections.mirrors.comparison import Difference
    from ..processes.trial_balance import AccountBalance, AccountsTied
    from ..processes.verify import Agreement, Verdict
    from ..project import Project
    from ..project.runs import TieOut


def verify(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="A process that keeps a mirror, or a connection for the links of what was written.",
        ),
    ],
    no_catch_up: Annotated[
        bool, typer.Option("--no-catch-up", help="Compare at once, without running the process before.")
    ] = False,
    chosen: AsFormat = Format.TABLE,
    project: ProjectFile = None,
) -> None:
    """Tie both sides of a mirror out.

    Every record is compared down to the cell, and every account's balance with the trial balance and the general ledger;
    exit code 1 when they do not agree. Of a connection, the links of all that was written are compared: each record still
    exists, with its total.
    """
    from ..project.tie_outs import company_of, keep_tie_out
    from .reports import Report, show
    from .verify_links import verify_links

    with open_project(project) as opened:
        if name not in opened.processes and name in opened.connections:
            verify_links(opened, name, chosen)
            return
        tied = tie_out(opened, name, catch_up=not no_catch_up)
        keep_tie_out(opened, name, company_of(opened, name), tied.verdict)
    verdict = tied.verdict
    rows = [_row(agreement) for agreement in verdict.agreements]
    show(Report(rows, _document(name, tied), lambda: print_verdict(tied)), chosen)
    if not verdict.agrees:
        note(f"→ {_advice(name, verdict)}")
        raise typer.Exit(DISAGREES)


def _advice(name: str, verdict: Verdict) -> str:
    wrong = [f"--again {agreement.type}" for agreement in verdict.agreements if not agreement.agrees]
    if wrong:
        return f"`{' '.join(['tieout run', name, *wrong])}` puts right what differs."
    if verdict.accounts and verdict.accounts.ledger_of:
        return (
            f"`tieout run {verdict.accounts.ledger_of}` keeps the general ledger anew; then verify once more."
        )
    return "Every record is as in QuickBooks, so it is QuickBooks' reports that differ: try again, then ask Intuit."


def tie_out(project: Project, name: str, *, catch_up: bool = True) -> TieOut:
    """Compare both ends of a process with a bar."""
    from ..project.running_by_hand import verify_by_hand
    from ..project.runs import planned_types
    from .progress import tying_out

    types = len(planned_types(project, name))
    with tying_out(f"{name}: catching up", types) as (watch_run, watch):
        return verify_by_hand(project, name, catch_up=catch_up, watch_run=watch_run, watch=watch)


def print_verdict(tied: TieOut) -> None:
    """The table of both sides, what differs, and what the check cost."""
    verdict = tied.verdict
    _print_agreements(verdict.agreements)
    differences = [each for agreement in verdict.agreements for each in agreement.differences]
    if differences:
        _print_differences(differences, sum(agreement.differing for agreement in verdict.agreements))
    for name, reason in verdict.not_served.items():
        note(f"{name} is not compared, for QuickBooks does not serve it here: {reason}")
    if verdict.accounts is not None:
        _print_accounts(verdict.accounts)
    note(conclusion(tied))


def _print_accounts(accounts: AccountsTied) -> None:
    """What became of the trial balance: a line, and the accounts that differ."""
    from .cells import amount
    from .reports import print_rows

    if accounts.differing:
        console().print()
        print_rows([_account_row(each) for each in accounts.differing])
    if accounts.out_of_balance:
        note(f"The trial balance is out of balance by {amount(accounts.out_of_balance, grouped=True)}.")
    note(_accounts_in_a_line(accounts))


def _accounts_in_a_line(accounts: AccountsTied) -> str:
    if accounts.not_compared:
        return f"The trial balance is not compared: {accounts.not_compared}"
    ledger = (
        f"the general ledger that {accounts.ledger_of} keeps" if accounts.ledger_of else "the general ledger"
    )
    if accounts.agrees:
        told = f"{accounts.accounts} accounts agree"
    else:
        told = f"{len(accounts.differing)} of {accounts.accounts} accounts differ"
    if not accounts.day:
        other = accounts.in_other_currencies
        left = f" {other} in other currencies are not compared." if other else ""
        return f"Trial balance: {told} with the mirror's balances.{left}"
    return f"Trial balance of {accounts.day}: {told} with {ledger} and with the mirror's balances."


def _account_row(each: AccountBalance) -> dict[str, Any]:
    return {
        "account": each.name,
        "id": each.id,
        "trial_balance": each.trial_balance,
        "general_ledger": each.general_ledger,
        "mirror": each.mirror,
    }


def conclusion(tied: TieOut) -> str:
    """What came of it, in a sentence."""
    verdict = tied.verdict
    records = sum(agreement.counts[0] for agreement in verdict.agreements)
    caught_up = f", after {tied.requests_to_catch_up} to catch up" if tied.run else ""
    cost = f"({verdict.requests} requests{caught_up})"
    if verdict.agrees:
        return (
            f"Tied out: {records:,} records of {len(verdict.agreements)} types agree to the last cell {cost}."
        )
    wrong = [agreement.type for agreement in verdict.agreements if not agreement.agrees]
    if verdict.accounts is not None and not verdict.accounts.agrees:
        wrong.append("the trial balance")
    return f"Does not tie out: {', '.join(wrong)} {'differs' if len(wrong) == 1 else 'differ'} {cost}."


WIDE = 110
"""Columns of a screen from which both sides' sums stand beside each other even where they agree."""


def _print_agreements(agreements: Sequence[Agreement]) -> None:
    from rich.text import Text

    from .reports import print_grid, table

    wide = console().width >= WIDE
    sums = ("total", "in mirror", "balance", "in mirror ") if wide else ("total", "balance")
    grid = table(("type", "QuickBooks", "mirror", *sums, ""), ("QuickBooks", "mirror", *sums))
    shown = [each for each in agreements if not (each.agrees and each.counts == (0, 0))]
    for each in sorted(shown, key=lambda each: each.agrees):
        mark = Text("✓", "green") if each.agrees else Text("✗", "bold red")
        grid.add_row(each.type, *(f"{count:,}" for count in each.counts), *_sums(each, wide=wide), mark)
    print_grid(grid)
    if len(shown) < len(agreements):
        note(f"{len(agreements) - len(shown)} more types are empty on both sides.")


def _sums(agreement: Agreement, *, wide: bool) -> list[str]:
    """Totals and balances, empty where the type has none; below each other where there is no room and they differ."""
    from .cells import amount

    texts: list[str] = []
    for pair in _named_sums(agreement).values():
        both = ["", ""] if pair is None else [amount(value, grouped=True) for value in pair]
        texts += both if wide else ["\n".join(dict.fromkeys(both))]
    return texts


def _named_sums(agreement: Agreement) -> dict[str, tuple[Decimal, Decimal] | None]:
    return {name: agreement.sums.get(name) for name in ("total", "balance")}


def _print_differences(differences: Sequence[Difference], records: int) -> None:
    from .reports import print_rows

    console().print()
    print_rows([_difference_row(each) for each in differences])
    shown = len({(each.type, each.id) for each in differences})
    if records > shown:
        note(f"{records - shown:,} more records differ; --format json counts them by type.")


def _difference_row(each: Difference) -> dict[str, Any]:
    return {
        "type": each.type,
        "id": each.id,
        "place": each.place,
        "QuickBooks": _without_zeros(each.quickbooks),
        "mirror": _without_zeros(each.mirror),
    }


_OF_A_DECIMAL_COLUMN = re.compile(r"-?\d+\.\d{9}")


def _without_zeros(cell: str) -> str:
    """An amount without the zeros that a decimal column has at its end."""
    from .cells import amount

    return amount(Decimal(cell)) if _OF_A_DECIMAL_COLUMN.fullmatch(cell) else cell


def _row(agreement: Agreement) -> dict[str, Any]:
    row: dict[str, Any] = {
        "type": agreement.type,
        "count_quickbooks": agreement.counts[0],
        "count_mirror": agreement.counts[1],
    }
    for key, pair in _named_sums(agreement).items():
        row[f"{key}_quickbooks"], row[f"{key}_mirror"] = pair or (None, None)
    return {**row, "differing": agreement.differing, "agrees": agreement.agrees}


def _document(name: str, tied: TieOut) -> dict[str, Any]:
    verdict: Verdict = tied.verdict
    differences = [each for agreement in verdict.agreements for each in agreement.differences]
    return {
        "process": name,
        "agrees": verdict.agrees,
        "types": [_row(agreement) for agreement in verdict.agreements],
        "differences": [_difference_row(each) for each in differences],
        "not_served": verdict.not_served,
        "trial_balance": _accounts_document(verdict.accounts) if verdict.accounts else None,
        "requests": verdict.requests,
        "requests_to_catch_up": tied.requests_to_catch_up,
    }


def _accounts_document(accounts: AccountsTied) -> dict[str, Any]:
    return {
        "agrees": accounts.agrees,
        "day": accounts.day or None,
        "accounts": accounts.accounts,
        "out_of_balance": accounts.out_of_balance,
        "differences": [_account_row(each) for each in accounts.differing],
        "general_ledger_kept_by": accounts.ledger_of or None,
        "in_other_currencies": accounts.in_other_currencies,
        "not_compared": accounts.not_compared or None,
    }
