"""The companies that the sandbox opens.

small-shop  a believable year of a shop with everything in it, awkward names included
busy        many invoices, made fast
empty       accounts and settings only
"""

from __future__ import annotations

from datetime import UTC, datetime

from ...catalog.nearest import did_you_mean
from ...errors import SetupError
from ..books import Clock
from ..company import Company
from . import busy, empty, small_shop

NAMES = {"small-shop": "Harbor Lane Goods", "busy": "Northgate Wholesale", "empty": "Blank Page Company"}
"""Kinds of companies, and what the company is called."""
REALMS = {"small-shop": "9130350000000101", "busy": "9130350000000202", "empty": "9130350000000303"}


def _now() -> datetime:
    return datetime.now(UTC)


def open_company(
    kind: str = "small-shop", *, realm: str = "", invoices: int = 2000, seed: int = 1, clock: Clock = _now
) -> Company:
    """A company of a kind; the same for the same seed and day."""
    if kind not in NAMES:
        raise SetupError(f"The sandbox has no company {kind!r}.{did_you_mean(kind, NAMES)}")
    company = Company(realm or REALMS[kind], NAMES[kind], clock)
    match kind:
        case "small-shop":
            small_shop.fill(company, seed)
        case "busy":
            busy.fill(company, invoices, seed)
        case _:
            empty.fill(company)
    return company
