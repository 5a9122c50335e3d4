"""JSONata gives one item of a sequence as itself; where the catalog has a list, it becomes a list of one again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..catalog.rest import RecordType, Shape


def with_lists(record: dict[str, Any], kind: RecordType) -> dict[str, Any]:
    """The record with a list wherever its type has one."""
    return _with_lists(record, kind.fields, kind)


def _with_lists(record: Mapping[str, Any], shape: Shape, kind: RecordType) -> dict[str, Any]:
    made = dict(record)
    for name, value in record.items():
        declared = shape.get(name)
        if declared is None or not isinstance(value, dict | list):
            continue
        inner = kind.inner(declared) if declared.is_shape else None
        items = value if isinstance(value, list) else [value]
        if inner is not None:
            items = [_with_lists(each, inner, kind) if isinstance(each, dict) else each for each in items]
        made[name] = items if declared.many or isinstance(value, list) else items[0]
    return made
