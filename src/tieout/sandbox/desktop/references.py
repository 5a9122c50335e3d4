"""What a reference may name: `CustomerRef` a customer, `ItemRef` an item of any kind, `DepositToAccountRef` an account."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from ...catalog.qbxml import EDITIONS, record_type, type_names
from .records import id_of

PEOPLE = ("Customer", "Vendor", "Employee", "OtherName")


@cache
def items() -> tuple[str, ...]:
    """The types of items: those that an item query answers with."""
    query = record_type("Item")
    names = {
        each.name.removesuffix("Ret"): None
        for edition in EDITIONS
        if query.can("Query", edition)
        for each in query.shape(query.message("Query", "Rs"), edition).elements()
    }
    return tuple(names)


_ENTITIES = frozenset(("EntityRef", "PayeeEntityRef", "SalesRepEntityRef", "ShipToEntityRef"))
_LISTS = {
    "CustomerSalesTaxCodeRef": "SalesTaxCode",
    "DefaultNonTaxableSalesTaxCodeRef": "SalesTaxCode",
    "DefaultShipMethodRef": "ShipMethod",
    "DefaultTaxableSalesTaxCodeRef": "SalesTaxCode",
    "DiscountClassRef": "Class",
    "FromInventorySiteRef": "InventorySite",
    "OverrideClassRef": "Class",
    "OverrideUOMSetRef": "UnitOfMeasureSet",
    "ParentSiteRef": "InventorySite",
    "PrefVendorRef": "Vendor",
    "PreferredPaymentMethodRef": "PaymentMethod",
    "PurchaseTaxCodeRef": "SalesTaxCode",
    "TaxAgencyVendorRef": "Vendor",
    "TaxCodeForPurchaseRef": "TaxCode",
    "TaxCodeForSaleRef": "TaxCode",
    "TaxVendorRef": "Vendor",
    "ToInventorySiteRef": "InventorySite",
}
"""References that are not called like the list that they are about."""
_TAXES = ("ItemSalesTax", "ItemSalesTaxGroup")
_ONE_KIND_OF_ITEM = {
    "ItemServiceRef": ("ItemService",),
    "ItemGroupRef": ("ItemGroup",),
    "ItemInventoryRef": ("ItemInventory", "ItemInventoryAssembly", "ItemNonInventory", "ItemService"),
    "ItemInventoryAssemblyRef": ("ItemInventoryAssembly",),
    "ItemSalesTaxRef": _TAXES,
    "ItemPurchaseTaxRef": _TAXES,
    "DefaultItemSalesTaxRef": _TAXES,
}
"""What the components of an assembly are called after is inventory, but services and parts may be among them."""


@cache
def targets(reference: str, owner: str) -> tuple[str, ...]:
    """The types that an element may refer to; none where the sandbox keeps no such list."""
    bare = reference.removesuffix("Ref")
    if reference == "ParentRef":
        return (owner,)
    if reference in _ENTITIES:
        return PEOPLE
    if reference in _ONE_KIND_OF_ITEM:
        return _ONE_KIND_OF_ITEM[reference]
    if bare == "Item":
        return items()
    if bare == "Terms":
        return ("StandardTerms", "DateDrivenTerms")
    if bare.endswith("Account"):
        return ("Account",)
    if reference in _LISTS:
        return (_LISTS[reference],)
    return (bare,) if bare in type_names() else ()


def refers(part: Any, record_id: str) -> bool:
    """Whether a record, or anything in it, names the element of a list that has this id."""
    if isinstance(part, Mapping):
        return any(
            (name.endswith("Ref") and id_of(value) == record_id) or refers(value, record_id)
            for name, value in part.items()
        )
    return isinstance(part, list) and any(
        (id_of(each) == record_id and "FullName" in each and len(each) == 2) or refers(each, record_id)
        for each in part
        if isinstance(each, Mapping)
    )
