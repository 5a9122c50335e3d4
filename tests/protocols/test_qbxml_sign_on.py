"""Signing on: what is written is read again, in the schema's order, and nothing else is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tieout.errors import RemoteProtocolError
from tieout.protocols.qbxml_sign_on import (
    Application,
    SignedOn,
    SignOn,
    read_sign_on,
    read_signed_on,
    sign_on_alone,
    with_sign_on,
    write_sign_on,
    write_signed_on,
)

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
APPLICATION = Application("books.example.com", "101010101")
DESKTOP = SignOn("SignonDesktopRq", "TGT-1-a&b", APPLICATION)
TICKET = SignOn("SignonTicketRq", "SST-1", APPLICATION)
SET = b'<?xml version="1.0"?>\n<?qbxml version="6.0"?>\n<QBXML><QBXMLMsgsRq onError="stopOnError"/></QBXML>'


def test_a_sign_on_has_the_elements_of_the_schema_in_their_order() -> None:
    assert write_sign_on(DESKTOP, AT) == (
        b"<SignonMsgsRq><SignonDesktopRq><ClientDateTime>2026-03-04T05:06:07</ClientDateTime>"
        b"<ApplicationLogin>books.example.com</ApplicationLogin><ConnectionTicket>TGT-1-a&amp;b</ConnectionTicket>"
        b"<Language>English</Language><AppID>101010101</AppID><AppVer>1</AppVer></SignonDesktopRq></SignonMsgsRq>"
    )


def test_a_sign_on_alone_is_read_again() -> None:
    assert read_sign_on(sign_on_alone(DESKTOP, "6.0", AT)) == (DESKTOP, b"")


def test_a_message_set_goes_along_and_comes_off_again() -> None:
    sign_on, rest = read_sign_on(with_sign_on(SET, TICKET, AT))
    assert (sign_on.name, sign_on.ticket, sign_on.application.login) == ("SignonTicketRq", "SST-1", "")
    assert rest == SET


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (b"<Language>English</Language>", b"", "SignonDesktopRq/Language is missing"),
        (b"<AppVer>1</AppVer>", b"<AppVer>1</AppVer><AppVer>1</AppVer>", "AppVer is out of order"),
        (b"SignonDesktopRq", b"SignonCertRq", "no sign-on SignonCertRq"),
        (b"<SignonMsgsRq>", b"<!-- --><Other/><SignonMsgsRq>", "begins with one SignonMsgsRq"),
        (b"<?qbxml", b"<!DOCTYPE QBXML [<!ENTITY a 'b'>]><?qbxml", "DOCTYPE"),
        (b"<QBXML>", b"<HTML>", "no document of qbXML"),
    ],
)
def test_another_shape_is_refused(before: bytes, after: bytes, says: str) -> None:
    document = sign_on_alone(DESKTOP, "6.0", AT).replace(before, after)
    with pytest.raises(RemoteProtocolError, match=says):
        read_sign_on(document)


def test_an_answer_has_a_status_and_perhaps_a_ticket() -> None:
    told = SignedOn(0, "INFO", "Status OK", "SST-1")
    head = write_signed_on("SignonDesktopRq", told, AT)
    body = f"<QBXML>{head}<QBXMLMsgsRs></QBXMLMsgsRs></QBXML>".encode()
    assert read_signed_on(body) == (told, b"<QBXML><QBXMLMsgsRs></QBXMLMsgsRs></QBXML>")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"<html>Sorry</html>", "no document of qbXML"),
        (b"<QBXML><QBXMLMsgsRs/></QBXML>", "nothing of the sign-on"),
        (b"<QBXML><SignonMsgsRs><SignonTicketRs/></SignonMsgsRs></QBXML>", "no status"),
        (b"<QBXML><SignonMsgsRs><SignonTicketRs statusCode='0'>", "not XML"),
        (
            b"<QBXML><SignonMsgsRs><SignonDesktopRs statusCode='0'><SessionTicket>"
            + b"x" * 201
            + b"</SessionTicket></SignonDesktopRs></SignonMsgsRs></QBXML>",
            "201 characters",
        ),
    ],
)
def test_what_is_no_answer_is_said_to_be_none(body: bytes, says: str) -> None:
    with pytest.raises(RemoteProtocolError, match=says):
        read_signed_on(body)
