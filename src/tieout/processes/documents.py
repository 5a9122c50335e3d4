"""What a process is about: documents, read from the source, each with its place, its key and a digest of what it says."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ..connections.base import Connection, Cursor, Expected, Gone, Mark, News, Notice, Page
from ..errors import RunStopped, SetupError
from ..mapping import ROWS, key_of, spread, together, value_at
from ..operations import Predicate, Query, digest_of, holds
from ..protocols import exact_json
from ..state.process_log import ProcessLog


@dataclass(frozen=True, slots=True)
class Document:
    """One thing to be brought over."""

    id: str
    """Its key, `order_no=17`; of one without a key, a digest of what it says, and how often it came."""
    place: str
    content: Mapping[str, Any]
    key: str = ""
    gone: bool = False
    """It is no longer in the source: what it became is to be taken away."""
    twice: bool = False
    """Another one with its key was handed over before in the same run."""

    @property
    def digest(self) -> str:
        return digest_of(self.content)

    @property
    def text(self) -> str:
        """The document as JSON, numbers exact."""
        return exact_json.encode(plain(self.content)).decode()


def given_twice(document: Document) -> Document:
    """The same as one whose key came before in the same run; its place tells it from the other."""
    return replace(document, id=f"{document.id} at {document.place}", twice=True)


def document_again(document: str, place: str, text: str) -> Document:
    """A document that was kept, by its id; one of which nothing was kept was gone in the source."""
    key = document.removesuffix(f" at {place}")
    return Document(
        document,
        place,
        document_from(text) if text else {},
        key if "=" in key else "",
        gone=not text,
        twice=bool(text) and key != document,
    )


@dataclass(frozen=True, slots=True)
class Until:
    """Everything before this was handed over: the source's cursor."""

    cursor: Cursor


@dataclass(slots=True)
class Source:
    """Where the documents of a process come from."""

    connection: Connection
    query: Query
    address: str
    group: Sequence[str] = ()
    each: str = ""
    key: Sequence[str] = ()
    order: Sequence[tuple[str, bool]] = ()
    changed: str = ""
    """How what changed is found: `cursor`, `snapshot`, or not at all."""
    clock: datetime | None = None
    """The source's clock when it first answered."""
    arrived: bool = False
    """Whether anything came."""
    notices: list[str] = field(default_factory=list)

    def documents(self, log: ProcessLog) -> Iterator[Document | Until]:
        """The documents, and marks between them where the source has a cursor."""
        if self.changed == "cursor":
            yield from self._news(log)
        else:
            yield from self._placed(self._shaped(self._rows(self.connection.read(self.query))))

    def named(self, given: Iterable[tuple[str, Mapping[str, Any]]]) -> Iterator[Document]:
        """Documents with their ids."""
        occurrences: Counter[str] = Counter()
        for place, content in given:
            key = key_of(content, self.key) if self.key else ""
            if key:
                yield Document(key, place, content, key)
                continue
            digest = digest_of(content)
            occurrences[digest] += 1
            yield Document(f"{digest}-{occurrences[digest]}", place, content)

    def corrected(self, given: Iterable[tuple[str, Mapping[str, Any]]]) -> Iterator[Document]:
        """Documents that a person has corrected, with their ids; rows as they came from the source are brought together."""
        found = list(given)
        is_rows = bool(self.group) and not any(ROWS in content for _, content in found)
        yield from self.named(together(found, self.group) if is_rows else found)

    def _placed(self, given: Iterable[tuple[str, Mapping[str, Any]]]) -> Iterator[Document]:
        yield from self.named(_ordered(given, self.order) if self.order else given)

    def _shaped(
        self, rows: Iterable[tuple[str, Mapping[str, Any]]]
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        documents = together(rows, self.group) if self.group else rows
        yield from spread(documents, self.each) if self.each else documents

    def _rows(self, pages: Iterable[Page]) -> Iterator[tuple[str, Mapping[str, Any]]]:
        number = 0
        for page in pages:
            self.arrived = True
            self.clock = self.clock or page.time
            places = getattr(page, "places", None)  # pages of files know the lines
            for at, record in enumerate(page.records()):
                number += 1
                yield places[at] if places else f"{self._called}, record {number}", record

    @property
    def _called(self) -> str:
        """What places are named by: a statement is too long for it."""
        return self.connection.name if self.query.statement is not None else self.address

    def _news(self, log: ProcessLog) -> Iterator[Document | Until]:
        for news in self._changes(log):
            if isinstance(news, Mark):
                yield Until(news.cursor)
            elif isinstance(news, Gone):
                for each in news.ids:
                    yield self._gone(each)
            elif isinstance(news, Notice):
                self.notices.append(news.text)
            elif not isinstance(news, Expected):
                yield from self._placed(self._fitting(self._shaped(self._rows([news]))))

    def _changes(self, log: ProcessLog) -> Iterator[News]:
        known = _KnownDocuments(log, self.key)
        try:
            yield from self.connection.changes(self.query.types, log.mark.get("cursor"), known)
        except RunStopped as error:
            if not error.advice:
                raise
            raise RunStopped(
                str(error),
                advice="Look whether this is the right company. If they are really gone, delete yourself what they became, and "
                'write by = "snapshot" and deletions = false.',
            ) from error

    def _fitting(
        self, given: Iterable[tuple[str, Mapping[str, Any]]]
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """A cursor tells of all that changed; the predicate is applied here."""
        where = self.query.where
        return (each for each in given if where is None or holds(where, each[1]) is True)

    def _gone(self, record_id: str) -> Document:
        (field_name,) = self.key
        key = f"{field_name}={record_id}"
        return Document(key, f"{self.address}, {key}", {field_name: record_id}, key, gone=True)


class _KnownDocuments:
    """What the process has seen, for a census."""

    def __init__(self, log: ProcessLog, key: Sequence[str]) -> None:
        self._log = log
        if len(key) != 1:
            raise SetupError(
                "What changed is found by a cursor, and the key has several fields.",
                advice='Leave `key` out, or write by = "snapshot".',
            )

    def count(self, _type: str) -> int:
        return self._log.count()

    def ids(self, _type: str) -> frozenset[str]:
        return frozenset(each.document.partition("=")[2] for each in self._log.standings())


def fits(document: Mapping[str, Any], when: Predicate | None) -> bool:
    """Whether a document is meant; an absent field leaves it out."""
    return when is None or holds(when, document) is True


def document_from(text: str) -> dict[str, Any]:
    """A document from the JSON that it was kept as."""
    return dict(exact_json.decode(text.encode()))


def plain(value: Any) -> Any:
    """A value as JSON has it: days and times as ISO texts."""
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if value is None or isinstance(value, str | int | Decimal):
        return value
    if isinstance(value, datetime | date):
        return value.isoformat()
    return Decimal(repr(value)) if isinstance(value, float) else str(value)


def _ordered(
    given: Iterable[tuple[str, Mapping[str, Any]]], order: Sequence[tuple[str, bool]]
) -> list[tuple[str, Mapping[str, Any]]]:
    """Sorted by the fields that are named, absent values first."""
    found = list(given)
    for path, descending in reversed(order):
        found.sort(key=lambda each: _rank(value_at(each[1], path)), reverse=descending)
    return found


def _rank(value: Any) -> tuple[int, Any]:
    if value is None:
        return 0, 0
    if isinstance(value, int | Decimal):
        return 1, value
    return 2, value if isinstance(value, str) else json.dumps(plain(value), default=str)
