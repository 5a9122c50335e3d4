"""A session with a company file: documents in, documents out; iterators live and die with it.

Any fault of structure refuses the whole set with 0x80040400, and nothing of it has run. Values of a wrong form do so too:
where real QuickBooks draws that line is not published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import uuid4
from xml.parsers import expat

from ...catalog.qbxml import EDITIONS, Edition, record_type
from ...catalog.qbxml.rets import ret_of
from ...errors import Invalid, RecordRefused, RemoteProtocolError, SetupError
from ...protocols.qbxml_answers import Reply, write_answer_set
from ...protocols.qbxml_reader import RequestRead, fits_envelope, read_requests
from ...protocols.qbxml_writer import (
    ENVELOPE,
    ORDER,
    SUBSCRIPTION_ENVELOPE,
    MessageSet,
    Request,
    write_message_set,
)
from . import refusals
from .balances import seen
from .company import DesktopCompany
from .company_facts import host, only
from .conduct import died
from .currency_list import has_currencies
from .empty_elements import refuse_empty
from .filters import NotReproduced
from .joined_queries import Row, joined
from .macros import Macros
from .older_versions import as_far_as_told
from .other_requests import NOTHING_FOUND, answer_to
from .refusals import Refused
from .selecting import selected, shown


class DesktopSession:
    """One application's session."""

    def __init__(self, company: DesktopCompany) -> None:
        self.ticket = str(uuid4())
        self._company = company
        self._iterators: dict[str, list[Row]] = {}

    @property
    def versions(self) -> list[str]:
        """As QBXMLVersionsForSession lists them, oldest first."""
        newest = self._company.edition
        return [
            each.wire for each in EDITIONS if each.country == newest.country and each.number <= newest.number
        ]

    def process(self, document: str, *, dies_after: int | None = None) -> str:
        """The answer to a document; CallRefused for what gets none.

        Where QuickBooks `dies_after` so many requests, those are done and no answer is remembered.
        """
        text = document.encode("utf-8")
        edition = self._edition(text)
        try:
            asked = read_requests(text, edition)
            sent = MessageSet(
                edition,
                tuple(Request(each.type, each.verb, each.content, each.id) for each in asked.requests),
                "stopOnError" if asked.on_error == "stopOnError" else "continueOnError",
            )
            as_it_should_be = write_message_set(sent)
        except (RemoteProtocolError, RecordRefused, SetupError, KeyError) as error:
            raise refusals.not_parsed() from error
        if not fits_envelope(asked.attributes, "QBXMLMsgsRq", edition):
            raise refusals.not_parsed()
        if asked.on_error == "rollbackOnError":
            raise refusals.rolls_not_back()
        if _elements(text) != _elements(as_it_should_be):
            raise refusals.not_parsed()
        stop = asked.on_error == "stopOnError"
        told, replies = self._company.message_sets.answer(
            asked.new_id,
            asked.old_id,
            document.partition("<QBXMLMsgsRq")[2].partition(">")[2].partition("</QBXMLMsgsRq")[0],
            lambda: self._replies(edition, asked.requests, stop=stop, dies_after=dies_after),
        )
        if not asked.wants_data:
            replies = [replace(each, content={}) for each in replies]
        try:
            return write_answer_set(edition, replies, told)
        except Invalid:
            return write_answer_set(edition, [as_far_as_told(edition, each) for each in replies], told)

    def subscribe(self, document: str) -> str:
        """The answer to a document of subscriptions, as ProcessSubscription gives it; CallRefused for what gets none."""
        text = document.encode("utf-8")
        edition = self._edition(text, SUBSCRIPTION_ENVELOPE)
        try:
            asked = read_requests(text, edition, SUBSCRIPTION_ENVELOPE)
            sent = tuple(Request(each.type, each.verb, each.content, each.id) for each in asked.requests)
            as_it_should_be = write_message_set(MessageSet(edition, sent))
        except (RemoteProtocolError, RecordRefused, SetupError, KeyError) as error:
            raise refusals.not_parsed() from error
        if asked.attributes or not sent or _elements(text) != _elements(as_it_should_be):
            raise refusals.not_parsed()
        replies = []
        for each in asked.requests:
            try:
                replies.append(self._company.subscriptions.answer(self._company, each))
            except Refused as refusal:
                told = (refusal.code, refusal.severity, refusal.text)
                replies.append(Reply(record_type(each.type), each.verb, each.id, *told))
        return write_answer_set(edition, replies, envelope="QBXMLSubscriptionMsgsRs")

    def _edition(self, text: bytes, envelope: str = ENVELOPE) -> Edition:
        try:
            version = read_requests(text, self._company.edition, envelope).version
        except (RemoteProtocolError, SetupError) as error:
            raise refusals.not_parsed() from error
        country = self._company.edition.country
        found = next((each for each in EDITIONS if each.wire == version and each.country == country), None)
        if found is None or version not in self.versions:
            raise refusals.version_unknown()
        return found

    def _replies(
        self, edition: Edition, requests: tuple[RequestRead, ...], *, stop: bool, dies_after: int | None
    ) -> list[Reply]:
        replies: list[Reply] = []
        failed = False
        macros = Macros()
        for number, each in enumerate(requests):
            if number == dies_after:
                raise died()
            kind = record_type(each.type)
            if failed and stop:
                reply = Reply(kind, each.verb, each.id, 3231, "Error", "The request has not been processed.")
            else:
                try:
                    reply = self._reply(edition, macros.told(each))
                    macros.remember(each, reply)
                except Refused as refusal:
                    failed = failed or refusal.severity == "Error"
                    reply = Reply(kind, each.verb, each.id, refusal.code, refusal.severity, refusal.text)
            replies.append(reply)
        if dies_after is not None:
            raise died()
        return replies

    def _reply(self, edition: Edition, asked: RequestRead) -> Reply:
        kind = record_type(asked.type)
        company = self._company
        if asked.type == "Currency" and has_currencies(company.edition) and not company.multicurrency:
            raise refusals.unavailable()
        reply = answer_to(self._company, asked)
        if reply is not None:
            return reply
        if (asked.type, asked.verb) == ("Host", "Query"):
            told = only(host(self._company, self.versions), asked.content)
            return Reply(kind, "Query", asked.id, content={"HostRet": told})
        if asked.verb == "Query":
            return self._query(asked)
        message = kind.message(asked.verb, "")
        content = asked.content.get(message)
        if asked.verb not in ("Add", "Mod") or not isinstance(content, Mapping):
            raise refusals.unavailable()
        if asked.verb == "Add":
            refuse_empty(kind, kind.message("Add", ""), edition, content)
        write = self._company.add if asked.verb == "Add" else self._company.modify
        record = write(kind.name, content)
        ret = ret_of(kind.name, self._company.edition)
        made = {ret.name: only(seen(self._company, kind.name, record), asked.content)} if record else {}
        return Reply(kind, asked.verb, asked.id, content=made)

    # ---- queries

    def _query(self, asked: RequestRead) -> Reply:
        kind, content = record_type(asked.type), asked.content
        if content.get("@iterator") == "Continue":
            return self._continued(asked)
        if content.get("@iterator") == "Stop":
            self._iterators.pop(str(content.get("@iteratorID")), None)
            return Reply(kind, "Query", asked.id)
        try:
            rows, missing = self._rows(asked)
        except NotReproduced as error:
            raise refusals.not_made(f"{error} of {kind.message('Query', 'Rq')}") from error
        if content.get("@metaData") == "MetaDataOnly":
            return Reply(kind, "Query", asked.id, attributes={"retCount": str(len(rows))})
        if content.get("@iterator") == "Start":
            return self._part(asked, f"{{{uuid4()}}}", rows)
        if content.get("MaxReturned"):
            rows = rows[: int(content["MaxReturned"])]
        if missing and rows:
            text = f'There was a required element ("{missing[0]}") that could not be found in QuickBooks.'
            text = f"The query request has not been fully completed. {text}"
            return Reply(kind, "Query", asked.id, 500, "Warn", text, content=_together(rows))
        if not rows:
            return Reply(kind, "Query", asked.id, 1, "Info", NOTHING_FOUND)
        return Reply(kind, "Query", asked.id, content=_together(rows))

    def _rows(self, asked: RequestRead) -> tuple[list[Row], list[str]]:
        found = joined(self._company, asked.type, asked.content)
        if found is not None:
            return found
        ret = ret_of(asked.type, self._company.edition)
        if not ret.key:
            raise refusals.unavailable()
        records, missing = selected(self._company, ret, asked.content)
        return [(ret.name, shown(each, ret, asked.content)) for each in records], missing

    def _continued(self, asked: RequestRead) -> Reply:
        iterator = str(asked.content.get("@iteratorID", ""))
        if iterator not in self._iterators:
            raise Refused(3120, f'Object "{iterator}" specified in the request cannot be found.')
        return self._part(asked, iterator, self._iterators.pop(iterator))

    def _part(self, asked: RequestRead, iterator: str, rows: list[Row]) -> Reply:
        most = int(asked.content.get("MaxReturned") or len(rows) or 1)
        part, rest = rows[:most], rows[most:]
        if rest:
            self._iterators[iterator] = rest
        told = {"iteratorRemainingCount": str(len(rest)), "iteratorID": iterator}
        kind = record_type(asked.type)
        if not part:
            return Reply(kind, "Query", asked.id, 1, "Info", NOTHING_FOUND, told)
        return Reply(kind, "Query", asked.id, attributes=told, content=_together(part))


def _together(rows: list[Row]) -> dict[str, Any]:
    """Rows of several types by the names of their elements, and the order in which they come."""
    content: dict[str, Any] = {}
    for name, record in rows:
        content.setdefault(name, []).append(record)
    return content if len(content) == 1 else {**content, ORDER: [name for name, _ in rows]}


def _elements(document: bytes) -> list[str]:
    """The names of all elements in their order."""
    names: list[str] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, _: names.append(name)
    parser.Parse(document, True)
    return names
