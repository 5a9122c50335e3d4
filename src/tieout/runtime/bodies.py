"""Bodies of requests, no larger than their door allows."""

from __future__ import annotations

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
