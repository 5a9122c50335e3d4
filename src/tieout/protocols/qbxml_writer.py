"""Requests of qbXML: records with wire names in any order, written in the order that their message wants.

QuickBooks answers any fault of structure with 0x80040400 for the whole message set, without a place. So nothing that could cause it
leaves here: unknown and misplaced elements, values of the wrong type, length or version are refused with record, field and
the nearest valid name. The text is ASCII with numeric entities, the one form that every version reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ..catalog.nearest import did_you_mean
from ..catalog.qbxml import EDITIONS, Attribute, Edition, Element, Group, Part, RecordType, Shape, record_type
from ..catalog.qbxml.envelope import envelope
from ..errors import Invalid
from .qbxml_values import write_value

ORDER = "#order"
"""Names of repeated elements in the order in which they alternate, where that matters: lines and groups of lines."""
TEXT = "#text"
"""The text of an element that has attributes too."""
ATTRIBUTE = "@"
"""Members whose names begin so are attributes: `@defMacro`."""

SUBSCRIPTIONS = ("DataEventSubscription", "Subscription", "UIEventSubscription", "UIExtensionSubscription")
"""Types whose requests stand in an envelope of their own, which ProcessSubscription takes."""

ENVELOPE, SUBSCRIPTION_ENVELOPE = "QBXMLMsgsRq", "QBXMLSubscriptionMsgsRq"

LONGEST_REQUEST_ID = 50
LONGEST_SET_ID = 23
"""Characters; of message set ids, by which an answer is recovered."""

OnError = Literal["stopOnError", "continueOnError"]


@dataclass(frozen=True, slots=True)
class Request:
    """One request of a message set."""

    type: str
    verb: str
    """Add, Mod, Query, Del …; `Do` where the message's name ends with none."""
    content: Mapping[str, Any] = field(default_factory=dict)
    """What stands inside `InvoiceAddRq`: `{"InvoiceAdd": {…}}`, or filters of a query; attributes as `@iterator`."""
    id: str = ""


@dataclass(frozen=True, slots=True)
class MessageSet:
    """Requests that are sent together."""

    edition: Edition
    requests: tuple[Request, ...] = ()
    on_error: OnError = "continueOnError"
    new_id: str = ""
    """Under which QuickBooks keeps the answer."""
    old_id: str = ""
    """Of the answer that is asked for again."""


def write_message_set(message: MessageSet) -> bytes:
    """The document; Invalid with the place of the first mistake."""
    return join_requests(message, [write_request(each, message.edition) for each in message.requests])


def join_requests(message: MessageSet, written: Iterable[str]) -> bytes:
    """The document of a message set whose requests are written already."""
    ids = [("newMessageSetID", message.new_id), ("oldMessageSetID", message.old_id)]
    for name, value in ids:
        if len(value) > LONGEST_SET_ID:
            raise Invalid(
                f"{name} has {len(value)} characters; QuickBooks takes {LONGEST_SET_ID}.", element=name
            )
    name = _envelope_of(message.requests)
    said = {"onError": message.on_error, **dict(ids)}
    known = {each.name for each in envelope(name, message.edition).attributes}
    told = "".join(
        f' {each}="{_escaped(value, quoted=True)}"' for each, value in said.items() if value and each in known
    )
    return (
        f'<?xml version="1.0" encoding="US-ASCII"?>\n<?qbxml version="{message.edition.wire}"?>\n'
        f"<QBXML><{name}{told}>{''.join(written)}</{name}></QBXML>\n"
    ).encode("ascii")


def write_element(kind: RecordType, edition: Edition, name: str, content: Mapping[str, Any]) -> str:
    """One element that has a shape of its own, such as a whole answer `InvoiceQueryRs`."""
    return _Writer(kind, edition).element(name, name, content, name)


def _envelope_of(requests: Iterable[Request]) -> str:
    kinds = {request.type in SUBSCRIPTIONS for request in requests}
    if len(kinds) > 1:
        raise Invalid(
            "Subscriptions and other requests cannot go together.",
            element="QBXML",
            advice="Send two message sets.",
        )
    return SUBSCRIPTION_ENVELOPE if True in kinds else ENVELOPE


def write_request(request: Request, edition: Edition) -> str:
    """One request as it stands in a message set; Invalid with the place of the first mistake."""
    kind = record_type(request.type)
    name = kind.message(request.verb, "Rq")
    if not kind.can(request.verb, edition):
        raise _not_published(kind, request.verb, name, edition)
    if len(request.id) > LONGEST_REQUEST_ID:
        raise Invalid(
            f"requestID has {len(request.id)} characters; QuickBooks takes {LONGEST_REQUEST_ID}.",
            element="requestID",
        )
    content = {**({f"{ATTRIBUTE}requestID": request.id} if request.id else {}), **request.content}
    return _Writer(kind, edition).element(name, name, content, name)


