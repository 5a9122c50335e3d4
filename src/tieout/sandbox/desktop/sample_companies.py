"""What a company file holds at first, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .company import DesktopCompany
from .shop_year import shop
from .small_company import fill, small_company

COMPANIES: Mapping[str, Callable[[DesktopCompany], DesktopCompany]] = {
    "shop": shop,
    "small": small_company,
    "empty": fill,
}
"""A shop's year; a few lists and invoices; what every file has."""
