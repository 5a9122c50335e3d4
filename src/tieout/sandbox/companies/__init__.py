"""The companies that the sandbox opens.

small-shop  a believable year of a shop with everything in it, awkward names included
busy        many invoices, made fast
landscaping a gardener's season, with the ids that Intuit's own sample company has
empty       accounts and settings only
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from . import busy, empty, landscaping, small_shop

if TYPE_CHECKING:
    from ..company.company import Company


class Filler(Protocol):
    """Fills a new company; the same for the same seed and day."""

    def __call__(self, company: Company, *, invoices: int, seed: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of company."""

    title: str
    """What the company calls itself."""
    realm: str
    fill: Filler


KINDS: Mapping[str, Kind] = {
    "small-shop": Kind("Harbor Lane Goods", "9130350000000101", small_shop.fill),
    "busy": Kind("Northgate Wholesale", "9130350000000202", busy.fill),
    "landscaping": Kind("Juniper Lane Landscaping", "9130350000000404", landscaping.fill),
    "empty": Kind("Blank Page Company", "9130350000000303", empty.fill),
}
