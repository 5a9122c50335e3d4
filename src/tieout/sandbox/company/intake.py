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
from typing import Any

from ...catalog.rest import REF, Field, RecordType, enums
from . import refusals
from .records import Record

_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_LATEST_DIGIT = 15
"""Digits a number may have before or after its point; anything beyond is no amount."""


def read(record_type: RecordType, body: Any) -> Record:
    """The writable part of a body."""
    if not isinstance(body, Mapping):
        raise refusals.unknown_property(record_type.name)
    return _read_shape(record_type, "", body, "")


def is_empty(value: Any) -> bool:
    """Whether a sent value stands for clearing: `""`, `{}` or a reference with an empty value."""
    if isinstance(value, Mapping):
        return all(is_empty(part) for part in value.values())
    return value is None or value == ""


def without_empty(record: Record) -> Record:
    """The record without the fields that were sent empty."""
    return {name: value for name, value in record.items() if not is_empty(value)}


def _read_shape(record_type: RecordType, shape: str, body: Mapping[str, Any], place: str) -> Record:
    read_values: Record = {}
    fields = _fields(record_type, shape)
    for name, value in body.items():
        path = f"{place}.{name}" if place else name
        declared, taken = fields.get(name, _UNKNOWN)
        if declared is None:
            raise refusals.unknown_property(path)
        if value is not None and taken:
            read_values[name] = _read_field(record_type, declared, value, path)
    return read_values


_UNKNOWN: tuple[Field | None, bool] = (None, False)
_FIELDS: dict[tuple[str, str], Mapping[str, tuple[Field | None, bool]]] = {}


def _fields(record_type: RecordType, shape: str) -> Mapping[str, tuple[Field | None, bool]]:
    """The fields of a type or of a shape in it, each with whether a client's value is taken."""
    known = _FIELDS.get((record_type.name, shape))
    if known is None:
        inner = REF if shape == "ref" else record_type.shape(shape) if shape else record_type.fields
        known = _FIELDS[record_type.name, shape] = {n: (f, _writable(f)) for n, f in inner.items()}
    return known


def _writable(declared: Field) -> bool:
    """Fields of no known type (`InvoiceEx` …) are taken and forgotten, like those that QuickBooks sets."""
    return (
        declared.served
        and declared.type != "any"
        and not declared.has("readonly")
        and declared.name != "sparse"
    )


def _read_field(record_type: RecordType, declared: Field, value: Any, path: str) -> Any:
    if not declared.many:
        return _read_value(record_type, declared, value, path)
    if not isinstance(value, list):
        raise refusals.unknown_property(path)
    return [_read_value(record_type, declared, item, path) for item in value]


def _read_value(record_type: RecordType, declared: Field, value: Any, path: str) -> Any:
    if declared.type in _READERS:
        return _read_scalar(declared, value, path)
    if isinstance(value, Mapping):
        return _read_shape(record_type, declared.type, value, path)
    raise refusals.unknown_property(path)


def _read_scalar(declared: Field, value: Any, path: str) -> Any:
    if isinstance(value, list | Mapping):
        raise refusals.unknown_property(path)
    return _READERS[declared.type](declared, value, path)


def _read_text(declared: Field, value: Any, path: str) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise refusals.invalid_text(path)
    if declared.length is not None and len(text) > declared.length:
        raise refusals.wrong_length(path, declared.length, len(text))
    return text


def _read_decimal(_declared: Field, value: Any, path: str) -> Any:
    if value == "":
        return value
    number = _number(value)
    if number is None:
        raise refusals.invalid_decimal_format(path, value)
    if not _is_readable(number):
        raise refusals.invalid_decimal(path, value)
    return number


def _read_int(_declared: Field, value: Any, path: str) -> Any:
    if value == "":
        return value
    number = _number(value)
    if number is None:
        raise refusals.invalid_number_format(path, value)
    if not _is_readable(number) or number != number.to_integral_value():
        raise refusals.invalid_number(path, value)
    return int(number)


def _number(value: Any) -> Decimal | None:
    try:
        number = Decimal(value if isinstance(value, Decimal | int) else str(value))
    except InvalidOperation:
        return None
    return None if isinstance(value, bool) else number


def _is_readable(number: Decimal) -> bool:
    return number.is_finite() and abs(number.adjusted()) <= _LATEST_DIGIT


def _read_bool(_declared: Field, value: Any, path: str) -> bool:
    known = {"true": True, "false": False}.get(str(value).lower())
    if known is None:
        raise refusals.invalid_boolean(path, value)
    return known


def _read_enum(declared: Field, value: Any, path: str) -> str:
    allowed = enums()[declared.targets[0]]
    if value != "" and value not in allowed:
        raise refusals.invalid_enumeration(path, value)
    return str(value)


def _read_date(_declared: Field, value: Any, path: str) -> str:
    """The day alone; a time of day that came with it is cut off."""
    text = str(value)
    try:
        if text and not (_DATE.match(text) and date.fromisoformat(text[:10])):
            raise refusals.invalid_date(path, value)
    except ValueError:
        raise refusals.no_such_date(path, value) from None
    return text[:10]


def _read_moment(_declared: Field, value: Any, path: str) -> str:
    try:
        if value != "":
            datetime.fromisoformat(str(value))
    except ValueError:
        raise refusals.invalid_date(path, value) from None
    return str(value)


_READERS: Mapping[str, Callable[[Field, Any, str], Any]] = {
    "str": _read_text,
    "id": _read_text,
    "uri": _read_text,
    "bytes": _read_text,
    "time": _read_text,
    "int": _read_int,
    "bool": _read_bool,
    "decimal": _read_decimal,
    "double": _read_decimal,
    "enum": _read_enum,
    "date": _read_date,
    "datetime": _read_moment,
}
