"""A field that a query names: how the catalog spells it, and how its values are read from text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from ..catalog.nearest import did_you_mean
from ..catalog.rest import Field, RecordType, Shape
from ..operations import Value, as_moment


@dataclass(frozen=True, slots=True)
class QueriedField:
    """A field as the catalog spells it."""

    path: str
    declared: Field
    filterable: bool
    """Whether WHERE takes it: it and all it is part of are marked so."""
    repeated: bool
    """Whether a record can have several of it."""


class UnknownField(Exception):
    """The record type has no such field; the text says where the path leaves the catalog."""


def find_field(path: str, record_type: RecordType) -> QueriedField:
    """The field meant by `path` in any case. `CustomerRef.value` is `CustomerRef`: a reference stands for its value."""
    steps = _steps(path, record_type)
    if len(steps) > 1 and steps[-2].type == "ref" and steps[-1].name == "value":
        steps.pop()
    return _described(steps)


def find_comparable_field(path: str, record_type: RecordType) -> QueriedField:
    """As `find_field`; a part with one filterable field stands for it: `PrimaryEmailAddr` for its `Address`."""
    found = find_field(path, record_type)
    inner = record_type.inner(found.declared) if found.declared.is_shape else None
    only = [name for name, declared in (inner or {}).items() if declared.has("filter")]
    return find_field(f"{found.path}.{only[0]}", record_type) if len(only) == 1 else found


def _steps(path: str, record_type: RecordType) -> list[Field]:
    shape, steps = record_type.fields, list[Field]()
    for part in path.split("."):
        declared = _in_any_case(part, shape)
        if declared is None:
            where = ".".join(step.name for step in steps) or record_type.name
            raise UnknownField(f"{where} has no field {part}.{did_you_mean(part, shape)}")
        steps.append(declared)
        shape = record_type.inner(declared) or {}
    return steps


def _described(steps: list[Field]) -> QueriedField:
    return QueriedField(
        path=".".join(step.name for step in steps),
        declared=steps[-1],
        filterable=all(map(_is_marked, steps, [None, *steps])),
        repeated=any(step.many for step in steps),
    )


def _is_marked(step: Field, within: Field | None) -> bool:
    # A reference to anything (Attachable's EntityRef) is found by its type too.
    names_a_type = within is not None and within.type == "ref" and not within.targets and step.name == "type"
    return step.has("filter") or names_a_type


def _in_any_case(name: str, shape: Shape) -> Field | None:
    if name in shape:
        return shape[name]
    folded = name.casefold()
    return next((declared for known, declared in shape.items() if known.casefold() == folded), None)


def read_as(declared: Field, text: str) -> Value:
    """The value that `text` is for this field; ValueError says what the field wants."""
    reader = _READERS.get(declared.type)
    if reader is None:
        return text
    read, wanted = reader
    try:
        return read(text.strip())
    except (ValueError, InvalidOperation):
        raise ValueError(f"{wanted}, not {text!r}") from None


def _read_number(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError(text)
    return number


def _read_whole_number(text: str) -> Decimal:
    number = _read_number(text)
    if number != number.to_integral_value():
        raise ValueError(text)
    return number


def _read_bool(text: str) -> bool:
    if text.casefold() not in ("true", "false"):
        raise ValueError(text)
    return text.casefold() == "true"


_READERS: Mapping[str, tuple[Callable[[str], Value], str]] = {
    "date": (date.fromisoformat, "a date such as '2026-01-31'"),
    "datetime": (as_moment, "a time such as '2026-01-31T08:00:00-08:00'"),
    "bool": (_read_bool, "true or false"),
    "int": (_read_whole_number, "a whole number"),
    "decimal": (_read_number, "a number"),
    "double": (_read_number, "a number"),
}


def text_of(value: Value) -> str:
    """A value as QuickBooks writes it, without quotes."""
    match value:
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f")
        case datetime() | date():
            return value.isoformat()
        case str():
            return value
    raise ValueError("an absent value has no text")
