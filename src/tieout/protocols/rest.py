"""Messages of the REST API in JSON: requests, and answers in both directions.

Records stay the bytes that QuickBooks sent. A reader decodes the envelope around them and nothing else; `decode`
turns a record into values when somebody asks for them, with every number that has a point as a Decimal. The
writers make the same envelopes from records that are bytes already, with keys in QuickBooks' order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec
from msgspec import Raw

from ..catalog.rest import RecordType
from ..errors import LocalProtocolError, RemoteProtocolError
from .rest_faults import Fault, error_from, read_fault, write_fault_object, written_time

BATCH_LIMIT = 30
"""Items that one batch may have (limits and throttles)."""

_DIGITS = 100
"""A number with more digits than this before or after its point is a mistake, or an attack."""

_NUMBERS = (Decimal, float)

JSON = "application/json"
STATEMENT = "application/text"

_T = TypeVar("_T")


_VALUES = msgspec.json.Decoder(float_hook=Decimal)
_ITEMS = msgspec.json.Decoder(list[Raw])
_WRITER = msgspec.json.Encoder(decimal_format="number")


def decode(body: bytes | Raw) -> Any:
    """The values in a JSON text; a number with a point or an exponent is a Decimal, any other an int."""
    return _read(_VALUES.decode, body)


def encode(value: Any) -> bytes:
    """The JSON text of values; Decimals as plain numbers, never with an exponent."""
    try:
        _check_numbers((value,))
        return encode_exact(value)
    except (TypeError, UnicodeEncodeError) as error:
        raise LocalProtocolError(f"This cannot be written as JSON: {error}.") from error
    except ArithmeticError:
        place, number = next(_inexact(value, "$"))
        raise LocalProtocolError(
            f"{place} is {number!r}, which cannot be written exactly.",
            advice="Give every number as an int or a finite Decimal, never as a float.",
        ) from None


def encode_exact(value: Any) -> bytes:
    """The same of values whose numbers are known to be ints and finite Decimals of a sensible size."""
    text = _WRITER.encode(value)
    # Only a number with an exponent, or a text that looks like one, is worth going through the values again.
    return _WRITER.encode(_plain(value)) if b"E+" in text or b"E-" in text else text


def _check_numbers(values: Iterable[Any]) -> None:
    """ArithmeticError at a number that is not exact."""
    for value in values:
        kind = type(value)
        if kind is str or kind is bool or kind is int:
            continue
        if kind is dict:
            _check_numbers(value.values())
        elif kind is Decimal:
            if not -_DIGITS <= value.adjusted() <= _DIGITS or not value.is_finite():
                raise ArithmeticError
        elif kind is list or kind is tuple:
            _check_numbers(value)
        elif isinstance(value, _NUMBERS) and not _is_exact(value):
            raise ArithmeticError


def _is_exact(value: Decimal | float) -> bool:
    return isinstance(value, Decimal) and value.is_finite() and -_DIGITS <= value.adjusted() <= _DIGITS


def _plain(value: Any) -> Any:
    """The same values with every Decimal written out."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return Raw(f"{value:f}") if isinstance(value, Decimal) else value


