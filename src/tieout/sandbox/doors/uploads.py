"""Attachments: files come in several to a request, each with metadata of its own or none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from ...catalog.rest import record_type, record_types
from ...protocols.rest_faults import Fault
from ...protocols.rest_writes import UPLOADED_AT_MOST, UPLOADED_TYPES
from ..company import intake, refusals
from ..company.company import Company
from ..company.records import Record, StoredRecord
from ..company.refusals import Refusal, refused
from .calls import XML_TYPES, Call
from .multipart import Part, read_parts
from .replies import Uploads
from .request_body import read_object, read_xml_record, unreadable, wrong_content_type

MULTIPART = "multipart/form-data"

_PART = re.compile(r"file_(?P<side>metadata|content)_(?P<number>\w+)")
_ATTACHED_TO = frozenset(
    found.name for found in record_types() if found.kind == "transaction" or found.name == "Item"
) | {"Account", "Customer", "Employee", "Vendor"}


def take(company: Company, call: Call, now: datetime) -> Uploads:
    """Keep the files of a call."""
    if call.content_type != MULTIPART:
        raise wrong_content_type(call.content_type, MULTIPART)
    try:
        parts = read_parts(call.body, call.headers["content-type"])
    except ValueError as error:
        raise unreadable(str(error)) from None
    outcomes = [_keep(company, metadata, content) for metadata, content in _pairs(parts)]
    return Uploads([_shown(company, call, outcome, now) for outcome in outcomes])


def _shown(company: Company, call: Call, outcome: bytes | Fault, now: datetime) -> bytes | Fault:
    if isinstance(outcome, Fault):
        return outcome
    return company.files.shown(outcome, call.origin, company.realm, now)


def _pairs(parts: list[Part]) -> Iterator[tuple[Part | None, Part | None]]:
    """Metadata and content that have the same number, in the order in which the numbers came."""
    sides: dict[str, dict[str, Part]] = {}
    for part in parts:
        named = _PART.fullmatch(part.name)
        if named is None:
            raise unreadable(f"the part {part.name}")
        sides.setdefault(named["number"], {})[named["side"]] = part
    for pair in sides.values():
        yield pair.get("metadata"), pair.get("content")


def _keep(company: Company, metadata: Part | None, content: Part | None) -> bytes | Fault:
    """The Attachable of a file, or why there is none; the other files do not mind."""
    try:
        if content is None:
            raise refusals.nothing_attached()
        return _attach(company, _described(metadata, content), content.body).encoded
    except Refusal as refusal:
        return refusal.fault


def _attach(company: Company, record: Record, contents: bytes) -> StoredRecord:
    """Keep a file and its Attachable, which a client cannot make with a file by itself."""
    check_references(company, record)
    found = record_type("Attachable")
    sent = intake.without_empty(intake.read(found, record))
    with company.lock:
        id_ = company.books.new_id(found)
        told = {"FileAccessUri": f"/v3/company/{company.realm}/download/{id_}", "Size": len(contents)}
        company.files.keep(id_, contents)
        return company.install("Attachable", {**sent, **told}, id_=id_)


def _described(metadata: Part | None, content: Part) -> Record:
    """The Attachable as the client describes it, completed from the file."""
    record = _metadata(metadata) if metadata else {}
    name = record.get("FileName") or content.file_name
    if not isinstance(name, str) or not name:
        raise refusals.missing("FileName")
    known = UPLOADED_TYPES.get(name.rpartition(".")[2].lower())
    if known is None or not content.body:
        detail = f"The file {name} is empty." if known else f"Files of the type of {name} are not supported."
        raise refused(6041, "Invalid Uploaded File", detail)
    said = record.get("ContentType") or content.content_type or known
    return {**record, "FileName": name, "ContentType": said}


def _metadata(part: Part) -> Record:
    try:
        if part.content_type in XML_TYPES:
            return read_xml_record(part.body, "Attachable")
        return read_object(part.body)
    except Refusal:
        detail = "The part with the metadata does not hold an Attachable."
        raise refused(6040, "The file metadata must be of Attachable type", detail) from None


def check_references(company: Company, body: Mapping[str, Any]) -> None:
    """What a file is attached to is of a type that takes files (6050), and there (2500)."""
    for reference in _entity_references(body):
        kind, id_ = str(reference.get("type", "")), str(reference.get("value", ""))
        known = next((name for name in _ATTACHED_TO if name.lower() == kind.lower()), None)
        if known is None:
            detail = f"{kind or 'Nothing'} is no type that files are attached to."
            raise refused(6050, "The entity reference type is unsupported for Attachable", detail)
        if company.books.find(known, id_) is None:
            raise refusals.invalid_reference(f"{known}s", id_)


def _entity_references(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """References to entities, as far as the body has the form of an Attachable."""
    listed = body.get("AttachableRef")
    for each in listed if isinstance(listed, list) else ():
        reference = each.get("EntityRef") if isinstance(each, Mapping) else None
        if isinstance(reference, Mapping):
            yield reference


def too_large() -> Refusal:
    detail = f"An upload has at most {UPLOADED_AT_MOST:,} bytes."
    return refused(6030, "Upload request size exceeds allowed limit", detail)
