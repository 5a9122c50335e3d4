"""What a database can do of a predicate. It only narrows: the whole predicate is applied again to what comes back.

Numbers, days and times compare alike everywhere. Texts are compared without regard to case, and only for equality,
since databases order them in different ways.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, func, or_
from sqlalchemy.types import NullType

from ...operations import Compare, In, IsNull, Predicate, conjuncts
from .columns import TableShape, Values

_ORDERED = ("whole", "number", "day", "time")


def narrowed(where: Predicate | None, shape: TableShape, values: Values) -> Iterator[Any]:
    """A condition of SQLAlchemy for each part that the database does."""
    for part in conjuncts(where):
        if can(part, shape, values):
            yield _condition(part, shape, values)


def can(part: Predicate, shape: TableShape, values: Values) -> bool:
    """Whether the database does this part."""
    match part:
        case IsNull(field):
            return field in shape.columns
        case Compare(field, op, value):
            return _compares(field, op, value, shape, values)
        case In(field, listed):
            return bool(listed) and all(_compares(field, "=", value, shape, values) for value in listed)
    return False


def _compares(field: str, op: str, value: Any, shape: TableShape, values: Values) -> bool:
    family = shape.columns[field].family if field in shape.columns else ""
    if values.dialect == "sqlite" and family in ("day", "time"):
        return False  # texts there, in whatever form they were put in
    if family == "text":
        return op == "=" and isinstance(value, str) and value.isascii()
    return family in _ORDERED and op != "!=" and _fits(value, family)


def _fits(value: Any, family: str) -> bool:
    match family:
        case "whole" | "number":
            return isinstance(value, Decimal) or (isinstance(value, str) and value.strip("-").isdecimal())
        case "day":
            return isinstance(value, date) and not isinstance(value, datetime)
    return isinstance(value, datetime)


def _condition(part: Any, shape: TableShape, values: Values) -> Any:
    column = shape.of.c[part.field]
    match part:
        case IsNull():
            return column.is_(None)
        case In(field, listed):
            return or_(*(_condition(Compare(field, "=", value), shape, values) for value in listed))
    family = shape.columns[part.field].family
    if family == "text":
        return func.lower(column) == str(part.value).lower()
    value = Decimal(part.value) if isinstance(part.value, str) else part.value
    given = bindparam(None, values.parameter(value), type_=NullType(), unique=True)
    return column.op(part.op)(given)
