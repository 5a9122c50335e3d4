"""Signing on at the gateway of the legacy QuickBooks Online Edition: what stands before a message set, and its answer.

    SignonDesktopRq or SignonAppCertRq with a connection ticket  ▶ a session ticket
    SignonTicketRq with the session ticket, and a message set    ▶ the answers to both

The first is for applications on a desk, the second for hosted ones, which also show a certificate when they connect.
Elements stand in the order of the published schema, and their values are short texts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from ..catalog.qbxml import newest
from ..catalog.qbxml.envelope import envelope
from ..catalog.qbxml.shapes import Shape
from ..errors import RemoteProtocolError
from .xml_tree import Element, attribute, escaped, parse_xml

SignOnName = Literal["SignonDesktopRq", "SignonAppCertRq", "SignonTicketRq"]
NAMES: tuple[SignOnName, ...] = get_args(SignOnName)

LONGEST_TICKET = 200
"""Characters; those that are known have far fewer."""

_ROOT = re.compile(rb"<QBXML\s*>")
_REQUESTS = re.compile(rb"<QBXMLMsgsRq[\s>/]")
_ANSWERS = re.compile(rb"<QBXMLMsgsRs[\s>/]")


@dataclass(frozen=True, slots=True)
class Application:
    """An application as Intuit registered it."""

    login: str
    """The ApplicationLogin: `books.example.com`."""
    id: str
    """The AppID, a number."""
    version: str = "1"
    language: str = "English"


@dataclass(frozen=True, slots=True)
class SignOn:
    """Who speaks, and with which ticket."""

    name: SignOnName
    ticket: str
    """The connection ticket, or for SignonTicketRq the session ticket."""
    application: Application
    """Without a login where a session ticket is shown."""


@dataclass(frozen=True, slots=True)
class SignedOn:
    """What became of signing on."""

    status: int
    severity: str
    message: str
    ticket: str = ""
    """The session ticket, where one was given."""


def write_sign_on(sign_on: SignOn, at: datetime) -> bytes:
    """The `SignonMsgsRq`."""
    told = sign_on.application
    values = {
        "ClientDateTime": _moment(at),
        "ApplicationLogin": told.login,
        "ConnectionTicket": sign_on.ticket,
        "SessionTicket": sign_on.ticket,
        "Language": told.language,
        "AppID": told.id,
        "AppVer": told.version,
    }
    inside = "".join(
        _element(each.name, values[each.name])
        for each in _shape(sign_on.name).elements()
        if each.name in values
    )
    return _ascii(f"<SignonMsgsRq><{sign_on.name}>{inside}</{sign_on.name}></SignonMsgsRq>")


def sign_on_alone(sign_on: SignOn, version: str, at: datetime) -> bytes:
    """A document that only signs on, in this version of qbXML."""
    head = f'<?xml version="1.0" encoding="US-ASCII"?>\n<?qbxml version="{version}"?>\n'
    return _ascii(head) + b"<QBXML>" + write_sign_on(sign_on, at) + b"</QBXML>\n"


def with_sign_on(document: bytes, sign_on: SignOn, at: datetime) -> bytes:
    """A message set with the sign-on before it."""
    root = _ROOT.search(document)
    if root is None:
        raise ValueError("This is no document of qbXML: it has no QBXML element.")
    return document[: root.end()] + write_sign_on(sign_on, at) + document[root.end() :]


def read_sign_on(document: bytes) -> tuple[SignOn, bytes]:
    """The sign-on of a document, and its message set, empty where there is none; RemoteProtocolError for any other shape."""
    head, rest = _divided(document, _REQUESTS)
    found = parse_xml(head).children
    if len(found) != 1 or found[0].name != "SignonMsgsRq" or len(found[0].children) != 1:
        raise RemoteProtocolError("A document begins with one SignonMsgsRq that holds one request.")
    asked = found[0].children[0]
    if asked.name not in NAMES:
        raise RemoteProtocolError(f"There is no sign-on {asked.name}.")
    name = asked.name
    _refuse_order(name, asked)
    ticket = asked.text_of("SessionTicket" if name == "SignonTicketRq" else "ConnectionTicket")
    application = Application(
        asked.text_of("ApplicationLogin"),
        asked.text_of("AppID"),
        asked.text_of("AppVer"),
        asked.text_of("Language"),
    )
    return SignOn(name, ticket, application), rest


def write_signed_on(name: SignOnName, told: SignedOn, at: datetime) -> str:
    """The `SignonMsgsRs`."""
    answer = f"{name.removesuffix('Rq')}Rs"
    attributes = (
        f' statusCode="{told.status}" statusSeverity={attribute(told.severity)}'
        f" statusMessage={attribute(told.message)}"
    )
    ticket = f"<SessionTicket>{escaped(told.ticket)}</SessionTicket>" if told.ticket else ""
    inside = f"<ServerDateTime>{_moment(at)}</ServerDateTime>{ticket}"
    return f"<SignonMsgsRs><{answer}{attributes}>{inside}</{answer}></SignonMsgsRs>"


def read_signed_on(body: bytes) -> tuple[SignedOn, bytes]:
    """What became of the sign-on, and the answer to the message set, empty where there is none.

    RemoteProtocolError where the body says nothing of a sign-on.
    """
    head, rest = _divided(body, _ANSWERS)
    told = parse_xml(head).find("SignonMsgsRs")
    if told is None or not told.children:
        raise RemoteProtocolError("The answer says nothing of the sign-on.")
    answer = told.children[0]
    status = answer.attributes.get("statusCode", "")
    if not status.isdecimal():
        raise RemoteProtocolError("The answer to the sign-on has no status.")
    ticket = answer.text_of("SessionTicket")
    if len(ticket) > LONGEST_TICKET:
        raise RemoteProtocolError(f"The session ticket has {len(ticket):,} characters; it was not taken.")
    attributes = answer.attributes
    return (
        SignedOn(
            int(status), attributes.get("statusSeverity", ""), attributes.get("statusMessage", ""), ticket
        ),
        rest,
    )


def _refuse_order(name: SignOnName, asked: Element) -> None:
    """Elements stand in the schema's order, and those that it needs are there."""
    left = [each.name for each in asked.children]
    for each in _shape(name).elements():
        if left[:1] == [each.name]:
            left.pop(0)
        elif each.least:
            raise RemoteProtocolError(f"{name}/{each.name} is missing or out of order.")
    if left:
        raise RemoteProtocolError(f"{name}/{left[0]} is out of order, or there is no such element.")


def _shape(name: SignOnName) -> Shape:
    """The same in every version since 2.0."""
    return envelope(f"{name}Type", newest("OE"))


def _divided(document: bytes, messages: re.Pattern[bytes]) -> tuple[bytes, bytes]:
    """A document with its sign-on only, and the same with its message set only."""
    root, begins = _ROOT.search(document), messages.search(document)
    if root is None:
        raise RemoteProtocolError(f"This is no document of qbXML; it was {len(document):,} bytes long.")
    if begins is None:
        return document, b""
    return (
        document[: begins.start()] + b"</QBXML>",
        document[: root.end()] + document[begins.start() :],
    )


def _element(name: str, text: str) -> str:
    return f"<{name}>{escaped(text)}</{name}>"


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds").removesuffix("+00:00")


def _ascii(text: str) -> bytes:
    return text.encode("ascii", "xmlcharrefreplace")
