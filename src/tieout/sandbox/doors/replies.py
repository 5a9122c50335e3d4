"""What the service has to say, in the two languages it is said in.

JSON is put together from prepared bytes. XML is made from the values of those bytes when somebody asks for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ...protocols import exact_json, rest_answer_writer, rest_xml
from ...protocols.rest import BatchItem, CdcPart
from ...protocols.rest_faults import Fault, write_fault, write_fault_xml
from ..company.records import Record
from ..company.refusals import Refusal
from .calls import JSON, XML, Answer, Call


class Reply(Protocol):
    """Something to say."""

    def as_json(self, time: datetime) -> bytes: ...

    def as_xml(self, time: datetime) -> bytes: ...


@dataclass(frozen=True, slots=True)
class One:
    """One record."""

    key: str
    raw: bytes

    def as_json(self, time: datetime) -> bytes:
        return rest_answer_writer.write_entity_answer(self.key, self.raw, time)

    def as_xml(self, time: datetime) -> bytes:
        return rest_xml.write_entity_xml(self.key, exact_json.decode(self.raw), time)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a query."""

    type: str
    raws: Sequence[bytes]
    start: int = 1

    def as_json(self, time: datetime) -> bytes:
        return rest_answer_writer.write_query_answer(self.type, self.raws, self.start, None, time)

    def as_xml(self, time: datetime) -> bytes:
        records = [exact_json.decode(raw) for raw in self.raws]
        return rest_xml.write_query_xml(self.type, records, self.start, None, time)


@dataclass(frozen=True, slots=True)
class Count:
    """The answer to COUNT(*)."""

    total: int

    def as_json(self, time: datetime) -> bytes:
        return rest_answer_writer.write_count_answer(self.total, time)

    def as_xml(self, time: datetime) -> bytes:
        return rest_xml.write_count_xml(self.total, time)


@dataclass(frozen=True, slots=True)
class Batch:
    """The answers to the items of a batch; without any, what voiding a journal entry gets."""

    items: Sequence[BatchItem] = ()

    def as_json(self, time: datetime) -> bytes:
        return rest_answer_writer.write_batch_answer(self.items, time)

    def as_xml(self, time: datetime) -> bytes:
        return rest_xml.write_batch_xml(self.items, time)


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed, by type."""

    parts: Sequence[CdcPart]

    def as_json(self, time: datetime) -> bytes:
        return rest_answer_writer.write_cdc_answer(self.parts, time)

    def as_xml(self, time: datetime) -> bytes:
        return rest_xml.write_cdc_xml(self.parts, time)


@dataclass(frozen=True, slots=True)
class Uploads:
    """What became of the files of an upload: each is kept or refused by itself."""

    outcomes: Sequence[bytes | Fault]

    def as_json(self, time: datetime) -> bytes:
        return rest_answer_writer.write_upload_answer(self.outcomes, time)

    def as_xml(self, time: datetime) -> bytes:
        return rest_xml.write_upload_xml(self.outcomes, time)


@dataclass(frozen=True, slots=True)
class Bare:
    """A record without anything around it, as TaxService answers; in JSON alone."""

    record: Record

    def as_json(self, time: datetime) -> bytes:  # noqa: ARG002 - such an answer tells no time
        return exact_json.encode(self.record)

    as_xml = as_json


def say(reply: Reply, call: Call, now: datetime, status: int = 200) -> Answer:
    """The answer in the language that the client prefers, JSON where it takes neither."""
    if call.answer_type == XML and not isinstance(reply, Bare):
        return Answer(status, reply.as_xml(now), XML)
    return Answer(status, reply.as_json(now), JSON)


def say_no(refusal: Refusal, call: Call, now: datetime) -> Answer:
    """A refusal in that language."""
    return say(Refused(refusal.fault), call, now, refusal.status)


@dataclass(frozen=True, slots=True)
class Refused:
    """A fault instead of what was asked for."""

    fault: Fault

    def as_json(self, time: datetime) -> bytes:
        return write_fault(self.fault, time)

    def as_xml(self, time: datetime) -> bytes:
        return write_fault_xml(self.fault, time)
