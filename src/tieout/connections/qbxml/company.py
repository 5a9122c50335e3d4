"""The company file as somebody to ask: which qbXML it speaks, and its answers to requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

from ... import errors
from ...catalog.desktop_codes import status_fact
from ...catalog.products import refuse_unsupported
from ...catalog.qbxml import EDITIONS, Edition, edition
from ...catalog.qbxml.rets import ret_of
from ...errors import RecordRefused, RemoteProtocolError, SetupError, TieoutError
from ...protocols.qbxml_reader import Answered, Ret, SetAnswered, read_answers
from ...protocols.qbxml_tables import QbxmlTablePage, RetReader, tables_of
from ...protocols.qbxml_writer import MessageSet, Request, write_message_set
from .exchange import Exchange
from .host import Opened
from .hresults import hresult_of

UNKNOWN_VERSION = ("0x80040423", "0x80040428")
"""The version is unknown to QuickBooks, or to the library below it."""


@dataclass(slots=True)
class Answer:
    """A whole answer to one request."""

    answered: Answered
    records: list[Mapping[str, Any]]


@dataclass(slots=True)
class WriteAnswered:
    """The answer to one request that changes something: its status, and what it holds, by name."""

    answered: Answered
    parts: dict[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(slots=True)
class WrittenSet:
    """The answer to a message set that changes something."""

    body: bytes
    status: str = ""
    """`messageSetStatusCode`."""
    answers: list[WriteAnswered] = field(default_factory=list)


def read_written(body: bytes, spoken: Edition) -> WrittenSet:
    """The answer to a document that changed something; RemoteProtocolError where it is no whole answer."""
    found = WrittenSet(body)
    for event in read_answers([body], spoken):
        if isinstance(event, SetAnswered):
            found.status = event.status
        elif isinstance(event, Answered):
            found.answers.append(WriteAnswered(event))
        else:
            found.answers[-1].parts[event.name] = event.record
    return found


@dataclass(frozen=True, slots=True)
class Spoken:
    """What was found out about a QuickBooks when it was first asked."""

    edition: Edition
    file: str
    product: str
    release: str
    file_mode: str


class Company:
    """A company file behind an exchange. The session is opened when something is asked first."""

    def __init__(self, exchange: Exchange, *, country: str = "", version: str = "") -> None:
        self.requests_made = 0
        self._exchange = exchange
        self._country = country
        self._version = version
        self._spoken: Spoken | None = None
        self._one_at_a_time = RLock()
        self._readers: dict[str, RetReader] = {}

    @property
    def edition(self) -> Edition:
        """The qbXML that is spoken with it."""
        return self.spoken().edition

    def spoken(self) -> Spoken:
        """What it is; found out once. SetupError where tieout does not work with it."""
        if self._spoken is None:
            self._spoken = self._negotiated(self._exchange.open())
        return self._spoken

    def ask(self, requests: Sequence[Request]) -> list[Answer]:
        """The answers to requests that go together, in their order; refusals among them."""
        answers: list[Answer] = []
        with self._one_at_a_time:
            for event in self.stream(requests):
                if isinstance(event, Answered):
                    answers.append(Answer(event, []))
                else:
                    answers[-1].records.append(event.record)
        if len(answers) != len(requests):
            raise RemoteProtocolError(
                f"QuickBooks answered {len(answers)} of {len(requests)} requests.",
            )
        return answers

    def stream(self, requests: Sequence[Request]) -> Iterator[Answered | Ret]:
        """The same as it comes: each answer's status, then its records."""
        yield from self._events(requests, self.edition)

    def exchanged(self, document: bytes) -> bytes:
        """The answer to a document that changes something, as it came; OutcomeUnknown where none did."""
        with self._one_at_a_time:
            self.requests_made += 1
            return b"".join(self._exchange.exchange(document, reading=False))

    def require_file(self, file: str, former: str = "") -> Opened:
        """The session; SetupError where another company file is open than the one that something is to be written to.

        `former` is a path that the same file had before.
        """
        with self._one_at_a_time:
            opened = self._exchange.open()
        if file and file.casefold() not in (opened.file.casefold(), former.casefold()):
            raise SetupError(
                f"QuickBooks has {opened.file} open, and this was begun with {file}: nothing is written to another file.",
                advice=f"Open {file} in QuickBooks, or name it as `company_file` of the connection.",
            )
        return opened

    def renew(self) -> None:
        """Let go of a session that failed; the next request begins another."""
        with self._one_at_a_time:
            self._exchange.close()

    def pages(self, requests: Sequence[Request]) -> Iterator[Answered | QbxmlTablePage]:
        """The same with records as pages that become tables."""
        readers = [self._reader(each.type) for each in requests]
        by_name = {reader.ret.name: reader for reader in readers}
        document = write_message_set(MessageSet(self.edition, tuple(requests)))
        self.requests_made += 1
        return tables_of(self._exchange.exchange(document, reading=True), by_name.__getitem__)

    def _reader(self, type_name: str) -> RetReader:
        """A type's reader; it learns from each page, so it is kept."""
        if type_name not in self._readers:
            self._readers[type_name] = RetReader(ret_of(type_name, self.edition))
        return self._readers[type_name]

    def release(self) -> None:
        """End the session, so that others may have the file; the next request begins another."""
        self._exchange.end()

    def close(self) -> None:
        self._exchange.close()

    def _events(self, requests: Sequence[Request], spoken: Edition) -> Iterator[Answered | Ret]:
        document = write_message_set(MessageSet(spoken, tuple(requests)))
        self.requests_made += 1
        for event in read_answers(self._exchange.exchange(document, reading=True), spoken):
            if not isinstance(event, SetAnswered):
                yield event

    def _negotiated(self, opened: Opened) -> Spoken:
        """Ask who is there in the newest qbXML that both know, in each country's spelling."""
        known = {each.wire for each in EDITIONS if each.country != "OE"}
        if opened.versions and known.isdisjoint(opened.versions):
            raise SetupError(
                f"This QuickBooks speaks qbXML {', '.join(opened.versions)}, and tieout knows none of these.",
                advice="Install a supported QuickBooks: 2002 to 2024.",
            )
        for country in [self._country] if self._country else ["US", "CA", "UK"]:
            newest = _newest(country, opened.versions)
            if newest is None:
                continue
            try:
                host = self._host(newest)
            except TieoutError as error:
                if hresult_of(error) in UNKNOWN_VERSION:
                    continue
                raise
            return self._agreed(opened, country, host)
        raise SetupError(
            "No version of qbXML was found that this QuickBooks takes.",
            advice="Leave `country` and `version` out of the connection, so that they are found out.",
        )

    def _host(self, spoken: Edition) -> Mapping[str, Any]:
        for event in self._events([Request("Host", "Query")], spoken):
            if isinstance(event, Ret):
                return event.record
            if event.is_refusal:
                raise error_from(event)
        raise RemoteProtocolError("QuickBooks does not say which one it is.")

    def _agreed(self, opened: Opened, country: str, host: Mapping[str, Any]) -> Spoken:
        told = str(host.get("Country") or country)
        product = str(host.get("ProductName", ""))
        refuse_unsupported(product=product, country=told, file=opened.file)
        lives = self._country or (told if told in ("US", "CA", "UK") else country)
        versions = opened.versions or tuple(map(str, host.get("SupportedQBXMLVersion", ())))
        if self._version:
            agreed = edition(lives, self._version)
            if versions and agreed.wire not in versions:
                raise SetupError(
                    f"This QuickBooks speaks no qbXML {agreed.wire}; it has {', '.join(versions)}.",
                    advice="Take `version` out of the connection, so that the newest one is used.",
                )
        else:
            agreed = _newest(lives, versions) or edition(lives, "6.0")
        release = f"{host.get('MajorVersion', '')}.{host.get('MinorVersion', '')}"
        return Spoken(agreed, opened.file, product, release, str(host.get("QBFileMode", "")))


def _newest(country: str, versions: Sequence[str]) -> Edition | None:
    """The newest edition of a country among those that a session lists; any, where it lists none."""
    fits = [each for each in EDITIONS if each.country == country and (not versions or each.wire in versions)]
    return max(fits, key=lambda each: each.number, default=None)


def error_from(answered: Answered, record: Mapping[str, Any] | None = None) -> TieoutError:
    """The error that a status means, with QuickBooks' own text and number."""
    fact = status_fact(answered.status, answered.message)
    kind: type[TieoutError] = getattr(errors, fact.error or "Invalid")
    text = f"{answered.message.strip()} (status {answered.status} of {answered.name.removesuffix('Rs')})"
    if issubclass(kind, RecordRefused):
        return kind(text, advice=fact.advice, code=str(answered.status), record=record)
    return kind(text, advice=fact.advice)
