"""Many invoices."""

from __future__ import annotations

from ..company import Company
from .chart import furnish


def fill(company: Company, invoices: int, seed: int) -> None:
    furnish(company)
