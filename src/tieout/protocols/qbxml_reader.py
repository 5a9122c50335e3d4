"""Answers and requests of qbXML, read as they come, in memory that does not grow with them. DOCTYPE is refused.

    for event in read_answers(chunks, edition):
        SetAnswered(status of the whole set) · Answered(name, requestID, status, iterator …) · Ret(of that answer, record)

Records are dicts with wire names, money as Decimal; what may repeat is a list. Elements that the catalog does not know are
kept as texts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NoReturn
from xml.parsers import expat

from ..catalog.qbxml import Edition, Element, Part, RecordType, record_type, type_names
from ..catalog.qbxml.envelope import envelope
from ..errors import RemoteProtocolError
from .qbxml_values import read_value
from .qbxml_writer import ATTRIBUTE, ORDER, TEXT

DEEPEST = 40
CHUNK = 65_536

_VERBS = ("Add", "Mod", "Query", "Del", "Void", "Do")


@dataclass(frozen=True, slots=True)
class SetAnswered:
    """The answer to a message set begins."""

    status: str = ""
    """`messageSetStatusCode`: only where message set ids were sent."""
    set_id: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to one request begins."""

    name: str
    """`InvoiceQueryRs`."""
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def request_id(self) -> str:
        return self.attributes.get("requestID", "")

    @property
    def status(self) -> int:
        """The `statusCode`; 0 and 1 are good, 500 to 999 warn."""
        text = self.attributes.get("statusCode", "0")
        return int(text) if text.lstrip("-").isdecimal() else -1

    @property
    def severity(self) -> str:
        return self.attributes.get("statusSeverity", "")

    @property
    def message(self) -> str:
        return self.attributes.get("statusMessage", "")

    @property
    def is_refusal(self) -> bool:
        """Whether it was not done: 1 is an empty result, and warnings come with what was found."""
        return self.severity == "Error" or self.status >= 1000

    @property
    def iterator(self) -> tuple[str, int] | None:
        """The iterator's id, and how many records are left."""
        left = self.attributes.get("iteratorRemainingCount")
        return None if left is None else (self.attributes.get("iteratorID", ""), int(left))

    @property
    def count(self) -> int | None:
        """The `retCount`, where it is told."""
        text = self.attributes.get("retCount")
        return None if text is None else int(text)


@dataclass(frozen=True, slots=True)
class Ret:
    """One record of the answer that began last."""

    name: str
    """`InvoiceRet`."""
    record: Mapping[str, Any]


Event = SetAnswered | Answered | Ret


def read_answers(chunks: Iterable[bytes], edition: Edition) -> Iterator[Event]:
    """The events of an answer, each as soon as its end has come; RemoteProtocolError where it is no whole qbXML."""
    return _Stream(edition, "QBXMLMsgsRs", "Rs").events(chunks)


@dataclass(frozen=True, slots=True)
class RequestRead:
    """One request, as it was sent."""

    type: str
    verb: str
    content: Mapping[str, Any]
    id: str


@dataclass(frozen=True, slots=True)
class MessageSetRead:
    """A message set, as it was sent; the version is not judged."""

    version: str
    attributes: Mapping[str, str]
    """Of the envelope, as they were sent."""
    requests: tuple[RequestRead, ...]

    @property
    def on_error(self) -> str:
        return self.attributes.get("onError", "")

    @property
    def new_id(self) -> str:
        return self.attributes.get("newMessageSetID", "")

    @property
    def old_id(self) -> str:
        return self.attributes.get("oldMessageSetID", "")

    @property
    def wants_data(self) -> bool:
        """Whether the answers are to hold records, and not their statuses alone."""
        return self.attributes.get("responseData") != "includeNone"


