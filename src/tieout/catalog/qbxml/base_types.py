"""What the text of a simple element may look like, by base type; the patterns are in `_base_types.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from .editions import Edition
from .notation import ValueType, type_text

_DAY = re.compile(r"\s*(\d{4})-(\d\d)-(\d\d)(?:([+-]\d\d):(\d\d)|Z)?\s*")


@cache
def patterns() -> Mapping[str, str]:
    """By base type, what its text must match as a whole, with what held in older versions."""
    return MappingProxyType(tomllib.loads(files(__package__).joinpath("_base_types.toml").read_text("utf-8")))


@cache
def pattern(base: str, edition: Edition) -> re.Pattern[str]:
    """What a text of this base type must match as a whole in an edition."""
    return re.compile(type_text(patterns()[base]).of(edition), re.DOTALL | re.ASCII)


def fits(text: str, value: ValueType, edition: Edition) -> bool:
    """Whether the schema of an edition accepts this text for a value."""
    if not pattern(value.base, edition).fullmatch(text):
        return False
    if value.length is not None and len(text) > value.length:
        return False
    if value.values and text not in value.values:
        return False
    if value.base == "date" and text.strip():
        return _is_a_day(text)
    return value.base != "int" or _within(int(text), value)


def _within(number: int, value: ValueType) -> bool:
    return not (value.low and number < int(value.low)) and not (value.high and number > int(value.high))


def _is_a_day(text: str) -> bool:
    """Whether the calendar has it; a pattern cannot say that."""
    parts = _DAY.fullmatch(text)
    if parts is None:
        return False
    try:
        date(int(parts[1]), int(parts[2]), int(parts[3]))
    except ValueError:
        return False
    return parts[4] is None or abs(int(parts[4])) * 60 + int(parts[5]) <= 14 * 60
