"""SOAP 1.1 envelopes, both directions: one method with texts as its arguments, document/literal or RPC.

Names are local names: prefixes, and namespaces with and without their last slash, are all the same. A DOCTYPE is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn
from xml.parsers import expat

from ..errors import RemoteProtocolError
from .xml_tree import Element, escaped, parse_xml

CONTENT_TYPE = "text/xml; charset=utf-8"

LARGEST = 200_000_000
"""Bytes of an envelope: the answer to a whole year's query has some 30 million."""

Result = str | int | Sequence[str]
"""A text, a number, or an array of texts."""

_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_HEAD = (
    f'<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="{_ENVELOPE}" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema"><soap:Body>'
)
_TAIL = "</soap:Body></soap:Envelope>"

_METHOD, _ARGUMENT = 3, 4
"""How deep a method and its arguments stand."""


class TooLarge(RemoteProtocolError):
    """The envelope is larger than is taken."""


class SoapFault(RemoteProtocolError):
    """The server answered with a fault."""


class EnvelopeReader:
    """Reads the envelope of a call as it arrives, in memory that does not grow with it.

    `take(name, text)` gets the text of each argument in pieces; once with an empty one for every argument there is.
    """

    def __init__(self, take: Callable[[str, str], None], *, largest: int = LARGEST) -> None:
        self.method = ""
        self._take = take
        self._largest = largest
        self._length = 0
        self._path: list[str] = []
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = _refuse_doctype
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters

    def feed(self, piece: bytes) -> None:
        """Read on; RemoteProtocolError where it is no envelope, TooLarge where it is too long for one."""
        if not self._length:
            piece = piece.lstrip()  # a blank line before the declaration, as some proxies leave it
        self._length += len(piece)
        if self._length > self._largest:
            raise TooLarge(f"The envelope has more than {self._largest:,} bytes; it was not read.")
        self._parse(piece, last=False)

    def end(self) -> str:
        """The method that is called, when all of it has come."""
        self._parse(b"", last=True)
        if not self.method:
            raise RemoteProtocolError("The envelope has no method in its body.")
        return self.method

    def _parse(self, piece: bytes, *, last: bool) -> None:
        try:
            self._parser.Parse(piece, last)
        except (expat.ExpatError, LookupError, ValueError) as error:
            raise RemoteProtocolError(f"The envelope is not XML: {error}.") from error

    def _start(self, name: str, _attributes: object) -> None:
        local = name.rpartition(" ")[2]
        self._path.append(local)
        depth = len(self._path)
        if depth == 1 and local != "Envelope":
            raise RemoteProtocolError(f"The document is a {local}, not an envelope.")
        if len(self._path) < _METHOD or self._path[1] != "Body":
            return
        if depth == _METHOD:
            if self.method:
                raise RemoteProtocolError("The envelope calls more than one method.")
            self.method = local
        elif depth == _ARGUMENT:
            self._take(local, "")
        else:
            raise RemoteProtocolError(f"{self._path[_ARGUMENT - 1]} of {self.method} holds more than a text.")

    def _end(self, _name: str) -> None:
        self._path.pop()

    def _characters(self, text: str) -> None:
        if len(self._path) == _ARGUMENT and self._path[1] == "Body":
            self._take(self._path[-1], text)


def write_call(namespace: str, method: str, arguments: Mapping[str, str]) -> bytes:
    """The envelope of a call."""
    inside = "".join(f"<{name}>{escaped(text)}</{name}>" for name, text in arguments.items())
    return f'{_HEAD}<{method} xmlns="{namespace}">{inside}</{method}>{_TAIL}'.encode()


def write_reply(namespace: str, method: str, result: Result) -> bytes:
    """The envelope of an answer; every text of an array has its element, an empty one too."""
    if isinstance(result, str):
        inside = escaped(result)
    elif isinstance(result, int):
        inside = str(result)
    else:
        inside = "".join(f"<string>{escaped(text)}</string>" for text in result)
    result_element = f"<{method}Result>{inside}</{method}Result>"
    return f'{_HEAD}<{method}Response xmlns="{namespace}">{result_element}</{method}Response>{_TAIL}'.encode()


def write_fault(text: str, *, of_caller: bool) -> bytes:
    """The envelope that says why a call was not carried out; it goes with HTTP 500."""
    code = "soap:Client" if of_caller else "soap:Server"
    inside = f"<faultcode>{code}</faultcode><faultstring>{escaped(text)}</faultstring>"
    return f"{_HEAD}<soap:Fault>{inside}</soap:Fault>{_TAIL}".encode()


def read_reply(body: bytes, method: str) -> Element:
    """The result element of an answer; SoapFault with the server's words where it is a fault."""
    envelope = parse_xml(body)
    inside = next((each for part in envelope.all("Body") for each in part.children), None)
    if envelope.name != "Envelope" or inside is None:
        raise RemoteProtocolError("The answer is no envelope.")
    if inside.name == "Fault":
        raise SoapFault(inside.text_of("faultstring") or "The server answered with a fault.")
    found = next(inside.all(f"{method}Result"), None)
    if inside.name != f"{method}Response" or found is None:
        raise RemoteProtocolError(f"The answer to {method} is {inside.name} without a {method}Result.")
    return found


def _refuse_doctype(*_: object) -> NoReturn:
    raise RemoteProtocolError("The envelope has a DOCTYPE, which no call has; it was not read.")
