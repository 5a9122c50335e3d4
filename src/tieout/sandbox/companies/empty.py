"""A company on its first day: accounts, terms, settings, and nothing else."""

from __future__ import annotations

from ..company import Company
from .chart import furnish


def fill(company: Company) -> None:
    """Furnish the company."""
    furnish(company)
