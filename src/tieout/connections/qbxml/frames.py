"""Frames between tieout and a host: four bytes of length, most significant first, then a JSON object in UTF-8.

A host is whatever holds a session with QuickBooks: our worker process on Windows, or the Desktop sandbox. Its pipes and
sockets cannot be read with a time limit on every system, so a watchdog cuts the link when a call hangs.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO

import msgspec

from ...errors import LocalProtocolError, RemoteProtocolError, Unreachable
from .watchdog import Watchdog

LARGEST = 16 * 1024 * 1024
"""Bytes of one frame, both ways."""

_LENGTH = struct.Struct(">I")

LOOK_AT_THE_SCREEN = "Look at the screen of the machine that QuickBooks runs on: a question may be open there. Answer it, then try again."


class NotSent(Unreachable):
    """The request did not get out whole, so nothing of it was done."""


class Link:
    """A pair of streams to a host. Once it failed it is of no more use."""

    def __init__(
        self,
        reading: BinaryIO,
        writing: BinaryIO,
        *,
        name: str,
        cut: Callable[[], object],
        close: Callable[[], object],
    ) -> None:
        self.name = name
        """What people are told: `the worker C:\\Python311-32\\python.exe`, `tcp://127.0.0.1:5555`."""
        self.usable = True
        self._reading = reading
        self._writing = writing
        self._cut = cut
        self._close = close
        self._watchdog = Watchdog(self.cut)

    def send(self, message: Mapping[str, Any], seconds: float) -> None:
        """Send a frame; NotSent where it did not get out whole."""
        content = msgspec.json.encode(message)
        if len(content) > LARGEST:
            raise LocalProtocolError(
                f"A request of {len(content):,} bytes is too large for a frame; nothing was sent.",
                advice="Put fewer changes into one message set (`requests_per_set` of the connection).",
            )
        if not self.usable:
            raise NotSent(f"{self.name} is gone, so nothing was sent.")
        try:
            with self._watched(seconds):
                self._writing.write(_LENGTH.pack(len(content)) + content)
                self._writing.flush()
        except (OSError, ValueError) as error:  # ValueError: the stream was closed
            self.usable = False
            raise NotSent(f"{self.name} is gone, so nothing was sent: {error}") from error
        except Unreachable as error:
            raise NotSent(f"{self.name} took nothing within {seconds:.0f} s; nothing was done.") from error

    def receive(self, seconds: float) -> dict[str, Any]:
        """The next frame; Unreachable where none comes in time or at all."""
        try:
            with self._watched(seconds):
                (length,) = _LENGTH.unpack(self._exactly(_LENGTH.size))
                self._refuse_too_large(length)
                content = self._exactly(length)
        except (OSError, ValueError) as error:
            self.usable = False
            raise Unreachable(f"{self.name} broke off: {error}") from error
        return self._message(content)

    def cut(self) -> None:
        """End the link at once, whatever is under way."""
        self.usable = False
        self._cut()

    def close(self) -> None:
        """End the link in order: the host ends its session with QuickBooks."""
        self.usable = False
        self._watchdog.leave()
        self._close()

    @contextmanager
    def _watched(self, seconds: float) -> Iterator[None]:
        """Cut the link when the block takes longer; Unreachable then, whatever else the cut made of it."""
        with self._watchdog.over(seconds) as watch:
            try:
                yield
            except (OSError, ValueError):
                if not watch.has_bitten:
                    raise
        if watch.has_bitten:
            raise Unreachable(
                f"{self.name} gave no answer within {seconds:.0f} s and was cut off.",
                advice=LOOK_AT_THE_SCREEN,
            )

    def _exactly(self, size: int) -> bytes:
        parts, missing = [], size
        while missing:
            part = self._reading.read(missing)
            if not part:
                raise OSError("it ended" if missing == size else "it ended in the middle of an answer")
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def _refuse_too_large(self, length: int) -> None:
        if length > LARGEST:
            self.cut()
            raise RemoteProtocolError(
                f"{self.name} announces a frame of {length:,} bytes; it does not speak tieout's host protocol.",
                advice="See that nothing else answers at this address, and that the worker prints nothing.",
            )

    def _message(self, content: bytes) -> dict[str, Any]:
        try:
            message = msgspec.json.decode(content, type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            self.cut()
            raise RemoteProtocolError(f"{self.name} sends what is no JSON object: {error}") from error
        return message


def link_to(connected: socket.socket, name: str) -> Link:
    """A link over a connected socket."""
    reading, writing = connected.makefile("rb"), connected.makefile("wb")

    def shut() -> None:
        """Wake whoever reads or writes; closing alone would let them wait on."""
        with suppress(OSError):  # the other side was faster
            connected.shutdown(socket.SHUT_RDWR)

    def close() -> None:
        shut()
        for each in (reading, writing, connected):
            with suppress(OSError):  # what was never flushed goes nowhere any more
                each.close()

    return Link(reading, writing, name=name, cut=shut, close=close)
