"""Values as people read them in a table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")
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
            from ..protocols import exact_json

            return str(exact_json.encode(value), "utf-8")
    return str(value)


def moment_to_the_second(text: str) -> str:
    """An ISO time as tables show it, 2026-11-27 15:04:05, and where it is not UTC its offset; any other text as it is."""
    if not _MOMENT.fullmatch(text):
        return text
    at = datetime.fromisoformat(text)
    zone = f" {at.tzname()}" if at.utcoffset() else ""
    return f"{at:%Y-%m-%d %H:%M:%S}{zone}"


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
