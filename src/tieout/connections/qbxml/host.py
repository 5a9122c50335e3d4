"""The client of the host protocol: whatever holds a session with QuickBooks, spoken to over a pair of streams.

    with host_at("tcp://127.0.0.1:5555?token=…") as host:
        opened = host.open(file=r"C:\\Books\\shop.qbw")
        for piece in host.process(document, reading=True): ...
        host.end()

One request at a time, and one thread. What fails is told by its consequence: NotSent where nothing got out,
OutcomeUnknown where something was written and no answer came, and the error of the HRESULT where QuickBooks refused.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, Self
from urllib.parse import parse_qs, urlsplit

from ...errors import (
    LocalProtocolError,
    OutcomeUnknown,
    RemoteProtocolError,
    SetupError,
    TieoutError,
    Unreachable,
)
from .frames import Link, NotSent, link_to
from .hresults import error_from_hresult, hresult_of

TIMEOUT = 900.0
"""Seconds for one call. QuickBooks has no limit of its own: a large report over years takes minutes."""

HELLO = 60.0
"""Seconds until a host says hello: a cold Python on a slow disk, a virus scanner over both."""

FileMode = Literal["auto", "single", "multi"]
Unattended = Literal["optional", "required"]
PersonalData = Literal["optional", "required", "not needed"]

LOCAL = 1
"""The connection type `localQBD`."""


@dataclass(frozen=True, slots=True)
class About:
    """What a host says of itself."""

    host: str
    """`com`, or `tieout sandbox`."""
    python: str
    bits: int
    platform: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A session with a company file."""

    ticket: str
    file: str
    """The full path, as QuickBooks names it."""
    versions: tuple[str, ...]
    """Of qbXML, as QBXMLVersionsForSession lists them: `13.0`, `CA3.0`."""