def read_requests(document: bytes, edition: Edition, envelope: str = "QBXMLMsgsRq") -> MessageSetRead:
    """The requests of a document, as the sandbox takes them and as samples hold them."""
    stream = _Stream(edition, envelope, "Rq", whole=True)
    requests: list[RequestRead] = []
    attributes: Mapping[str, str] = {}
    for event in stream.events([document]):
        if isinstance(event, _Opened):
            attributes = event.attributes
        elif isinstance(event, Ret):
            kind, verb = message_of(event.name, "Rq")
            content = dict(event.record)
            request_id = str(content.pop(f"{ATTRIBUTE}requestID", ""))
            requests.append(RequestRead(kind, verb, content, request_id))
    return MessageSetRead(
        version=stream.version,
        attributes=attributes,
        requests=tuple(requests),
    )


def fits_envelope(attributes: Mapping[str, str], name: str, edition: Edition) -> bool:
    """Whether an envelope has the attributes that it must have, no others, and values that are known."""
    known = {each.name: each for each in envelope(name, edition).attributes}
    missing = [each.name for each in known.values() if each.required and each.name not in attributes]
    return not missing and all(
        each in known and (not known[each].value.values or value in known[each].value.values)
        for each, value in attributes.items()
    )


@cache
def message_of(name: str, side: str) -> tuple[str, str]:
    """`InvoiceAddRq` as its type and verb: ("Invoice", "Add"); ("", "") for a message that nobody published."""
    bare = name.removesuffix(side)
    for verb in _VERBS:
        kind = bare if verb == "Do" else bare.removesuffix(verb)
        if (
            kind in type_names()
            and (verb == "Do" or bare.endswith(verb))
            and verb in record_type(kind).in_schema
        ):
            return kind, verb
    return "", ""


@dataclass(frozen=True, slots=True)
class _Opened:
    attributes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Place:
    """An element's position in a shape."""

    element: Element
    position: int
    repeats: bool
    alternates: bool
    """Whether it stands in a choice that repeats, so that its order among the others says something."""


@dataclass(slots=True)
class _Node:
    """An element on its way."""

    name: str
    fields: Mapping[str, _Place]
    content: dict[str, Any]
    base: str = ""
    """Of its text, when it is a simple element."""
    texts: list[str] = field(default_factory=list)
    order: list[str] = field(default_factory=list)


_NOTHING: Mapping[str, _Place] = {}


class _Stream:
    """Reads one document."""

    def __init__(self, edition: Edition, envelope: str, side: str, *, whole: bool = False) -> None:
        self.version = ""
        self._edition = edition
        self._envelope = envelope
        self._side = side
        self._whole = whole  # hand over each message whole, not record by record
        self._nodes: list[_Node] = []
        self._events: list[Any] = []
        self._kind: RecordType | None = None
        self._depth = 0
        self._inside = False
        self._seen = False

    def events(self, chunks: Iterable[bytes]) -> Iterator[Any]:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_doctype
        parser.ProcessingInstructionHandler = self._instruction
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        for chunk in chunks:
            for at in range(0, len(chunk), CHUNK):
                self._feed(lambda at=at, chunk=chunk: parser.Parse(chunk[at : at + CHUNK], False))  # type: ignore[misc]
                yield from self._taken()
        self._feed(lambda: parser.Parse(b"", True))
        yield from self._taken()
        if not self._seen:
            raise RemoteProtocolError(f"The document holds no {self._envelope}.")

    def _feed(self, parse: Callable[[], object]) -> None:
        try:
            parse()
        except expat.ExpatError as error:
            raise RemoteProtocolError(f"The qbXML cannot be read: {error}.") from error

    def _taken(self) -> Iterator[Any]:
        taken, self._events = self._events, []
        yield from taken

    def _instruction(self, target: str, data: str) -> None:
        if target == "qbxml":
            self.version = data.partition("version=")[2].strip("\"' ")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise RemoteProtocolError("The qbXML is nested too deeply.")
        if not self._inside:
            if name == self._envelope:
                self._inside = self._seen = True
                self._begin_set(attributes)
            return
        if not self._nodes:
            self._begin_message(name, attributes)
        else:
            self._begin_element(name, attributes)

    def _begin_set(self, attributes: dict[str, str]) -> None:
        if self._whole:
            self._events.append(_Opened(attributes))
            return
        status = attributes.get("messageSetStatusCode", "")
        self._events.append(SetAnswered(status, attributes.get("newMessageSetID", "")))

    def _begin_message(self, name: str, attributes: dict[str, str]) -> None:
        kind, _ = message_of(name, self._side)
        self._kind = record_type(kind) if kind else None
        fields = _fields(kind, name, self._edition)
        content: dict[str, Any] = {f"{ATTRIBUTE}{n}": v for n, v in attributes.items()} if self._whole else {}
        self._nodes.append(_Node(name, fields, content))
        if not self._whole:
            self._events.append(Answered(name, attributes))

    def _begin_element(self, name: str, attributes: dict[str, str]) -> None:
        place = self._nodes[-1].fields.get(name)
        declared = place.element if place else None
        kind = self._kind.name if self._kind else ""
        if declared is None:
            node = _Node(name, _NOTHING, {})
        elif declared.value is not None:
            node = _Node(name, _NOTHING, {}, declared.value.base)
        else:
            fields = _fields(kind, declared.shape, self._edition)
            node = _Node(name, fields, {}, _text_base(kind, declared.shape, self._edition))
        for attribute, value in attributes.items():
            node.content[f"{ATTRIBUTE}{attribute}"] = value
        self._nodes.append(node)

    def _characters(self, text: str) -> None:
        if self._nodes:
            self._nodes[-1].texts.append(text)

    def _end(self, name: str) -> None:
        self._depth -= 1
        if not self._nodes:
            if name == self._envelope:
                self._inside = False
            return
        node = self._nodes.pop()
        value = _value_of(node)
        if not self._nodes:
            if self._whole:
                self._events.append(Ret(node.name, value if isinstance(value, dict) else {}))
        elif len(self._nodes) == 1 and not self._whole:
            self._events.append(Ret(node.name, value if isinstance(value, dict) else {TEXT: value}))
        else:
            _put(self._nodes[-1], node.name, value)


