"""What a mirror holds of an account, as far as the trial balance is about it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

_OWED = ("AccountsPayable", "CreditCard", "OtherCurrentLiability", "LongTermLiability")
_OWNED = ("Bank", "AccountsReceivable", "OtherCurrentAsset", "FixedAsset", "OtherAsset")

STANDING = ("Asset", "Liability", "Equity", *_OWNED, *_OWED)
"""Classifications of accounts whose balances stand when a year is over; Online's, and the types that Desktop has instead."""
GROWS_BY_CREDITS = ("Liability", "Equity", "Revenue", *_OWED)


@dataclass(frozen=True, slots=True)
class KeptAccount:
    """An account that is not deleted."""

    id: str
    name: str | None
    classification: str | None
    sub_type: str | None
    active: bool | None
    currency: str | None
    balance: Decimal | None
    """CurrentBalance, debits positive; None where the mirror is not to hold it."""

    @property
    def stands(self) -> bool:
        """Whether its balance goes on from year to year."""
        return self.classification in STANDING

    @property
    def grows_by_credits(self) -> bool:
        return self.classification in GROWS_BY_CREDITS

    def balance_in(self, currency: str) -> Decimal | None:
        """The balance where it is told in this currency, and told at all: QuickBooks shows 0 for inactive accounts."""
        told = self.stands and self.active is not False and self.currency in (None, currency)
        return self.balance if told else None
