"""The shop's lists as Desktop has them: chart of accounts, goods, customers with jobs, vendors, staff, custom fields."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from random import Random
from typing import Any

from ...catalog.qbxml.rets import ret_of
from ...protocols.qbxml_values import KEPT_BY_QUICKBOOKS
from ..shop_names import (
    AWKWARD_CUSTOMERS,
    CUSTOMERS,
    EMPLOYEES,
    EXPENSES,
    NOT_STOCKED,
    SERVICES,
    STOCK,
    VENDORS,
)
from .company import DesktopCompany
from .records import Record

AGENCY = "Department of Tax and Fee Administration"
LONGEST = 41
"""Characters of a customer's name."""

_ACCOUNTS = (
    ("Savings", "Bank"),
    ("Petty Cash", "Bank"),
    ("Company Card", "CreditCard"),
    ("Van", "FixedAsset"),
    ("Accumulated Depreciation", "FixedAsset"),
    ("Van Loan", "LongTermLiability"),
    ("Owner's Equity", "Equity"),
    ("Services", "Income"),
    ("Discounts Given", "Income"),
    ("Depreciation", "Expense"),
    ("Inventory Shrinkage", "CostOfGoodsSold"),
    ("Interest Earned", "OtherIncome"),
    ("Interest Paid", "OtherExpense"),
)
_BELOW = (("Utilities", "Electricity"), ("Utilities", "Water"))
_NAMED = (
    ("CustomerType", ("Walk-in", "Trade", "Friends & family")),
    ("VendorType", ("Supplier", "Service")),
    ("JobType", ("Fitting out",)),
    ("CustomerMsg", ("Thank you for shopping with us.",)),
    ("ShipMethod", ("Van", "Post")),
    ("PaymentMethod", ("Master Card",)),
)
_TOWNS = (("Bayshore", "94326"), ("Half Moon Bay", "94019"), ("Monterey", "93940"), ("San Pablo", "87999"))


def ref(name: str) -> dict[str, str]:
    return {"FullName": name}


