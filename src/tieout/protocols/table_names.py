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


def part_table_name(type_name: str, path: Sequence[str]) -> str:
    """`Invoice` and its part `("InvoiceLineRet",)` of qbXML → `invoice_line`."""
    return column_name((type_name, *_part_words(type_name, path)))


def part_position(type_name: str, path: Sequence[str]) -> str:
    """The column with the position of a part, in the tables of its own parts: `line_group_position`."""
    return f"{column_name(_part_words(type_name, path))}_position"


def _part_words(type_name: str, path: Sequence[str]) -> list[str]:
    bare = (name.removesuffix("Ret") for name in path)
    return [name.removeprefix(type_name) or name for name in bare]
