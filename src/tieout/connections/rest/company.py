"""The questions that can be asked of a company: pages, counts, batches of queries, what changed. All are reads."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from ...catalog.rest import RecordType
from ...errors import ConnectionFailed, RemoteProtocolError, TieoutError
from ...operations import Compare, In, Predicate
from ...protocols import exact_json, rest
from ...protocols.query_language import write_query
from ...protocols.rest import BatchItem, CdcAnswer, QueryAnswer
from ...protocols.rest_faults import error_from
from ...protocols.rest_tables import RestPage, TypeReader
from .http import Begun, Response, RestClient

PAGE = 1000
"""Records that one answer has at most (data queries)."""

STAMP = "MetaData.LastUpdatedTime"

IDS_AT_ONCE = 250
"""Ids named in one statement."""

_ACTIVE_OR_NOT = In("Active", (True, False))


@dataclass(frozen=True, slots=True)
class Question:
    """A query of one type."""

    record_type: RecordType
    pushed: tuple[Predicate, ...] = ()
    count: bool = False
    columns: tuple[str, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()
    start: int | None = None
    limit: int | None = None

    def statement(self) -> str:
        """The words for QuickBooks."""
        return write_query(
            wire_name(self.record_type),
            pushed=self.pushed,
            count=self.count,
            columns=self.columns,
            order=self.order,
            start=self.start,
            limit=self.limit,
        )


def everything(record_type: RecordType) -> Question:
    """All records of a type; QuickBooks leaves inactive ones out unless `Active` is named (data queries)."""
    return Question(record_type, pushed=(_ACTIVE_OR_NOT,) if can_filter(record_type, "Active") else ())


def in_order(question: Question, start: int, limit: int) -> Question:
    """The page of a question that begins at `start`, in an order that stays."""
    order = question.order or ((("Id", False),) if can_sort(question.record_type, "Id") else ())
    return replace(question, order=order, start=start, limit=limit)


def since_moment(record_type: RecordType, moment: datetime) -> Question:
    """The records stamped at this moment or later, in the order of their stamps."""
    order = tuple((field, False) for field in (STAMP, "Id") if can_sort(record_type, field))
    stamped = Compare(STAMP, ">=", moment.replace(microsecond=0))
    return replace(everything(record_type), pushed=(*everything(record_type).pushed, stamped), order=order)


def with_ids(record_type: RecordType, ids: Sequence[str], columns: tuple[str, ...] = ()) -> Question:
    """The records with these ids."""
    pushed = (*everything(record_type).pushed, In("Id", tuple(ids)))
    return Question(record_type, pushed=pushed, columns=columns, limit=PAGE)


def wire_name(record_type: RecordType) -> str:
    """The name that queries know a type by."""
    return str(record_type.head.get("query", record_type.name))


def key_of(record_type: RecordType) -> tuple[str, ...]:
    """The fields that tell records of a type apart."""
    return record_type.words("key") or ("Id",)


def can_filter(record_type: RecordType, path: str) -> bool:
    """Whether QuickBooks takes the field in a WHERE."""
    return _is_marked(record_type, path, "filter")


def can_sort(record_type: RecordType, path: str) -> bool:
    """Whether QuickBooks takes the field in an ORDERBY."""
    return _is_marked(record_type, path, "sort")


def _is_marked(record_type: RecordType, path: str, mark: str) -> bool:
    """Whether a field and everything around it bears the mark."""
    names = path.split(".")
    declared = [record_type.field(".".join(names[: at + 1])) for at in range(len(names))]
    return all(field is not None and field.has(mark) for field in declared)


Asked = QueryAnswer | TieoutError
"""What came of a question in a batch: an answer, or why QuickBooks refused it."""


@dataclass(frozen=True, slots=True)
class Asking:
    """A question that was asked."""

    begun: Begun

    def answer(self) -> QueryAnswer:
        response = self.begun.response()
        return rest.read_query(response.body, tid=response.tid)


class Company:
    """One company, over REST. Threads share it."""

    def __init__(self, client: RestClient, realm: str, minor_version: int) -> None:
        self.client = client
        self.realm = realm
        self.minor_version = minor_version
        self._readers: dict[str, TypeReader] = {}

    def ask(self, question: Question) -> QueryAnswer:
        """Ask one question."""
        answer = self.begin(question).answer()
        if question.count and answer.total is None:
            raise _uncounted(question)
        return answer

    def begin(self, question: Question) -> Asking:
        """Ask one question, and take the answer later."""
        request = rest.query_request(self.realm, question.statement(), self.minor_version)
        return Asking(self.client.begin(request))

    def ask_together(self, questions: Sequence[Question]) -> list[Asked]:
        """Ask many questions in few requests; the answers in the order of the questions."""
        answers: list[Asked] = []
        for at in range(0, len(questions), rest.BATCH_LIMIT):
            answers += self._ask_batch(questions[at : at + rest.BATCH_LIMIT])
        return answers

    def page(self, record_type: RecordType, answer: QueryAnswer) -> RestPage:
        """The records of an answer as a page."""
        return self.page_of(record_type, answer.records, answer.time)

    def page_of(self, record_type: RecordType, records: bytes, time: datetime | None) -> RestPage:
        """Raw records as a page; each type has one reader, which remembers what QuickBooks sends."""
        reader = self._readers.get(record_type.name)
        if reader is None:
            reader = self._readers.setdefault(record_type.name, TypeReader(record_type))
        return RestPage(reader, records, time)

    def pages(self, question: Question, size: int = PAGE) -> Iterator[QueryAnswer]:
        """All pages of a question, by position."""
        start = 1
        while True:
            answer = self.ask(in_order(question, start, size))
            yield answer
            if answer.count < size:
                return
            start += size

    def pages_since(self, record_type: RecordType, moment: datetime) -> Iterator[QueryAnswer]:
        """All records stamped since a moment, in the order of their stamps.

        A page begins at the stamp where the last one ended: positions slip when a record is changed meanwhile.
        Among more than a page of one stamp it begins with the last record of the page before; when that is not
        there, positions did slip, and these are read again. Where stamps cannot be asked for, all records.
        """
        if not can_filter(record_type, STAMP):
            yield from self.pages(everything(record_type))
            return
        start, last, stays = 1, None, can_sort(record_type, "Id")
        while True:
            answer = self.ask(replace(since_moment(record_type, moment), start=start, limit=PAGE))
            found = stamps(record_type, answer.records)
            if last is not None and last != next((stamp.id for stamp in found), None):
                start, last = 1, None
                continue
            yield answer
            if answer.count < PAGE:
                return
            until = found[-1].updated
            if until and until > moment:
                start, last, moment = 1, None, until
            else:
                start, last = (start + PAGE - 1, found[-1].id) if stays else (start + PAGE, None)

    def ids(self, record_type: RecordType) -> set[str]:
        """The ids of all records."""
        answers = self.pages(replace(everything(record_type), columns=key_of(record_type)))
        return {stamp.id for answer in answers for stamp in stamps(record_type, answer.records)}

    def among(
        self, record_type: RecordType, ids: Iterable[str], columns: tuple[str, ...] = ()
    ) -> Iterator[QueryAnswer]:
        """Those records with these ids that are there; all records where ids cannot be asked for."""
        wanted = sorted(ids)
        if wanted and not can_filter(record_type, "Id"):
            yield from self.pages(everything(record_type))
            return
        for at in range(0, len(wanted), IDS_AT_ONCE):
            yield self.ask(with_ids(record_type, wanted[at : at + IDS_AT_ONCE], columns))

    def changed(self, types: Sequence[RecordType], since: datetime) -> CdcAnswer:
        """What changed of these types by CDC, which knows them by the names of the schema, as Intuit's SDKs do."""
        names = [each.name for each in types]
        request = rest.cdc_request(self.realm, names, since, self.minor_version)
        response = self.client.read(request)
        return rest.read_cdc(response.body, tid=response.tid)

    def _ask_batch(self, questions: Sequence[Question]) -> list[Asked]:
        statements = {str(at): question.statement() for at, question in enumerate(questions)}
        response = self.client.read(rest.batch_request(self.realm, statements, self.minor_version))
        items = {item.bid: item for item in rest.read_batch(response.body, tid=response.tid).items}
        return [
            _asked(question, items.get(bid), response)
            for bid, question in zip(statements, questions, strict=True)
        ]


