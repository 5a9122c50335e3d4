"""What a company is like where Intuit has published too little to choose for everybody."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..ledger.ledger import Key


@dataclass
class Switches:
    """Set by whoever runs the sandbox; the defaults are a plain company."""

    closing_password: bool = False
    """Whether books are closed with a password (6210), or just closed (6200)."""
    matched: set[Key] = field(default_factory=set)
    """Transactions matched to a downloaded bank transaction: they cannot be deleted (6480) or voided (6450)."""
    latin_only: bool = False
    """Whether texts outside of ISO-8859-1 are refused (2040), as documented for companies in the United States."""
