"""The companies that the sandbox opens.

small-shop  a believable year of a shop with everything in it, awkward names included
busy        many invoices, made fast
landscaping a gardener's season, with the ids that Intuit's own sample company has
empty       accounts and settings only
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from ...catalog.nearest import did_you_mean
from ...errors import SetupError
from ..clock import Clock, system_clock
from ..company.company import Company
from . import busy, empty, landscaping, small_shop

COUNTRIES = ("US", "GB", "CA", "AU")
"""Where companies can be: those whose taxes and reports are all there."""


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
    countries: tuple[str, ...] = COUNTRIES


KINDS: Mapping[str, Kind] = {
    "small-shop": Kind("Harbor Lane Goods", "9130350000000101", small_shop.fill, ("US",)),
    "busy": Kind("Northgate Wholesale", "9130350000000202", busy.fill),
    "landscaping": Kind("Juniper Lane Landscaping", "9130350000000404", landscaping.fill, ("US",)),
    "empty": Kind("Blank Page Company", "9130350000000303", empty.fill),
}


def copy_of(kind: str, number: int) -> tuple[str, str]:
    """Realm and name of another company of a kind, by its number from 1."""
    chosen = KINDS[kind]
    return str(int(chosen.realm) + 1000 * number), f"{chosen.title} {number}"


def open_company(
    kind: str = "small-shop",
    *,
    realm: str = "",
    name: str = "",
    invoices: int | None = None,
    seed: int = 1,
    clock: Clock = system_clock,
    country: str = "US",
) -> Company:
    """A company of a kind; the same for the same seed and day."""
    if kind not in KINDS:
        raise SetupError(f"The sandbox has no company {kind!r}.{did_you_mean(kind, KINDS)}")
    chosen = KINDS[kind]
    _check_country(kind, country)
    company = Company(realm or chosen.realm, name or chosen.title, clock, country)
    chosen.fill(company, invoices=2000 if invoices is None else invoices, seed=seed)
    company.books.switches.latin_only = country == "US"
    return company


def _check_country(kind: str, country: str) -> None:
    """Refuse a country that nothing is known of, or that this company's year did not happen in."""
    if country not in COUNTRIES:
        raise SetupError(
            f"The sandbox has no companies in {country!r}.{did_you_mean(country, COUNTRIES)}",
            advice=f"It has them in {', '.join(COUNTRIES)}.",
        )
    if country not in KINDS[kind].countries:
        others = [name for name, each in KINDS.items() if country in each.countries]
        raise SetupError(
            f"The company {kind} is in the United States, and cannot be in {country}.",
            advice=f"In {country} there can be {' and '.join(others)}.",
        )
