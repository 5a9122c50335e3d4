"""What an older version of qbXML cannot tell: a record without what that version requires of it, such as an item's account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ...catalog.qbxml import Edition
from ...errors import Invalid
from ...protocols.qbxml_answers import Reply, write_answer_set
from ...protocols.qbxml_writer import ORDER
from .records import called


def as_far_as_told(edition: Edition, reply: Reply) -> Reply:
    """A reply without the records that the version cannot represent, with 501 for the first of them (Intuit, Status codes)."""
    if _can_be_told(edition, reply):
        return reply
    kept: dict[str, list[Any]] = {}
    order, left_out = [], []
    for name, record in _records(reply.content):
        if _can_be_told(edition, replace(reply, content={name: [record]})):
            kept.setdefault(name, []).append(record)
            order.append(name)
        else:
            left_out.append(f'{name.removesuffix("Ret")} "{called(record)}"')
    text = f"Unable to represent {left_out[0]} in this version of the qbXML spec."
    content = {**kept, ORDER: order} if len(kept) > 1 else kept
    return replace(reply, status=501, severity="Warn", message=text, content=content)


def _records(content: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The records of an answer in their order, each with the name of its element."""
    left = {name: list(value) if isinstance(value, list) else [value] for name, value in content.items()}
    order = left.pop(ORDER, [name for name, records in left.items() for _ in records])
    for name in order:
        yield name, left[name].pop(0)


def _can_be_told(edition: Edition, reply: Reply) -> bool:
    try:
        write_answer_set(edition, [reply])
    except Invalid:
        return False
    return True
