"""What a company has paid for: a subscription at all (6190), and the size that has a feature (5020)."""

from __future__ import annotations

from ...catalog.rest import RecordType
from . import refusals
from .books import Books

_IN_FORCE = ("SUBSCRIBED", "TRIAL", "PAID")
_SMALL = ("QuickBooks Online Simple Start", "QuickBooks Online EasyStart", "QuickBooks Online Essentials")
_PLUS = ("Budget", "Class", "Department", "InventoryAdjustment", "PurchaseOrder")
"""Types that QuickBooks Online Plus has and the smaller sizes have not."""


def check(books: Books, found: RecordType) -> None:
    flags = {
        flag["Name"]: flag.get("Value")
        for flag in (books.find("CompanyInfo", "1") or {}).get("NameValue", ())
        if "Name" in flag
    }
    if flags.get("SubscriptionStatus", _IN_FORCE[0]) not in _IN_FORCE:
        raise refusals.not_subscribed()
    if found.name in _PLUS and flags.get("OfferingSku") in _SMALL:
        raise refusals.not_in_this_size(found.name)
