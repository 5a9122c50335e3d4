"""The accounting service behind the gateway: one call to one company, one answer.

An address is a service of its own (`query`, `upload` …), a record type, a record, or something done with a record.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ...catalog.rest import RecordType, record_types
from ...protocols import rest
from ..company.company import Company
from ..company.queries import QueryResult
from ..company.refusals import Refusal, invalid_date, missing, no_change_data, not_found, refused, unsupported
from ..reports.reply import ReportReply
from . import entitlements, paper, uploads
from .batch import answer_batch
from .calls import XML, Answer, Call
from .reads import read_by_id, read_without_id
from .replies import Bare, Batch, Changes, Count, One, Page, Reply, say, say_no
from .request_body import must_be_json, read_batch, read_object, read_record, wrong_content_type
from .sending import send
from .views import view
from .writes import Write, include_of

STATEMENT_TYPES = ("application/text", "text/plain")
PDF = "application/pdf"
TEXT = "text/plain;charset=UTF-8"
NO_BODY_TYPES = ("application/octet-stream", "")
"""Content types of a call that carries nothing, such as `send`."""

_TYPES: dict[str, RecordType] = {found.url: found for found in record_types()}
_BY_NAME = {str(found.head.get("query", found.name)).lower(): found for found in record_types()}
_BY_NAME |= {found.name.lower(): found for found in record_types()}

Handler = Callable[[Call, Company, datetime], Reply | Answer]
"""Carries out a call; an Answer is in the one language that there is."""


def answer(call: Call, company: Company, now: datetime) -> Answer:
    """Carry out a call that the gateway let pass."""
    try:
        reply = _handler(call)(call, company, now)
        return reply if isinstance(reply, Answer) else say(reply, call, now)
    except Refusal as refusal:
        return say_no(refusal, call, now)


@dataclass(frozen=True, slots=True)
class Service:
    """An address that is no record type, and how it is called."""

    methods: tuple[str, ...]
    handler: Handler
    words: int = 1
    """How many words its address has."""


def _handler(call: Call) -> Handler:
    if call.method not in ("GET", "POST"):
        raise unsupported(call.method)
    service = SERVICES.get(call.words[0], _RECORDS)
    if call.method not in service.methods or (service is not _RECORDS and len(call.words) != service.words):
        raise no_such_address()
    if not call.answer_type and not _speaks_otherwise(call):
        raise wrong_content_type(call.accept, "application/json or application/xml", header="Accept")
    return service.handler


def _speaks_otherwise(call: Call) -> bool:
    """Whether the answer is neither JSON nor XML."""
    return call.words[-1] == "pdf" or call.words[0] == "download"


def _record(call: Call, company: Company, now: datetime) -> Reply | Answer:
    """A record, all of a type that has no ids, or what is done with a record, by its address."""
    whole, parent = _type_at(call.words), _type_at(call.words[:-1])
    if call.method == "POST" and whole:
        return _shown(call, company, _write(call, company, whole), now)
    if call.method == "GET" and whole and (read := read_without_id(call, company, whole)):
        return read
    if call.method == "GET" and parent:
        return _shown(call, company, read_by_id(company, parent, call.words[-1]), now)
    if len(call.words) == 3 and (of := _type_at(call.words[:1])):
        return _done_with_one(call, company, of)
    raise no_such_address()


def _type_at(words: tuple[str, ...]) -> RecordType | None:
    return _TYPES.get("/".join(words).lower())


def _shown(call: Call, company: Company, reply: Reply, now: datetime) -> Reply:
    """A record as this caller sees it."""
    if not isinstance(reply, One):
        return reply
    show = view(call, company, reply.key, now)
    return One(reply.key, show(reply.raw)) if show else reply


def _done_with_one(call: Call, company: Company, found: RecordType) -> Reply | Answer:
    match call.method, call.words[2]:
        case "GET", "pdf":
            return _pdf(call, company, found)
        case "POST", "send":
            return _send(call, company, found)
    raise no_such_address()


def _pdf(call: Call, company: Company, found: RecordType) -> Answer:
    if not found.can("pdf"):
        raise unsupported("pdf")
    if not call.accepts(PDF):
        raise wrong_content_type(call.accept, PDF, header="Accept")
    record = company.read(found.name, call.words[1]).record
    return Answer(200, paper.draw(found.name, record, company.name), PDF)


def _send(call: Call, company: Company, found: RecordType) -> One:
    if call.content_type not in NO_BODY_TYPES:
        raise wrong_content_type(call.content_type, NO_BODY_TYPES[0])
    return One(found.name, send(company, found, call.words[1], call.params.get("sendTo", "")).encoded)


def _query(call: Call, company: Company, now: datetime) -> Reply:
    found = _ask(call, company, now, _statement(call))
    if found.count_only:
        return Count(found.total or 0)
    return Page(found.type, found.records, found.start)


def _ask(call: Call, company: Company, now: datetime, statement: str) -> QueryResult:
    """What a statement finds, as it is shown."""
    found = company.query(statement)
    show = view(call, company, found.type, now)
    return replace(found, records=list(map(show, found.records))) if show else found


def _statement(call: Call) -> str:
    if call.method == "GET":
        return call.params.get("query", "")
    if call.content_type not in STATEMENT_TYPES:
        raise wrong_content_type(call.content_type, STATEMENT_TYPES[0])
    return call.body.decode("utf-8", "replace")


def _batch(call: Call, company: Company, now: datetime) -> Batch:
    def ask(statement: str) -> QueryResult:
        return _ask(call, company, now, statement)

    return answer_batch(company, ask, read_batch(call), now, short_bids="requestid" in call.params)


def _changes(call: Call, company: Company, now: datetime) -> Changes:
    names = [name.strip() for name in call.params.get("entities", "").split(",") if name.strip()]
    if not names:
        raise missing("entities")
    since = _moment(call.params.get("changedSince", ""), now)
    changed = company.changed_since([_type_called(name).name for name in names], since)
    return Changes([rest.cdc_part(name, live + deleted) for name, live, deleted in changed])


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


def _upload(call: Call, company: Company, now: datetime) -> Reply:
    return uploads.take(company, call, now)


def _download(call: Call, company: Company, now: datetime) -> Answer:
    """Where a file is for a while, as text."""
    record = company.read("Attachable", call.words[1]).record
    if company.files.get(record["Id"]) is None:
        raise not_found()
    address = company.files.address(call.origin, company.realm, record, now)
    return Answer(200, address.encode(), TEXT)


def answer_about_subscription(call: Call, company: Company, now: datetime) -> Answer:
    """What `manage/entitlements` tells, at an address outside of the companies' own."""
    if (call.method, call.words) != ("GET", ("entitlements",)):
        return say_no(no_such_address(), call, now)
    return Answer(200, entitlements.entitlements(company), XML)


def _report(call: Call, company: Company, now: datetime) -> ReportReply:
    return ReportReply(company.report(call.words[1], call.params, now))


SERVICES: Mapping[str, Service] = {
    "query": Service(("GET", "POST"), _query),
    "batch": Service(("POST",), _batch),
    "cdc": Service(("GET",), _changes),
    "upload": Service(("POST",), _upload),
    "download": Service(("GET",), _download, words=2),
    "reports": Service(("GET",), _report, words=2),
}
_RECORDS = Service(("GET", "POST"), _record)


def _write(call: Call, company: Company, found: RecordType) -> Reply:
    if found.name == "TaxService":
        must_be_json(call)
        return Bare(company.tax_service(read_object(call.body)))
    body = read_record(call, found.name)
    include = include_of(call.params.get("include", ""))
    return Write(found, body, call.params.get("operation", ""), include).carry_out(company)


def no_such_address() -> Refusal:
    return refused(
        2000, "Invalid or unsupported object name", "There is nothing at this address.", status=404
    )
