"""A company on its first day: accounts, terms, settings, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .chart import furnish

if TYPE_CHECKING:
    from ..company.company import Company


def fill(company: Company, *, invoices: int = 0, seed: int = 1) -> None:  # noqa: ARG001
    """Furnish the company."""
    furnish(company)
