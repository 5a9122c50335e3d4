"""The chart of accounts and the settings that every company starts with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from ..company.company import Company
from ..company.documents.lists import CLASSIFICATIONS
from ..company.records import Record
from ..company.tax_codes import PSEUDO_TAX_CODES

ACCOUNTS = """
Checking                       | Bank                    | Checking
Savings                        | Bank                    | Savings
Petty Cash                     | Bank                    | CashOnHand
Accounts Receivable (A/R)      | Accounts Receivable     | AccountsReceivable
Undeposited Funds              | Other Current Asset     | UndepositedFunds
Inventory Asset                | Other Current Asset     | Inventory
Prepaid Expenses               | Other Current Asset     | PrepaidExpenses
Uncategorized Asset            | Other Current Asset     | OtherCurrentAssets
Machinery                      | Fixed Asset             | MachineryAndEquipment
Van                            | Fixed Asset             | Vehicles
Accumulated Depreciation       | Fixed Asset             | AccumulatedDepreciation
Security Deposits              | Other Asset             | SecurityDeposits
Accounts Payable (A/P)         | Accounts Payable        | AccountsPayable
Company Card                   | Credit Card             | CreditCard
Fuel Card                      | Credit Card             | CreditCard
Sales Tax Payable              | Other Current Liability | SalesTaxPayable
Payroll Liabilities            | Other Current Liability | PayrollTaxPayable
Customer Prepayments           | Other Current Liability | OtherCurrentLiabilities
Bank Loan                      | Long Term Liability     | NotesPayable
Opening Balance Equity         | Equity                  | OpeningBalanceEquity
Owner's Equity                 | Equity                  | OwnersEquity
Retained Earnings              | Equity                  | RetainedEarnings
Services                       | Income                  | ServiceFeeIncome
Sales of Product Income        | Income                  | SalesOfProductIncome
Shipping Income                | Income                  | ShippingFreightDelivery
Discounts given                | Income                  | DiscountsRefundsGiven
Uncategorized Income           | Income                  | ServiceFeeIncome
Cost of Goods Sold             | Cost of Goods Sold      | SuppliesMaterialsCogs
Advertising                    | Expense                 | AdvertisingPromotional
Bank Charges                   | Expense                 | BankCharges
Insurance                      | Expense                 | Insurance
Meals                          | Expense                 | EntertainmentMeals
Office Supplies                | Expense                 | OfficeGeneralAdministrativeExpenses
Professional Fees              | Expense                 | LegalProfessionalFees
Rent                           | Expense                 | RentOrLeaseOfBuildings
Repairs                        | Expense                 | RepairMaintenance
Travel                         | Expense                 | Travel
Utilities                      | Expense                 | Utilities
Wages                          | Expense                 | PayrollExpenses
Uncategorized Expense          | Expense                 | OtherMiscellaneousServiceCost
Interest Earned                | Other Income            | InterestEarned
Depreciation                   | Other Expense           | Depreciation
Exchange Gain or Loss          | Other Expense           | ExchangeGainOrLoss
"""
"""Name, type, detail type."""
TERMS = (("Due on receipt", 0), ("Net 10", 10), ("Net 15", 15), ("Net 30", 30), ("Net 60", 60))
"""Names and days until something is due."""


_OTHER_TAX = ("Tax Office", (("Standard", "20"), ("Reduced", "5.5"), ("Exempt", "0")))
_GLOBAL_TAX = {
    "GB": (
        "HM Revenue & Customs (VAT)",
        (("20.0% S", "20"), ("5.0% R", "5"), ("0.0% Z", "0"), ("Exempt", "0")),
    ),
    "CA": ("Canada Revenue Agency", (("GST", "5"), ("HST ON", "13"), ("Zero-rated", "0"), ("Exempt", "0"))),
    "AU": ("Australian Taxation Office", (("GST", "10"), ("GST free", "0"))),
}
"""By country: the agency, and codes with their rates."""
_TOWNS = {
    "US": ("USA", "Half Moon Bay", "CA", "94019"),
    "GB": ("GBR", "Whitby", "", "YO21 3PU"),
    "CA": ("CAN", "Halifax", "NS", "B3H 1A1"),
    "AU": ("AUS", "Fremantle", "WA", "6160"),
}
"""By country, as addresses name it since 2025: where the company is."""
_DESCRIPTIONS = {"TAX": "Taxable", "NON": "Non-taxable", "CustomSalesTax": "Automated sales tax"}


def furnish(
    company: Company,
    *,
    multicurrency: bool = False,
    accounts: str = ACCOUNTS,
    terms: Sequence[tuple[str, int]] = TERMS,
) -> None:
    """Everything a company has on its first day."""
    company.install("Preferences", _preferences(company, multicurrency=multicurrency), id_="1")
    company.install("CompanyInfo", _company_info(company), id_="1")
    for line in accounts.strip().splitlines():
        company.install("Account", _account(company, *(part.strip() for part in line.split("|"))))
    _tax_codes(company)
    for name, days in terms:
        company.create("Term", {"Name": name, "DueDays": days})
    for name in ("Cash", "Check", "Credit Card", "Bank Transfer"):
        company.create("PaymentMethod", {"Name": name})
    _set_defaults(company, dict(terms))


def _set_defaults(company: Company, terms: Mapping[str, int]) -> None:
    """The preferences that name what the company has by now."""
    accounts, preferences = account_ids(company), company.read("Preferences", "1")
    due_in_a_month = list(terms.values()).index(30) + 1
    defaults = {
        "DefaultDiscountAccount": accounts["Discounts given"],
        "DefaultTerms": {"value": str(due_in_a_month)},
    }
    preferences.compute("SalesFormsPrefs", {**preferences.record["SalesFormsPrefs"], **defaults})
    others = {
        "SalesFormsPrefs.DefaultCustomerMessage": preferences.record["SalesFormsPrefs"][
            "DefaultCustomerMessage"
        ],
        "SalesFormsPrefs.DefaultItem": "1",
        "DTXCopyMemo": "true",
        "UncategorizedAssetAccountId": accounts["Uncategorized Asset"],
        "UncategorizedIncomeAccountId": accounts["Uncategorized Income"],
        "UncategorizedExpenseAccountId": accounts["Uncategorized Expense"],
        "SFCEnabled": "true",
        "DataPartner": "false",
        "Vendor1099Enabled": "true",
        "TimeTrackingFeatureEnabled": "true",
    }
    values = [{"Name": name, "Value": value} for name, value in others.items()]
    preferences.compute("OtherPrefs", {"NameValue": values})


def account_ids(company: Company) -> dict[str, str]:
    """Ids of accounts by name."""
    return {stored.record["Name"]: stored.id for stored in company.books.store("Account")}


def _account(company: Company, name: str, account_type: str, sub_type: str) -> Record:
    return {
        "Name": name,
        "SubAccount": False,
        "FullyQualifiedName": name,
        "Active": True,
        "Classification": CLASSIFICATIONS.get(account_type, "Asset"),
        "AccountType": account_type,
        "AccountSubType": sub_type,
        "CurrentBalance": Decimal(0),
        "CurrentBalanceWithSubAccounts": Decimal(0),
        "CurrencyRef": company.books.currency(company.books.home_currency),
    }


def _tax_codes(company: Company) -> None:
    """Pseudo codes in the United States; elsewhere the codes with which the product sets a company up."""
    if company.books.country == "US":
        for code in PSEUDO_TAX_CODES:
            company.install("TaxCode", _tax_code(code), id_=code)
        return
    agency, codes = _GLOBAL_TAX.get(company.books.country, _OTHER_TAX)
    agency_id = company.create("TaxAgency", {"DisplayName": agency}).id
    for name, rate in codes:
        rates = [
            {
                "TaxRateName": f"{name} ({side})",
                "RateValue": Decimal(rate),
                "TaxAgencyId": agency_id,
                "TaxApplicableOn": side,
            }
            for side in ("Sales", "Purchase")
        ]
        company.tax_service({"TaxCode": name, "TaxRateDetails": rates})


def _tax_code(code: str) -> Record:
    return {
        "Name": code,
        "Description": _DESCRIPTIONS[code],
        "Active": True,
        "Taxable": code != "NON",
        "TaxGroup": False,
    }


def _company_info(company: Company) -> Record:
    country, town, district, code = _TOWNS.get(company.books.country, _TOWNS["US"])
    address = {
        "Id": "1",
        "Line1": "12 Harbor Street",
        "City": town,
        "Country": country,
        **({"CountrySubDivisionCode": district} if district else {}),
        "PostalCode": code,
    }
    flags = {
        "NeoEnabled": "true",
        "IsQbdtMigrated": "false",
        "SubscriptionStatus": "SUBSCRIBED",
        "OfferingSku": "QuickBooks Online Plus",
        "PayrollFeature": "false",
        "AccountantFeature": "false",
        "IndustryType": "Retail trade",
        "ItemCategoriesFeature": "true",
        "AssignedTime": company.books.today().isoformat(),
    }
    return {
        "CompanyName": company.name,
        "LegalName": company.name,
        "CompanyAddr": address,
        "CustomerCommunicationAddr": dict(address),
        "LegalAddr": dict(address),
        "CustomerCommunicationEmailAddr": {"Address": "office@example.com"},
        "PrimaryPhone": {"FreeFormNumber": "+1 650-555-0100"},
        "CompanyStartDate": company.books.today().isoformat(),
        "FiscalYearStartMonth": "January",
        "Country": company.books.country,
        "Email": {"Address": "office@example.com"},
        "WebAddr": {"URI": "https://shop.example.com"},
        "SupportedLanguages": "en",
        "DefaultTimeZone": "America/Los_Angeles",
        "NameValue": [{"Name": name, "Value": value} for name, value in flags.items()],
    }


def _preferences(company: Company, *, multicurrency: bool) -> Record:
    return {
        "AccountingInfoPrefs": {
            "UseAccountNumbers": False,
            "TrackDepartments": True,
            "DepartmentTerminology": "Location",
            "ClassTrackingPerTxn": False,
            "ClassTrackingPerTxnLine": True,
            "FirstMonthOfFiscalYear": "January",
            "TaxYearMonth": "January",
            "CustomerTerminology": "Customers",
        },
        "ProductAndServicesPrefs": {
            "ForSales": True,
            "ForPurchase": True,
            "QuantityWithPriceAndRate": True,
            "QuantityOnHand": True,
            "RevenueRecognition": False,
        },
        "SalesFormsPrefs": _sales_forms(),
        "EmailMessagesPrefs": {
            f"{form}Message": _message(form) for form in ("Invoice", "Estimate", "SalesReceipt", "Statement")
        },
        "VendorAndPurchasesPrefs": {
            "TrackingByCustomer": True,
            "BillableExpenseTracking": True,
            "POCustomField": _custom_fields("PurchasePrefs.UsePurchaseCustom"),
        },
        "TimeTrackingPrefs": {
            "UseServices": True,
            "BillCustomers": True,
            "ShowBillRateToAll": False,
            "WorkWeekStartDate": "Monday",
            "MarkTimeEntriesBillable": True,
        },
        "TaxPrefs": {"UsingSalesTax": True, "PartnerTaxEnabled": False},
        "CurrencyPrefs": {
            "MultiCurrencyEnabled": multicurrency,
            "HomeCurrency": {"value": company.books.home_currency},
        },
        "ReportPrefs": {"ReportBasis": "Accrual", "CalcAgingReportFromTxnDate": False},
    }


def _sales_forms() -> Record:
    return {
        "UsingProgressInvoicing": False,
        "CustomField": _custom_fields("SalesFormsPrefs.UseSalesCustom"),
        "CustomTxnNumbers": False,
        "EmailCopyToCompany": False,
        "AllowDeposit": False,
        "AllowDiscount": True,
        "AllowEstimates": True,
        "ETransactionEnabledStatus": "NotApplicable",
        "ETransactionAttachPDF": False,
        "ETransactionPaymentEnabled": False,
        "IPNSupportEnabled": False,
        "AllowServiceDate": True,
        "AllowShipping": True,
        "AutoApplyCredit": False,
        "AutoApplyPayments": False,
        "UsingPriceLevels": False,
        "DefaultCustomerMessage": "Thank you for shopping with us.",
    }


def _custom_fields(prefix: str) -> list[dict[str, Any]]:
    switches = [{"Name": f"{prefix}{n}", "Type": "BooleanType", "BooleanValue": False} for n in (3, 2, 1)]
    return [{"CustomField": switches}]


def _message(form: str) -> Record:
    return {"Subject": f"{form} from us", "Message": f"Please find your {form.lower()} attached."}
