"""The methods of the Web Connector over the wire, and our description of them held against those that others published."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from tieout.errors import RemoteProtocolError
from tieout.protocols import web_connector
from tieout.protocols.soap import EnvelopeReader
from tieout.protocols.web_connector import METHODS

PUBLISHED = Path(__file__).parents[3] / "shared" / "schemas" / "webconnector"
OPTIONAL_IN_SOME = {"serverVersion": {"strVersion"}}
"""What consolibyte's description has beyond Intuit's own."""


def test_eleven_methods() -> None:
    assert len(METHODS) == 11


@pytest.mark.parametrize("name", METHODS)
def test_a_call_is_read_as_it_was_written(name: str) -> None:
    given = {parameter: f"<{parameter}>" for parameter in METHODS[name].parameters}
    found: dict[str, str] = {}
    reader = EnvelopeReader(lambda argument, text: found.update({argument: found.get(argument, "") + text}))
    reader.feed(web_connector.write_call(name, **given))
    assert (reader.end(), found) == (name, given)


def test_the_server_version_may_be_asked_with_an_argument_and_by_its_other_name() -> None:
    assert b"<strVersion>2.3</strVersion>" in web_connector.write_call("serverVersion", strVersion="2.3")
    assert web_connector.method_called("getServerVersion").name == "serverVersion"
    with pytest.raises(RemoteProtocolError, match="sendRequestXML2"):
        web_connector.method_called("sendRequestXML2")


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("authenticate", ["t", ""]),
        ("receiveResponseXML", 42),
        ("sendRequestXML", "<QBXML>é</QBXML>"),
        ("getLastError", ""),
    ],
)
def test_a_reply_is_read_as_it_was_written(name: str, result: object) -> None:
    written = web_connector.write_reply(name, result)  # type: ignore[arg-type]
    assert web_connector.read_reply(written, name) == result


def test_a_percentage_that_is_none() -> None:
    written = web_connector.write_reply("receiveResponseXML", "fifty")
    with pytest.raises(RemoteProtocolError, match="fifty"):
        web_connector.read_reply(written, "receiveResponseXML")


def test_the_header_is_quoted() -> None:
    assert web_connector.soap_action("authenticate") == '"http://developer.intuit.com/authenticate"'


def described(wsdl: bytes) -> dict[str, list[tuple[str, str]]]:
    """Every element of a description with its parts and their types."""
    schema = "{http://www.w3.org/2001/XMLSchema}"
    root = etree.fromstring(wsdl)
    return {
        element.get("name", ""): [
            (part.get("name", ""), part.get("type", "").partition(":")[2])
            for part in element.iter(f"{schema}element")
        ][1:]
        for element in root.iter(f"{schema}element")
        if element.getparent().tag == f"{schema}schema"  # type: ignore[union-attr]
    }


@pytest.mark.parametrize("name", ["consolibyte", "flowlink"])
def test_nothing_is_described_otherwise_than_by_others(name: str) -> None:
    file = PUBLISHED / f"{name}_QBWebConnectorSvc.wsdl"
    if not file.exists():
        pytest.skip("NOT COMPARED: the published descriptions are not here")
    ours = described(web_connector.wsdl("http://localhost/"))
    theirs = described(file.read_bytes())
    for element, parts in theirs.items():
        optional = OPTIONAL_IN_SOME.get(element, set())
        assert [part for part in parts if part[0] not in optional] == ours[element], element
