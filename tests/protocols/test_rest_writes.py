import json
from decimal import Decimal

import pytest

from tieout.catalog.rest import record_type
from tieout.protocols import exact_json
from tieout.protocols.rest_writes import (
    UPLOADED_TYPES,
    BatchWrite,
    bodies_of,
    send_request,
    upload_request,
    write_batch_request,
)

INVOICE = record_type("Invoice")


def write(bid, record, operation="create", options=""):
    return BatchWrite(bid, INVOICE, operation, exact_json.encode(record), options)


def test_a_batch_keeps_its_order_its_marks_and_every_digit():
    writes = [
        write("1", {"TotalAmt": Decimal("10.10")}),
        write("2", {"Id": "7", "SyncToken": "0"}, "update", "void"),
    ]
    request = write_batch_request("123", writes, 75, "abc")
    assert (request.method, request.path) == ("POST", "/v3/company/123/batch")
    assert dict(request.params) == {"requestid": "abc", "minorversion": "75"}
    assert b'"TotalAmt":10.10' in request.body
    assert json.loads(request.body)["BatchItemRequest"] == [
        {"bId": "1", "operation": "create", "Invoice": {"TotalAmt": 10.1}},
        {
            "bId": "2",
            "operation": "update",
            "optionsData": "void",
            "Invoice": {"Id": "7", "SyncToken": "0"},
        },
    ]


def test_the_bodies_of_a_batch_are_found_again_byte_for_byte():
    records = [{"PrivateNote": 'a "b" \\ é 😀', "TotalAmt": Decimal("1.50")}, {"Id": "7"}]
    writes = [write(str(at), each) for at, each in enumerate(records, 1)]
    request = write_batch_request("123", writes, 75, "abc")
    assert list(bodies_of(request.body)) == [(each.bid, each.body) for each in writes]


def test_the_same_file_is_sent_as_the_same_bytes():
    told = {"FileName": 'a "b".pdf', "ContentType": "application/pdf", "Note": "x"}
    first, second = (upload_request("123", told, b"%PDF-1", 75, {"requestid": "r"}) for _ in range(2))
    assert first == second
    assert first.path == "/v3/company/123/upload"
    assert b'filename="a %22b%22.pdf"' in first.body
    assert upload_request("123", told, b"%PDF-2", 75, {}).content_type != first.content_type


def test_a_file_name_with_a_line_break_makes_no_header_of_its_own():
    told = {"FileName": "a\r\nX-Evil: 1.pdf", "ContentType": "application/pdf"}
    assert b"\r\nX-Evil" not in upload_request("123", told, b"x", 75, {}).body.partition(b"file_content_0")[2]


def test_a_document_is_sent_to_an_address_or_to_its_own():
    request = send_request("123", INVOICE, "a/b", 75, {"sendTo": "ann@example.com"})
    assert request.path == "/v3/company/123/invoice/a%2Fb/send"
    assert (request.body, request.params["sendTo"]) == (b"", "ann@example.com")


@pytest.mark.parametrize("ending", ["pdf", "jpg", "csv", "docx"])
def test_endings_of_files_have_types(ending):
    assert "/" in UPLOADED_TYPES[ending]