class Host:
    """One host, greeted. It ends its session when the link is closed."""

    def __init__(self, link: Link, *, token: str = "", timeout: float = TIMEOUT) -> None:
        self.timeout = timeout
        self._link = link
        self._number = -1
        self._ticket = ""
        self._unread = False
        try:
            self.about = self._hello(token)
        except BaseException:
            link.close()
            raise

    @property
    def name(self) -> str:
        """What people are told: where the host is."""
        return self._link.name

    @property
    def usable(self) -> bool:
        """False once the link has failed: another host is needed then."""
        return self._link.usable

    def open(
        self,
        *,
        file: str = "",
        mode: FileMode = "auto",
        application_name: str = "tieout",
        application_id: str = "",
        unattended: Unattended = "optional",
        personal_data: PersonalData = "optional",
        auth_flags: int = 0,
        connection: int = LOCAL,
    ) -> Opened:
        """Begin a session with a company file; the empty name is the file that is open."""
        answer = self._call(
            do="open",
            application_id=application_id,
            application_name=application_name,
            connection=connection,
            file=file,
            mode=mode,
            unattended=unattended,
            personal_data=personal_data,
            auth_flags=auth_flags,
        )
        self._ticket = self._text(answer, "ticket")
        versions = answer.get("versions") or ()
        return Opened(self._ticket, self._text(answer, "file"), tuple(map(str, versions)))

    def process(self, document: bytes, *, reading: bool = False) -> Iterator[bytes]:
        """Have a message set processed; its answer in pieces of UTF-8.

        It is sent before this returns. `reading` says that the document changes nothing, so that a broken connection is
        Unreachable and not OutcomeUnknown.
        """
        with _open_question(reading=reading):
            answer = self._call(
                writing=not reading, do="process", ticket=self._ticket, xml=document.decode("utf-8")
            )
            piece = self._text(answer, "xml")
        return self._pieces(piece, more=self._unread, reading=reading)

    def end(self) -> None:
        """End the session and the connection; others may have QuickBooks now. The host stays."""
        self._ticket = ""
        self._call(do="end")

    def look(self, file: str = "") -> Mapping[str, Any]:
        """What the host sees around it, and of a company file, for `tieout doctor`; no session is needed."""
        found = self._call(do="look", file=file)
        found.pop("id", None)
        return found

    def close(self) -> None:
        """End all of it."""
        self._link.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _hello(self, token: str) -> About:
        answer = self._call(seconds=min(HELLO, self.timeout), do="hello", token=token)
        return About(
            host=self._text(answer, "host"),
            python=str(answer.get("python", "")),
            bits=int(answer.get("bits") or 0),
            platform=str(answer.get("platform", "")),
        )

    def _call(self, *, writing: bool = False, seconds: float | None = None, **message: Any) -> dict[str, Any]:
        self._read_what_nobody_read()
        self._number += 1
        limit = seconds or self.timeout
        self._link.send({"id": self._number, **message}, limit)
        return self._answer(limit, writing=writing)

    def _answer(self, seconds: float, *, writing: bool) -> dict[str, Any]:
        answer = self._link.receive(seconds)
        if answer.get("id") != self._number:
            self._link.cut()
            raise RemoteProtocolError(
                f"{self.name} answers request {answer.get('id')!r} instead of {self._number}."
            )
        if (failure := answer.get("error")) is not None:
            self._unread = False
            raise self._failure(failure, writing=writing)
        self._unread = bool(answer.get("more"))
        return answer

    def _pieces(self, piece: str, *, more: bool, reading: bool) -> Iterator[bytes]:
        number = self._number
        yield piece.encode("utf-8", "replace")
        while more:
            if number != self._number:
                raise LocalProtocolError("The rest of an answer was given up when the next request was sent.")
            with _open_question(reading=reading):
                piece = self._text(self._answer(self.timeout, writing=not reading), "xml")
            more = self._unread
            yield piece.encode("utf-8", "replace")

    def _read_what_nobody_read(self) -> None:
        try:
            while self._unread and self.usable:
                self._answer(self.timeout, writing=False)
        except TieoutError as error:
            raise NotSent(f"Nothing was sent, since the answer before it did not end: {error}") from error

    def _failure(self, failure: Any, *, writing: bool) -> TieoutError:
        text = str(failure.get("text", ""))
        if "hresult" in failure:
            return error_from_hresult(str(failure["hresult"]), text, writing=writing)
        return SetupError(f"{self.name} says: {text}", advice=str(failure.get("advice") or SetupError.advice))

    def _text(self, answer: Mapping[str, Any], name: str) -> str:
        if not isinstance(found := answer.get(name), str):
            self._link.cut()
            raise RemoteProtocolError(f"{self.name} gave an answer without {name!r}.")
        return found


@contextmanager
def _open_question(*, reading: bool) -> Iterator[None]:
    """Around what was sent: when a write gets no answer, nobody knows what became of it."""
    try:
        yield
    except NotSent:
        raise
    except (Unreachable, RemoteProtocolError) as error:
        if reading or hresult_of(error):  # a refused call is an answer
            raise
        raise OutcomeUnknown(f"A request was sent, but: {error}") from error


def host_at(address: str, *, timeout: float = TIMEOUT) -> Host:
    """The host that listens at `tcp://127.0.0.1:PORT?token=…`."""
    place = urlsplit(address)
    if place.scheme != "tcp" or not place.hostname or not place.port:
        raise SetupError(
            f"{address!r} is no address of a host.", advice="Write it as `tcp://127.0.0.1:PORT?token=TOKEN`."
        )
    name = f"tcp://{place.hostname}:{place.port}"  # the token is nobody's business
    try:
        connected = socket.create_connection((place.hostname, place.port), timeout=30)
    except OSError as error:
        raise NotSent(
            f"{name} cannot be reached: {error}",
            advice="Start what should listen there: `tieout sandbox desktop`, or the worker.",
        ) from error
    connected.settimeout(None)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    token = parse_qs(place.query).get("token", [""])[0]
    return Host(link_to(connected, name), token=token, timeout=timeout)
