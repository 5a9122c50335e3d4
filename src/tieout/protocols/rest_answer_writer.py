"""Answers of the REST API in JSON, from records that are bytes already, with keys in QuickBooks' order."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from .exact_json import encode, join, split
from .rest import BatchItem, CdcPart, QueryAnswer, query_answer
from .rest_faults import Fault, write_fault_object, written_time


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
