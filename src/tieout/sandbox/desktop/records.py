"""Records as the sandbox keeps them, and the few things that are asked of every one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ...protocols.qbxml_writer import ORDER

Record = dict[str, Any]

Key = tuple[str, str]
"""A record: its type and id."""

ZERO = Decimal(0)
CENT = Decimal("0.01")
NO_MONEY = Decimal("0.00")

_PRICE = Decimal("0.00001")


def cents(amount: Decimal) -> Decimal:
    """Rounded to the cent, half away from zero."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def price(amount: Decimal) -> Decimal:
    """Rounded to the five digits of a price, without those that say nothing."""
    rounded = amount.quantize(_PRICE, ROUND_HALF_UP)
    return cents(rounded) if rounded == cents(rounded) else rounded.normalize()


def called(record: Mapping[str, Any]) -> str:
    """What a list's element is called in full; a transaction by its number."""
    names = ("FullName", "Name", "Initial", "RefNumber")
    return str(next((record[name] for name in names if record.get(name)), ""))


def id_of(reference: Any) -> str:
    """The ListID of a reference; empty where there is none."""
    return str(reference.get("ListID", "")) if isinstance(reference, Mapping) else ""


def reference_to(record: Mapping[str, Any]) -> Record:
    return {"ListID": record["ListID"], "FullName": called(record)}


def line_names(kind: str, record: Mapping[str, Any]) -> tuple[str, str]:
    """What a transaction's item lines and their groups are called: `InvoiceLineRet`, `ItemLineRet`."""
    if f"{kind}LineRet" in record or f"{kind}LineGroupRet" in record:
        return f"{kind}LineRet", f"{kind}LineGroupRet"
    return "ItemLineRet", "ItemGroupLineRet"


def in_order(record: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[tuple[str, Record]]:
    """The lines of these names as they stand one after another, each with its name."""
    left = {name: list(record.get(name) or ()) for name in names}
    for name in record.get(ORDER) or ():
        if left.get(name):
            yield name, left[name].pop(0)
    for name, lines in left.items():
        for line in lines:
            yield name, line


def item_lines(kind: str, record: Mapping[str, Any]) -> Iterator[Record]:
    """Every line about an item, those inside of groups too."""
    plain, group = line_names(kind, record)
    for name, line in in_order(record, (plain, group)):
        if name == group:
            yield from line.get(plain, ())
        else:
            yield line
