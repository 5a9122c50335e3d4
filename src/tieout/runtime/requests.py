"""What doors look at before they answer: where a request comes from, and its body, no larger than they allow."""

from __future__ import annotations

import ipaddress

from starlette.requests import Request


class TooLarge(Exception):
    """The body has more bytes than the door takes."""


async def read_body(request: Request, largest: int) -> bytes:
    """The whole body; TooLarge as soon as that is known, and nothing more is read."""
    said = request.headers.get("content-length", "")
    if said.isdecimal() and int(said) > largest:
        raise TooLarge(f"More than {largest:,} bytes are not taken.")
    pieces = bytearray()
    async for piece in request.stream():
        pieces += piece
        if len(pieces) > largest:
            raise TooLarge(f"More than {largest:,} bytes are not taken.")
    return bytes(pieces)


def from_here(request: Request) -> bool:
    """Whether it comes from this machine."""
    return is_loopback(request.client.host if request.client else "")


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
