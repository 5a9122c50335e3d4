"""What a report is asked for: its period, its filters, its columns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ...ledger.ledger import Heading, Key, Posting
from ...reports.periods import Calendar, Period
from .. import refusals
from ..date_ranges import days, moment, period_of, within
from ..records import called
from ..references import items
from .cash_basis import when_settled
from .dates import FIRST_YEAR, LAST_YEAR, PIECES, cut, heading

if TYPE_CHECKING:
    from ..company import DesktopCompany

Line = tuple[Key, Heading, Posting]

_ACCOUNT_TYPES: Mapping[str, tuple[str, ...]] = {
    "APOrCreditCard": ("AccountsPayable", "CreditCard"),
    "ARAndAP": ("AccountsReceivable", "AccountsPayable"),
    "Asset": ("Bank", "AccountsReceivable", "OtherCurrentAsset", "FixedAsset", "OtherAsset"),
    "BalanceSheet": (
        "Bank", "AccountsReceivable", "OtherCurrentAsset", "FixedAsset", "OtherAsset", "AccountsPayable", "CreditCard",
        "OtherCurrentLiability", "LongTermLiability", "Equity",
    ),
    "CostOfSales": ("CostOfGoodsSold",),
    "CurrentAsset": ("Bank", "AccountsReceivable", "OtherCurrentAsset"),
    "CurrentLiability": ("AccountsPayable", "CreditCard", "OtherCurrentLiability"),
    "ExpenseAndOtherExpense": ("Expense", "OtherExpense"),
    "IncomeAndExpense": ("Income", "CostOfGoodsSold", "Expense", "OtherIncome", "OtherExpense"),
    "IncomeAndOtherIncome": ("Income", "OtherIncome"),
    "Liability": ("AccountsPayable", "CreditCard", "OtherCurrentLiability", "LongTermLiability"),
    "LiabilityAndEquity": (
        "AccountsPayable", "CreditCard", "OtherCurrentLiability", "LongTermLiability", "Equity",
    ),
    "OrdinaryExpense": ("Expense",),
    "OrdinaryIncome": ("Income",),
    "OrdinaryIncomeAndCOGS": ("Income", "CostOfGoodsSold"),
    "OrdinaryIncomeAndExpense": ("Income", "CostOfGoodsSold", "Expense"),
    "OtherIncomeOrExpense": ("OtherIncome", "OtherExpense"),
}  # fmt: skip
"""What an AccountTypeFilter means that is not an AccountType itself."""

_IGNORED = frozenset(
    (
        "BudgetCriterion", "DisplayReport", "FiscalYear", "IncludeAccounts", "IncludeColumn", "IncludeSubcolumns", "ReportAgingAsOf", "ReportBasis",
        "ReportCalendar", "ReportDateMacro", "ReportDetailLevelFilter", "ReportOpenBalanceAsOf", "ReportPeriod",
        "ReportPostingStatusFilter", "ReturnColumns", "ReturnRows", "SummarizeBudgetColumnsBy",
        "SummarizeBudgetRowsBy", "SummarizeColumnsBy", "SummarizeRowsBy",
    )
)  # fmt: skip
"""What is read elsewhere, or changes nothing here."""


@dataclass(frozen=True)
class ReportAsked:
    """One request for a report."""

    company: DesktopCompany
    name: str
    content: Mapping[str, Any]
    usual: str
    """The date macro that holds where the request says no dates."""

    @property
    def today(self) -> date:
        return self.company.clock().date()

    @property
    def period(self) -> Period:
        said = self.content.get("ReportPeriod", {})
        if said:
            return days(self.today, said.get("FromReportDate"), said.get("ToReportDate"), None)
        return period_of(self.today, str(self.content.get("ReportDateMacro") or self.usual))

    @property
    def until(self) -> str:
        """The last day."""
        return self.period.end.isoformat()

    def fiscal_start(self, day: str) -> date:
        """The first day of the fiscal year that a day lies in."""
        return Calendar(self.today).fiscal_year(min(date.fromisoformat(day), date(9000, 12, 31))).start

    def pieces(self) -> list[tuple[str, Period]]:
        """The period, cut as SummarizeColumnsBy says, with headings; whole as `TOTAL` at the end."""
        by = self.content.get("SummarizeColumnsBy", "TotalOnly")
        whole = ("TOTAL", self.period)
        if by == "TotalOnly":
            return [whole]
        if by not in PIECES:
            raise refusals.no_report(f"{self.name} by {by}")
        return [*self.cut(by), whole]

    def cut(self, by: str) -> list[tuple[str, Period]]:
        """The period in pieces, each with its heading."""
        return [(heading(piece), piece) for piece in cut(self._filled(), by)]

    def refuse_pieces(self) -> None:
        """Refused where a report that has one column of each kind is asked to be cut."""
        by = self.content.get("SummarizeColumnsBy", "TotalOnly")
        if by != "TotalOnly":
            raise refusals.no_report(f"{self.name} by {by}")

    def _filled(self) -> Period:
        """An open period begins and ends where the transactions do."""
        start, end = self.period
        dates = sorted(each.date for each in self.company.books.ledger.headings.values() if each.date)
        first, last = (dates[0], dates[-1]) if dates else (self.today.isoformat(), self.today.isoformat())
        return Period(
            date.fromisoformat(first).replace(day=1) if start.year < FIRST_YEAR else start,
            date.fromisoformat(last) if end.year > LAST_YEAR else end,
        )

    @property
    def basis(self) -> str:
        """`Accrual`, unless the request says `Cash`."""
        return "Cash" if self.content.get("ReportBasis") == "Cash" else "Accrual"

    def lines(self, *, accrual: bool = False) -> Iterator[Line]:
        """The postings that the filters let through, of all days; `accrual` where the report knows no other basis."""
        is_cash = self.basis == "Cash" and not accrual
        counted = when_settled(self.company) if is_cash else self.company.books.ledger.lines()
        yield from filter(self.lets_through, counted)

    def lets_through(self, line: Line) -> bool:
        """Whether the filters let a line through, posted or not."""
        return all(test(line) for test in self._all_tests)

    def refuse_unknown_filters(self) -> None:
        """Refused for a filter that the sandbox does not know, though there be nothing to filter."""
        len(self._all_tests)

    @cached_property
    def _all_tests(self) -> list[Callable[[Line], bool]]:
        return [test for name, value in self.content.items() for test in self._tests(name, value)]

    def _tests(self, name: str, value: Any) -> Iterator[Callable[[Line], bool]]:
        match name:
            case "ReportAccountFilter":
                accounts = self.accounts(value)
                yield lambda line: line[2].account in accounts
            case "ReportEntityFilter":
                if "EntityTypeFilter" in value:
                    kind = value["EntityTypeFilter"]
                    yield lambda line: line[2].party is not None and line[2].party[0] == kind
                else:
                    people = self.elements(("Customer", "Vendor", "Employee", "OtherName"), value)
                    yield lambda line: line[2].party is not None and line[2].party[1] in people
            case "ReportClassFilter":
                classes = self.elements(("Class",), value)
                yield lambda line: line[2].class_ in classes
            case "ReportItemFilter" if "ItemTypeFilter" not in value:
                goods = self.elements(items(), value)
                yield lambda line: line[2].item in goods
            case "ReportTxnTypeFilter":
                kinds = set(value["TxnTypeFilter"])
                yield lambda line: "All" in kinds or line[0][0] in kinds
            case "ReportModifiedDateRangeFilter" | "ReportModifiedDateRangeMacro":
                yield self._modified(value)
            case _ if name not in _IGNORED and not name.endswith("ReportType") and not name.startswith("@"):
                raise refusals.no_report(f"{self.name} with {name}")

    def _modified(self, value: Any) -> Callable[[Line], bool]:
        names = ("FromReportModifiedDate", "ToReportModifiedDate")
        said = value
        if isinstance(value, str):
            period = period_of(self.today, value)
            said = dict(zip(names, (period.start.isoformat(), period.end.isoformat()), strict=True))
        records = self.company.records
        return lambda line: within(moment(records[line[0][0]][line[0][1]]["TimeModified"]), said, *names)

    def accounts(self, value: Mapping[str, Any]) -> set[str]:
        """The ids of the accounts that a ReportAccountFilter names."""
        if "AccountTypeFilter" in value:
            name = value["AccountTypeFilter"]
            kinds = _ACCOUNT_TYPES.get(name, (name,))
            return {each["ListID"] for each in self.company.all_of("Account") if each["AccountType"] in kinds}
        return self.elements(("Account",), value)

    def elements(self, kinds: tuple[str, ...], value: Mapping[str, Any]) -> set[str]:
        """The ids of the elements that a filter names, those below them too where it says so."""
        found = set(map(str, value.get("ListID", ())))
        kept = [each for kind in kinds for each in self.company.all_of(kind)]
        names = {str(each).casefold() for each in value.get("FullName", ())}
        above = str(value.get("FullNameWithChildren", "")).casefold()
        if "ListIDWithChildren" in value:
            parent = next((each for each in kept if each["ListID"] == value["ListIDWithChildren"]), None)
            above = called(parent).casefold() if parent else ""
        for each in kept:
            full = called(each).casefold()
            if full in names or (above and (full == above or full.startswith(f"{above}:"))):
                found.add(each["ListID"])
        return found
