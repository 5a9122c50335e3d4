"""What a client sends, checked against the catalog and put into the types that rules and amounts work with.

Unknown properties, texts too long, and values of the wrong kind or outside their set are refused here. Fields
that QuickBooks sets itself are dropped without a word, as the service does (REST API features, "read-only").
Numbers and booleans sent as text are read, numbers sent as text fields become text: the service is lenient there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

from ...catalog.rest import REF, Field, RecordType, Shape, enums
from . import refusals
from .records import Record

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_LATEST_DIGIT = 15
"""Digits a number may have before or after its point; anything beyond is no amount."""

Reader = Callable[[Any], Any]
"""Makes of a sent value the one that is kept, or refuses it."""


def read(record_type: RecordType, body: Any) -> Record:
    """The writable part of a body."""
    known = _SHAPES.get(record_type.name)
    if known is None:
        known = _SHAPES[record_type.name] = _Shape(record_type, record_type.fields, "")
    return known.read(body)


def is_empty(value: Any) -> bool:
    """Whether a sent value stands for clearing: `""`, `{}` or a reference with an empty value."""
    if isinstance(value, dict):
        return all(map(is_empty, value.values()))
    return value is None or (isinstance(value, str) and not value)


def without_empty(record: Record) -> Record:
    """The record without the fields that were sent empty."""
    return {name: value for name, value in record.items() if not is_empty(value)}


class _Shape(dict[str, Reader | None]):
    """Reads a type, or a shape at a place in it: a reader for each field, made when the field is met first.

    None for fields whose value a client cannot set.
    """

    def __init__(self, record_type: RecordType, fields: Shape, place: str) -> None:
        super().__init__()
        self._record_type = record_type
        self._fields = fields
        self._place = place

    def read(self, body: Any) -> Record:
        if not isinstance(body, (dict, Mapping)):
            raise refusals.unknown_property(self._place or self._record_type.name)
        values: Record = {}
        for name, value in body.items():
            reader = self[name]
            if reader is not None and value is not None:
                values[name] = reader(value)
        return values

    def __missing__(self, name: str) -> Reader | None:
        path = f"{self._place}.{name}" if self._place else name
        declared = self._fields.get(name)
        if declared is None:
            raise refusals.unknown_property(path)
        reader = self[name] = self._reader(declared, path) if _writable(declared) else None
        return reader

    def _reader(self, declared: Field, path: str) -> Reader:
        reader = _scalar_reader(declared, path) or self._group_reader(declared, path)
        return partial(_read_list, reader, path) if declared.many else reader

    def _group_reader(self, declared: Field, path: str) -> Reader:
        fields = REF if declared.type == "ref" else self._record_type.shape(declared.type)
        return _Shape(self._record_type, fields, path).read


_SHAPES: dict[str, _Shape] = {}
"""By type."""


def _writable(declared: Field) -> bool:
    """Fields of no known type (`InvoiceEx` …) are taken and forgotten, like those that QuickBooks sets."""
    return (
        declared.served
        and declared.type != "any"
        and not declared.has("readonly")
        and declared.name != "sparse"
    )


def _read_list(reader: Reader, path: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise refusals.unknown_property(path)
    return [reader(item) for item in value]


def _scalar_reader(declared: Field, path: str) -> Reader | None:
    if declared.type == "enum":
        return partial(_read_enum, frozenset(enums()[declared.targets[0]]), path)
    if declared.type in _TEXTS:
        return partial(_read_text, declared.length, path)
    read_scalar = _READERS.get(declared.type)
    return partial(read_scalar, path) if read_scalar else None


def _check_scalar(value: Any, path: str) -> None:
    if isinstance(value, (list, Mapping)):
        raise refusals.unknown_property(path)


def _read_text(length: int | None, path: str, value: Any) -> str:
    text = value if isinstance(value, str) else _as_text(value, path)
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise refusals.invalid_text(path)
    if length is not None and len(text) > length:
        raise refusals.wrong_length(path, length, len(text))
    return text


def _as_text(value: Any, path: str) -> str:
    _check_scalar(value, path)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _read_decimal(path: str, value: Any) -> Any:
    if type(value) is not Decimal:  # which is slow to compare with a text
        if value == "":
            return value
        number = _number(value, path)
        if number is None:
            raise refusals.invalid_decimal_format(path, value)
        value = number
    if not value.is_finite() or not -_LATEST_DIGIT <= value.adjusted() <= _LATEST_DIGIT:
        raise refusals.invalid_decimal(path, value)
    return value


def _read_int(path: str, value: Any) -> Any:
    if value == "":
        return value
    number = _number(value, path)
    if number is None:
        raise refusals.invalid_number_format(path, value)
    if not _is_readable(number) or number != number.to_integral_value():
        raise refusals.invalid_number(path, value)
    return int(number)


def _number(value: Any, path: str) -> Decimal | None:
    if type(value) is int or type(value) is Decimal:
        return Decimal(value)
    _check_scalar(value, path)
    try:
        return None if isinstance(value, bool) else Decimal(str(value))
    except InvalidOperation:
        return None


def _is_readable(number: Decimal) -> bool:
    return number.is_finite() and -_LATEST_DIGIT <= number.adjusted() <= _LATEST_DIGIT


def _read_bool(path: str, value: Any) -> bool:
    _check_scalar(value, path)
    known = {"true": True, "false": False}.get(str(value).lower())
    if known is None:
        raise refusals.invalid_boolean(path, value)
    return known


def _read_enum(allowed: frozenset[str], path: str, value: Any) -> str:
    if type(value) is not str:
        _check_scalar(value, path)
    if value != "" and value not in allowed:
        raise refusals.invalid_enumeration(path, value)
    return str(value)


def _read_date(path: str, value: Any) -> str:
    """The day alone; a time of day that came with it is cut off."""
    _check_scalar(value, path)
    text = str(value)
    try:
        if text and not (_DATE.match(text) and date.fromisoformat(text[:10])):
            raise refusals.invalid_date(path, value)
    except ValueError:
        raise refusals.no_such_date(path, value) from None
    return text[:10]


def _read_moment(path: str, value: Any) -> str:
    _check_scalar(value, path)
    try:
        if value != "":
            datetime.fromisoformat(str(value))
    except ValueError:
        raise refusals.invalid_date(path, value) from None
    return str(value)


_TEXTS = ("str", "id", "uri", "bytes", "time")
_READERS: Mapping[str, Callable[[str, Any], Any]] = {
    "int": _read_int,
    "bool": _read_bool,
    "decimal": _read_decimal,
    "double": _read_decimal,
    "date": _read_date,
    "datetime": _read_moment,
}
"""What reads a value at a path, by the type of its field."""
