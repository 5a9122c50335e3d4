"""Names of tables and columns: snake_case of the wire's names, made here and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


@cache
def snake(name: str) -> str:
    """`CustomerRef` → `customer_ref`, `PONumber` → `po_number`, `AllowOnlineACHPayment` → `allow_online_ach_payment`."""
    return _BOUNDARY.sub("_", name).lower()


def column_name(path: Sequence[str]) -> str:
    """`("CustomerRef", "value")` → `customer_ref_value`."""
    return "_".join(snake(part) for part in path)


def table_name(type_name: str, path: Sequence[str] = ()) -> str:
    """`Invoice` → `invoice`; its repeated part `("Line",)` → `invoice_line`."""
    return column_name((type_name, *path))
