"""One request and one answer, as every door of the sandbox sees them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

JSON = "application/json;charset=UTF-8"
XML = "application/xml;charset=UTF-8"
NOT_STORED = "max-age=0, no-cache, no-store, must-revalidate, private"

XML_TYPES = ("application/xml", "text/xml")
_SPOKEN = {"application/json": JSON, "application/*": JSON, "*/*": JSON, **dict.fromkeys(XML_TYPES, XML)}
"""What a media range gets. Libraries put `*/*` where nobody chose anything, and expect JSON then."""
_QUALITY = re.compile(r";\s*q=(0(?:\.\d*)?|1(?:\.0*)?)\s*(?:;|$)")


@dataclass(frozen=True, slots=True)
class Call:
    """A request to a company, read whole."""

    method: str
    realm: str
    words: tuple[str, ...]
    """The path behind the company's id: `invoice/12` is ("invoice", "12")."""
    params: Mapping[str, str]
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes = b""
    origin: str = ""
    """Where this server is for the client: scheme, host and port."""

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def accept(self) -> str:
        return self.headers.get("accept", "").strip().lower()

    @property
    def answer_type(self) -> str:
        """JSON or XML, as the Accept header prefers; XML without one, empty for what is neither."""
        if not self.accept:
            return XML
        wanted = sorted(map(_media_range, self.accept.split(",")), key=lambda each: -each[1])
        return next((_SPOKEN[name] for name, quality in wanted if quality and name in _SPOKEN), "")

    def accepts(self, media_type: str) -> bool:
        """Whether an answer of another type than JSON and XML is welcome."""
        return not self.accept or media_type in self.accept or "*/*" in self.accept


def _media_range(text: str) -> tuple[str, float]:
    """A media range of an Accept header, and how much it is wanted."""
    quality = _QUALITY.search(text)
    return text.partition(";")[0].strip(), float(quality[1]) if quality else 1.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
