"""Records as the text of JSON, JSON Lines and CSV: the way back of `record_files`. No I/O."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from . import exact_json


def write_json(records: Sequence[Mapping[str, Any]]) -> bytes:
    """A list with a record on each line."""
    return b"[\n" + b",\n".join(exact_json.encode(dict(each)) for each in records) + b"\n]\n"


def write_json_lines(records: Sequence[Mapping[str, Any]]) -> bytes:
    """A record on each line."""
    return b"".join(exact_json.encode(dict(each)) + b"\n" for each in records)


def write_csv(
    records: Sequence[Mapping[str, Any]], encoding: str = "utf-8", columns: Sequence[str] = ()
) -> bytes:
    """A row for each record, `columns` first; what is nested has dotted columns, and lists are counted from 1."""
    rows = [dict(_flat(each)) for each in records]
    columns = list(dict.fromkeys([*columns, *(name for row in rows for name in row)]))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def flat_rows(records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Records without anything nested, values as they are."""
    return [dict(_paths(each)) for each in records]


def _flat(record: Any) -> Iterator[tuple[str, str]]:
    for path, value in _paths(record):
        yield path, cell(value)


def _paths(node: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(node, Mapping):
        for name, part in node.items():
            yield from _paths(part, f"{path}.{name}" if path else str(name))
    elif isinstance(node, list | tuple):
        for number, part in enumerate(node, 1):
            yield from _paths(part, f"{path}.{number}")
    else:
        yield path, node


def cell(value: Any) -> str:
    """A value as the text of a cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
