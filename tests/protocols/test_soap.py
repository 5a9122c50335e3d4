"""Envelopes as clients send them, with their quirks, and what is refused."""

from __future__ import annotations

import tracemalloc
from collections import defaultdict
from collections.abc import Iterable

import pytest

from tieout.errors import RemoteProtocolError
from tieout.protocols import soap
from tieout.protocols.soap import EnvelopeReader, SoapFault, TooLarge

SPACE = "http://developer.intuit.com/"


def read(*pieces: bytes, largest: int = soap.LARGEST) -> tuple[str, dict[str, str]]:
    found: dict[str, str] = defaultdict(str)

    def take(name: str, text: str) -> None:
        found[name] += text

    reader = EnvelopeReader(take, largest=largest)
    for piece in pieces:
        reader.feed(piece)
    return reader.end(), dict(found)


def envelope(
    inside: str, *, prefix: str = "soap", head: str = "<?xml version='1.0' encoding='utf-8'?>"
) -> bytes:
    space = "http://schemas.xmlsoap.org/soap/envelope/"
    return f"{head}<{prefix}:Envelope xmlns:{prefix}='{space}'><{prefix}:Body>{inside}</{prefix}:Body></{prefix}:Envelope>".encode()


CALL = "<authenticate xmlns='http://developer.intuit.com/'><strUserName>u</strUserName><strPassword>ö&amp;&lt;</strPassword></authenticate>"


@pytest.mark.parametrize(
    "body",
    [
        envelope(CALL),
        envelope(CALL, prefix="soap-env"),
        envelope(CALL.replace(".com/", ".com")),
        envelope(CALL.replace("<auth", "\n  <auth").replace("<strPass", "\n\t<strPass")),
        b"\xef\xbb\xbf" + envelope(CALL),
        b"\r\n" + envelope(CALL),
        envelope(CALL).replace(
            b"<soap:Body>", b"<soap:Header><a xmlns='x:y'><b>1</b></a></soap:Header><soap:Body>"
        ),
        envelope(
            "<n:authenticate xmlns:n='http://developer.intuit.com/' xmlns:i='http://www.w3.org/2001/XMLSchema-instance' "
            "xmlns:d='http://www.w3.org/2001/XMLSchema'><strUserName i:type='d:string'>u</strUserName>"
            "<strPassword i:type='d:string'>ö&amp;&lt;</strPassword></n:authenticate>"
        ),
        envelope(CALL.replace("ö&amp;&lt;", "<![CDATA[ö&<]]>")),
    ],
)
def test_the_same_call_in_many_spellings(body: bytes) -> None:
    assert read(body) == ("authenticate", {"strUserName": "u", "strPassword": "ö&<"})
    assert read(*(body[at : at + 1] for at in range(len(body)))) == read(body)


@pytest.mark.parametrize("inside", ["<serverVersion/>", "<a:serverVersion xmlns:a='b'></a:serverVersion>"])
def test_a_call_without_arguments(inside: str) -> None:
    assert read(envelope(inside)) == ("serverVersion", {})


def test_an_empty_argument_is_there() -> None:
    assert read(envelope("<clientVersion><strVersion/></clientVersion>")) == (
        "clientVersion",
        {"strVersion": ""},
    )


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "not XML"),
        (b"<a>", "not an envelope"),
        (envelope("<a><b>")[:-40], "not XML"),
        (envelope(""), "no method"),
        (envelope("<a/><b/>"), "more than one"),
        (envelope("<a><b><c/></b></a>"), "more than a text"),
        (envelope("<x:a/>"), "not XML"),
        (envelope(CALL, head="<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b 'c'>]>"), "DOCTYPE"),
        (envelope("<a>\x01</a>"), "not XML"),
    ],
)
def test_what_is_no_call(body: bytes, says: str) -> None:
    with pytest.raises(RemoteProtocolError, match=says):
        read(body)


def test_too_much_is_not_read_to_its_end() -> None:
    def endless() -> Iterable[bytes]:
        yield envelope("<a><b>")[: -len("</soap:Body></soap:Envelope>")]
        while True:
            yield b"x" * 1000

    with pytest.raises(TooLarge, match="10,000"):
        read(*iter_until_refused(endless()), largest=10_000)


def iter_until_refused(pieces: Iterable[bytes]) -> list[bytes]:
    return [piece for piece, _ in zip(pieces, range(100), strict=False)]


def test_a_large_envelope_is_read_in_little_memory() -> None:
    length = 0

    def take(_name: str, text: str) -> None:
        nonlocal length
        length += len(text)

    reader = EnvelopeReader(take)
    start, end = envelope("<receiveResponseXML><response>|</response></receiveResponseXML>").split(b"|")
    part = "&lt;CustomerRet&gt;é&lt;/CustomerRet&gt;\n".encode() * 1000
    tracemalloc.start()
    try:
        reader.feed(start)
        for _ in range(600):
            reader.feed(part)
        reader.feed(end)
        assert reader.end() == "receiveResponseXML"
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()
    assert length == 600 * 1000 * len("<CustomerRet>é</CustomerRet>\n")


@pytest.mark.parametrize(
    ("result", "inside"),
    [
        ("a & b", "a &amp; b"),
        (100, "100"),
        (-1, "-1"),
        (["ticket", ""], "<string>ticket</string><string></string>"),
        ("\x00\r", "\ufffd&#13;"),
    ],
)
def test_replies_as_bytes(result: soap.Result, inside: str) -> None:
    written = soap.write_reply(SPACE, "m", result).decode()
    assert f'<mResponse xmlns="{SPACE}"><mResult>{inside}</mResult></mResponse>' in written
    assert written.startswith('<?xml version="1.0" encoding="utf-8"?><soap:Envelope ')


def test_a_fault_is_told_with_its_words() -> None:
    with pytest.raises(SoapFault, match="No such <method>"):
        soap.read_reply(soap.write_fault("No such <method>", of_caller=True), "m")


@pytest.mark.parametrize("inside", ["", "<bResponse/>", "<aResponse/>", "<aResponse><bResult/></aResponse>"])
def test_an_answer_to_something_else_is_none(inside: str) -> None:
    with pytest.raises(RemoteProtocolError):
        soap.read_reply(envelope(inside), "a")