class ShopLists:
    """Makes the lists, as far as the edition has them."""

    def __init__(self, company: DesktopCompany, random: Random) -> None:
        self.company = company
        self.random = random
        self.customers: list[Record] = []
        self.vendors: list[Record] = []
        self.employees: list[Record] = []

    def make(self, kind: str, **said: Any) -> Record:
        """A record; empty where the edition has no such type."""
        return self.company.add(kind, said) if ret_of(kind, self.company.edition).key else {}

    def stock_up(self) -> None:
        for name, kind in _ACCOUNTS:
            self.make("Account", Name=name, AccountType=kind)
        for name in EXPENSES:
            if not self.company.find(("Account",), ref(name)):
                self.make("Account", Name=name, AccountType="Expense")
        for parent, name in _BELOW:
            self.make("Account", Name=name, AccountType="Expense", ParentRef=ref(parent))
        for name, parent in (("Retail", ""), ("Online", "Retail"), ("Wholesale", "")):
            self.make("Class", Name=name, **({"ParentRef": ref(parent)} if parent else {}))
        for kind, names in _NAMED:
            for name in names:
                self.make(kind, Name=name)
        self.make("PriceLevel", Name="Trade", PriceLevelFixedPercentage=Decimal("-12.5"))
        self._vendors()
        self._taxes()
        self._goods()
        self._employees()
        self._customers()
        self._inactive()
        self._custom_field()

    def _taxes(self) -> None:
        for name, rate in (("State", "7.25"), ("County", "1.125")):
            self.make("ItemSalesTax", Name=name, TaxRate=Decimal(rate), TaxVendorRef=ref(AGENCY))
        self.make("ItemSalesTaxGroup", Name="California", ItemSalesTaxRef=[ref("State"), ref("County")])

    def _goods(self) -> None:
        taxed, free = self._codes()
        for name, price in SERVICES:
            sides = {"Desc": name, "Price": Decimal(price), "AccountRef": ref("Services")}
            self.make("ItemService", Name=name, SalesOrPurchase=sides, **free)
        for name, price in NOT_STOCKED:
            sides = {"Price": Decimal(price), "AccountRef": ref("Sales")}
            self.make("ItemNonInventory", Name=name, SalesOrPurchase=sides, **taxed)
        home = {"Price": Decimal(0), "AccountRef": ref("Sales")}
        self.make("ItemNonInventory", Name="Home", SalesOrPurchase=home, **taxed)
        for name, price, cost in STOCK:
            prices: dict[str, Any] = {"SalesPrice": Decimal(price), "PurchaseCost": Decimal(cost)}
            said = {"SalesDesc": name, "ReorderPoint": 20, "QuantityOnHand": Decimal(250)}
            self.make("ItemInventory", Name=name, **prices, **said, **self._accounts(), **taxed)
        parts = [{"ItemRef": ref(name), "Quantity": Decimal(2)} for name, _, _ in STOCK[:3]]
        self.make("ItemGroup", Name='Gift Box "Harbor"', ItemDesc="A box of gifts", ItemGroupLine=parts)
        built = [{"ItemInventoryRef": ref(name), "Quantity": Decimal(1)} for name, _, _ in STOCK[1:4]]
        self.make(
            "ItemInventoryAssembly",
            Name="Breakfast Set",
            SalesPrice=Decimal("56.00"),
            ItemInventoryAssemblyLine=built,
            **self._accounts(),
            **taxed,
        )
        discount = {"DiscountRatePercent": Decimal(10), "AccountRef": ref("Discounts Given")}
        self.make("ItemDiscount", Name="Regulars' Discount", ItemDesc="For regulars", **discount, **taxed)
        self.make("ItemSubtotal", Name="Subtotal", ItemDesc="Subtotal")
        freight = {"Price": Decimal("9.00"), "AccountRef": ref("Services")}
        self.make("ItemOtherCharge", Name="Freight", SalesOrPurchase=freight, **free)

    def _codes(self) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """What goods and services say of tax, where the edition has codes for it."""
        if not self.company.records.get("SalesTaxCode"):
            return {}, {}
        return {"SalesTaxCodeRef": ref("Tax")}, {"SalesTaxCodeRef": ref("Non")}

    def _accounts(self) -> Mapping[str, Any]:
        return {
            "IncomeAccountRef": ref("Sales"),
            "COGSAccountRef": ref("Cost of Goods Sold"),
            "AssetAccountRef": ref("Inventory Asset"),
        }

    def _customers(self) -> None:
        names = [name for name in AWKWARD_CUSTOMERS if _fits(name)]
        for number, name in enumerate((*CUSTOMERS, *names)):
            said: dict[str, Any] = {"BillAddress": self._address(name), "Phone": f"(650) 555-{number:04d}"}
            said |= {
                "Email": f"customer{number}@example.com",
                "TermsRef": ref(("Net 15", "Net 30")[number % 2]),
            }
            if number % 3 == 0:
                said |= {"CompanyName": name, "Notes": "Prefers deliveries before 10 a.m."}
                said["CustomerTypeRef"] = ref("Trade")
            if number % 7 == 0 and self.company.records.get("PriceLevel"):
                said["PriceLevelRef"] = ref("Trade")
            self.customers.append(self.make("Customer", Name=name, **said))
        for job in ("Lobby", "Spa"):
            said = {
                "ParentRef": ref("Dune Walk Hotel"),
                "JobStatus": "InProgress",
                "JobTypeRef": ref("Fitting out"),
            }
            self.customers.append(self.make("Customer", Name=job, **said))
        self.make("Customer", Name="Old Ledger Hall", OpenBalance=Decimal("310.00"))

    def _vendors(self) -> None:
        self.make("Vendor", Name=AGENCY)
        for number, name in enumerate(VENDORS):
            said = {"VendorAddress": self._address(name), "AccountNumber": f"HL{number:05d}"}
            kind = ref(("Supplier", "Service")[number % 2])
            self.vendors.append(self.make("Vendor", Name=name, VendorTypeRef=kind, **said))

    def _employees(self) -> None:
        for given, family in EMPLOYEES:
            self.employees.append(self.make("Employee", FirstName=given, LastName=family))
        rep = self.employees[0]
        self.make("SalesRep", Initial="ML", SalesRepEntityRef={"ListID": rep["ListID"]})
        self.make("OtherName", Name="Harbor Lane Owner")

    def _inactive(self) -> None:
        """Put away: hidden by queries that do not ask for them."""
        self.make("Customer", Name="Closed Café", IsActive=False)
        self.make("Vendor", Name="Retired Supplier", IsActive=False)
        self.make("Account", Name="Old Till", AccountType="Bank", IsActive=False)

    def _custom_field(self) -> None:
        self.company.extensions.define(
            {
                "OwnerID": "0",
                "DataExtName": "Likes",
                "DataExtType": "STR255TYPE",
                "AssignToObject": ["Customer", "Vendor"],
            }
        )
        for customer, likes in zip(self.customers, ("oak", "linen", "brass"), strict=False):
            said = {
                "OwnerID": "0",
                "DataExtName": "Likes",
                "ListDataExtType": "Customer",
                "ListObjRef": {"ListID": customer["ListID"]},
                "DataExtValue": likes,
            }
            self.company.extensions.put(self.company, said, is_new=True)

    def _address(self, name: str) -> dict[str, str]:
        town, code = self.random.choice(_TOWNS)
        street = f"{self.random.randint(1, 980)} {self.random.choice(('Finch', 'Alder', 'Dock', 'Mill'))} St."
        return {"Addr1": name[:LONGEST], "Addr2": street, "City": town, "State": "CA", "PostalCode": code}


def _fits(name: str) -> bool:
    """Whether a company file can hold a name: in its characters, its length, without blanks around it."""
    try:
        name.encode(KEPT_BY_QUICKBOOKS)
    except UnicodeEncodeError:
        return False
    return len(name) <= LONGEST and name == name.strip() and ":" not in name
