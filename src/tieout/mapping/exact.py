"""Exact decimals that a library which counts `int` and `float` as numbers takes for floats."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow
from typing import Any

EXACT = Context(
    prec=400, rounding=ROUND_HALF_EVEN, traps=[Inexact, InvalidOperation, Overflow, DivisionByZero]
)
"""For + - and *: what does not fit is an error, and never rounded."""
ROUNDED = Context(prec=40, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, Overflow, DivisionByZero])
"""For / and roots, whose digits may not end."""


class Exact(float):
    """A decimal number. The library takes it for a float; it computes and compares as the Decimal that it is."""

    __slots__ = ("decimal",)
    decimal: Decimal

    def __new__(cls, decimal: Decimal) -> Exact:
        made = super().__new__(cls, decimal)
        made.decimal = decimal
        return made

    def __add__(self, other: Any) -> Any:
        return number(EXACT.add(self.decimal, decimal_of(other)))

    def __mul__(self, other: Any) -> Any:
        return number(EXACT.multiply(self.decimal, decimal_of(other)))

    __radd__ = __add__
    __rmul__ = __mul__

    def __eq__(self, other: object) -> bool:
        return is_number(other) and self.decimal == decimal_of(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __lt__(self, other: Any) -> bool:
        return self.decimal < decimal_of(other)

    def __le__(self, other: Any) -> bool:
        return self.decimal <= decimal_of(other)

    def __gt__(self, other: Any) -> bool:
        return self.decimal > decimal_of(other)

    def __ge__(self, other: Any) -> bool:
        return self.decimal >= decimal_of(other)

    def __hash__(self) -> int:
        return hash(self.decimal)

    def __int__(self) -> int:
        return int(self.decimal)

    def __bool__(self) -> bool:
        return bool(self.decimal)

    def __repr__(self) -> str:
        return written(self.decimal)

    __str__ = __repr__


def decimal_of(number: Any) -> Decimal:
    """A number of the library as a Decimal; of a plain float, the digits that it is written with."""
    if isinstance(number, Exact):
        return number.decimal
    return Decimal(repr(number)) if isinstance(number, float) else Decimal(number)


def number(decimal: Decimal) -> int | Exact:
    """A Decimal as the library shall see it; a whole number may be an index or the end of a range."""
    return int(decimal) if decimal == decimal.to_integral_value() else Exact(decimal)


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def written(decimal: Decimal) -> str:
    """The shortest decimal text: 10.5 of 10.50, 1000 of 1E+3."""
    text = f"{decimal:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text
