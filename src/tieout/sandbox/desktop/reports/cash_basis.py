"""The books on a cash basis: what was sold or bought on account counts when, and as far as, it is settled.

The postings of an invoice stand on the days of its payments, each in the proportion that the payment has to the whole; shares are cut
from running sums, so that they add up to the cent. What is not settled is not there. Payments, and all that is paid at once, stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from ..records import ZERO, Key, cents
from ..settling import to_settle

if TYPE_CHECKING:
    from ..company import DesktopCompany
    from .asked import Line

ON_ACCOUNT = ("Bill", "Charge", "CreditMemo", "Invoice", "ItemReceipt", "VendorCredit")


def when_settled(company: DesktopCompany, leave_out: frozenset[str] = frozenset()) -> Iterator[Line]:
    """Every posting as it counts on a cash basis; those of one transaction follow one another.

    Without those of the types to leave out, and without what was settled by one of them.
    """
    ledger = company.books.ledger
    for key, postings in ledger.entries.items():
        heading = ledger.headings[key]
        if key[0] in leave_out:
            continue
        if key[0] not in ON_ACCOUNT:
            yield from ((key, heading, posting) for posting in postings)
            continue
        for before, after, day, by in _stages(company, key):
            if by in leave_out:
                continue
            rest = ZERO
            for number, posting in enumerate(postings, 1):
                is_last = number == len(postings)  # it takes what is left, so that the stage balances
                share = cents(posting.amount * after) - cents(posting.amount * before)
                amount = -rest if is_last else share
                rest += amount
                sold = posting.quantity * (after - before)
                yield key, heading._replace(date=day), posting._replace(amount=amount, quantity=sold)


def _stages(company: DesktopCompany, key: Key) -> Iterator[tuple[Decimal, Decimal, str, str]]:
    """How much of it was settled before and after each settlement, as parts of one; when, and by what type."""
    headings, links = company.books.ledger.headings, company.books.links
    whole = to_settle(company, key)
    own_day = headings[key].date
    parts = {**links.targets_of(key), **links.sources_of(key)}
    settled = sorted(
        (max(headings[other].date if other in headings else "", own_day), part.whole, other[0])
        for other, part in parts.items()
    )
    before = ZERO
    for day, amount, by in settled if whole else ():
        after = before + amount
        yield before / whole, after / whole, day, by
        before = after
