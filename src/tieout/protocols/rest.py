"""Messages of the REST API in JSON: requests, and answers as they are read.

Records stay the bytes that QuickBooks sent: a reader decodes the envelope around them and nothing else. `exact_json` turns a
record into values when somebody asks for them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

import msgspec
from msgspec import Raw

from ..catalog.rest import RecordType
from ..errors import LocalProtocolError, RemoteProtocolError
from .exact_json import encode, join, read_as, read_with, split
from .rest_faults import Fault, error_from, read_fault

BATCH_LIMIT = 30
"""Items that one batch may have (limits and throttles)."""

JSON = "application/json"
STATEMENT = "application/text"


@dataclass(frozen=True, slots=True)
class Request:
    """One request, before it has a host and a token."""

    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    content_type: str = ""
    accept: str = JSON


def query_request(realm: str, statement: str, minor_version: int) -> Request:
    """A query; posted, so that its length and its characters do not matter."""
    params = version_param(minor_version)
    return Request("POST", company_path(realm, "query"), params, statement.encode(), STATEMENT)


def batch_request(realm: str, statements: Mapping[str, str], minor_version: int) -> Request:
    """Several queries in one request, each known by its `bId`."""
    if not 0 < len(statements) <= BATCH_LIMIT:
        raise LocalProtocolError(f"A batch has 1 to {BATCH_LIMIT} items, not {len(statements)}.")
    items = [{"bId": bid, "Query": statement} for bid, statement in statements.items()]
    body = encode({"BatchItemRequest": items})
    return Request("POST", company_path(realm, "batch"), version_param(minor_version), body, JSON)


def cdc_request(realm: str, types: Sequence[str], since: datetime, minor_version: int) -> Request:
    """What changed and what was deleted since a moment, of several types."""
    if since.tzinfo is None or not types:
        raise LocalProtocolError("Changes are asked of at least one type, since a time with a zone.")
    asked = {"entities": ",".join(types), "changedSince": since.isoformat(timespec="seconds")}
    return Request("GET", company_path(realm, "cdc"), asked | version_param(minor_version))


def read_request(realm: str, record_type: RecordType, record_id: str, minor_version: int) -> Request:
    """One record by its id."""
    if not record_id:
        raise LocalProtocolError(f"A {record_type.name} is read by its Id, and this one is empty.")
    path = company_path(realm, f"{record_type.url}/{quote(record_id, safe='')}")
    return Request("GET", path, version_param(minor_version))


def entity_request(
    realm: str,
    record_type: RecordType,
    body: bytes,
    minor_version: int,
    *,
    params: Mapping[str, str] | None = None,
) -> Request:
    """Create or update a record; `params` make it a delete or a void and carry the `requestid`."""
    asked = {**(params or {}), **version_param(minor_version)}
    return Request("POST", company_path(realm, record_type.url), asked, body, JSON)


def document_request(realm: str, path: str, minor_version: int, *, accept: str) -> Request:
    """Something that is no JSON: a PDF, or the address of a file."""
    return Request("GET", company_path(realm, path), version_param(minor_version), accept=accept)


def company_info_request(realm: str, minor_version: int) -> Request:
    """The company itself, whose id is the realm."""
    return Request("GET", company_path(realm, f"companyinfo/{realm}"), version_param(minor_version))


def company_path(realm: str, rest: str) -> str:
    if not (realm.isascii() and realm.isdigit()):
        raise LocalProtocolError(
            f"{realm!r} is no company id.",
            advice="A company id is a number; `tieout connect NAME` finds it out.",
        )
    return f"/v3/company/{realm}/{rest}"


def version_param(minor_version: int) -> dict[str, str]:
    return {"minorversion": str(minor_version)}


@dataclass(frozen=True, slots=True)
class QueryAnswer:
    """A page of a query, or its count."""

    type: str | None
    """None when there are no records: such an answer does not name their type."""
    records: bytes
    """The raw JSON array."""
    start: int
    count: int
    total: int | None
    time: datetime


@dataclass(frozen=True, slots=True)
class BatchItem:
    """The answer to one item of a batch: one of `answer`, `fault`, `entity`, or none of them."""

    bid: str
    answer: QueryAnswer | None = None
    fault: Fault | None = None
    entity: tuple[str, bytes] | None = None
    """The key of a written record, and the record raw."""


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """The answers to a batch, in the order in which the server sent them."""

    time: datetime
    items: tuple[BatchItem, ...]


Deleted = tuple[str, datetime | None]
"""The id of a deleted record, and when it was deleted as far as QuickBooks says."""


@dataclass(frozen=True, slots=True)
class CdcPart:
    """What changed of one type."""

    type: str
    live: bytes
    """The raw JSON array of the records that are there."""
    deleted: tuple[Deleted, ...]
    size: int
    """How many objects, live and deleted; they count against the 1,000 of an answer."""


@dataclass(frozen=True, slots=True)
class CdcAnswer:
    """What changed, by type. A type without changes has no part: its place in the answer does not name it."""

    time: datetime
    types: tuple[CdcPart, ...]


_ABSENT = Raw()


class _Envelope(msgspec.Struct):
    """What every answer may have around its contents."""

    fault: Raw = msgspec.field(default=_ABSENT, name="Fault")
    gateway_fault: Raw = msgspec.field(default=_ABSENT, name="fault")
    time: Raw = _ABSENT
    """Undecoded until there is no fault: the gateway counts milliseconds."""


class _QueryEnvelope(_Envelope):
    response: dict[str, Raw] | None = msgspec.field(default=None, name="QueryResponse")


class _BatchEnvelope(_Envelope):
    items: list[dict[str, Raw]] | None = msgspec.field(default=None, name="BatchItemResponse")


class _CdcResponse(msgspec.Struct):
    parts: list[dict[str, Raw]] = msgspec.field(default_factory=list, name="QueryResponse")
    fault: Raw = msgspec.field(default=_ABSENT, name="Fault")


class _CdcEnvelope(_Envelope):
    responses: list[_CdcResponse] | None = msgspec.field(default=None, name="CDCResponse")


class _MetaData(msgspec.Struct):
    updated: datetime | None = msgspec.field(default=None, name="LastUpdatedTime")


class _Flag(msgspec.Struct):
    """As much of an object as tells a deleted one from a live one."""

    status: str = ""


class _Tombstone(msgspec.Struct):
    """What is left of a deleted object."""

    id: str = msgspec.field(name="Id")
    meta: _MetaData = msgspec.field(default_factory=_MetaData, name="MetaData")


_QUERY = msgspec.json.Decoder(_QueryEnvelope)
_BATCH = msgspec.json.Decoder(_BatchEnvelope)
_CDC = msgspec.json.Decoder(_CdcEnvelope)
_MEMBERS = msgspec.json.Decoder(dict[str, Raw])
_FLAGS = msgspec.json.Decoder(list[_Flag])
_TOMBSTONE = msgspec.json.Decoder(_Tombstone)
_WHOLE = msgspec.json.Decoder(int)
_TEXT = msgspec.json.Decoder(str)
_TIME = msgspec.json.Decoder(datetime)


def read_query(body: bytes, *, tid: str = "") -> QueryAnswer:
    """A page of records, or a count."""
    envelope = read_as(_QUERY, body)
    time = _time_of(envelope, tid)
    if envelope.response is None:
        raise RemoteProtocolError(_without("QueryResponse", tid))
    return _query_answer(envelope.response, time, tid)


def read_batch(body: bytes, *, tid: str = "") -> BatchAnswer:
    """The answers to the items of a batch; the fault of one item is data, not an error."""
    envelope = read_as(_BATCH, body)
    time = _time_of(envelope, tid)
    if envelope.items is None:
        raise RemoteProtocolError(_without("BatchItemResponse", tid))
    return BatchAnswer(time, tuple(_batch_item(item, time) for item in envelope.items))


def read_cdc(body: bytes, *, tid: str = "") -> CdcAnswer:
    """What changed and what was deleted, by type."""
    envelope = read_as(_CDC, body)
    time = _time_of(envelope, tid)
    if envelope.responses is None:
        raise RemoteProtocolError(_without("CDCResponse", tid))
    for response in envelope.responses:
        _raise_fault(response.fault, tid)
    members = (part for response in envelope.responses for part in response.parts)
    return CdcAnswer(time, tuple(part for each in members if (part := _cdc_part(each, tid))))


def read_entity(body: bytes, key: str, *, tid: str = "") -> tuple[bytes, datetime | None]:
    """One record raw, as read or as it is after a write, and the time of the answer.

    HTTP 200 without the record is no success: an unsupported void answers with an empty batch.
    """
    members = read_as(_MEMBERS, body)
    _raise_fault(_fault_in(members), tid)
    if key not in members:
        raise RemoteProtocolError(_without(key, tid))
    time = read_as(_TIME, members["time"]) if "time" in members else None
    return bytes(members[key]), time


def _time_of(envelope: _Envelope, tid: str) -> datetime:
    """The time of an answer; it becomes a cursor, so it cannot be missing. Raises the fault of the answer."""
    _raise_fault(envelope.fault, tid)
    _raise_fault(envelope.gateway_fault, tid)
    if not envelope.time:
        raise RemoteProtocolError(_without("time", tid))
    return read_as(_TIME, envelope.time)


def _raise_fault(raw: Raw, tid: str) -> None:
    if _is_said(raw):
        raise error_from(200, read_with(read_fault, raw), tid)


def _is_said(raw: Raw) -> bool:
    return len(raw) > 0 and bytes(raw) != b"null"


def _fault_in(members: Mapping[str, Raw]) -> Raw:
    return next((members[key] for key in ("Fault", "fault") if _is_said(members.get(key, _ABSENT))), _ABSENT)


def _without(key: str, tid: str) -> str:
    return f"The answer has no {key!r}{f' [intuit_tid {tid}]' if tid else ''}."


def _query_answer(members: Mapping[str, Raw], time: datetime, tid: str = "") -> QueryAnswer:
    _raise_fault(_fault_in(members), tid)
    name = _type_in(members)
    records = bytes(members[name]) if name else b"[]"
    return QueryAnswer(
        type=name,
        records=records,
        start=_whole(members, "startPosition") or 1,
        count=_count(members, records) if name else 0,
        total=_whole(members, "totalCount"),
        time=time,
    )


def _type_in(members: Mapping[str, Raw]) -> str | None:
    """The name of the type: the key that holds an array, and the only one that is not known beforehand."""
    return next((name for name, raw in members.items() if memoryview(raw)[:1].tobytes() == b"["), None)


def _whole(members: Mapping[str, Raw], key: str) -> int | None:
    return read_as(_WHOLE, members[key]) if key in members else None


def _count(members: Mapping[str, Raw], records: bytes) -> int:
    told = _whole(members, "maxResults")
    return len(split(records)) if told is None else told


def _batch_item(members: dict[str, Raw], time: datetime) -> BatchItem:
    bid = read_as(_TEXT, members.pop("bId", Raw(b'""')))
    response = read_as(_MEMBERS, members["QueryResponse"]) if "QueryResponse" in members else None
    fault = _fault_in(members) or _fault_in(response or {})
    if fault:
        return BatchItem(bid, fault=read_with(read_fault, fault))
    if response is not None:
        return BatchItem(bid, answer=_query_answer(response, time))
    return BatchItem(bid, entity=next(((key, bytes(raw)) for key, raw in members.items()), None))


def _cdc_part(members: Mapping[str, Raw], tid: str) -> CdcPart | None:
    _raise_fault(_fault_in(members), tid)
    name = _type_in(members)
    if name is None:
        return None
    flags = read_as(_FLAGS, members[name])
    gone = [flag.status == "Deleted" for flag in flags]
    live, deleted = _sort_out(members[name], gone) if any(gone) else (bytes(members[name]), ())
    return CdcPart(name, live, deleted, len(flags))


def _sort_out(objects: Raw, gone: Sequence[bool]) -> tuple[bytes, tuple[Deleted, ...]]:
    """The live and the deleted of an array in which they are mixed."""
    each = list(zip(split(objects), gone, strict=True))
    stubs = (read_as(_TOMBSTONE, raw) for raw, is_gone in each if is_gone)
    live = join(bytes(raw) for raw, is_gone in each if not is_gone)
    return live, tuple((stub.id, stub.meta.updated) for stub in stubs)


def query_answer(
    type_name: str | None, raw_records: Sequence[bytes], start: int, total: int | None, time: datetime
) -> QueryAnswer:
    """The value of a page made from raw records."""
    name = type_name if raw_records else None
    return QueryAnswer(name, join(raw_records), start if name else 1, len(raw_records), total, time)


def cdc_part(type_name: str, raw_records: Sequence[bytes], deleted: Sequence[Deleted] = ()) -> CdcPart:
    """The value of a type's changes made from raw records."""
    return CdcPart(type_name, join(raw_records), tuple(deleted), len(raw_records) + len(deleted))
