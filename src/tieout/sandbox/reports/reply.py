"""A report as it is said: JSON as it was written, XML made from it when somebody asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from ...protocols import exact_json

NAMESPACE = "http://schema.intuit.com/finance/v3"
_ATTRIBUTES = ("value", "id", "type", "group")
"""Members of rows and cells that are attributes in XML (Report.xsd)."""
_ORDER = ("Header", "ColTitle", "ColType", "MetaData", "Columns", "Rows", "Summary")
"""Of elements where the schema fixes one and JSON's members stand otherwise."""


@dataclass(frozen=True, slots=True)
class ReportReply:
    """A report, which is answered without an envelope in JSON."""

    raw: bytes

    def as_json(self, time: datetime) -> bytes:  # noqa: ARG002 - the report tells its own time
        return self.raw

    def as_xml(self, time: datetime) -> bytes:
        answer = Element("IntuitResponse", xmlns=NAMESPACE, time=time.isoformat())
        _write(SubElement(answer, "Report"), exact_json.decode(self.raw))
        return bytes(tostring(answer, encoding="UTF-8", xml_declaration=True))


def _write(parent: Element, members: Mapping[str, Any]) -> None:
    for name in sorted(members, key=_place):
        value = members[name]
        if name in _ATTRIBUTES:
            parent.set(name, value)
        elif isinstance(value, str):
            SubElement(parent, name).text = value
        else:
            for inner in value if isinstance(value, list) else [value]:
                _write(SubElement(parent, name), inner)


def _place(name: str) -> int:
    return _ORDER.index(name) if name in _ORDER else -1
