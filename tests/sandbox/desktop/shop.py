"""A company file with one of everything that transactions name, and short ways to write them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tieout.sandbox.clock import MovableClock
from tieout.sandbox.desktop.balances import seen
from tieout.sandbox.desktop.company import DesktopCompany
from tieout.sandbox.desktop.records import Record
from tieout.sandbox.desktop.small_company import fill

D = Decimal


def ref(name: str) -> dict[str, str]:
    return {"FullName": name}


class Shop:
    """Lists first, then whatever a test does."""

    def __init__(self, currency: str = "", **settings: Any) -> None:
        """With a currency, Ann, her kitchen and the mill are abroad."""
        abroad = {"CurrencyRef": ref(currency)} if currency else {}
        settings["multicurrency"] = bool(currency)
        self.clock = MovableClock()
        self.company = fill(DesktopCompany(clock=self.clock, **settings))
        add = self.company.add
        add("Vendor", {"Name": "State"})
        add("Vendor", {"Name": "Mill", **abroad})
        add("Vendor", {"Name": "Landlord"})
        add("ItemSalesTax", {"Name": "State tax", "TaxRate": D("8.25"), "TaxVendorRef": ref("State")})
        add("Customer", {"Name": "Ann", **abroad})
        add("Customer", {"Name": "Bob"})
        add("Customer", {"Name": "Kitchen", "ParentRef": ref("Ann")})
        add("Account", {"Name": "Card", "AccountType": "CreditCard"})
        add("Account", {"Name": "Discounts", "AccountType": "Income"})
        price = {"Price": D("40"), "AccountRef": ref("Consulting")}
        add("ItemService", {"Name": "Hour", "SalesTaxCodeRef": ref("Non"), "SalesOrPurchase": price})
        add(
            "ItemInventory",
            {
                "Name": "Chair",
                "SalesTaxCodeRef": ref("Tax"),
                "SalesPrice": D("90"),
                "PurchaseCost": D("50"),
                "IncomeAccountRef": ref("Sales"),
                "COGSAccountRef": ref("Cost of Goods Sold"),
                "AssetAccountRef": ref("Inventory Asset"),
            },
        )
        discount = {"DiscountRatePercent": D("10"), "AccountRef": ref("Discounts")}
        add("ItemDiscount", {"Name": "Ten off", "SalesTaxCodeRef": ref("Tax"), **discount})
        add("ItemSubtotal", {"Name": "Subtotal"})
        lines = [{"ItemRef": ref("Chair"), "Quantity": D(4)}, {"ItemRef": ref("Hour"), "Quantity": D(1)}]
        add("ItemGroup", {"Name": "Set", "ItemDesc": "A set", "ItemGroupLine": lines})

    # ---- writing

    def sell(
        self, customer: str = "Ann", *lines: dict[str, Any], kind: str = "Invoice", **more: Any
    ) -> Record:
        said = list(lines) or [{"ItemRef": ref("Hour"), "Quantity": D(2)}]
        return self.company.add(kind, {"CustomerRef": ref(customer), f"{kind}LineAdd": said, **more})

    def buy(self, vendor: str = "Mill", quantity: int = 10, cost: str = "50", kind: str = "Bill") -> Record:
        line = {"ItemRef": ref("Chair"), "Quantity": D(quantity), "Cost": D(cost)}
        return self.company.add(kind, {"VendorRef": ref(vendor), "ItemLineAdd": [line]})

    def pay(
        self, invoice: Record, amount: str, *, total: str = "", customer: str = "Ann", **more: Any
    ) -> Record:
        applied = {"TxnID": invoice["TxnID"], "PaymentAmount": D(amount), **more}
        said = {"CustomerRef": ref(customer), "TotalAmount": D(total or amount), "AppliedToTxnAdd": [applied]}
        return self.company.add("ReceivePayment", said)

    def change(self, kind: str, record: Record, **said: Any) -> Record:
        now = self.kept(kind, record)
        key = "TxnID" if "TxnID" in now else "ListID"
        return self.company.modify(kind, {key: now[key], "EditSequence": now["EditSequence"], **said})

    # ---- looking

    def kept(self, kind: str, record: Record) -> Record:
        return self.company.records[kind][record.get("TxnID") or record["ListID"]]

    def seen(self, kind: str, record: Record) -> Record:
        return seen(self.company, kind, self.kept(kind, record))

    def named(self, kind: str, name: str) -> Record:
        found = self.company.find((kind,), ref(name))
        assert found is not None
        return seen(self.company, kind, found)

    def balance(self, account: str) -> Decimal:
        """Debits less credits."""
        return self.company.books.ledger.accounts[self.named("Account", account)["ListID"]]
