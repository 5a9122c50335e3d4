"""The least that each report must be asked, as qbXML."""

from __future__ import annotations

NEEDS_A_FEATURE = ("InventoryValuationSummaryBySite", "LotNumberInStockBySite", "SerialNumberInStockBySite")
"""Sites, lot and serial numbers: off in a file that has none."""
BUDGETS = (
    "BalanceSheetBudgetOverview",
    "BalanceSheetBudgetVsActual",
    "ProfitAndLossBudgetOverview",
    "ProfitAndLossBudgetPerformance",
    "ProfitAndLossBudgetVsActual",
)
"""Refused where there is no budget of the year."""
OF_A_JOB = ("JobEstimatesVsActualsDetail", "JobProfitabilityDetail")


def least(request: str, name: str) -> str:
    """The content of a query for a report, with what its request cannot be without."""
    inside = f"<{request}Type>{name}</{request}Type>"
    match request:
        case "BudgetSummaryReport":
            inside += "<FiscalYear>2026</FiscalYear>"
        case "JobReport" if name in OF_A_JOB:
            inside += (
                "<ReportEntityFilter><FullNameWithChildren>Ann</FullNameWithChildren></ReportEntityFilter>"
            )
        case "GeneralDetailReport" if name == "MissingChecks":
            inside += "<ReportAccountFilter><AccountTypeFilter>Bank</AccountTypeFilter></ReportAccountFilter>"
        case "CustomSummaryReport":
            inside += "<SummarizeColumnsBy>TotalOnly</SummarizeColumnsBy><SummarizeRowsBy>TotalOnly</SummarizeRowsBy>"
        case "CustomDetailReport":
            inside += "<SummarizeRowsBy>TotalOnly</SummarizeRowsBy><IncludeColumn>Amount</IncludeColumn>"
    return f"<{request}QueryRq>{inside}</{request}QueryRq>"


def everything(request: str, name: str) -> str:
    """The same, of all days where it can be said."""
    head = f"<{request}Type>{name}</{request}Type>"
    dated = "" if request == "BudgetSummaryReport" else "<ReportDateMacro>All</ReportDateMacro>"
    return least(request, name).replace(head, head + dated)
