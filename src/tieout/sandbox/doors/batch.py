"""Batches: up to 30 writes and queries in one request, each with its own outcome.

Items are carried out in their order and answered in it. Intuit promises neither, nor that an item sees the one
before it; clients must not rely on it here. More than 1,000 records do not fit into one answer: the item that would
bring too many gets the fault for a result that is too big.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from ...catalog.rest import RecordType, record_types
from ...protocols import rest
from ...protocols.rest import BATCH_LIMIT, BatchItem
from ..company.company import Company
from ..company.queries import QueryResult
from ..company.refusals import Refusal, missing, refused
from .replay import LONGEST_BID
from .replies import Batch, One
from .request_body import unreadable
from .writes import Write, include_of

MOST_OBJECTS = 1000
"""Records in one answer, as documented."""

_TYPES: dict[str, RecordType] = {found.name: found for found in record_types()}
_NOT_ENTITIES = frozenset({"bId", "operation", "optionsData", "Query"})


Ask = Callable[[str], QueryResult]
"""Runs a statement."""


def answer_batch(
    company: Company, ask: Ask, request: Mapping[str, Any], now: datetime, *, short_bids: bool
) -> Batch:
    """The answers to a batch; `short_bids` when it has a `requestid`, which limits the length of bIds."""
    items = _items(request)
    for item in items:
        _check_bid(item, short_bids)
    return Batch(tuple(_BatchRun(company, ask, now).answers(items)))


def _items(request: Mapping[str, Any]) -> list[dict[str, Any]]:
    for name in request:
        if name != "BatchItemRequest":
            raise unreadable(name)
    items = request.get("BatchItemRequest")
    if not items:
        raise missing("BatchItemRequest")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise unreadable("BatchItemRequest")
    if len(items) > BATCH_LIMIT:
        detail = f"The maximum number of batch items in a single request is {BATCH_LIMIT}."
        raise refused(1040, "Batch size exceeds allowed limit", detail)
    return items


def _check_bid(item: Mapping[str, Any], short: bool) -> None:
    bid = item.get("bId")
    if bid is None:
        raise missing("bId")
    if not isinstance(bid, str):
        raise unreadable("bId")
    if short and len(bid) > LONGEST_BID:
        detail = f"With a requestid, bId has at most {LONGEST_BID} characters."
        raise refused(2130, "Invalid Request Id Format", detail, element="bId")


class _BatchRun:
    """One batch on its way; counts the records that its answer holds."""

    def __init__(self, company: Company, ask: Ask, now: datetime) -> None:
        self._company = company
        self._ask = ask
        self._now = now
        self._objects = 0

    def answers(self, items: list[dict[str, Any]]) -> Iterator[BatchItem]:
        for item in items:
            try:
                yield self._answer(item)
            except Refusal as refusal:
                yield BatchItem(item["bId"], fault=refusal.fault)

    def _answer(self, item: Mapping[str, Any]) -> BatchItem:
        if "Query" in item:
            return self._query(item["bId"], item["Query"])
        written = _write(item).carry_out(self._company)
        self._objects += 1
        return BatchItem(item["bId"], entity=(written.key, written.raw) if isinstance(written, One) else None)

    def _query(self, bid: str, statement: Any) -> BatchItem:
        if not isinstance(statement, str):
            raise unreadable("Query")
        found = self._ask(statement)
        if self._objects + len(found.records) > MOST_OBJECTS:
            raise refused(10100, "Result Set Big", f"A batch answers with at most {MOST_OBJECTS:,} objects.")
        self._objects += len(found.records)
        total = found.total if found.count_only else None
        return BatchItem(bid, rest.query_answer(found.type, found.records, found.start, total, self._now))


def _write(item: Mapping[str, Any]) -> Write:
    names = [name for name in item if name not in _NOT_ENTITIES]
    if not names:
        raise missing("IntuitObject")
    known = _TYPES.get(names[0])
    if known is None or len(names) > 1:
        raise unreadable(names[-1])
    body, operation, options = item[names[0]], item.get("operation", ""), item.get("optionsData", "")
    if not isinstance(body, dict) or not isinstance(operation, str) or not isinstance(options, str):
        raise unreadable(names[0])
    return Write(known, body, operation, include_of(options))
