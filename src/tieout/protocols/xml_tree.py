"""A small XML document as a tree of elements, read with expat, namespaces left out, DOCTYPE refused.

A DOCTYPE has no place in a message; entities declared in one can make a short text explode or read files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from ..errors import RemoteProtocolError

_SEPARATOR = " "
_DEPTH = 100
"""Deeper than any message of QuickBooks, and shallow enough to walk."""


@dataclass(slots=True)
class Element:
    """One element; names of elements and attributes are local names."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element] = field(default_factory=list)
    text: str = ""
    """Character data directly inside; white space between children is not kept."""

    def all(self, name: str) -> Iterator[Element]:
        """The children of this name."""
        return (child for child in self.children if child.name == name)

    def find(self, name: str) -> Element | None:
        """The first element of this name anywhere below, children before their children."""
        nearest = next(self.all(name), None)
        return nearest or next((found for child in self.children if (found := child.find(name))), None)

    def text_of(self, name: str) -> str:
        """The text of the first child of this name, empty when there is none."""
        return next((child.text for child in self.all(name)), "")


_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Characters that no XML document may hold, not even as entities (XML 1.0, "Characters")."""


def escaped(text: str) -> str:
    """The text as it stands between tags; a bare carriage return would be read as a line feed."""
    return escape(writable(text), {"\r": "&#13;"})


def attribute(text: str) -> str:
    """The text as the value of an attribute, quoted."""
    return quoteattr(writable(text))


def writable(text: str) -> str:
    """The text with a replacement character for each that XML cannot hold."""
    return _NOT_IN_XML.sub("\ufffd", text)


def parse_xml(body: bytes) -> Element:
    """The root element of a document."""
    builder = _Builder()
    parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.characters
    try:
        parser.Parse(body, True)
    except LookupError as error:
        raise RemoteProtocolError(f"This XML cannot be read: {error}.") from error
    except expat.ExpatError as error:
        raise RemoteProtocolError(
            f"This is not XML: {expat.ErrorString(error.code)} at line {error.lineno}, column "
            f"{error.offset + 1}; it was {len(body):,} bytes long."
        ) from error
    return builder.root


def _refuse_doctype(*_: object) -> NoReturn:
    raise RemoteProtocolError("The XML has a DOCTYPE, which no message of QuickBooks has; it was not read.")


class _Builder:
    """Grows the tree from expat's events."""

    def __init__(self) -> None:
        self._above: list[Element] = [Element("")]
        self._texts: list[list[str]] = [[]]

    @property
    def root(self) -> Element:
        return self._above[0].children[0]

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self._above) > _DEPTH:
            raise RemoteProtocolError(f"The XML is nested more than {_DEPTH} deep; it was not read.")
        element = Element(_local(name), {_local(key): value for key, value in attributes.items()})
        self._above[-1].children.append(element)
        self._above.append(element)
        self._texts.append([])

    def end(self, _name: str) -> None:
        element, text = self._above.pop(), "".join(self._texts.pop())
        element.text = "" if element.children and not text.strip() else text

    def characters(self, data: str) -> None:
        self._texts[-1].append(data)


def _local(name: str) -> str:
    return name.rpartition(_SEPARATOR)[2]
