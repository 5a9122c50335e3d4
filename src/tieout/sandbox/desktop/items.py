"""What an item says about the lines that name it: its accounts, its prices, and whether its stock is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .records import ZERO, Record, id_of

STOCKED = ("ItemInventory", "ItemInventoryAssembly")


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """An item as a line meets it."""

    kind: str
    """`ItemService`; empty for a line that names no item."""
    record: Mapping[str, Any]

    @property
    def id(self) -> str:
        return str(self.record.get("ListID", ""))

    @property
    def is_stocked(self) -> bool:
        return self.kind in STOCKED

    @property
    def _sides(self) -> Mapping[str, Any]:
        return self.record.get("SalesAndPurchase") or self.record.get("SalesOrPurchase") or {}

    @property
    def income_account(self) -> str:
        """Where sales of it are posted; a discount's and a payment's own account too."""
        places = (
            self.record.get("IncomeAccountRef"),
            self._sides.get("IncomeAccountRef"),
            self._sides.get("AccountRef"),
            self.record.get("AccountRef"),
            self.record.get("DepositToAccountRef"),
        )
        return next((id_of(each) for each in places if each), "")

    @property
    def expense_account(self) -> str:
        """Where purchases of it are posted, when its stock is not kept."""
        places = (self._sides.get("ExpenseAccountRef"), self._sides.get("AccountRef"))
        return next((id_of(each) for each in places if each), "") or self.income_account

    @property
    def asset_account(self) -> str:
        return id_of(self.record.get("AssetAccountRef"))

    @property
    def cogs_account(self) -> str:
        return id_of(self.record.get("COGSAccountRef"))

    @property
    def price(self) -> Decimal | None:
        """What one is sold for; of a discount, what it takes away."""
        if self.kind == "ItemDiscount":
            less = self.record.get("DiscountRate")
            return -less if isinstance(less, Decimal) else None
        found = self.record.get("SalesPrice", self._sides.get("SalesPrice", self._sides.get("Price")))
        return found if isinstance(found, Decimal) else None

    @property
    def cost(self) -> Decimal:
        """What one is bought for."""
        found = self.record.get("PurchaseCost", self._sides.get("PurchaseCost", self._sides.get("Price")))
        return found if isinstance(found, Decimal) else ZERO

    @property
    def percent(self) -> Decimal | None:
        """Of a charge or a discount that depends on the line above it: of it, in percent."""
        if self.kind == "ItemDiscount":
            found = self.record.get("DiscountRatePercent")
            return -found if isinstance(found, Decimal) else None
        if self.kind == "ItemSalesTax":
            rate = self.record.get("TaxRate", ZERO)
            return rate if isinstance(rate, Decimal) else None
        found = self._sides.get("PricePercent")
        return found if isinstance(found, Decimal) else None

    @property
    def sold_as(self) -> str:
        """What a sales line says of it."""
        return str(
            self.record.get("SalesDesc")
            or self._sides.get("SalesDesc")
            or self._sides.get("Desc")
            or self.record.get("ItemDesc")
            or ""
        )

    @property
    def bought_as(self) -> str:
        return str(self.record.get("PurchaseDesc") or self._sides.get("PurchaseDesc") or self.sold_as)

    @property
    def tax_code(self) -> Record | None:
        found: Record | None = self.record.get("SalesTaxCodeRef")
        return found


NO_ITEM = ItemFacts("", {})