def _asked(question: Question, item: BatchItem | None, response: Response) -> Asked:
    if item is not None and item.fault is not None:
        error = error_from(400, item.fault, response.tid)
        if isinstance(error, ConnectionFailed):
            raise error
        return error
    if item is None or item.answer is None:
        raise RemoteProtocolError(f"The batch leaves a query unanswered [intuit_tid {response.tid}].")
    if question.count and item.answer.total is None:
        return _uncounted(question)
    return item.answer


def _uncounted(question: Question) -> RemoteProtocolError:
    """No number is not the number zero."""
    return RemoteProtocolError(
        f"QuickBooks was asked for the number of {question.record_type.name} and told none."
    )


class _MetaData(msgspec.Struct):
    updated: datetime | None = msgspec.field(default=None, name="LastUpdatedTime")


class Stamp(msgspec.Struct):
    """As much of a record as tells which one it is and when it was changed."""

    id: str = msgspec.field(default="", name="Id")
    token: str = msgspec.field(default="", name="SyncToken")
    meta: _MetaData | None = msgspec.field(default=None, name="MetaData")

    @property
    def updated(self) -> datetime | None:
        return self.meta.updated if self.meta else None

    @property
    def version(self) -> str:
        """The record as it is now: stamps have whole seconds, in which it may change twice."""
        return f"{self.id}#{self.token}"


_STAMPS = msgspec.json.Decoder(list[Stamp])
_OBJECTS = msgspec.json.Decoder(list[dict[str, msgspec.Raw]])


def stamps(record_type: RecordType, records: bytes) -> list[Stamp]:
    """The stamps of raw records. A template's is that of the transaction inside it; a key of several fields is one id."""
    if record_type.wraps:
        records = exact_json.join(_unwrapped(record_type, members) for members in _OBJECTS.decode(records))
    found = _STAMPS.decode(records)
    key = key_of(record_type)
    if key != ("Id",):
        for stamp, members in zip(found, exact_json.decode(records), strict=True):
            stamp.id = "|".join(str(members.get(name, "")) for name in key)
    return found


def _unwrapped(record_type: RecordType, members: dict[str, msgspec.Raw]) -> bytes:
    inside = next((raw for name, raw in members.items() if name in record_type.wraps), None)
    return msgspec.json.encode(members) if inside is None else bytes(inside)
