"""What a file says of itself: the program, the company, its preferences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .currencies import home
from .records import Record, reference_to

if TYPE_CHECKING:
    from .company import DesktopCompany

_TRACKED_ON = ("SalesTransactions", "PurchaseTransactions", "InventoryAdjustment", "BuildAssembly")
NEVER = "1970-01-01T00:00:00"


def host(company: DesktopCompany, versions: list[str]) -> Record:
    return {
        "ProductName": company.product,
        "MajorVersion": str(company.major),
        "MinorVersion": "0",
        "Country": "US" if company.edition.country == "OE" else company.edition.country,
        "SupportedQBXMLVersion": versions,
        "IsAutomaticLogin": False,
        "QBFileMode": "SingleUser",
    }


def company_ret(company: DesktopCompany, asked: Mapping[str, Any]) -> Record:
    owners = {str(each).upper() for each in asked.get("OwnerID", ())}
    told: Record = {
        "IsSampleCompany": company.is_sample,
        "CompanyName": company.name,
        "LegalCompanyName": company.name,
        "FirstMonthFiscalYear": "January",
        "FirstMonthIncomeTaxYear": "January",
        "CompanyType": "Retail",
        "TaxForm": "OtherOrNone",
        "SubscribedServices": {},
        "AccountantCopy": {"AccountantCopyExists": False},
        "DataExtRet": [each for each in company.extensions.of_company if each["OwnerID"] in owners],
    }
    return only(told, asked)


def activity() -> Record:
    return {"LastRestoreTime": NEVER, "LastCondenseTime": NEVER}


def preferences(company: DesktopCompany, asked: Mapping[str, Any]) -> Record:
    """As a new file has them; tax is on as soon as there is a tax item."""
    sites = bool(company.records.get("InventorySite"))
    numbers = any(each.get("AccountNumber") for each in company.all_of("Account"))
    told: Record = {
        "AccountingPreferences": {
            "IsUsingAccountNumbers": numbers,
            "IsRequiringAccounts": True,
            "IsUsingClassTracking": bool(company.records.get("Class")),
            "AssignClassesTo": "None",
            "IsUsingAuditTrail": True,
            "IsAssigningJournalEntryNumbers": False,
            "IsUsingMulticurrency": company.multicurrency,
        },
        "FinanceChargePreferences": {
            "GracePeriod": 0,
            "AnnualInterestRate": 0,
            "MinFinanceCharge": 0,
            "IsAssessingForOverdueCharges": False,
            "CalculateChargesFrom": "DueDate",
            "IsMarkedToBePrinted": False,
        },
        "JobsAndEstimatesPreferences": {
            "IsUsingEstimates": True,
            "IsUsingProgressInvoicing": False,
            "IsPrintingItemsWithZeroAmounts": False,
        },
        "MultiCurrencyPreferences": _currencies(company),
        "MultiLocationInventoryPreferences": {
            "IsMultiLocationInventoryAvailable": sites,
            "IsMultiLocationInventoryEnabled": sites,
        },
        "PurchasesAndVendorsPreferences": {
            "IsUsingInventory": True,
            "DaysBillsAreDue": 0,
            "IsAutomaticallyUsingDiscounts": False,
            "IsUsingUnitsOfMeasure": False,
        },
        "ReportsPreferences": {
            "AgingReportBasis": "AgeFromDueDate",
            "SummaryReportBasis": "Accrual",
            "ReportAmountsIncludeVAT": False,
        },
        "SalesAndCustomersPreferences": {
            "IsTrackingReimbursedExpensesAsIncome": False,
            "IsAutoApplyingPayments": False,
            "PriceLevels": {"IsUsingPriceLevels": True, "IsRoundingSalesPriceUp": False},
            "IsUsingUnitsOfMeasure": False,
        },
        "SalesTaxPreferences": _sales_tax(company),
        "TimeTrackingPreferences": {"FirstDayOfWeek": "Monday"},
        "CurrentAppAccessRights": {"IsAutomaticLoginAllowed": True, "IsPersonalDataAccessAllowed": True},
        "ItemsAndInventoryPreferences": {
            "EnhancedInventoryReceivingEnabled": False,
            "IsTrackingSerialOrLotNumber": company.tracking or "None",
            "IsInventoryExpirationDateEnabled": company.expiration_dates,
            **{f"isTrackingOn{each}Enabled": bool(company.tracking) for each in _TRACKED_ON},
            "FIFOEnabled": False,
        },
    }
    return only({name: value for name, value in told.items() if value is not None}, asked)


def _currencies(company: DesktopCompany) -> Record:
    if not company.multicurrency:
        return {"IsMultiCurrencyOn": False}
    return {"IsMultiCurrencyOn": True, "HomeCurrencyRef": reference_to(home(company))}


def _sales_tax(company: DesktopCompany) -> Record | None:
    usual = company.usual_tax()
    taxable, free = company.tax_code(taxable=True), company.tax_code(taxable=False)
    if usual is None or taxable is None or free is None:
        return None
    return {
        "DefaultItemSalesTaxRef": usual,
        "PaySalesTax": "Monthly",
        "DefaultTaxableSalesTaxCodeRef": taxable,
        "DefaultNonTaxableSalesTaxCodeRef": free,
        "IsUsingVendorTaxCode": False,
        "IsUsingCustomerTaxCode": False,
        "IsUsingAmountsIncludeTax": False,
    }


def only(told: Record, asked: Mapping[str, Any]) -> Record:
    """The elements that a query wants."""
    wanted = asked.get("IncludeRetElement")
    return {name: value for name, value in told.items() if not wanted or name in wanted}
