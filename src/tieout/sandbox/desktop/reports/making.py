"""Which reports the sandbox makes; it refuses the others by name, for no report is better than a wrong one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from .. import refusals
from ..records import Record
from .aging import AGINGS
from .asked import ReportAsked
from .budget_reports import BUDGETS
from .by_class import BY_CLASS
from .checks import CHECKS
from .comparisons import COMPARISONS
from .custom_details import CUSTOM_DETAILS
from .custom_summaries import CUSTOM_SUMMARIES
from .details import DETAIL_MAKERS
from .jobs import JOBS
from .order_lists import ORDER_LISTS
from .payroll import PAYROLL_DETAILS, PAYROLL_SUMMARIES
from .sales_tax import SALES_TAXES
from .stock_lists import STOCK_LISTS
from .stock_values import STOCK_VALUE_DETAILS, STOCK_VALUES
from .summaries import SUMMARIES
from .table import Table
from .tax_forms import TAX_FORM_DETAILS, TAX_FORMS
from .times import TIMES
from .unposted import UNPOSTED

if TYPE_CHECKING:
    from ..company import DesktopCompany

MADE: Mapping[str, Mapping[str, tuple[str, Callable[[ReportAsked], Table]]]] = {
    "AgingReport": AGINGS,
    "BudgetSummaryReport": BUDGETS,
    "CustomDetailReport": CUSTOM_DETAILS,
    "CustomSummaryReport": CUSTOM_SUMMARIES,
    "GeneralDetailReport": {
        **DETAIL_MAKERS,
        **ORDER_LISTS,
        **UNPOSTED,
        **CHECKS,
        **STOCK_VALUE_DETAILS,
        **TAX_FORM_DETAILS,
    },
    "GeneralSummaryReport": {
        **SUMMARIES,
        **COMPARISONS,
        **STOCK_LISTS,
        **SALES_TAXES,
        **STOCK_VALUES,
        **BY_CLASS,
        **TAX_FORMS,
    },
    "JobReport": JOBS,
    "PayrollDetailReport": PAYROLL_DETAILS,
    "PayrollSummaryReport": PAYROLL_SUMMARIES,
    "TimeReport": TIMES,
}
"""By request and by the report's name: the dates where none are said, and what makes it."""

CUT = frozenset(
    (
        "BalanceSheetStandard", "BalanceSheetSummary", "CustomSummary", "ExpenseByVendorSummary",
        "IncomeByCustomerSummary", "ProfitAndLossStandard", "PurchaseByVendorSummary", "SalesByCustomerSummary",
        "SalesByRepSummary", "TimeByItem", "TimeByJobSummary", "TimeByName", *JOBS,
    )
)  # fmt: skip
"""Those that have columns by SummarizeColumnsBy; the others refuse it."""


def report(company: DesktopCompany, request: str, content: Mapping[str, Any]) -> Record:
    """The ReportRet; Refused where the sandbox does not make it."""
    name = str(content.get(f"{request}Type", request))
    if name not in MADE.get(request, {}):
        raise refusals.no_report(name)
    usual, make = MADE[request][name]
    asked = ReportAsked(company, name, content, usual)
    asked.refuse_unknown_filters()
    if name not in CUT:
        asked.refuse_pieces()
    return make(asked).ret()
