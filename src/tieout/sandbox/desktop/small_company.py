"""A small company file to begin with: standard lists, some customers with jobs, items and a few months of invoices."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from ...catalog.qbxml.rets import ret_of
from .company import DesktopCompany
from .special_accounts import AT_FIRST

CUSTOMERS, JOBS, INVOICES = 40, 12, 120

_ACCOUNTS = (
    ("Checking", "Bank"),
    ("Sales", "Income"),
    ("Consulting", "Income"),
    ("Office Supplies", "Expense"),
)
_NAMES = ("Alder", "Birch", "Cedar", "Elm", "Fir", "Hazel", "Juniper", "Linden", "Maple", "Oak")
_TRADES = ("Bakery", "Garage", "Joinery", "Nursery")


def fill(company: DesktopCompany) -> DesktopCompany:
    """The lists that every file has."""
    for special in AT_FIRST:
        company.special_account(special)
    for name, kind in _ACCOUNTS:
        company.add("Account", {"Name": name, "AccountType": kind})
    for name, days in (("Due on receipt", 0), ("Net 15", 15), ("Net 30", 30)):
        company.add("StandardTerms", {"Name": name, "StdDueDays": days})
    for name in ("Cash", "Check", "Visa"):
        company.add("PaymentMethod", {"Name": name})
    if ret_of("Template", company.edition).key:
        for kind in ("Invoice", "Credit Memo", "Sales Receipt", "Purchase Order", "Estimate", "Sales Order"):
            said = {"Name": f"Standard {kind}", "TemplateType": kind.replace(" ", "")}
            company.add("Template", said)
    if ret_of("SalesTaxCode", company.edition).key:
        for name, taxable in (("Tax", True), ("Non", False)):
            company.add("SalesTaxCode", {"Name": name, "IsTaxable": taxable})
    return company


def small_company(company: DesktopCompany) -> DesktopCompany:
    """The same file each time, but for the clock's stamps."""
    fill(company)
    for name, price in (("Planning", "80.00"), ("Delivery", "25.00"), ("Assembly", "45.50")):
        priced: dict[str, Any] = {"Price": Decimal(price), "AccountRef": {"FullName": "Consulting"}}
        company.add("ItemService", {"Name": name, "SalesOrPurchase": priced})
    customers = []
    for number in range(CUSTOMERS):
        name = f"{_NAMES[number % len(_NAMES)]} {_TRADES[number // len(_NAMES)]}"
        customers.append(company.add("Customer", {"Name": name, "TermsRef": {"FullName": "Net 30"}}))
    for customer in customers[:JOBS]:
        company.add("Customer", {"Name": "Extension", "ParentRef": {"ListID": customer["ListID"]}})
    items = [each["Name"] for each in company.all_of("ItemService")]
    for number in range(INVOICES):
        lines = [
            {
                "ItemRef": {"FullName": items[(number + at) % len(items)]},
                "Quantity": Decimal(1 + at),
                "Rate": Decimal("12.50") + number,
            }
            for at in range(1 + number % 3)
        ]
        company.add(
            "Invoice",
            {
                "CustomerRef": {"ListID": customers[number % CUSTOMERS]["ListID"]},
                "TxnDate": (date(2026, 1, 5) + timedelta(days=number)).isoformat(),
                "RefNumber": str(1001 + number),
                "InvoiceLineAdd": lines,
            },
        )
    return company
