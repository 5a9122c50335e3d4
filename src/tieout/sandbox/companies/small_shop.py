"""A believable year of a shop."""

from __future__ import annotations

from ..company import Company
from .chart import furnish


def fill(company: Company, seed: int) -> None:
    furnish(company)
