"""What settled parts of a transaction in a foreign currency were worth when it was written.

A payment relieves receivables or payables at the rate of the invoice or bill, and moves money at its own; what is left between
the two is an exchange gain or loss. Shares are cut from what is open before and after, so that they add up to the cent.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from .currencies import at_home, rate_of
from .records import Key
from .settling import to_settle

if TYPE_CHECKING:
    from .company import DesktopCompany


def share(company: DesktopCompany, settled: Key, before: Decimal, amount: Decimal) -> Decimal:
    """What an amount of it is worth in the home currency, when so much of it was settled before."""
    record = company.records[settled[0]][settled[1]]
    if rate_of(record) == 1:
        return amount
    left = to_settle(company, settled) - before
    return at_home(record, left) - at_home(record, left - amount)


def settled_before(company: DesktopCompany, source: Key, target: Key) -> Decimal:
    """How much of a target was used or settled before this source came."""
    links = company.books.links
    before = links.used(target)
    for each, part in links.sources_of(target).items():
        if each == source:
            break
        before += part.whole
    return before


def settled_with(company: DesktopCompany, key: Key) -> set[Key]:
    """The transactions whose entries depend on what this one settles or is settled by; itself among them."""
    links = company.books.links
    targets = links.targets_of(key)
    beside = {source for target in targets for source in links.sources_of(target)}
    return {key, *links.sources_of(key), *beside}
