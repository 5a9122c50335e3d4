"""QuickBooks as the Web Connector sees it: a company file to open, documents in and documents out."""

from __future__ import annotations

import json
import socket
import struct
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from ...errors import SetupError
from ..desktop.company import DesktopCompany
from ..desktop.refusals import CallRefused
from ..desktop.session import DesktopSession

_LENGTH = struct.Struct(">I")


class QuickBooks(Protocol):
    """A QuickBooks with one company file."""

    @property
    def file(self) -> str: ...

    def open(self) -> None:
        """Begin a session; CallRefused where QuickBooks refuses it."""
        ...

    def process(self, document: str) -> str:
        """The answer to a document; CallRefused for what gets none."""
        ...

    def end(self) -> None: ...


class QuickBooksHere:
    """A company file in this process."""

    def __init__(self, company: DesktopCompany) -> None:
        self.company = company
        self._session: DesktopSession | None = None

    @property
    def file(self) -> str:
        return self.company.file

    def open(self) -> None:
        self._session = DesktopSession(self.company)

    def process(self, document: str) -> str:
        assert self._session is not None
        return self._session.process(document)

    def end(self) -> None:
        self._session = None


class QuickBooksAtDoor:
    """A company file of `tieout sandbox desktop`, through its door: it outlives the Web Connector."""

    def __init__(self, address: str) -> None:
        place = urlsplit(address)
        if place.scheme != "tcp" or not place.hostname or not place.port:
            raise SetupError(
                f"{address!r} is no address of a sandbox.",
                advice="Write it as `tieout sandbox desktop` prints it.",
            )
        self._place = (place.hostname, place.port)
        self._token = parse_qs(place.query).get("token", [""])[0]
        self._connection: socket.socket | None = None
        self._ticket = ""
        self.file = ""

    def open(self) -> None:
        self.end()
        try:
            self._connection = socket.create_connection(self._place, timeout=600)
        except OSError as error:
            raise CallRefused("0x80040408", f"QuickBooks could not be started: {error}") from error
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._call(do="hello", token=self._token)
        opened = self._call(do="open", file="", mode="auto", application_name="tieout")
        self._ticket, self.file = str(opened["ticket"]), str(opened["file"])

    def process(self, document: str) -> str:
        return str(self._call(do="process", ticket=self._ticket, xml=document)["xml"])

    def end(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _call(self, **asked: Any) -> dict[str, Any]:
        assert self._connection is not None
        content = json.dumps({"id": 1, **asked}).encode()
        self._connection.sendall(_LENGTH.pack(len(content)) + content)
        pieces: list[str] = []
        while True:
            answer = json.loads(self._read(_LENGTH.unpack(self._read(_LENGTH.size))[0]))
            if (refused := answer.get("error")) is not None:
                raise CallRefused(str(refused.get("hresult", "0x80004005")), str(refused.get("text", "")))
            pieces.append(str(answer.get("xml", "")))
            if not answer.get("more"):
                return {**answer, "xml": "".join(pieces)}

    def _read(self, length: int) -> bytes:
        assert self._connection is not None
        parts: list[bytes] = []
        while length:
            part = self._connection.recv(min(length, 1 << 20))
            if not part:
                raise CallRefused("0x80010108", "QuickBooks went away.")
            parts.append(part)
            length -= len(part)
        return b"".join(parts)
