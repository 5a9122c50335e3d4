"""A company on its first day: accounts, terms, settings, and nothing else."""

from __future__ import annotations

from ..company.company import Company
from .chart import furnish


def fill(company: Company, *, invoices: int = 0, seed: int = 1) -> None:  # noqa: ARG001
    """Furnish the company."""
    furnish(company)