def _value_of(node: _Node) -> Any:
    text = "".join(node.texts)
    if node.base:
        value = read_value(text, node.base)
        return {**node.content, TEXT: value} if node.content else value
    if node.fields is _NOTHING and not node.content:
        return text or None
    if text.strip():
        node.content[TEXT] = text
    if node.order != sorted(node.order, key=lambda name: node.fields[name].position):
        node.content[ORDER] = node.order
    return node.content


def _put(parent: _Node, name: str, value: Any) -> None:
    """A value in its place; what may repeat, or does, is a list."""
    place = parent.fields.get(name)
    if place is not None and place.alternates:
        parent.order.append(name)
    if place is not None and place.repeats:
        parent.content.setdefault(name, []).append(value)
    elif name in parent.content:
        before = parent.content[name]
        parent.content[name] = [*before, value] if isinstance(before, list) else [before, value]
    else:
        parent.content[name] = value


@cache
def _fields(kind: str, shape: str, edition: Edition) -> Mapping[str, _Place]:
    """The elements of a shape by name, as far as the catalog knows it."""
    if not kind:
        return _NOTHING
    try:
        found = list(_places(record_type(kind).shape(shape, edition).parts, repeats=False))
    except KeyError:
        return _NOTHING
    return {
        element.name: _Place(element, at, repeats or element.most is None or element.most > 1, repeats)
        for at, (element, repeats) in enumerate(found)
    }


@cache
def _text_base(kind: str, shape: str, edition: Edition) -> str:
    """The base type of the text of an element that may have attributes too; empty for those that hold elements."""
    try:
        text = record_type(kind).shape(shape, edition).text
    except KeyError:
        return ""
    return text.base if text else ""


def _places(parts: Iterable[Part], *, repeats: bool) -> Iterator[tuple[Element, bool]]:
    """Every element, and whether a choice around it repeats."""
    for part in parts:
        if isinstance(part, Element):
            yield part, repeats
        else:
            yield from _places(part.parts, repeats=repeats or part.most is None or part.most > 1)


def _refuse_doctype(*_: object) -> NoReturn:
    raise RemoteProtocolError("The qbXML has a DOCTYPE, which no message of QuickBooks has; it was not read.")
