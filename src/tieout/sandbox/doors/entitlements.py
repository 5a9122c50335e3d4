"""What a company's subscription entitles it to: in XML alone, and of a schema of its own."""

from __future__ import annotations

from xml.sax.saxutils import escape

from ..company.company import Company

PLAN = "QuickBooks Online Plus"
MOST_USERS, USERS = 5, 1
_FEATURES = {
    "Class Tracking": "AccountingInfoPrefs.ClassTrackingPerTxnLine",
    "Location Tracking": "AccountingInfoPrefs.TrackDepartments",
    "Multicurrency": "CurrencyPrefs.MultiCurrencyEnabled",
    "Estimates": "SalesFormsPrefs.AllowEstimates",
    "Inventory": "ProductAndServicesPrefs.QuantityOnHand",
    "Time Tracking": "TimeTrackingPrefs.UseServices",
    "Sales Tax": "TaxPrefs.UsingSalesTax",
}
"""Features, and the preference that says whether the company uses each."""


def entitlements(company: Company) -> bytes:
    """The answer of `manage/entitlements`."""
    features = "".join(
        f'<Entitlement id="{number}"><name>{escape(name)}</name><term>{_term(company, preference)}</term></Entitlement>'
        for number, (name, preference) in enumerate(_FEATURES.items(), 1)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f"<EntitlementsResponse><QboCompany>true</QboCompany><PlanName>{PLAN}</PlanName>"
        f"<MaxUsers>{MOST_USERS}</MaxUsers><CurrentUsers>{USERS}</CurrentUsers>"
        f"<DaysRemainingTrial>0</DaysRemainingTrial>{features}</EntitlementsResponse>"
    ).encode()


def _term(company: Company, preference: str) -> str:
    group, _, name = preference.partition(".")
    return "On" if company.books.preference(group, name) else "Off"
