"""Tying out the accounts: TrialBalance against GeneralLedger against the mirror's Account.CurrentBalance.

Three ways by which QuickBooks tells the same figure, to the cent. The general ledger is that of the fiscal year,
which begins with what each account brought along: one request, where all of a company's years would be many.

Accounts of income and expenses have no CurrentBalance, and those in another currency have it in that currency: they
are compared two ways. Retained Earnings is left out, for nothing is posted when a year is closed; what it comes to
follows from all the others, since debits equal credits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Protocol

from ..connections.mirrors.kept_account import KeptAccount
from ..protocols.rest_reports import OPENING, ReportTable

TRIAL_BALANCE = "TrialBalance"
GENERAL_LEDGER = "GeneralLedger"
YEAR_TO_DATE = "This Fiscal Year-to-date"
LEDGER_COLUMNS = ("tx_date", "subt_nat_amount", "rbal_nat_amount")
_BASIS = {"accounting_method": "Accrual"}
ZERO = Decimal(0)

Balances = Mapping[str, Decimal]
"""By the account's id; debits are positive."""


@dataclass(frozen=True, slots=True)
class KeptLedger:
    """A table of the mirror's database that another process keeps the general ledger in."""

    process: str
    params: Mapping[str, str]

    @property
    def is_whole(self) -> bool:
        """Whether it was asked for every account, as of when things were booked, and for a year at least, as it seems."""
        asked = {name for name, value in self.params.items() if value}
        plain = asked <= {
            "accounting_method",
            "columns",
            "date_macro",
            "end_date",
            "sort_by",
            "sort_order",
            "start_date",
        }
        accrual = self.params.get("accounting_method", "Accrual") == "Accrual"
        return plain and accrual and self.params.get("date_macro", "") in ("", "All", YEAR_TO_DATE)

    def covers(self, start: str, end: str, today: str) -> bool:
        """Whether it tells of all of a time."""
        first, last = self.params.get("start_date"), self.params.get("end_date")
        if first or last:
            return self.is_whole and (first or end) <= start and (last or today) >= end
        return self.is_whole and (self.params.get("date_macro") == "All" or end == today)


class ReadsReports(Protocol):
    """What is asked of QuickBooks."""

    def report(self, name: str, params: Mapping[str, str], /) -> ReportTable: ...


class KeepsAccounts(Protocol):
    """What is asked of the mirror."""

    def accounts(self) -> list[KeptAccount] | None:
        """All that are not deleted; None where the mirror does not hold what an account is."""

    def latest_day(self, types: Sequence[str]) -> str:
        """The last day that any transaction of these types has."""

    def rows(self, table: str, columns: Sequence[str]) -> Iterator[Mapping[str, Any]] | None:
        """The rows of a table that is no record type's; None where it, or one of the columns, is not there."""


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """An account whose balances are not the same. Debits are positive, as in CurrentBalance."""

    id: str
    name: str
    trial_balance: Decimal
    general_ledger: Decimal | None
    """None where it is not asked for."""
    mirror: Decimal | None
    """None where there is nothing to compare with."""


@dataclass(slots=True)
class AccountsTied:
    """What came of it."""

    day: str = ""
    """As of when."""
    accounts: int = 0
    """How many were compared that have a balance at all."""
    out_of_balance: Decimal = ZERO
    """Debits less credits of the trial balance."""
    differing: list[AccountBalance] = field(default_factory=list)
    in_other_currencies: int = 0
    """How many have a balance in a foreign currency alone, and were not compared."""
    ledger_of: str = ""
    """The process whose table the general ledger was taken from; empty when QuickBooks was asked."""
    not_compared: str = ""
    """Why not, if nothing was compared."""

    @property
    def agrees(self) -> bool:
        return not self.differing and not self.out_of_balance


def tie_accounts(
    books: ReadsReports, kept: KeepsAccounts, types: Sequence[str], ledger: KeptLedger | None = None
) -> AccountsTied:
    """Compare every account, RecordRefused where QuickBooks gives no reports; once more before anything is reported, since somebody may be at work meanwhile."""
    accounts = kept.accounts()
    if accounts is None:
        return AccountsTied(not_compared="the mirror does not hold Account.Classification")
    tied = _Tying(books, kept, accounts, types, ledger).tie()
    return tied if tied.agrees else _Tying(books, kept, accounts, types, ledger).tie()


