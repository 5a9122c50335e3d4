"""One request and one answer, as every door of the sandbox sees them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

JSON = "application/json;charset=UTF-8"
NOT_STORED = "max-age=0, no-cache, no-store, must-revalidate, private"


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

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def accepts_json(self) -> bool:
        """Whether JSON is among what the client takes; a client that names nothing takes anything."""
        accept = self.headers.get("accept", "").lower()
        return not accept or "json" in accept or "*/*" in accept


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
