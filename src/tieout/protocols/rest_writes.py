"""Writes of the REST API on the wire: one record, a batch of records, a file. What is sent can be sent again byte for byte."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import quote

import msgspec
from msgspec import Raw

from ..catalog.rest import RecordType
from .exact_json import encode, join, read_as
from .rest import JSON, Request, company_path, version_param

LONGEST_REQUEST_ID = 50
LONGEST_BATCH_REQUEST_ID = 36
LONGEST_BID = 10
"""Characters; of a bId when the batch has a `requestid` (batch operations)."""

OCTETS = "application/octet-stream"
UPLOADED_AT_MOST = 100_000_000
"""Bytes of one upload, all its files together (attachments)."""
UPLOADED_TYPES: Mapping[str, str] = {
    "ai": "application/postscript",
    "csv": "text/csv",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "eps": "application/postscript",
    "gif": "image/gif",
    "jpeg": "image/jpeg",
    "jpg": "image/jpeg",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "pdf": "application/pdf",
    "png": "image/png",
    "rtf": "text/rtf",
    "tif": "image/tiff",
    "txt": "text/plain",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "xml": "text/xml",
}
"""Endings of files that QuickBooks takes, and what each stands for."""


@dataclass(frozen=True, slots=True)
class BatchWrite:
    """One write of a batch."""

    bid: str
    type: RecordType
    operation: str
    """create, update, delete or void."""
    body: bytes
    options: str = ""
    """Words such as `void` or `allowduplicatedocnum`, with commas between them."""


def write_batch_request(
    realm: str, writes: Sequence[BatchWrite], minor_version: int, request_id: str
) -> Request:
    """Several writes in one request."""
    body = b'{"BatchItemRequest":%b}' % join(_item(each) for each in writes)
    params = {"requestid": request_id, **version_param(minor_version)}
    return Request("POST", company_path(realm, "batch"), params, body, JSON)


def send_request(
    realm: str, kind: RecordType, record_id: str, minor_version: int, params: Mapping[str, str]
) -> Request:
    """Send a document by e-mail, to `sendTo` of `params` or to the address that it has."""
    path = company_path(realm, f"{kind.url}/{quote(record_id, safe='')}/send")
    return Request("POST", path, {**params, **version_param(minor_version)}, b"", OCTETS)


def upload_request(
    realm: str, metadata: Mapping[str, Any], content: bytes, minor_version: int, params: Mapping[str, str]
) -> Request:
    """A file with what is said about it."""
    kind = str(metadata.get("ContentType") or OCTETS)
    parts = (
        (b"file_metadata_0", b"", JSON.encode(), encode(dict(metadata))),
        (b"file_content_0", str(metadata.get("FileName", "file")).encode(), kind.encode(), content),
    )
    boundary = sha256(content).hexdigest()[:32].encode()  # the same file is sent as the same bytes
    body = b"".join(_part(boundary, *each) for each in parts) + b"--%b--\r\n" % boundary
    content_type = f"multipart/form-data; boundary={boundary.decode()}"
    return Request(
        "POST", company_path(realm, "upload"), {**params, **version_param(minor_version)}, body, content_type
    )


def bodies_of(request_body: bytes) -> Iterator[tuple[str, bytes]]:
    """The bId and the record, raw, of every item of a batch that was written here."""
    for item in read_as(_BATCH, request_body).items:
        bid = read_as(_TEXT, bytes(item.pop("bId")))
        raw = next(bytes(value) for name, value in item.items() if name not in ("operation", "optionsData"))
        yield bid, raw


class _Batch(msgspec.Struct):
    items: list[dict[str, Raw]] = msgspec.field(name="BatchItemRequest")


_BATCH = msgspec.json.Decoder(_Batch)
_TEXT = msgspec.json.Decoder(str)


def _item(write: BatchWrite) -> bytes:
    options = b',"optionsData":%b' % encode(write.options) if write.options else b""
    told = (encode(write.bid), encode(write.operation), options, write.type.name.encode(), write.body)
    return b'{"bId":%b,"operation":%b%b,"%b":%b}' % told


def _part(boundary: bytes, name: bytes, file_name: bytes, content_type: bytes, content: bytes) -> bytes:
    for character, code in ((b'"', b"%22"), (b"\r", b"%0D"), (b"\n", b"%0A")):  # as browsers write them
        file_name = file_name.replace(character, code)
    named = b'; filename="%b"' % file_name if file_name else b""
    head = b'--%b\r\nContent-Disposition: form-data; name="%b"%b\r\nContent-Type: %b\r\n\r\n'
    return head % (boundary, name, named, content_type) + content + b"\r\n"
