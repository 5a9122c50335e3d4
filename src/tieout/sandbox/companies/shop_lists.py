"""The shop's customers, vendors, staff, goods and settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

from ..company.company import Company
from ..company.documents.defaults import reference
from ..shop_names import AWKWARD_CUSTOMERS, CUSTOMERS, EMPLOYEES, NOT_STOCKED, SERVICES, STOCK, VENDORS
from .chart import account_ids


@dataclass
class ShopLists:
    """Ids of what the shop's transactions refer to."""

    accounts: dict[str, str]
    customers: list[str] = field(default_factory=list)
    vendors: list[str] = field(default_factory=list)
    employees: list[str] = field(default_factory=list)
    services: list[tuple[str, Decimal]] = field(default_factory=list)
    """Item id and price."""
    stock: list[tuple[str, Decimal, Decimal]] = field(default_factory=list)
    """Item id, price and cost."""
    classes: list[str] = field(default_factory=list)
    departments: list[str] = field(default_factory=list)
    abroad: list[str] = field(default_factory=list)
    """Customers who are invoiced in euros."""
    vendor_abroad: str = ""

    def account(self, name: str) -> dict[str, str]:
        return {"value": self.accounts[name]}


def stock_up(company: Company, random: Random) -> ShopLists:
    """Make all lists."""
    lists = ShopLists(account_ids(company))
    _currencies(company)
    _segments(company, lists)
    _sales_tax(company)
    _sub_accounts(company, lists)
    _goods(company, lists)
    _customers(company, lists, random)
    _vendors(company, lists, random)
    _employees(company, lists)
    _inactive(company, lists)
    return lists


def _add(company: Company, type_name: str, **fields: Any) -> str:
    return company.create(type_name, fields).id


def _currencies(company: Company) -> None:
    day = company.books.today().isoformat()
    for code, rate in (("EUR", "1.08"), ("CAD", "0.73")):
        _add(company, "CompanyCurrency", Code=code)
        company.update("ExchangeRate", {"SourceCurrencyCode": code, "AsOfDate": day, "Rate": Decimal(rate)})


def _segments(company: Company, lists: ShopLists) -> None:
    retail = _add(company, "Class", Name="Retail")
    lists.classes = [retail, _add(company, "Class", Name="Online", ParentRef={"value": retail})]
    lists.classes.append(_add(company, "Class", Name="Wholesale"))
    lists.departments = [
        _add(company, "Department", Name=name) for name in ("Harbor Lane", "Market Hall", "Webshop")
    ]
    for name in ("Walk-in", "Trade", "Friends & family"):
        company.install("CustomerType", {"Name": name, "FullyQualifiedName": name, "Active": True})


def _sales_tax(company: Company) -> None:
    agency = _add(company, "TaxAgency", DisplayName="Department of Tax and Fee Administration")
    rates = [
        {
            "TaxRateName": "State",
            "RateValue": Decimal("7.25"),
            "TaxAgencyId": agency,
            "TaxApplicableOn": "Sales",
        },
        {
            "TaxRateName": "County",
            "RateValue": Decimal("1.125"),
            "TaxAgencyId": agency,
            "TaxApplicableOn": "Sales",
        },
    ]
    company.tax_service({"TaxCode": "California", "TaxRateDetails": rates})
    for code, name in (
        ("EUC-09010802-V1-00120000", "Tangible goods"),
        ("EUC-09020901-V1-00030000", "Services"),
    ):
        company.install(
            "TaxClassification",
            {
                "Code": code,
                "Name": name,
                "Description": name,
                "Level": "1",
                "ApplicableTo": ["Inventory", "Service"],
            },
            id_=code,
        )


def _sub_accounts(company: Company, lists: ShopLists) -> None:
    for parent, account_type, name in (
        ("Utilities", "Expense", "Electricity"),
        ("Utilities", "Expense", "Water"),
        ("Van", "Fixed Asset", "Van Original Cost"),
    ):
        lists.accounts[name] = _add(
            company, "Account", Name=name, AccountType=account_type, ParentRef=lists.account(parent)
        )


def _goods(company: Company, lists: ShopLists) -> None:
    category = _add(company, "Item", Name="Home", Type="Category")
    income, cost = lists.account("Sales of Product Income"), lists.account("Cost of Goods Sold")
    for name, price in SERVICES:
        lists.services.append((_service(company, lists, name, price), Decimal(price)))
    for name, price in NOT_STOCKED:
        fields = {"UnitPrice": Decimal(price), "IncomeAccountRef": income, "ExpenseAccountRef": cost}
        lists.services.append(
            (_add(company, "Item", Name=name, Type="NonInventory", **fields), Decimal(price))
        )
    for name, price, bought in STOCK:
        fields = {
            "UnitPrice": Decimal(price),
            "PurchaseCost": Decimal(bought),
            "TrackQtyOnHand": True,
            "Taxable": True,
        }
        fields |= {"IncomeAccountRef": income, "ExpenseAccountRef": cost, "QtyOnHand": 250, "SubItem": True}
        fields |= {"AssetAccountRef": lists.account("Inventory Asset"), "ParentRef": {"value": category}}
        fields |= {"InvStartDate": company.books.today().isoformat(), "Sku": f"HL-{name[:3].upper()}-01"}
        item = _add(company, "Item", Name=name, Type="Inventory", **fields)
        lists.stock.append((item, Decimal(price), Decimal(bought)))
    _bundle(company, lists)


