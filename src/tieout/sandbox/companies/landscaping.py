"""A gardener's company whose landmarks have the ids that they have in Intuit's own sample company.

Code that was tried against Intuit's sandbox names these: customer 1, items 4, 5, 10 and 11, vendors 40, 46, 49 and 51,
accounts 33, 35, 81 and 84, terms 1 and 3, and the custom field "Crew #". Everything between them is our own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

from ..company.company import Company
from ..company.records import Record
from .chart import account_ids, furnish
from .shop_lists import ShopLists
from .shop_year import ShopYear

DAYS = 120
CREW = {"DefinitionId": "1", "Name": "Crew #", "Type": "StringType"}
ACCOUNTS = """
Landscaping Services           | Income                  | ServiceFeeIncome
Design income                  | Income                  | ServiceFeeIncome
Pest Control Services          | Income                  | ServiceFeeIncome
Tree Care Income               | Income                  | ServiceFeeIncome
Snow Clearing Income           | Income                  | ServiceFeeIncome
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
Fuel                           | Expense                 | Auto
Equipment Rental               | Expense                 | EquipmentRental
Mower Maintenance              | Expense                 | RepairMaintenance
Dump Fees                      | Expense                 | OtherMiscellaneousServiceCost
Permits                        | Expense                 | TaxesPaid
Uniforms                       | Expense                 | OfficeGeneralAdministrativeExpenses
Training                       | Expense                 | OfficeGeneralAdministrativeExpenses
Telephone                      | Expense                 | Utilities
Water                          | Expense                 | Utilities
Small Tools                    | Expense                 | SuppliesMaterials
Fertilizer                     | Expense                 | SuppliesMaterials
Subcontractors                 | Expense                 | CostOfLabor
Wages                          | Expense                 | PayrollExpenses
Interest Paid                  | Expense                 | InterestPaid
Uncategorized Income           | Income                  | ServiceFeeIncome
Uncategorized Expense          | Expense                 | OtherMiscellaneousServiceCost
Uncategorized Asset            | Other Current Asset     | OtherCurrentAssets
Accounts Payable (A/P)         | Accounts Payable        | AccountsPayable
Owner's Equity                 | Equity                  | OwnersEquity
Checking                       | Bank                    | Checking
Savings                        | Bank                    | Savings
Petty Cash                     | Bank                    | CashOnHand
Company Card                   | Credit Card             | CreditCard
Fuel Card                      | Credit Card             | CreditCard
Undeposited Funds              | Other Current Asset     | UndepositedFunds
Retained Earnings              | Equity                  | RetainedEarnings
Opening Balance Equity         | Equity                  | OpeningBalanceEquity
Truck Loan                     | Long Term Liability     | NotesPayable
Line of Credit                 | Other Current Liability | LineOfCredit
Payroll Liabilities            | Other Current Liability | PayrollTaxPayable
Sales Tax Payable              | Other Current Liability | SalesTaxPayable
Customer Deposits              | Other Current Liability | OtherCurrentLiabilities
Prepaid Expenses               | Other Current Asset     | PrepaidExpenses
Security Deposits              | Other Asset             | SecurityDeposits
Trucks                         | Fixed Asset             | Vehicles
Trailers                       | Fixed Asset             | Vehicles
Mowers                         | Fixed Asset             | MachineryAndEquipment
Greenhouse                     | Fixed Asset             | Buildings
Accumulated Depreciation       | Fixed Asset             | AccumulatedDepreciation
Depreciation                   | Other Expense           | Depreciation
Interest Earned                | Other Income            | InterestEarned
Late Fees Received             | Other Income            | OtherMiscellaneousIncome
Penalties                      | Other Expense           | PenaltiesSettlements
Exchange Gain or Loss          | Other Expense           | ExchangeGainOrLoss
Plants and Soil                | Cost of Goods Sold      | SuppliesMaterialsCogs
Stone and Gravel               | Cost of Goods Sold      | SuppliesMaterialsCogs
Irrigation Parts               | Cost of Goods Sold      | SuppliesMaterialsCogs
Freight In                     | Cost of Goods Sold      | ShippingFreightDeliveryCos
Crew Labor                     | Cost of Goods Sold      | CostOfLaborCos
Fountains and Ponds            | Income                  | SalesOfProductIncome
Irrigation Income              | Income                  | ServiceFeeIncome
Maintenance Contracts          | Income                  | ServiceFeeIncome
Lighting Income                | Income                  | ServiceFeeIncome
Paving Income                  | Income                  | ServiceFeeIncome
Consulting Income              | Income                  | ServiceFeeIncome
Shipping Income                | Income                  | ShippingFreightDelivery
Discounts given                | Income                  | DiscountsRefundsGiven
Refunds to Customers           | Income                  | DiscountsRefundsGiven
Bad Debts                      | Expense                 | BadDebts
Charity                        | Expense                 | CharitableContributions
Subscriptions                  | Expense                 | DuesSubscriptions
Postage                        | Expense                 | OfficeGeneralAdministrativeExpenses
Parking                        | Expense                 | Auto
Sales of Product Income        | Income                  | SalesOfProductIncome
Cost of Goods Sold             | Cost of Goods Sold      | SuppliesMaterialsCogs
Inventory Asset                | Other Current Asset     | Inventory
Inventory Shrinkage            | Cost of Goods Sold      | SuppliesMaterialsCogs
Seed Deposits                  | Other Current Asset     | OtherCurrentAssets
Accounts Receivable (A/R)      | Accounts Receivable     | AccountsReceivable
"""
"""In the order of their ids."""
TERMS = (("Due on receipt", 0), ("Net 15", 15), ("Net 30", 30), ("Net 60", 60))
CUSTOMERS = (
    "Amy's Bird Sanctuary", "Beech Court Flats", "Clover Hill Nursery School", "Dale Whitcombe", "Elm Park Tennis",
    "Ferncliff Manor", "Gorse Lane Surgery", "Hazel Okonedo", "Ivy & Thorne Architects", "Jasper Quarry Cafe",
    "Knoll House Hotel", "Larkspur Winery", "Marsh End Rangers", "Nettlebed Library", "Orchard Row Residents",
    "Poppy Fields Spa", "Quince Tree Bakery", "Rowan Patel", "Sedge Meadow Golf", "Thistle Street Church",
    "Upland Dairy", "Verbena Studios", "Willow Bank Clinic", "Xenia Marsh", "Yarrow Court Care Home", "Zinnia Brandt",
    "Alder Wharf Museum", "Bramble Cottage Rentals", "Cypress Point Marina",
)  # fmt: skip
VENDORS = (
    "Acorn Tool Hire", "Birch Lane Fuel", "Copper Beech Insurance", "Downs Aggregates", "East Field Seeds",
    "Flint Paving Supply", "Glade Water Company", "Heath Telephones", "Ironbridge Trailers", "Juniper Waste",
    "Hall Properties", "Kiln Pots", "Linden Irrigation", "Moor Fencing", "Nook Uniforms", "Oakum Rope",
    "Norton Lumber", "Peat & Bark", "Quarry Stone", "Robertson & Associates", "Reed Thatching",
    "Tim Philip Masonry", "Slate Works", "Turf Growers",
)  # fmt: skip
CREWS = (("Rosa", "Alvarez"), ("Ben", "Adeyemi"), ("Kit", "Sorensen"))
ITEMS = (
    ("Services", "60.00", ""), ("Hours", "30.00", ""), ("Mowing", "45.00", ""), ("Design", "75.00", ""),
    ("Rock Fountain", "275.00", "125.00"), ("Concrete", "12.50", ""), ("Gardening", "40.00", ""),
    ("Lighting", "95.00", ""), ("Maintenance", "50.00", ""), ("Pest Control", "35.00", ""), ("Pump", "15.00", "10.00"),
    ("Planter Box", "38.00", "17.50"), ("Sprinkler Head", "4.75", "2.10"), ("Sod", "9.00", ""), ("Trimming", "35.00", ""),
)  # fmt: skip
"""Name, price, and the cost of what is kept in stock, in the order of their ids."""
BIRD_SANCTUARY = {
    "Line1": "4581 Finch St.",
    "City": "Bayshore",
    "CountrySubDivisionCode": "CA",
    "PostalCode": "94326",
}


def fill(company: Company, *, invoices: int = 0, seed: int = 1) -> None:  # noqa: ARG001 - as many as a season brings
    """A season that ends yesterday."""
    random = Random(seed)
    opening = company.books.clock().replace(hour=17, minute=0, second=0, microsecond=0) - timedelta(days=DAYS)
    with company.at(opening):
        furnish(company, accounts=ACCOUNTS, terms=TERMS)
        _name_crew_field(company)
        lists = _lists(company)
    season = Season(company, lists, random)
    for day in range(DAYS):
        with company.at(opening + timedelta(days=day, hours=day % 7)):
            season.live(day)


class Season(ShopYear):
    """What happens in a shop happens here too, but nobody is abroad, and crews are numbered."""

    def _calendar(self) -> tuple[tuple[int, int, Any], ...]:
        abroad = (self.invoice_abroad, self.bill_from_abroad)
        return tuple(event for event in super()._calendar() if event[2] not in abroad)

    def _make(self, type_name: str, **fields: Any) -> Record:
        if type_name == "Invoice":
            fields["CustomField"] = [{**CREW, "StringValue": str(self.random.randint(100, 109))}]
        return super()._make(type_name, **fields)


def _name_crew_field(company: Company) -> None:
    """Switch custom fields on: the first of sales forms, and two of purchase orders."""
    preferences = company.read("Preferences", "1")
    sales, purchases = (preferences.record[group] for group in ("SalesFormsPrefs", "VendorAndPurchasesPrefs"))
    named = _custom_fields("SalesFormsPrefs", "Sales", {1: CREW["Name"]})
    preferences.compute("SalesFormsPrefs", {**sales, "CustomField": named})
    named = _custom_fields("PurchasePrefs", "Purchase", {2: "Sales Rep", 1: CREW["Name"]})
    preferences.compute("VendorAndPurchasesPrefs", {**purchases, "POCustomField": named})


def _custom_fields(group: str, kind: str, names: Mapping[int, str]) -> list[dict[str, Any]]:
    """Which of the three custom fields are used, and what they are called."""
    switches = [
        {"Name": f"{group}.Use{kind}Custom{n}", "Type": "BooleanType", "BooleanValue": n in names}
        for n in (3, 2, 1)
    ]
    called = [
        {"Name": f"{group}.{kind}CustomName{n}", "Type": "StringType", "StringValue": name}
        for n, name in names.items()
    ]
    return [{"CustomField": switches}, {"CustomField": called}]


def _lists(company: Company) -> ShopLists:
    """Everything that has a name, in the order that gives each its id."""
    lists = ShopLists(account_ids(company))
    lists.classes = _named(company, "Class", ("Gardens", "Stonework"))
    lists.departments = _named(company, "Department", ("North Yard", "South Yard"))
    _sales_tax(company)
    _items(company, lists)
    for name in CUSTOMERS:
        address = (
            BIRD_SANCTUARY
            if name == CUSTOMERS[0]
            else {"Line1": f"{len(name)} Long Acre", "City": "Bayshore"}
        )
        lists.customers.append(
            _add(company, "Customer", DisplayName=name, BillAddr=address, SalesTermRef={"value": "3"})
        )
    lists.vendors = [_add(company, "Vendor", DisplayName=name) for name in VENDORS]
    for given, family in CREWS:
        lists.employees.append(_add(company, "Employee", GivenName=given, FamilyName=family))
    return lists


def _add(company: Company, type_name: str, **fields: Any) -> str:
    return company.create(type_name, fields).id


def _named(company: Company, type_name: str, names: Iterable[str]) -> list[str]:
    return [_add(company, type_name, Name=name) for name in names]


def _sales_tax(company: Company) -> None:
    agency = _add(company, "TaxAgency", DisplayName="Board of Equalization")
    rate = {"TaxRateName": "California", "RateValue": 8, "TaxAgencyId": agency, "TaxApplicableOn": "Sales"}
    made = company.tax_service({"TaxCode": "California", "TaxRateDetails": [rate]})
    preferences = company.read("Preferences", "1")
    taxed = {**preferences.record["TaxPrefs"], "TaxGroupCodeRef": {"value": made["TaxCodeId"]}}
    preferences.compute("TaxPrefs", taxed)


def _items(company: Company, lists: ShopLists) -> None:
    for name, price, cost in ITEMS:
        fields: dict[str, Any] = {"Name": name, "UnitPrice": Decimal(price), "Type": "Service"}
        fields["IncomeAccountRef"] = lists.account(
            "Sales of Product Income" if cost else "Landscaping Services"
        )
        if cost:
            id_ = _add(company, "Item", **{**fields, **_stocked(company, lists, cost)})
            lists.stock.append((id_, Decimal(price), Decimal(cost)))
        else:
            lists.services.append((_add(company, "Item", **fields), Decimal(price)))


def _stocked(company: Company, lists: ShopLists, cost: str) -> dict[str, Any]:
    return {
        "Type": "Inventory",
        "TrackQtyOnHand": True,
        "Taxable": True,
        "QtyOnHand": 150,
        "InvStartDate": company.books.today().isoformat(),
        "PurchaseCost": Decimal(cost),
        "ExpenseAccountRef": lists.account("Cost of Goods Sold"),
        "AssetAccountRef": lists.account("Inventory Asset"),
    }
