"""Answers of qbXML, as QuickBooks writes them: what an edition has no word for is left out, and the rest is in its order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ..catalog.qbxml import Edition, RecordType
from .qbxml_writer import ATTRIBUTE, write_element


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one request."""

    kind: RecordType
    verb: str
    request_id: str = ""
    status: int = 0
    severity: str = "Info"
    message: str = "Status OK"
    attributes: Mapping[str, str] = field(default_factory=dict)
    """`iteratorRemainingCount`, `iteratorID`, `retCount`."""
    content: Mapping[str, Any] = field(default_factory=dict)
    """Records by the names of their elements: `{"InvoiceRet": […]}`."""


def write_answer_set(
    edition: Edition,
    replies: Sequence[Reply],
    told: Mapping[str, str] | None = None,
    envelope: str = "QBXMLMsgsRs",
) -> str:
    """The document; it carries no instruction with a version, as QuickBooks' answers do not."""
    attributes = "".join(f' {name}="{value}"' for name, value in (told or {}).items())
    inside = "\n".join(_reply(edition, each) for each in replies)
    return f'<?xml version="1.0" ?>\n<QBXML>\n<{envelope}{attributes}>\n{inside}\n</{envelope}>\n</QBXML>\n'


def _reply(edition: Edition, reply: Reply) -> str:
    name = reply.kind.message(reply.verb, "Rs")
    told = {
        "requestID": reply.request_id,
        "statusCode": str(reply.status),
        "statusSeverity": reply.severity,
        "statusMessage": reply.message,
        **reply.attributes,
    }
    shape = reply.kind.shape(name, edition)
    known = {each.name for each in shape.attributes}
    attributes = {f"{ATTRIBUTE}{n}": value for n, value in told.items() if n in known and value}
    return write_element(
        reply.kind, edition, name, {**attributes, **as_known(reply.kind, name, edition, reply.content)}
    )


def as_known(kind: RecordType, shape: str, edition: Edition, content: Mapping[str, Any]) -> dict[str, Any]:
    """The part of a record that an edition has words for."""
    elements = {each.name: each for each in kind.shape(shape, edition).elements()}
    found: dict[str, Any] = {}
    for name, value in content.items():
        if name.startswith((ATTRIBUTE, "#")):
            found[name] = value
        elif name in elements and value is not None:
            inner = elements[name].shape
            found[name] = _known_value(kind, inner, edition, value) if inner else value
    return found


def _known_value(kind: RecordType, shape: str, edition: Edition, value: Any) -> Any:
    if isinstance(value, list):
        return [_known_value(kind, shape, edition, each) for each in value]
    return as_known(kind, shape, edition, value) if isinstance(value, Mapping) else value
