"""Rows into documents, and documents into several."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

Fields = Sequence[str]
"""Dotted paths."""

ROWS = "rows"
"""Where the rows of a group stand in its document."""


def value_at(document: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path, in which a number counts the items of a list from 1; None where there is none."""
    node: Any = document
    for part in path.split("."):
        if isinstance(node, Mapping):
            node = node.get(part)
        elif isinstance(node, list) and part.isdecimal() and 0 < int(part) <= len(node):
            node = node[int(part) - 1]
        else:
            return None
    return node


def key_of(document: Mapping[str, Any], fields: Fields) -> str:
    """What makes it the same document: `order_no=17`; empty when one of the fields says nothing."""
    values = [value_at(document, field) for field in fields]
    if any(value in (None, "") or isinstance(value, Mapping | list) for value in values):
        return ""
    return ", ".join(f"{field}={value}" for field, value in zip(fields, values, strict=True))


def together(
    rows: Iterable[tuple[str, Mapping[str, Any]]], fields: Fields
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Rows with the same values as one document `{order_no: 17, rows: […]}`, in the order in which they begin.

    Each row has its place; a document has that of its first row. All rows are held, as later ones may belong to the first.
    """
    found: dict[tuple[Any, ...], tuple[str, dict[str, Any]]] = {}
    for place, row in rows:
        values = tuple(value_at(row, field) for field in fields)
        if values not in found:
            found[values] = (place, {**dict(zip(fields, values, strict=True)), ROWS: []})
        found[values][1][ROWS].append(dict(row))
    yield from found.values()


def spread(
    documents: Iterable[tuple[str, Mapping[str, Any]]], path: str
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """A document for each item of the list at a path, the item in the list's place; one without items gives none."""
    for place, document in documents:
        items = value_at(document, path)
        if not isinstance(items, list):
            yield place, document
            continue
        for number, item in enumerate(items, 1):
            yield f"{place}, {path} {number}", _with(document, path.split("."), item)


def _with(document: Mapping[str, Any], path: Sequence[str], item: Any) -> Mapping[str, Any]:
    if len(path) == 1:
        return {**document, path[0]: item}
    return {**document, path[0]: _with(document[path[0]], path[1:], item)}


def names_in(documents: Iterable[Any]) -> set[str]:
    """Every name that documents have, at any depth."""
    found: set[str] = set()
    waiting = list(documents)
    while waiting:
        each = waiting.pop()
        if isinstance(each, Mapping):
            found.update(map(str, each))
            waiting += each.values()
        elif isinstance(each, list):
            waiting += each
    return found
