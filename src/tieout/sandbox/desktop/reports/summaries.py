"""Summary reports: profit and loss, balance sheet, trial balance; and which summaries there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from ..records import ZERO, Record, called, id_of
from ..special_accounts import DEBIT_TYPES, RESULT_TYPES
from .asked import Line, ReportAsked
from .axes import columns
from .by_name import (
    balance_summary,
    flow_summary,
    inventory_valuation,
    purchases_by_item,
    purchases_by_vendor,
    sales_by_item,
    sales_by_rep,
)
from .dates import as_of, short_day, span
from .figures import Sums, balances, moved, total
from .table import LABEL, Cell, Column, Table

AMOUNT = "AMTTYPE"


@dataclass(frozen=True)
class Section:
    """A part of a report: accounts of some types, or other parts, and what stands below them."""

    title: str
    below: str
    types: tuple[str, ...] = ()
    parts: tuple[Section, ...] = ()


_INCOME = Section("Income", "Total Income", ("Income",))
_COGS = Section("Cost of Goods Sold", "Total COGS", ("CostOfGoodsSold",))
_EXPENSE = Section("Expense", "Total Expense", ("Expense",))
_OTHER_INCOME = Section("Other Income", "Total Other Income", ("OtherIncome",))
_OTHER_EXPENSE = Section("Other Expense", "Total Other Expense", ("OtherExpense",))
_ASSETS = Section(
    "ASSETS",
    "TOTAL ASSETS",
    parts=(
        Section(
            "Current Assets",
            "Total Current Assets",
            parts=(
                Section("Checking/Savings", "Total Checking/Savings", ("Bank",)),
                Section("Accounts Receivable", "Total Accounts Receivable", ("AccountsReceivable",)),
                Section("Other Current Assets", "Total Other Current Assets", ("OtherCurrentAsset",)),
            ),
        ),
        Section("Fixed Assets", "Total Fixed Assets", ("FixedAsset",)),
        Section("Other Assets", "Total Other Assets", ("OtherAsset",)),
    ),
)
_LIABILITIES = Section(
    "Liabilities",
    "Total Liabilities",
    parts=(
        Section(
            "Current Liabilities",
            "Total Current Liabilities",
            parts=(
                Section("Accounts Payable", "Total Accounts Payable", ("AccountsPayable",)),
                Section("Credit Cards", "Total Credit Cards", ("CreditCard",)),
                Section(
                    "Other Current Liabilities", "Total Other Current Liabilities", ("OtherCurrentLiability",)
                ),
            ),
        ),
        Section("Long Term Liabilities", "Total Long Term Liabilities", ("LongTermLiability",)),
    ),
)


class Accounts:
    """Writes sections of accounts, a column per period."""

    def __init__(
        self, asked: ReportAsked, table: Table, columns: list[Sums], *, rows_below: bool = True
    ) -> None:
        self.company = asked.company
        self.table = table
        self.columns = columns
        self._rows_below = rows_below
        self._children: defaultdict[str, list[Record]] = defaultdict(list)
        for each in self.company.all_of("Account"):
            self._children[id_of(each.get("ParentRef"))].append(each)

    def section(self, section: Section) -> list[Decimal]:
        """Write a section that has anything in it; what it comes to, in the direction of its accounts."""
        roots = [each for each in self._children[""] if each["AccountType"] in section.types]
        if not any(map(self._is_used, roots)) and not any(map(self._has_rows, section.parts)):
            return self.nothing
        self.table.text(section.title)
        sums = [self.section(part) for part in section.parts]
        sums += [self._account(each) for each in roots]
        whole = self.add(*sums)
        self.table.subtotal([section.below, *whole])
        return whole

    @property
    def nothing(self) -> list[Decimal]:
        return [ZERO] * len(self.columns)

    def add(self, *sums: list[Decimal]) -> list[Decimal]:
        return [total(column) for column in zip(*sums, strict=True)] if sums else self.nothing

    def _has_rows(self, section: Section) -> bool:
        return any(map(self._has_rows, section.parts)) or any(
            self._is_used(each) for each in self._children[""] if each["AccountType"] in section.types
        )

    def _is_used(self, account: Record) -> bool:
        return any(self._own(account)) or any(map(self._is_used, self._children[account["ListID"]]))

    def _own(self, account: Record) -> list[Decimal]:
        sign = 1 if account["AccountType"] in DEBIT_TYPES else -1
        return [sign * sums.get(account["ListID"], ZERO) for sums in self.columns]

    def _account(self, account: Record) -> list[Decimal]:
        own, name = self._own(account), account["Name"]
        below = [each for each in self._children[account["ListID"]] if self._is_used(each)]
        if not self._is_used(account):
            return self.nothing
        if not below or not self._rows_below:
            whole = self.add(own, *(self._silently(each) for each in below))
            self.table.data([name, *whole], "account", called(account))
            return whole
        self.table.text(name)
        sums = [self._account(each) for each in below]
        if any(own):
            self.table.data([f"{name} - Other", *own], "account", called(account))
        whole = self.add(own, *sums)
        self.table.subtotal([f"Total {name}", *whole], "account", called(account))
        return whole

    def _silently(self, account: Record) -> list[Decimal]:
        return self.add(self._own(account), *map(self._silently, self._children[account["ListID"]]))


def _amounts(titles: Iterable[str]) -> list[Column]:
    return [LABEL, *(Column(title, "Amount", AMOUNT) for title in titles)]


def profit_and_loss(asked: ReportAsked) -> Table:
    found = columns(asked, asked.lines(), str(asked.content.get("SummarizeColumnsBy", "TotalOnly")))
    described = _amounts(title for title, _ in found)
    table = Table("Profit & Loss", span(asked.period), described, asked.basis)
    return write_profit_and_loss(asked, table, [moved(lines, asked.period) for _, lines in found])


def profit_and_loss_by(
    heads: Callable[[ReportAsked, Line], str], title: str
) -> Callable[[ReportAsked], Table]:
    """A column for each class or job, in the order of their names, and for all of them."""

    def make(asked: ReportAsked) -> Table:
        by_head: defaultdict[str, list[Line]] = defaultdict(list)
        for line in asked.lines():
            if asked.period.holds(line[1].date) and (head := heads(asked, line)):
                by_head[head].append(line)
        results = {a["ListID"] for a in asked.company.all_of("Account") if a["AccountType"] in RESULT_TYPES}
        named = {
            head: moved(lines, asked.period)
            for head, lines in sorted(by_head.items(), key=lambda each: each[0].casefold())
            if any(line[2].account in results for line in lines)
        }
        whole = moved((line for head in named for line in by_head[head]), asked.period)
        columns = [LABEL, *(Column(head, "Amount", AMOUNT) for head in (*named, "TOTAL"))]
        table = Table(title, span(asked.period), columns, asked.basis)
        return write_profit_and_loss(asked, table, [*named.values(), whole])

    return make


def _class_of(asked: ReportAsked, line: Line) -> str:
    found = asked.company.records.get("Class", {}).get(line[2].class_)
    return called(found) if found else "Unclassified"


def _job_of(asked: ReportAsked, line: Line) -> str:
    party = line[2].party
    return called(asked.company.records["Customer"][party[1]]) if party and party[0] == "Customer" else ""


def write_profit_and_loss(asked: ReportAsked, table: Table, columns: list[Sums]) -> Table:
    """The rows of a profit and loss, a column for each of the sums."""
    accounts = Accounts(asked, table, columns)
    table.text("Ordinary Income/Expense")
    income, cogs = accounts.section(_INCOME), accounts.section(_COGS)
    gross = [a - b for a, b in zip(income, cogs, strict=True)]
    table.subtotal(["Gross Profit", *gross])
    expense = accounts.section(_EXPENSE)
    net = [a - b for a, b in zip(gross, expense, strict=True)]
    table.subtotal(["Net Ordinary Income", *net])
    more, less = accounts.section(_OTHER_INCOME), accounts.section(_OTHER_EXPENSE)
    other = [a - b for a, b in zip(more, less, strict=True)]
    if any(other):
        table.subtotal(["Net Other Income", *other])
    table.total(["Net Income", *accounts.add(net, other)])
    return table


def balance_sheet(asked: ReportAsked, *, rows_below: bool = True) -> Table:
    pieces, lines = asked.pieces(), list(asked.lines())
    pieces = pieces[:-1] if len(pieces) > 1 else [(short_day(asked.period.end), asked.period)]
    table = Table(
        "Balance Sheet", as_of(asked.period.end), _amounts(title for title, _ in pieces), asked.basis
    )
    columns = [balances(asked, lines, period.end.isoformat()) for _, period in pieces]
    return write_balance_sheet(asked, table, columns, rows_below=rows_below)


def write_balance_sheet(
    asked: ReportAsked, table: Table, columns: list[Sums], *, rows_below: bool = True
) -> Table:
    """The rows of a balance sheet, a column for each of the sums."""
    accounts = Accounts(asked, table, columns, rows_below=rows_below)
    accounts.section(_ASSETS)
    table.text("LIABILITIES & EQUITY")
    owed = accounts.section(_LIABILITIES)
    table.text("Equity")
    equity = accounts.nothing
    for each in accounts.company.all_of("Account"):
        if each["AccountType"] == "Equity":
            own = [-sums.get(each["ListID"], ZERO) for sums in columns]
            if any(own):
                table.data([each["Name"], *own], "account", called(each))
                equity = accounts.add(equity, own)
    results = {
        each["ListID"] for each in accounts.company.all_of("Account") if each["AccountType"] in RESULT_TYPES
    }
    net = [-total(amount for account, amount in sums.items() if account in results) for sums in columns]
    table.data(["Net Income", *net])
    equity = accounts.add(equity, net)
    table.subtotal(["Total Equity", *equity])
    table.total(["TOTAL LIABILITIES & EQUITY", *accounts.add(owed, equity)])
    return table


def trial_balance(asked: ReportAsked) -> Table:
    """Debits and credits by account at the end of the period; accounts of the profit and loss since the year began."""
    title = short_day(asked.period.end)
    columns = [LABEL, Column(title, "Debit", AMOUNT), Column(title, "Credit", AMOUNT)]
    table = Table("Trial Balance", as_of(asked.period.end), columns, asked.basis)
    sums = balances(asked, asked.lines(), asked.until)
    for each in asked.company.all_of("Account"):
        amount = sums.get(each["ListID"], ZERO)
        if amount:
            sides: list[Cell] = [amount, None] if amount > 0 else [None, -amount]
            table.data([called(each), *sides], "account", called(each))
    debits = total(amount for amount in sums.values() if amount > 0)
    credits_ = total(-amount for amount in sums.values() if amount < 0)
    table.total(["TOTAL", debits, credits_])
    return table


SUMMARIES: Mapping[str, tuple[str, Callable[[ReportAsked], Table]]] = {
    "BalanceSheetStandard": ("ThisYearToDate", balance_sheet),
    "BalanceSheetSummary": ("ThisYearToDate", lambda asked: balance_sheet(asked, rows_below=False)),
    "CustomerBalanceSummary": ("All", balance_summary("Customer", 1)),
    "ExpenseByVendorSummary": (
        "ThisYearToDate",
        flow_summary(
            "Expenses by Vendor Summary", "Vendor", ("CostOfGoodsSold", "Expense", "OtherExpense"), 1
        ),
    ),
    "IncomeByCustomerSummary": (
        "ThisYearToDate",
        flow_summary("Income by Customer Summary", "Customer", tuple(RESULT_TYPES), -1),
    ),
    "InventoryValuationSummary": ("ThisMonthToDate", inventory_valuation),
    "ProfitAndLossByClass": (
        "ThisMonthToDate",
        profit_and_loss_by(_class_of, "Profit & Loss by Class"),
    ),
    "ProfitAndLossByJob": ("ThisMonthToDate", profit_and_loss_by(_job_of, "Profit & Loss by Job")),
    "ProfitAndLossStandard": ("ThisMonthToDate", profit_and_loss),
    "PurchaseByItemSummary": ("ThisMonthToDate", purchases_by_item),
    "PurchaseByVendorSummary": ("ThisMonthToDate", purchases_by_vendor),
    "SalesByCustomerSummary": (
        "ThisMonthToDate",
        flow_summary("Sales by Customer Summary", "Customer", ("Income", "OtherIncome"), -1),
    ),
    "SalesByItemSummary": ("ThisMonthToDate", sales_by_item),
    "SalesByRepSummary": ("ThisMonthToDate", sales_by_rep),
    "TrialBalance": ("ThisMonthToDate", trial_balance),
    "VendorBalanceSummary": ("All", balance_summary("Vendor", -1)),
}
"""By GeneralSummaryReportType: the dates where none are said, and what makes it."""