class _Tying:
    def __init__(
        self,
        books: ReadsReports,
        kept: KeepsAccounts,
        accounts: Iterable[KeptAccount],
        types: Sequence[str],
        ledger: KeptLedger | None,
    ) -> None:
        self._books = books
        self._kept = kept
        self._accounts = {account.id: account for account in accounts}
        self._types = types
        self._ledger = ledger

    def tie(self) -> AccountsTied:
        report = self._trial_balance({"date_macro": YEAR_TO_DATE})
        start, today = report.period
        if not start or not today:
            return AccountsTied(not_compared="QuickBooks does not say when its fiscal year began")
        end = max(today, self._kept.latest_day(self._types))
        if end > today:  # CurrentBalance has what is dated ahead in it
            start = _year_of(end, start)
            report = self._trial_balance({"start_date": start, "end_date": end})
        told, names = _sides(report)
        booked, ledger_of = self._booked(start, end, today)
        return self._compare(report.currency, end, told, booked, names, ledger_of)

    def _trial_balance(self, period: Mapping[str, str]) -> ReportTable:
        return self._books.report(TRIAL_BALANCE, {**_BASIS, **period})

    def _booked(self, start: str, end: str, today: str) -> tuple[Balances, str]:
        """What the general ledger comes to, and the process that kept it."""
        if self._ledger is not None and self._ledger.covers(start, end, today):
            rows = self._kept.rows("general_ledger", ("section_id", "label", "kind", *LEDGER_COLUMNS))
            if rows is not None:
                return self._added(rows, start, end), self._ledger.process
        period = {"date_macro": YEAR_TO_DATE} if end == today else {"start_date": start, "end_date": end}
        asked = {**_BASIS, **period, "columns": ",".join(LEDGER_COLUMNS)}
        return self._added(self._books.report(GENERAL_LEDGER, asked).records(), start, end), ""

    def _added(self, rows: Iterable[Mapping[str, Any]], start: str, end: str) -> Balances:
        """Openings and what was posted, by account; of income and expenses what was posted since the year began."""
        sums: defaultdict[str, Decimal] = defaultdict(Decimal)
        for row in rows:
            id_ = row["section_id"]
            if row["kind"] != "data" or not id_:
                continue
            account = self._accounts.get(id_)
            stands = account is not None and account.stands
            if row["label"] == OPENING:
                amount = row["rbal_nat_amount"] if stands else None
            else:
                day = str(row["tx_date"])
                amount = row["subt_nat_amount"] if day <= end and (stands or day >= start) else None
            turned = account is not None and account.grows_by_credits
            sums[id_] += -(amount or ZERO) if turned else amount or ZERO
        return sums

    def _compare(
        self,
        currency: str,
        day: str,
        told: Balances,
        booked: Balances,
        names: Mapping[str, str],
        ledger_of: str,
    ) -> AccountsTied:
        tied = AccountsTied(day, out_of_balance=sum(told.values(), ZERO), ledger_of=ledger_of)
        for id_ in sorted({*self._accounts, *told, *booked} - {""}, key=_by_number):
            account = self._accounts.get(id_)
            if account is not None and account.sub_type == "RetainedEarnings":
                continue
            mirrored = account.balance_in(currency) if account else None
            balances = (told.get(id_, ZERO), booked.get(id_, ZERO), mirrored)
            tied.accounts += any(balances)
            if account is None or len({balance for balance in balances if balance is not None}) > 1:
                name = names.get(id_) or (account.name if account else "") or ""
                tied.differing.append(AccountBalance(id_, name, *balances))
        return tied


def _sides(report: ReportTable) -> tuple[Balances, Mapping[str, str]]:
    """Balances and names by account. What has no account, such as an unrealized gain, has the id ""."""
    debit = report.columns[1].title if len(report.columns) > 1 else ""
    balances: defaultdict[str, Decimal] = defaultdict(Decimal)
    names: dict[str, str] = {}
    for row in report.records():
        if row["kind"] == "data" and row["amount"] is not None:
            id_ = row["id"] or ""
            balances[id_] += row["amount"] if row["column"] == debit else -row["amount"]
            names[id_] = row["label"]
    return balances, names


def _year_of(day: str, start: str) -> str:
    """When the fiscal year of a day began, told when another did."""
    wanted, first = date.fromisoformat(day), date.fromisoformat(start)
    found = first.replace(year=wanted.year)
    return (found if found <= wanted else found.replace(year=wanted.year - 1)).isoformat()


def _by_number(id_: str) -> tuple[int, str]:
    return (int(id_), "") if id_.isdecimal() else (0, id_)
