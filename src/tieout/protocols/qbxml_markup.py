"""The bytes of an answer in one plain form: UTF-8, well-formed, elements and texts only, cut where no tag is cut.

expat reads every byte, so what is no whole XML is refused, and a DOCTYPE too. QuickBooks writes the plain form itself, and then its
bytes go on as they are, without a call into Python for each element. From the first comment, CDATA section or instruction on, or where
the encoding is another one, they are written anew.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NoReturn
from xml.parsers import expat

from ..errors import RemoteProtocolError

LONGEST_PIECE = 262_144
"""Bytes that are looked at together."""

_HEAD = re.compile(rb"\s*(?:<\?xml\s[^>]*?(?:encoding\s*=\s*[\"']([^\"']*)[\"'][^>]*)?\?>)?")
_PLAIN_ENCODINGS = (b"", b"utf-8", b"us-ascii", b"ascii")
_MARKS = (b"!", b"?")
"""They begin comments, CDATA sections and instructions after a `<`; single bytes are found many times faster."""

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_ENTITIES_OF_ATTRIBUTES = {**_ENTITIES, **str.maketrans({'"': "&quot;", "\n": "&#10;", "\t": "&#9;"})}


def plain_markup(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The document from its root element on; RemoteProtocolError where it is no whole XML or has a DOCTYPE."""
    reading = _Reading()
    held = b""
    for piece in pieces:
        for at in range(0, len(piece), LONGEST_PIECE):
            held += piece[at : at + LONGEST_PIECE]
            cut = _after_last_closing_tag(held)
            if cut:
                yield reading.read(held[:cut])
                held = held[cut:]
    yield reading.read(held, last=True)


class _Reading:
    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = _refuse_doctype
        self._written: list[str] | None = None
        """What was written anew; None while the bytes are plain."""
        self._begun = False

    def read(self, piece: bytes, *, last: bool = False) -> bytes:
        plain = piece
        if not self._begun:
            self._begun = True
            head = _HEAD.match(piece)
            assert head is not None  # it matches nothing too
            plain = piece[head.end() :]
            if (head[1] or b"").lower() not in _PLAIN_ENCODINGS or piece[:1] not in (b"<", b"", *_SPACES):
                self._write_anew()
        if self._written is None and any(mark in plain and b"<" + mark in plain for mark in _MARKS):
            self._write_anew()
        try:
            self._parser.Parse(piece, last)
        except expat.ExpatError as error:
            raise RemoteProtocolError(f"The qbXML cannot be read: {error}.") from error
        if self._written is None:
            return plain
        written = "".join(self._written).encode()
        self._written.clear()
        return written

    def _write_anew(self) -> None:
        self._written = written = []

        def start(name: str, attributes: dict[str, str]) -> None:
            told = "".join(f' {n}="{v.translate(_ENTITIES_OF_ATTRIBUTES)}"' for n, v in attributes.items())
            written.append(f"<{name}{told}>")

        self._parser.StartElementHandler = start
        self._parser.EndElementHandler = lambda name: written.append(f"</{name}>")
        self._parser.CharacterDataHandler = lambda text: written.append(text.translate(_ENTITIES))


_SPACES = (b" ", b"\t", b"\r", b"\n")


def _after_last_closing_tag(held: bytes) -> int:
    """Where the last complete closing tag ends; what follows may be half a tag. In `</` the `<` is surely no text."""
    at = len(held)
    while (at := held.rfind(b"</", 0, at)) >= 0:
        end = held.find(b">", at)
        if end >= 0:
            return end + 1
    return 0


def _refuse_doctype(*_: object) -> NoReturn:
    raise RemoteProtocolError("The qbXML has a DOCTYPE, which no message of QuickBooks has; it was not read.")
