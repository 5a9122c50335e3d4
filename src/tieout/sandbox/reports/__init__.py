"""The reports of a company, from its books: `GET /v3/company/{realm}/reports/{Name}`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from ...catalog import reports as catalog
from ..company.books import Books
from ..company.refusals import Refusal, refused
from . import (
    account_list,
    aging,
    asked,
    balance_sheet,
    cash_flow,
    general_ledger,
    income,
    inventory_valuation,
    party_balances,
    profit_and_loss,
    sales,
    tax_summary,
    transactions,
    trial_balance,
)
from .activity import Activity
from .rendering import MOST_CELLS, Table, write

__all__ = ["MOST_CELLS", "REPORTS", "answer"]

REPORTS: Mapping[str, Callable[[Activity], Table]] = {
    "AccountList": account_list.account_list,
    "AgedPayableDetail": aging.detail("Vendor"),
    "AgedPayables": aging.summary("Vendor"),
    "AgedReceivableDetail": aging.detail("Customer"),
    "AgedReceivables": aging.summary("Customer"),
    "BalanceSheet": balance_sheet.balance_sheet,
    "CashFlow": cash_flow.cash_flow,
    "ClassSales": sales.by_class,
    "CustomerBalance": party_balances.summary("Customer"),
    "CustomerBalanceDetail": party_balances.detail("Customer"),
    "CustomerIncome": income.by_customer,
    "CustomerSales": sales.by_customer,
    "DepartmentSales": sales.by_department,
    "GeneralLedger": general_ledger.general_ledger,
    "InventoryValuationDetail": inventory_valuation.detail,
    "InventoryValuationSummary": inventory_valuation.summary,
    "ItemSales": sales.by_item,
    "JournalReport": general_ledger.journal,
    "ProfitAndLoss": profit_and_loss.profit_and_loss,
    "ProfitAndLossDetail": general_ledger.profit_and_loss_detail,
    "TaxSummary": tax_summary.tax_summary,
    "TransactionList": transactions.transaction_list,
    "TransactionListByCustomer": transactions.by_customer,
    "TransactionListByVendor": transactions.by_vendor,
    "TransactionListWithSplits": transactions.with_splits,
    "TrialBalance": trial_balance.trial_balance,
    "VendorBalance": party_balances.summary("Vendor"),
    "VendorBalanceDetail": party_balances.detail("Vendor"),
    "VendorExpenses": income.by_vendor,
}
"""Every report that companies of ours have; those of France are not among them."""


def answer(
    books: Books, name: str, params: Mapping[str, str], now: datetime, most_cells: int = MOST_CELLS
) -> bytes:
    """A report as JSON; a refusal when there is none of this name, or not in this country."""
    if not catalog.is_report(name) or not catalog.report(name).is_for(books.country):
        raise _no_such_report()
    report = catalog.report(name)
    if report.name not in REPORTS:
        raise _no_such_report()
    request = asked.read(report, params, books)
    table = REPORTS[report.name](Activity(books, request))
    return write(request.header(books.home_currency), table, now, most_cells)


def _no_such_report() -> Refusal:
    """What QuickBooks says of a report that is not there, or not for this company (oauth-jsclient issue 89)."""
    return refused(
        5020,
        "Permission Denied Error",
        "Permission Denied Error : You do not have the access rights to use this feature.",
        element="ReportName",
    )
