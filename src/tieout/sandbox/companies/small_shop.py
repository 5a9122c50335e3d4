"""A believable year of a shop: everything a client may meet, in modest numbers.

It is built through the public verbs, day by day, so every rule has been applied to it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from ..company.company import Company
from .chart import furnish
from .shop_lists import stock_up
from .shop_year import ShopYear

DAYS = 364


def fill(company: Company, *, invoices: int = 0, seed: int = 1) -> None:  # noqa: ARG001 - as many as a year brings
    """A year that ends yesterday."""
    random = Random(seed)
    opening = _opening(company.books.clock())
    with company.at(opening):
        furnish(company, multicurrency=True)
        lists = stock_up(company, random)
    year = ShopYear(company, lists, random)
    for day in range(DAYS):
        with company.at(opening + timedelta(days=day, hours=day % 7, minutes=7 * day % 60)):
            year.live(day)


def _opening(now: datetime) -> datetime:
    """A year ago, in the morning."""
    return now.replace(hour=17, minute=0, second=0, microsecond=0) - timedelta(days=DAYS)
