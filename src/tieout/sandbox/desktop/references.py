"""What a reference may name: `CustomerRef` a customer, `ItemRef` an item of any kind, `DepositToAccountRef` an account."""

from __future__ import annotations

from functools import cache

from ...catalog.qbxml import type_names

PEOPLE = ("Customer", "Vendor", "Employee", "OtherName")
ITEMS = tuple(
    name
    for name in type_names()
    if name.startswith("Item") and not name.startswith(("ItemSites", "ItemReceipt", "ItemAssemb"))
)

_NAMED = {
    "EntityRef": PEOPLE,
    "PayeeEntityRef": PEOPLE,
    "SalesRepEntityRef": PEOPLE,
    "TermsRef": ("StandardTerms", "DateDrivenTerms"),
    "PrefVendorRef": ("Vendor",),
    "CreditCardTxnInfoRef": (),
    "CustomerSalesTaxCodeRef": ("SalesTaxCode",),
    "SalesAndPurchaseTaxCodeRef": ("SalesTaxCode",),
    "SalesTaxReturnRef": (),
}


@cache
def targets(reference: str, owner: str) -> tuple[str, ...]:
    """The types that an element may refer to; none where the sandbox keeps no such list."""
    if reference == "ParentRef":
        return (owner,)
    if reference in _NAMED:
        return _NAMED[reference]
    bare = reference.removesuffix("Ref")
    if bare.endswith("Account"):
        return ("Account",)
    if bare == "Item" or (bare.startswith("Item") and bare not in type_names()):
        return ITEMS
    return next(((name,) for name in sorted(type_names(), key=len, reverse=True) if bare.endswith(name)), ())
