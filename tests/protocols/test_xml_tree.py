"""Small XML documents: what is read, and what is refused."""

from __future__ import annotations

import pytest

from tieout.errors import RemoteProtocolError
from tieout.protocols.xml_tree import attribute, escaped, parse_xml


def test_a_document_is_a_tree_of_local_names() -> None:
    root = parse_xml(
        b'<?xml version="1.0"?>\n<q:a xmlns:q="urn:x" q:k="1" l="2">\n <b> t<!-- no -->u </b>\n <c><b/></c></q:a>'
    )
    assert (root.name, root.attributes, root.text) == ("a", {"k": "1", "l": "2"}, "")
    assert [child.name for child in root.children] == ["b", "c"]
    assert root.text_of("b") == " tu "
    assert root.text_of("none") == ""


def test_the_nearest_element_is_found() -> None:
    root = parse_xml(b"<a><c><b>deep</b></c><b>near</b></a>")
    found = root.find("b")
    assert found
    assert found.text == "near"
    assert root.find("d") is None


def test_white_space_alone_is_kept_where_nothing_else_is() -> None:
    assert parse_xml(b"<a>  </a>").text == "  "


def test_other_encodings_are_read_as_declared() -> None:
    assert parse_xml('<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>'.encode("latin-1")).text == "é"


@pytest.mark.parametrize(
    "doctype",
    [b"<!DOCTYPE a>", b'<!DOCTYPE a [<!ENTITY x "y">]>', b'<!DOCTYPE a SYSTEM "file:///etc/passwd">'],
)
def test_a_doctype_is_refused(doctype: bytes) -> None:
    with pytest.raises(RemoteProtocolError, match="DOCTYPE"):
        parse_xml(doctype + b"<a/>")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<a",
        b"<a><b></a>",
        b"<a/><b/>",
        b"<a>&x;</a>",
        b"<a>\xff</a>",
        b'<?xml version="1.0" encoding="klingon"?><a/>',
    ],
)
def test_what_is_not_xml_is_refused(body: bytes) -> None:
    with pytest.raises(RemoteProtocolError, match="XML"):
        parse_xml(body)


def test_a_broken_document_is_told_by_place_and_length() -> None:
    with pytest.raises(RemoteProtocolError, match="line 2, column 3; it was 10 bytes long"):
        parse_xml(b"<a>\n</b>\n\n")


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(RemoteProtocolError, match="100 deep"):
        parse_xml(b"<a>" * 5000)


def test_what_xml_cannot_hold_is_replaced():
    assert escaped("a\x1fb\ud800") == "a\ufffdb\ufffd"
    assert attribute('a\x00"b') == "'a\ufffd\"b'"
