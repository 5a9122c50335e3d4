"""Values as people read them in a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

LONGEST = 48
"""Characters of a cell in a table of records; what is longer is cut there, and nowhere else."""


def column_texts(values: Sequence[Any]) -> list[str]:
    """A column as texts; where one value is an amount, whole numbers are shown as amounts too."""
    if any(isinstance(value, Decimal) for value in values):
        values = [Decimal(value) if type(value) is int else value for value in values]
    return [text_of(value) for value in values]


def text_of(value: Any) -> str:
    """One value as text."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return amount(value)
        case datetime():
            return value.isoformat(" ", "seconds")
        case date():
            return value.isoformat()
        case dict() | list():
            from ..protocols import rest

            return str(rest.encode(value), "utf-8")
    return str(value)


def amount(value: Decimal, *, grouped: bool = False) -> str:
    """At least cents, and as many digits after them as there are: 12.50, 0.0825."""
    if not value.is_finite():
        return str(value)
    exponent = int(value.normalize().as_tuple().exponent)
    return format(value, f"{',' if grouped else ''}.{max(2, -exponent)}f")


def shortened(text: str, longest: int = LONGEST) -> str:
    """One line that fits into a table."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"
