"""Bodies of several parts (multipart/form-data, RFC 7578), with lines ended either way.

Libraries for this take CRLF alone; clients of QuickBooks in daily use end their lines with a bare line feed.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser
from itertools import pairwise

_HEAD_END = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True)
class Part:
    """One part, its contents decoded."""

    name: str
    file_name: str
    content_type: str
    """Empty when the part does not say."""
    body: bytes


def read_parts(body: bytes, content_type: str) -> list[Part]:
    """The parts of a body; ValueError when it has none or breaks off."""
    boundary = _header_message(f"Content-Type: {content_type}").get_boundary()
    if not boundary:
        raise ValueError("the Content-Type names no boundary")
    return [_read_part(piece) for piece in _pieces(body, boundary.encode("latin-1", "replace"))]


def _pieces(body: bytes, boundary: bytes) -> Iterator[bytes]:
    """What stands between the delimiters; what comes before the first and after the last is nothing."""
    line_end = b"\r\n" if re.search(rb"--" + re.escape(boundary) + rb"[ \t]*\r\n", body) else b"\n"
    delimiter = re.compile(
        rb"(?:\A|" + line_end + rb")--" + re.escape(boundary) + rb"(--)?[ \t]*(?:" + line_end + rb"|\Z)"
    )
    found = list(delimiter.finditer(body))
    if not found or not found[-1][1]:
        raise ValueError("the last boundary is missing")
    for here, following in pairwise(found):
        yield body[here.end() : max(here.end(), following.start())]


def _read_part(piece: bytes) -> Part:
    end = _HEAD_END.search(piece)
    if end is None:
        raise ValueError("a part has no headers")
    head = _header_message(piece[: end.start()].decode("utf-8", "replace"))
    return Part(
        name=str(head.get_param("name", "", "Content-Disposition")),
        file_name=head.get_filename("") or "",
        content_type=head.get_content_type() if "Content-Type" in head else "",
        body=_decoded(piece[end.end() :], str(head.get("Content-Transfer-Encoding", ""))),
    )


def _header_message(text: str) -> Message:
    return HeaderParser().parsestr(text + "\n\n", headersonly=True)


def _decoded(body: bytes, encoding: str) -> bytes:
    if encoding.strip().lower() != "base64":
        return body
    try:
        return base64.b64decode(b"".join(body.split()), validate=True)
    except binascii.Error:
        raise ValueError("a part is not the base64 that it says to be") from None
