"""The columns of a table: what they hold, and how a value of a record becomes theirs."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import Engine, exc, types
from sqlalchemy import inspect as inspected
from sqlalchemy.sql import column as plain_column
from sqlalchemy.sql import table as plain_table

from ...catalog.nearest import did_you_mean
from ...errors import Invalid
from ...protocols import exact_json

_FAMILIES: Sequence[tuple[type[Any], str]] = (
    (types.Boolean, "boolean"),
    (types.Integer, "whole"),
    (types.Float, "float"),
    (types.Numeric, "number"),
    (types.DateTime, "time"),
    (types.Date, "day"),
    (types.JSON, "json"),
    (types.ARRAY, "other"),
    (types.LargeBinary, "bytes"),
    (types.String, "text"),
)
SQLITE_DIGITS = 15
"""Digits that SQLite keeps in a number with a point."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column."""

    name: str
    family: str
    """boolean, whole, number, float, time, day, json, bytes, text or other."""


@dataclass(frozen=True, slots=True)
class TableShape:
    """A table as the database describes it."""

    name: str
    schema: str | None
    columns: Mapping[str, Column]
    key: tuple[str, ...]
    """The primary key."""
    unique: tuple[tuple[str, ...], ...] = ()
    """Other columns that tell rows apart."""
    of: Any = field(default=None, compare=False)
    """The same for SQLAlchemy, without types: values go as they are, and the database reads them."""

    def keys_in(self, record: Mapping[str, Any]) -> tuple[str, ...]:
        """The key that a record names all columns of; the primary one first."""
        for key in (self.key, *self.unique):
            if key and all(record.get(name) is not None for name in key):
                return key
        return ()


def shape_of(engine: Engine, name: str, schema: str | None) -> TableShape | None:
    """The shape of a table or view; None when there is none."""
    inspector = inspected(engine)
    try:
        found = inspector.get_columns(name, schema=schema)
    except exc.NoSuchTableError:
        return None
    columns = {each["name"]: Column(each["name"], _family(each["type"])) for each in found}
    key = tuple(inspector.get_pk_constraint(name, schema=schema).get("constrained_columns") or ())
    unique: list[Any] = [e["column_names"] for e in inspector.get_unique_constraints(name, schema=schema)]
    indexes = inspector.get_indexes(name, schema=schema, include_auto_indexes=True)  # SQLite hides them else
    unique += [each["column_names"] for each in indexes if each.get("unique")]
    others = tuple(dict.fromkeys(tuple(names) for names in unique if all(names)))  # an expression has no name
    made = plain_table(name, *map(plain_column, columns), schema=schema)
    return TableShape(name, schema, columns, key, others, made)


def _family(kind: Any) -> str:
    return next((family for of, family in _FAMILIES if isinstance(kind, of)), "other")


@dataclass(frozen=True, slots=True)
class Values:
    """Turns values of records into those of a database."""

    dialect: str
    zone: tzinfo
    """Of times that the database keeps without one."""

    def read(self, value: Any, family: str) -> Any:
        """A value as it was read; SQLite has no decimals and no booleans, so a column's declaration says what is meant."""
        if isinstance(value, float):
            return Decimal(repr(value))
        if isinstance(value, datetime) and value.tzinfo is None:
            return value.replace(tzinfo=self.zone)
        if family == "boolean" and isinstance(value, int):
            return bool(value)
        if family == "number" and isinstance(value, int):
            return Decimal(value)
        return value

    def row(self, shape: TableShape, record: Mapping[str, Any], place: str) -> dict[str, Any]:
        """A record as a row; Invalid names the column that cannot take its value."""
        row = {}
        for name, value in record.items():
            if name not in shape.columns:
                raise Invalid(
                    f"{_at(place)}{shape.name} has no column {name!r}.{did_you_mean(name, shape.columns)}",
                    element=name,
                    record=record,
                    advice=f"The columns are {', '.join(shape.columns)}.",
                )
            try:
                row[name] = self.value(value, shape.columns[name].family)
            except (ValueError, InvalidOperation) as error:
                told = str(error) if isinstance(error, ValueError) else f"{value!r} is no number"
                raise Invalid(
                    f"{_at(place)}{shape.name}.{name}: {told}.", element=name, record=record
                ) from error
        return row

    def value(self, value: Any, family: str) -> Any:
        """A value for a column; ValueError says what is wrong with it."""
        if value is None:
            return None
        if isinstance(value, dict | list):
            if family not in ("json", "text"):
                raise ValueError("a list or an object does not fit in one column")
            return str(exact_json.encode(value), "utf-8")
        match family:
            case "json":
                return str(exact_json.encode(value), "utf-8")
            case "boolean":
                return _truth(value)
            case "whole":
                return _whole(value)
            case "number" | "float":
                return self._number(Decimal(str(value)), family)
            case "time":
                return self.moment(_moment(value))
            case "day":
                return self._day(value)
            case "text":
                return _text(value)
        return self.parameter(value)

    def parameter(self, value: Any) -> Any:
        """A value for a place of which nothing is known."""
        if isinstance(value, datetime):
            return self.moment(value)
        if self.dialect == "sqlite":
            if isinstance(value, date):
                return value.isoformat()
            if isinstance(value, Decimal):  # SQLite compares numbers as such, and knows no decimals
                return int(value) if value == value.to_integral_value() else float(value)
        return value

    def moment(self, value: datetime) -> Any:
        """A time; without its zone where the database keeps none."""
        if self.dialect == "postgresql":
            return value if value.tzinfo else value.replace(tzinfo=self.zone)
        kept = value.astimezone(self.zone).replace(tzinfo=None) if value.tzinfo else value
        return kept.isoformat(" ") if self.dialect == "sqlite" else kept

    def _day(self, value: Any) -> Any:
        day = value if isinstance(value, date) else datetime.fromisoformat(str(value))
        day = day.date() if isinstance(day, datetime) else day
        return day.isoformat() if self.dialect == "sqlite" else day

    def _number(self, number: Decimal, family: str) -> Any:
        if not number.is_finite():
            raise ValueError(f"{number} is no number")
        if self.dialect != "sqlite":
            return number
        if family == "number" and len(number.normalize().as_tuple().digits) > SQLITE_DIGITS:
            raise ValueError(
                f"{number:f} has more digits than the {SQLITE_DIGITS} that SQLite keeps; declare the column TEXT"
            )
        return f"{number:f}"  # the column's affinity makes a number of it


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    if str(value).casefold() not in words:
        raise ValueError(f"{value!r} is neither true nor false")
    return words[str(value).casefold()]


def _whole(value: Any) -> int:
    number = Decimal(str(value))
    if not number.is_finite() or number != number.to_integral_value():
        raise ValueError(f"{value} is no whole number")
    return int(number)


def _moment(value: Any) -> datetime:
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else str(value)


def _at(place: str) -> str:
    return f"{place}: " if place else ""
