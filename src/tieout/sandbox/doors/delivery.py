"""Answers on their way out, and the ways they can get lost: cut in half, never sent, far too long.

A cut answer announces its whole length and then the connection closes; a dropped one closes it with a TCP reset.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import sys
from collections.abc import AsyncIterator, Callable

from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

HangUp = Callable[[Scope, bool], None]
"""Closes the connection of a request; with True, abruptly."""

_CHUNK = b"x" * 1_000_000


class CutOff(Response):
    """Half of an answer, then the connection closes."""

    def __init__(self, whole: Response, hang_up: HangUp) -> None:
        super().__init__()
        self._whole = whole
        self._hang_up = hang_up

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        whole = self._whole
        await send({"type": "http.response.start", "status": whole.status_code, "headers": whole.raw_headers})
        half = bytes(whole.body[: len(whole.body) // 2])
        await send({"type": "http.response.body", "body": half, "more_body": True})
        self._hang_up(scope, False)
        await _until_gone(receive)


class Dropped(Response):
    """No answer at all: the connection is reset."""

    def __init__(self, hang_up: HangUp) -> None:
        super().__init__()
        self._hang_up = hang_up

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - as ASGI has it
        self._hang_up(scope, True)
        await _until_gone(receive)


async def _until_gone(receive: Receive) -> None:
    """Wait for the server to notice, or it would take the missing answer for our mistake."""
    while (await receive())["type"] != "http.disconnect":
        pass


def huge(size: int) -> Response:
    """An answer of so many bytes, a valid envelope around filler; it takes no memory here."""
    begin, end = b'{"QueryResponse":{"filler":"', b'"}}'
    filler = size - len(begin) - len(end)

    async def pieces() -> AsyncIterator[bytes]:
        yield begin
        for sent in range(0, filler, len(_CHUNK)):
            yield _CHUNK[: filler - sent]
        yield end

    headers = {"content-type": "application/json;charset=UTF-8", "content-length": str(size)}
    return StreamingResponse(pieces(), headers=headers)


def close(transport: asyncio.Transport, abruptly: bool) -> None:
    """Close a connection; abruptly with a TCP reset, without what is still to be sent."""
    if not abruptly:
        transport.close()
        return
    at_once = struct.pack("hh" if sys.platform == "win32" else "ii", 1, 0)
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
    transport.abort()