def _inexact(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    """The numbers that are not exact, with their places."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _inexact(part, f"{place}.{key}")
    elif isinstance(value, list | tuple):
        for at, part in enumerate(value):
            yield from _inexact(part, f"{place}[{at}]")
    elif isinstance(value, _NUMBERS) and not _is_exact(value):
        yield place, value


def split(records: bytes | Raw) -> list[Raw]:
    """The elements of a raw JSON array, raw."""
    return _read(_ITEMS.decode, records)


def join(records: Iterable[bytes]) -> bytes:
    """A raw JSON array of raw elements."""
    return b"".join((b"[", b",".join(records), b"]"))  # many times faster than % for large pages


def read_as(decoder: msgspec.json.Decoder[_T], body: bytes) -> _T:
    """What a decoder makes of an answer; RemoteProtocolError where the answer is not as expected."""
    return _read(decoder.decode, body)


def _read(decoder: Callable[[bytes | Raw], _T], body: bytes | Raw) -> _T:
    """What `decoder` makes of `body`; its complaints become ours, with the place."""
    try:
        return decoder(body)
    except msgspec.ValidationError as error:
        raise RemoteProtocolError(f"The answer is not as expected: {error}.") from error
    except UnicodeDecodeError as error:
        raise RemoteProtocolError(f"The answer is not UTF-8: {error}.") from error
    except msgspec.DecodeError as error:
        raise RemoteProtocolError(_unreadable(str(error), memoryview(body).nbytes)) from error
    except (ArithmeticError, RecursionError) as error:
        raise RemoteProtocolError("The answer holds a number too large or is nested too deeply.") from error


def _unreadable(complaint: str, length: int) -> str:
    if "truncated" in complaint:
        return f"The answer is cut off at byte {length:,}: the JSON goes on, but it was only that long."
    return f"The answer is not JSON: {complaint.removeprefix('JSON is malformed: ')}; it was {length:,} bytes long."


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
    envelope = _read(_QUERY.decode, body)
    time = _time_of(envelope, tid)
    if envelope.response is None:
        raise RemoteProtocolError(_without("QueryResponse", tid))
    return _query_answer(envelope.response, time, tid)


def read_batch(body: bytes, *, tid: str = "") -> BatchAnswer:
    """The answers to the items of a batch; the fault of one item is data, not an error."""
    envelope = _read(_BATCH.decode, body)
    time = _time_of(envelope, tid)
    if envelope.items is None:
        raise RemoteProtocolError(_without("BatchItemResponse", tid))
    return BatchAnswer(time, tuple(_batch_item(item, time) for item in envelope.items))


def read_cdc(body: bytes, *, tid: str = "") -> CdcAnswer:
    """What changed and what was deleted, by type."""
    envelope = _read(_CDC.decode, body)
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
    members = _read(_MEMBERS.decode, body)
    _raise_fault(_fault_in(members), tid)
    if key not in members:
        raise RemoteProtocolError(_without(key, tid))
    time = _read(_TIME.decode, members["time"]) if "time" in members else None
    return bytes(members[key]), time


def _time_of(envelope: _Envelope, tid: str) -> datetime:
    """The time of an answer; it becomes a cursor, so it cannot be missing. Raises the fault of the answer."""
    _raise_fault(envelope.fault, tid)
    _raise_fault(envelope.gateway_fault, tid)
    if not envelope.time:
        raise RemoteProtocolError(_without("time", tid))
    return _read(_TIME.decode, envelope.time)


def _raise_fault(raw: Raw, tid: str) -> None:
    if _is_said(raw):
        raise error_from(200, _read(read_fault, raw), tid)


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
    return _read(_WHOLE.decode, members[key]) if key in members else None


def _count(members: Mapping[str, Raw], records: bytes) -> int:
    told = _whole(members, "maxResults")
    return len(split(records)) if told is None else told


def _batch_item(members: dict[str, Raw], time: datetime) -> BatchItem:
    bid = _read(_TEXT.decode, members.pop("bId", Raw(b'""')))
    response = _read(_MEMBERS.decode, members["QueryResponse"]) if "QueryResponse" in members else None
    fault = _fault_in(members) or _fault_in(response or {})
    if fault:
        return BatchItem(bid, fault=_read(read_fault, fault))
    if response is not None:
        return BatchItem(bid, answer=_query_answer(response, time))
    return BatchItem(bid, entity=next(((key, bytes(raw)) for key, raw in members.items()), None))


def _cdc_part(members: Mapping[str, Raw], tid: str) -> CdcPart | None:
    _raise_fault(_fault_in(members), tid)
    name = _type_in(members)
    if name is None:
        return None
    flags = _read(_FLAGS.decode, members[name])
    gone = [flag.status == "Deleted" for flag in flags]
    live, deleted = _sort_out(members[name], gone) if any(gone) else (bytes(members[name]), ())
    return CdcPart(name, live, deleted, len(flags))


def _sort_out(objects: Raw, gone: Sequence[bool]) -> tuple[bytes, tuple[Deleted, ...]]:
    """The live and the deleted of an array in which they are mixed."""
    each = list(zip(split(objects), gone, strict=True))
    stubs = (_read(_TOMBSTONE.decode, raw) for raw, is_gone in each if is_gone)
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


def write_query_answer(
    type_name: str, raw_records: Sequence[bytes], start: int, total: int | None, time: datetime
) -> bytes:
    """A page of a query; without records it is an empty object, as recorded."""
    answer = query_answer(type_name, raw_records, start, total, time)
    return b"".join((b'{"QueryResponse":', *_response(answer), _end(time)))


def write_count_answer(total: int, time: datetime) -> bytes:
    """The answer to COUNT(*)."""
    return b'{"QueryResponse":{"totalCount":%d}%b' % (total, _end(time))


def write_entity_answer(key: str, raw: bytes, time: datetime) -> bytes:
    """A record that was read or written."""
    return b'{"%b":%b%b' % (key.encode(), raw, _end(time))


def write_batch_answer(items: Iterable[BatchItem], time: datetime) -> bytes:
    """The answers to a batch."""
    return b'{"BatchItemResponse":%b%b' % (join(_written_item(item) for item in items), _end(time))


def write_cdc_answer(parts: Iterable[CdcPart], time: datetime) -> bytes:
    """Changes by type; a type without any is an empty object in its place."""
    written = join(_written_part(part) for part in parts)
    return b'{"CDCResponse":[{"QueryResponse":%b}]%b' % (written, _end(time))


def write_upload_answer(outcomes: Iterable[bytes | Fault], time: datetime) -> bytes:
    """What became of the files of an upload, each a raw Attachable or a fault."""
    written = join(
        b'{"Fault":%b}' % write_fault_object(each) if isinstance(each, Fault) else b'{"Attachable":%b}' % each
        for each in outcomes
    )
    return b'{"AttachableResponse":%b%b' % (written, _end(time))


def _end(time: datetime) -> bytes:
    return b',"time":"%b"}' % written_time(time).encode()


def _response(answer: QueryAnswer) -> tuple[bytes, ...]:
    total = b'"totalCount":%d' % answer.total if answer.total is not None else b""
    if answer.type is None:
        return (b"{", total, b"}")
    placed = b',"startPosition":%d,"maxResults":%d%b}' % (
        answer.start,
        answer.count,
        b"," * bool(total) + total,
    )
    return (b'{"', answer.type.encode(), b'":', answer.records, placed)


def _written_item(item: BatchItem) -> bytes:
    return b'{%b"bId":%b}' % (_contents(item), encode(item.bid))


def _contents(item: BatchItem) -> bytes:
    if item.fault:
        return b'"Fault":%b,' % write_fault_object(item.fault)
    if item.answer:
        return b"".join((b'"QueryResponse":', *_response(item.answer), b","))
    if item.entity:
        key, raw = item.entity
        return b'"%b":%b,' % (key.encode(), raw)
    return b""


def _written_part(part: CdcPart) -> bytes:
    if not part.size:
        return b"{}"
    gone = [_tombstone(record_id, when) for record_id, when in part.deleted]
    objects = join([bytes(raw) for raw in split(part.live)] + gone)
    return b'{"%b":%b,"startPosition":1,"maxResults":%d}' % (part.type.encode(), objects, part.size)


def _tombstone(record_id: str, when: datetime | None) -> bytes:
    stub: dict[str, Any] = {"status": "Deleted", "domain": "QBO", "Id": record_id}
    if when is not None:
        stub["MetaData"] = {"LastUpdatedTime": when.isoformat(timespec="seconds")}
    return encode(stub)
