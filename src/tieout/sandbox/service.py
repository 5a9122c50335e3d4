"""The accounting service behind the gateway: one call to one company, one answer.

What the sandbox does not serve yet (sending, PDF, attachments' contents, reports, XML) is refused in plain words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from ..catalog.rest import RecordType, record_types
from ..protocols import rest
from ..protocols.rest_faults import write_fault
from .batch import answer_batch
from .calls import Answer, Call
from .company import Company
from .reads import read_by_id, read_without_id
from .refusals import Refusal, invalid_date, missing, no_change_data, refused
from .request_body import read_object
from .writes import Write, Written, include_of

STATEMENT_TYPES = ("application/text", "text/plain")
NOT_SERVED_YET = frozenset({"reports", "upload", "download"})
NOT_SERVED_YET_OF_ONE = frozenset({"pdf", "send"})

_TYPES: dict[str, RecordType] = {found.url: found for found in record_types()}
_BY_NAME = {str(found.head.get("query", found.name)).lower(): found for found in record_types()}
_BY_NAME |= {found.name.lower(): found for found in record_types()}


def answer(call: Call, company: Company, now: datetime) -> Answer:
    """Carry out a call that the gateway let pass."""
    if not call.accepts_json:
        return Answer(406, b"This sandbox answers in JSON: send Accept: application/json.", "text/plain")
    try:
        return Answer(200, _handler(call)(call, company, now))
    except Refusal as refusal:
        return Answer(refusal.status, write_fault(refusal.fault, now))


Handler = Callable[[Call, Company, datetime], bytes]


def _handler(call: Call) -> Handler:
    if call.words[0] not in SERVICES:
        return _record
    methods, handler = SERVICES[call.words[0]]
    if call.method not in methods or len(call.words) > 1:
        raise _no_such_address()
    return handler


def _record(call: Call, company: Company, now: datetime) -> bytes:
    """A record, or all of a type that has no ids, by its address."""
    whole, parent = _type_at(call.words), _type_at(call.words[:-1])
    if call.method == "POST" and whole:
        return _write(call, company, whole, now)
    if call.method == "GET" and whole and (read := read_without_id(call, company, whole, now)):
        return read
    if call.method == "GET" and parent:
        return read_by_id(company, parent, call.words[-1], now)
    if call.words[0] in NOT_SERVED_YET or call.words[-1] in NOT_SERVED_YET_OF_ONE:
        raise _not_served_yet(call.words)
    raise _no_such_address()


def _type_at(words: tuple[str, ...]) -> RecordType | None:
    return _TYPES.get("/".join(words).lower())


def _query(call: Call, company: Company, now: datetime) -> bytes:
    found = company.query(_statement(call))
    if found.count_only:
        return rest.write_count_answer(found.total or 0, now)
    return rest.write_query_answer(found.type, found.records, found.start, None, now)


def _statement(call: Call) -> str:
    if call.method == "GET":
        return call.params.get("query", "")
    if call.content_type not in STATEMENT_TYPES:
        raise _wrong_content_type(call.content_type, STATEMENT_TYPES[0])
    return call.body.decode("utf-8", "replace")


def _batch(call: Call, company: Company, now: datetime) -> bytes:
    _must_be_json(call)
    return answer_batch(company, read_object(call.body), now, short_bids="requestid" in call.params)


def _changes(call: Call, company: Company, now: datetime) -> bytes:
    names = [name.strip() for name in call.params.get("entities", "").split(",") if name.strip()]
    if not names:
        raise missing("entities")
    since = _moment(call.params.get("changedSince", ""), now)
    changed = company.changed_since([_type_called(name).name for name in names], since)
    return rest.write_cdc_answer(
        (rest.cdc_part(name, live + deleted) for name, live, deleted in changed), now
    )


def _type_called(name: str) -> RecordType:
    """The type that goes by a name in a list of entities, whatever its capitals."""
    found = _BY_NAME.get(name.lower())
    if found is None:
        raise no_change_data(name)
    return found


def _moment(text: str, now: datetime) -> datetime:
    """A time as CDC takes it; without a zone it is the company's."""
    if not text:
        raise missing("changedSince")
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise invalid_date("changedSince", text) from None


SERVICES: Mapping[str, tuple[tuple[str, ...], Handler]] = {
    "query": (("GET", "POST"), _query),
    "batch": (("POST",), _batch),
    "cdc": (("GET",), _changes),
}
"""Addresses that are not record types, and how they are called."""


def _write(call: Call, company: Company, found: RecordType, now: datetime) -> bytes:
    _must_be_json(call)
    body = read_object(call.body)
    if found.name == "TaxService":
        return rest.encode(company.tax_service(body))
    include = include_of(call.params.get("include", ""))
    return _written(Write(found, body, call.params.get("operation", ""), include).carry_out(company), now)


def _written(written: Written, now: datetime) -> bytes:
    if written.key is None:
        return written.raw
    return rest.write_entity_answer(written.key, written.raw, now)


def _must_be_json(call: Call) -> None:
    if call.content_type != "application/json":
        raise _wrong_content_type(call.content_type, "application/json")


def _wrong_content_type(sent: str, wanted: str) -> Refusal:
    detail = f"Content-Type is {sent or 'missing'}; it must be {wanted}."
    return refused(1050, "Invalid Content Type", detail, element="Content-Type")


def _no_such_address() -> Refusal:
    return refused(
        2000, "Invalid or unsupported object name", "There is nothing at this address.", status=404
    )


def _not_served_yet(words: tuple[str, ...]) -> Refusal:
    return refused(500, "Unsupported Operation", f"This sandbox does not serve {'/'.join(words)} yet.")
