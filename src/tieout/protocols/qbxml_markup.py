"""The bytes of an answer in one plain form: UTF-8, well-formed, elements and texts only, cut where no tag is cut.

expat reads every byte that nobody else has checked, so what is no whole XML is refused, and a DOCTYPE too. QuickBooks writes the plain
form itself, and then its bytes go on as they are, without a call into Python for each element. From the first comment, CDATA section or instruction on, or where
the encoding is another one, they are written anew.
"""

from __future__ import annotations

import re
from typing import NoReturn
from xml.parsers import expat

from ..errors import RemoteProtocolError

_HEAD = re.compile(rb"\s*(?:<\?xml\s[^>]*?(?:encoding\s*=\s*[\"']([^\"']*)[\"'][^>]*)?\?>)?")
_PLAIN_ENCODINGS = (b"", b"utf-8", b"us-ascii", b"ascii")
_MARKS = (b"!", b"?")
"""They begin comments, CDATA sections and instructions after a `<`; single bytes are found many times faster."""

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_ENTITIES_OF_ATTRIBUTES = {**_ENTITIES, **str.maketrans({'"': "&quot;", "\n": "&#10;", "\t": "&#9;"})}


class Markup:
    """Turns the pieces of one document into plain markup, from its root element on.

    RemoteProtocolError where it is no whole XML or has a DOCTYPE.
    """

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = _refuse_doctype
        self._written: list[str] | None = None
        """What was written anew; None while the bytes are plain."""
        self._begun = False
        self._left_out = 0

    @property
    def is_plain(self) -> bool:
        """Whether the bytes go on as they are, so that a part of them can be understood without what was before."""
        return self._written is None

    def leave_out(self, size: int) -> None:
        """Go on behind some bytes of whole elements, which somebody else has checked; what was read last ended behind a tag."""
        self._left_out += size

    def read(self, piece: bytes, *, last: bool = False) -> bytes:
        """A piece that ends behind a closing tag, or is the last."""
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
            at = self._left_out + self._parser.ErrorByteIndex
            told = f"{expat.ErrorString(error.code)} at byte {at:,}"
            raise RemoteProtocolError(f"The qbXML cannot be read: {told}.") from error
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


def _refuse_doctype(*_: object) -> NoReturn:
    raise RemoteProtocolError("The qbXML has a DOCTYPE, which no message of QuickBooks has; it was not read.")
