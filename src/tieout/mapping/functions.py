"""The functions that a map may call besides JSONata's own. What touches the world is asked of a `World`, which is handed in."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation
from typing import Any, Protocol

from ..errors import MapError

_AMOUNT = re.compile(r"[-+]?(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?")


class World(Protocol):
    """What a map may ask for; whoever runs it answers."""

    def find(self, address: str, field: str, value: Any) -> Mapping[str, Any] | None:
        """The one record at an address whose field has this value."""
        ...

    def xref(self, table: str, value: str) -> str | None:
        """What stands for a value in a cross-reference table."""
        ...

    def sequence(self, name: str) -> int:
        """The next number of a sequence; no number is given twice."""
        ...

    def last_success(self) -> datetime:
        """When the last run that succeeded began, by the source's clock, less the overlap."""
        ...

    def property(self, name: str) -> str | None:
        """A property of the process, from the project file."""
        ...


def money(value: Any = None, places: Any = 2) -> Decimal | None:
    """An amount with so many decimals, half away from zero, from a number or a text such as `1,234.50`; None of nothing."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return None
    text = value.strip() if isinstance(value, str) else str(value)
    if isinstance(value, bool) or (isinstance(value, str) and not _AMOUNT.fullmatch(text)):
        raise MapError(f"{value!r} is no amount of money.", advice="Write it as 1234.50 or 1,234.50.")
    try:
        exponent = Decimal(1).scaleb(-int(places))
        return Decimal(text.replace(",", "")).quantize(exponent, ROUND_HALF_UP, Context(prec=100))
    except InvalidOperation as error:
        raise MapError(
            f"{value!r} is no amount of money.", advice="Write it as 1234.50 or 1,234.50."
        ) from error


NAMES = frozenset(("find", "xref", "sequence", "money", "last_success", "property"))
"""What they are called."""


def functions_of(world: World) -> Mapping[str, tuple[str, Callable[..., Any]]]:
    """Signature and function by the name that a map calls them by."""

    def find(address: str, field: str, value: Any = None) -> Any:
        return None if value is None else world.find(address, field, value)

    def xref(table: str, value: Any = None, otherwise: Any = None) -> Any:
        if value is None:
            return otherwise
        found = world.xref(table, _text(value))
        return otherwise if found is None else found

    def last_success() -> str:
        return world.last_success().isoformat()

    def named(name: str, otherwise: Any = None) -> Any:
        found = world.property(name)
        return otherwise if found is None else found

    return {
        "find": ("<ssx?:x>", find),
        "xref": ("<sx?x?:x>", xref),
        "sequence": ("<s:n>", world.sequence),
        "money": ("<x?n?:n>", money),
        "last_success": ("<:s>", last_success),
        "property": ("<sx?:x>", named),
    }


def _text(value: Any) -> str:
    """A value as a table has it: 10.5 for 10.50."""
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return str(value)
