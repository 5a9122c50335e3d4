"""Values of qbXML: what Python has for a text, and the text that stands for a value.

Amounts, prices, quantities, percentages and other numbers with a point are Decimals, days and times stay the texts they are,
for qbXML's times have no zone of their own. An empty text clears a field, and is None both ways.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ..catalog.qbxml import Edition, ValueType
from ..catalog.qbxml.base_types import fits
from ..errors import Invalid

KEPT_BY_QUICKBOOKS = "cp1252"
"""What company files are written in; any other character is lost (text, "3.8")."""

DECIMALS = ("amount", "price", "quantity", "percent", "float")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)", re.ASCII)
_WHOLE_NUMBER = re.compile(r"[+-]?\d{1,100}", re.ASCII)
_CENTS = Decimal("0.01")
_DIGITS_AFTER_POINT = {"price": 5, "quantity": 5, "percent": 5}


def read_value(text: str, base: str) -> Any:
    """What a text of this base type stands for; a text that is none of it stays as it is."""
    if not text:
        return None
    stripped = text.strip()
    if base in DECIMALS:
        return Decimal(stripped) if _NUMBER.fullmatch(stripped) else text
    if base == "bool":
        return {"true": True, "1": True, "false": False, "0": False}.get(stripped, text)
    if base == "int" and _WHOLE_NUMBER.fullmatch(stripped):
        return int(stripped)
    return text


def write_value(value: Any, declared: ValueType, edition: Edition, place: str) -> str:
    """The text of a value; Invalid, naming the place, when the edition does not take it."""
    text = _text(value, declared, place)
    if text and not fits(text, declared, edition):
        raise _unfit(value, text, declared, place)
    _refuse_lost(text, place)
    return text


def _text(value: Any, declared: ValueType, place: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        raise Invalid(
            f"{place} must be an exact number, not {value!r}.",
            element=place,
            advice="Give a Decimal, an int or a text: floats lose cents.",
        )
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int | Decimal) and declared.base in DECIMALS:
        return _number(Decimal(value), declared.base, place)
    return str(value)


def _number(value: Decimal, base: str, place: str) -> str:
    if not value.is_finite():
        raise Invalid(f"{place} must be a number, not {value}.", element=place, advice="Correct the value.")
    if base == "amount":
        if value != value.quantize(_CENTS):
            raise Invalid(
                f"{place} is {value}, which is no whole number of cents.",
                element=place,
                advice="Round it where it is made, so that both sides know the same amount.",
            )
        return f"{value.quantize(_CENTS):f}"  # an amount has two decimals or none, never one
    digits = _DIGITS_AFTER_POINT.get(base)
    if digits is not None and value != round(value, digits):
        raise Invalid(
            f"{place} is {value}; QuickBooks takes {digits} digits after the point.",
            element=place,
            advice="Round it where it is made.",
        )
    return f"{value:f}"


def _unfit(value: Any, text: str, declared: ValueType, place: str) -> Invalid:
    if declared.values:
        from ..catalog.nearest import did_you_mean

        hint = did_you_mean(text, declared.values) or f" It is one of {', '.join(declared.values[:12])}."
        return Invalid(
            f"{place}: {text!r} is none of its values.{hint}", element=place, advice="Correct the value."
        )
    if declared.length is not None and len(text) > declared.length:
        return Invalid(
            f"{place} has {len(text):,} characters; QuickBooks takes {declared.length:,}: {_shown(text)}",
            element=place,
            advice="Shorten it.",
        )
    wanted = _WORDS.get(declared.base, declared.schema_name)
    if declared.low or declared.high:
        wanted += f" from {declared.low or 'any'} to {declared.high or 'any'}"
    return Invalid(
        f"{place} must be {wanted}, not {_shown(value)}.", element=place, advice="Correct the value."
    )


_WORDS = {
    "id": "an id of 36 characters at most",
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "amount": "an amount",
    "price": "a price",
    "quantity": "a quantity",
    "percent": "a percentage",
    "date": "a date such as 2026-11-25",
    "datetime": "a time such as 2026-11-25T14:30:00-08:00",
    "duration": "a duration such as PT2H30M",
    "guid": "a GUID in braces, or 0",
}


def _refuse_lost(text: str, place: str) -> None:
    """Characters that QuickBooks would lose, or that no XML may hold."""
    if text.isascii() and text.isprintable():
        return
    for character in text:
        if character in "\t\n\r":
            continue
        if ord(character) < 32 or character == "\x7f":
            raise Invalid(
                f"{place} holds the control character {ord(character):#04x}: {_shown(text)}.",
                element=place,
                advice="Take it out.",
            )
        if not character.isascii() and not _is_kept(character):
            raise Invalid(
                f"{place} holds {character!r}, which QuickBooks Desktop cannot keep: {_shown(text)}.",
                element=place,
                advice="Write it in letters of Western Europe.",
            )


def _is_kept(character: str) -> bool:
    try:
        character.encode(KEPT_BY_QUICKBOOKS)
    except UnicodeEncodeError:
        return False
    return ord(character) > 159  # the rest of the C1 controls


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}…"