def _service(company: Company, lists: ShopLists, name: str, price: str) -> str:
    income = lists.account("Services")
    return _add(company, "Item", Name=name, Type="Service", UnitPrice=Decimal(price), IncomeAccountRef=income)


def _bundle(company: Company, lists: ShopLists) -> None:
    """Bundles are made in the product and read over the wire."""
    items = [company.read("Item", item).record for item, _, _ in lists.stock[:3]]
    parts = [{"ItemRef": reference(item), "Qty": Decimal(2)} for item in items]
    name = 'Gift Box "Harbor"'
    company.install(
        "Item",
        {
            "Name": name,
            "FullyQualifiedName": name,
            "Type": "Group",
            "Active": True,
            "Taxable": True,
            "UnitPrice": Decimal(0),
            "PurchaseCost": Decimal(0),
            "TrackQtyOnHand": False,
            "PrintGroupedItems": True,
            "ItemGroupDetail": {"ItemGroupLine": parts},
        },
    )


def _address(random: Random, name: str) -> dict[str, str]:
    towns = (("Bayshore", "94326"), ("Half Moon Bay", "94019"), ("Monterey", "93940"), ("San Pablo", "87999"))
    town, code = random.choice(towns)
    return {
        "Line1": f"{random.randint(1, 980)} {random.choice(('Finch', 'Alder', 'Dock', 'Mill'))} St.",
        "Line2": f"c/o {name.strip()[:40]}",
        "City": town,
        "CountrySubDivisionCode": "CA",
        "PostalCode": code,
    }


def _customers(company: Company, lists: ShopLists, random: Random) -> None:
    for number, name in enumerate((*CUSTOMERS, *AWKWARD_CUSTOMERS)):
        fields: dict[str, Any] = {"DisplayName": name, "BillAddr": _address(random, name)}
        fields["PrimaryEmailAddr"] = {"Address": f"customer{number}@example.com"}
        fields["PrimaryPhone"] = {"FreeFormNumber": f"(650) 555-{number:04d}"}
        fields["SalesTermRef"] = {"value": str(random.randint(1, 4))}
        if number % 3 == 0:
            fields |= {
                "CompanyName": name.strip()[:100],
                "Notes": "Prefers deliveries before 10 a.m.",
                "ShipAddr": fields["BillAddr"],
            }
        lists.customers.append(_add(company, "Customer", **fields))
    for job in ("Lobby", "Spa"):
        parent = {"value": lists.customers[3]}
        lists.customers.append(
            _add(company, "Customer", DisplayName=f"Dune Walk {job}", Job=True, ParentRef=parent)
        )
    for name in ("Werkstatt Köln GmbH", "Maison d'Aïn"):
        lists.abroad.append(_add(company, "Customer", DisplayName=name, CurrencyRef={"value": "EUR"}))


def _vendors(company: Company, lists: ShopLists, random: Random) -> None:
    for number, name in enumerate(VENDORS):
        fields: dict[str, Any] = {
            "DisplayName": name,
            "BillAddr": _address(random, name),
            "Vendor1099": number % 5 == 0,
        }
        fields |= {"AcctNum": f"HL{number:05d}", "TaxIdentifier": f"99-{number:07d}"}
        lists.vendors.append(_add(company, "Vendor", **fields))
    lists.vendor_abroad = _add(
        company, "Vendor", DisplayName="Northern Maple Works", CurrencyRef={"value": "CAD"}
    )


def _employees(company: Company, lists: ShopLists) -> None:
    for given, family in EMPLOYEES:
        lists.employees.append(
            _add(
                company,
                "Employee",
                GivenName=given,
                FamilyName=family,
                HiredDate=company.books.today().isoformat(),
            )
        )


def _inactive(company: Company, lists: ShopLists) -> None:
    """Records that were used and put away: hidden by queries, still referred to."""
    for type_name, fields in (
        ("Customer", {"DisplayName": "Closed Café"}),
        ("Vendor", {"DisplayName": "Retired Supplier"}),
        ("Employee", {"GivenName": "Former", "FamilyName": "Colleague"}),
        ("Class", {"Name": "Pop-up"}),
        ("Item", {"Name": "Old Voucher", "Type": "Service", "IncomeAccountRef": lists.account("Services")}),
        ("Account", {"Name": "Old Till", "AccountType": "Bank"}),
    ):
        made = company.create(type_name, fields).record
        company.update(type_name, {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Active": False})
    # The name is free again.
    lists.customers.append(_add(company, "Customer", DisplayName="Closed Café"))