def _not_published(kind: RecordType, verb: str, name: str, edition: Edition) -> Invalid:
    lives = [each for each in EDITIONS if kind.can(verb, each) and each.country == edition.country]
    if lives:
        told = (
            f"{name} came with qbXML {lives[0].version}"
            if lives[0].number > edition.number
            else f"{name} ended with qbXML {lives[-1].version}"
        )
        return Invalid(
            f"{told}; this company speaks {edition}.",
            element=name,
            advice="Use another way, or a newer QuickBooks.",
        )
    able = [each for each in kind.published if kind.can(each, edition)]
    advice = (
        f"What can be done with {kind.name}: {', '.join(able)}." if able else f"{edition} has no {kind.name}."
    )
    return Invalid(
        f"QuickBooks has no {name} in {edition}.{did_you_mean(verb, able)}", element=name, advice=advice
    )


class _Writer:
    """Writes the elements of one type in one edition."""

    def __init__(self, kind: RecordType, edition: Edition) -> None:
        self._kind = kind
        self._edition = edition

    def element(self, name: str, shape_name: str, content: Any, place: str) -> str:
        """An element with content."""
        if content is None:
            content = {}
        shape = self._kind.shape(shape_name, self._edition)
        if isinstance(content, str) and shape_name.split(" ")[0] == "ref":
            content = {"ListID": content}
        elif shape.text is not None and not isinstance(content, Mapping):
            content = {TEXT: content}
        if not isinstance(content, Mapping):
            raise Invalid(
                f"{place} must be an object, not {content!r:.60}.", element=place, advice=self._see()
            )
        attributes = self._attributes(shape, content, place)
        text = ""
        if shape.text is not None and TEXT in content:
            text = _escaped(write_value(content[TEXT], shape.text, self._edition, place))
        given = {n: v for n, v in content.items() if not n.startswith((ATTRIBUTE, "#"))}
        self._refuse_unknown(shape, given, place)
        inside = "".join(self._parts(shape.parts, given, list(content.get(ORDER, ())), place))
        return f"<{name}{attributes}>{text}{inside}</{name}>" if text or inside else f"<{name}{attributes}/>"

    def _attributes(self, shape: Shape, content: Mapping[str, Any], place: str) -> str:
        known = {each.name: each for each in shape.attributes}
        given = {n.removeprefix(ATTRIBUTE): v for n, v in content.items() if n.startswith(ATTRIBUTE)}
        for name in given:
            if name not in known:
                raise Invalid(
                    f"{place} has no attribute {name}.{did_you_mean(name, known)}",
                    element=f"{place}@{name}",
                    advice=self._see(),
                )
        for name, declared in known.items():
            if declared.required and name not in given:
                raise Invalid(
                    f"{place} needs the attribute {name}.", element=f"{place}@{name}", advice="Give it."
                )
        return "".join(
            self._attribute(each, given[each.name], place) for each in shape.attributes if each.name in given
        )

    def _attribute(self, declared: Attribute, value: Any, place: str) -> str:
        text = write_value(value, declared.value, self._edition, f"{place}@{declared.name}")
        return f' {declared.name}="{_escaped(text, quoted=True)}"'

    def _refuse_unknown(self, shape: Shape, given: Mapping[str, Any], place: str) -> None:
        known = {each.name for each in shape.elements()}
        for name in given:
            if name not in known:
                raise Invalid(
                    f"{place}/{name}: {self._why_unknown(shape, name, known)}",
                    element=f"{place}/{name}",
                    advice=self._see(),
                )

    def _why_unknown(self, shape: Shape, name: str, known: Iterable[str]) -> str:
        others = [each for each in EDITIONS if self._has(shape.name, name, each)]
        own = [each for each in others if each.country == self._edition.country]
        if own:
            word = "came with" if own[0].number > self._edition.number else "ended with"
            there = own[0] if own[0].number > self._edition.number else own[-1]
            return f"it {word} qbXML {there.version}, and this company speaks {self._edition}."
        if others:
            return f"only {', '.join(dict.fromkeys(each.country for each in others))} has it, and this company speaks {self._edition}."
        return f"there is no such element.{did_you_mean(name, known)}"

    def _has(self, shape_name: str, name: str, edition: Edition) -> bool:
        if edition == self._edition or shape_name.split(" ")[0] == "ref":
            return False
        try:
            return any(each.name == name for each in self._kind.shape(shape_name, edition).elements())
        except KeyError:
            return False

    def _see(self) -> str:
        return f"`tieout types qbxml:{self._kind.name}` lists the elements."

    # ---- the order

    def _parts(
        self, parts: Sequence[Part], given: Mapping[str, Any], order: list[str], place: str
    ) -> Iterator[str]:
        for part in parts:
            if isinstance(part, Element):
                yield from self._occurrences(part, given, place)
            elif part.kind == "sequence":
                yield from self._parts(part.parts, given, order, place)
            else:
                yield from self._choice(part, given, order, place)

    def _occurrences(self, part: Element, given: Mapping[str, Any], place: str) -> Iterator[str]:
        values = _as_list(given[part.name]) if part.name in given else []
        if len(values) < part.least:
            raise Invalid(
                f"{place}/{part.name} is missing.", element=f"{place}/{part.name}", advice="Give it."
            )
        if part.most is not None and len(values) > part.most:
            raise Invalid(
                f"{place}/{part.name} stands {len(values)} times; QuickBooks takes {part.most}.",
                element=f"{place}/{part.name}",
                advice="Leave out what is too much.",
            )
        for number, value in enumerate(values, 1):
            where = f"{place}/{part.name}" + (f"[{number}]" if len(values) > 1 else "")
            yield self._one(part, value, where)

    def _one(self, part: Element, value: Any, place: str) -> str:
        if part.value is None:
            return self.element(part.name, part.shape, value, place)
        if isinstance(value, Mapping | list | tuple):
            raise Invalid(f"{place} is a single value, not {value!r:.60}.", element=place, advice=self._see())
        text = write_value(value, part.value, self._edition, place)
        return f"<{part.name}>{_escaped(text)}</{part.name}>" if text else f"<{part.name}/>"

    def _choice(self, group: Group, given: Mapping[str, Any], order: list[str], place: str) -> Iterator[str]:
        present = [part for part in group.parts if _is_present(part, given)]
        if group.most == 1:
            yield from self._only_one(group, present, given, order, place)
            return
        yield from self._repeated(group, present, given, order, place)

    def _only_one(
        self, group: Group, present: Sequence[Part], given: Mapping[str, Any], order: list[str], place: str
    ) -> Iterator[str]:
        if len(present) > 1:
            both = " and ".join(_first_name(part, given) for part in present)
            raise Invalid(
                f"{place}: {both} exclude each other.",
                element=f"{place}/{_first_name(present[1], given)}",
                advice="Give one of them.",
            )
        if present:
            yield from self._parts(present, given, order, place)
        elif group.least and not any(_may_be_empty(part) for part in group.parts):
            names = ", ".join(each.name for each in _names(group))
            raise Invalid(f"{place} needs one of {names}.", element=place, advice="Give one of them.")

    def _repeated(
        self, group: Group, present: Sequence[Part], given: Mapping[str, Any], order: list[str], place: str
    ) -> Iterator[str]:
        """Alternatives that may alternate: each value is one turn, in the order told, or else name by name."""
        turns: list[tuple[Element, Any, str]] = []
        for part in present:
            if not isinstance(part, Element):
                yield from self._parts([part], given, order, place)
                continue
            values = _as_list(given[part.name])
            turns += [(part, value, f"{place}/{part.name}[{at}]") for at, value in enumerate(values, 1)]
        if len(turns) < group.least:
            names = ", ".join(each.name for each in _names(group))
            raise Invalid(f"{place} needs {group.least} of {names}.", element=place, advice="Give them.")
        if group.most is not None and len(turns) > group.most:
            raise Invalid(f"{place} has {len(turns)} of them; QuickBooks takes {group.most}.", element=place)
        for part, value, where in _in_order(turns, order):
            yield self._one(part, value, where)


def _in_order(turns: list[tuple[Element, Any, str]], order: list[str]) -> Iterator[tuple[Element, Any, str]]:
    left = list(turns)
    for name in order:
        found = next((turn for turn in left if turn[0].name == name), None)
        if found is not None:
            left.remove(found)
            yield found
    yield from left


def _names(part: Part) -> Iterator[Element]:
    if isinstance(part, Element):
        yield part
    else:
        for inner in part.parts:
            yield from _names(inner)


def _is_present(part: Part, given: Mapping[str, Any]) -> bool:
    return any(each.name in given for each in _names(part))


def _first_name(part: Part, given: Mapping[str, Any]) -> str:
    return next(each.name for each in _names(part) if each.name in given)


def _may_be_empty(part: Part) -> bool:
    if part.least == 0:
        return True
    return isinstance(part, Group) and (
        all(map(_may_be_empty, part.parts))
        if part.kind == "sequence"
        else any(map(_may_be_empty, part.parts))
    )


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _escaped(text: str, *, quoted: bool = False) -> str:
    """ASCII, with entities for all else."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")
    if quoted:
        safe = safe.replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")
    return safe.encode("ascii", "xmlcharrefreplace").decode("ascii")
