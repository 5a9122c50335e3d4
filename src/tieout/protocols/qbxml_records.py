"""Records of qbXML on their way back: under the names of the message that they go in, and held against what is there.

One line has three names, `InvoiceLineAdd`, `InvoiceLineMod` and `InvoiceLineRet`, and whoever gives a record may use any of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any

from ..catalog.qbxml import Edition, Element, Group, Part, RecordType, ValueType, record_type
from ..errors import Invalid
from .qbxml_values import read_value, write_value
from .qbxml_writer import ATTRIBUTE, ORDER, TEXT

Fields = Mapping[str, Any]

LINE_ID = "TxnLineID"
NEW_LINE = "-1"
STAMPS = ("ListID", "TxnID", "EditSequence")
_SUFFIXES = ("Add", "Mod", "Ret", "")
_NOTHING: tuple[Any, ...] = (None, "", {}, [])


@cache
def elements_in(kind: str, shape: str, edition: Edition) -> Mapping[str, Element]:
    """The elements of a shape by name; none where the catalog has no such shape."""
    try:
        return {each.name: each for each in record_type(kind).shape(shape, edition).elements()}
    except KeyError:
        return {}


@cache
def name_in(kind: str, shape: str, edition: Edition, name: str) -> str:
    """What an element is called in a shape: `InvoiceLineMod` for `InvoiceLineRet`; as given where nothing fits."""
    known = elements_in(kind, shape, edition)
    if name in known:
        return name
    stem = _stem(name)
    return next((f"{stem}{suffix}" for suffix in _SUFFIXES if f"{stem}{suffix}" in known), name)


def _stem(name: str) -> str:
    return name[:-3] if name[-3:] in ("Add", "Mod", "Ret") and len(name) > 3 else name


@cache
def names_below(kind: str, path: tuple[str, ...], edition: Edition) -> frozenset[str] | None:
    """What may stand below a path of a record in any of its messages, by any of its names; None where none of them has the path."""
    of = record_type(kind)
    shapes = {f"{of.message(verb, '')}" for verb in ("Add", "Mod")} | {f"{kind}Ret"}
    for name in path:
        below = {
            element.shape
            for shape in shapes
            for element in [elements_in(kind, shape, edition).get(name_in(kind, shape, edition, name))]
            if element is not None and element.shape
        }
        shapes = below
    names = {name for shape in shapes for name in elements_in(kind, shape, edition)}
    if not names:
        return None
    lines = {f"{_stem(name)}{suffix}" for name in names if _stem(name) != name for suffix in _SUFFIXES}
    return frozenset(names | lines | (set() if path else {"Id", *STAMPS}))


def renamed(kind: RecordType, shape: str, edition: Edition, record: Fields) -> dict[str, Any]:
    """A record under the names of a shape, its lines too; what the shape does not have stays as it is."""
    found: dict[str, Any] = {}
    known = elements_in(kind.name, shape, edition)
    if "JournalLineMod" in known:
        record = with_journal_lines(record)
    for name, value in record.items():
        if name == ORDER:
            found[ORDER] = [name_in(kind.name, shape, edition, each) for each in value]
            continue
        own = name_in(kind.name, shape, edition, name)
        element = known.get(own)
        inner = element.shape if element else ""
        found[own] = _inner(kind, inner, edition, value) if inner else value
    return found


def _inner(kind: RecordType, shape: str, edition: Edition, value: Any) -> Any:
    if isinstance(value, Mapping):
        return value if shape.split(" ")[0] == "ref" else renamed(kind, shape, edition, value)
    if isinstance(value, list | tuple):
        return [_inner(kind, shape, edition, each) for each in value]
    return value


def with_journal_lines(record: Fields) -> dict[str, Any]:
    """Debits and credits as `JournalLineMod`, which alone can modify them, in their order."""
    kinds = {"JournalDebitLine": "Debit", "JournalCreditLine": "Credit"}
    if not kinds.keys() & record.keys():
        return dict(record)
    waiting = {name: list(as_list(record.get(name))) for name in kinds}
    order = [name for name in record.get(ORDER, ()) if name in kinds] or [
        name for name in kinds for _ in waiting[name]
    ]
    lines = [{"JournalLineType": kinds[name], **waiting[name].pop(0)} for name in order if waiting[name]]
    rest = {name: value for name, value in record.items() if name not in (*kinds, ORDER)}
    return {**rest, "JournalLineMod": [*as_list(record.get("JournalLineMod")), *lines]}


def as_list(value: Any) -> list[Any]:
    """What may stand once or several times, as a list; None is none."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


# ---- lines


@cache
def line_families(kind: str, shape: str, edition: Edition) -> tuple[tuple[str, ...], ...]:
    """The lines of a message: names that alternate, and that a modification must list together."""
    try:
        parts = record_type(kind).shape(shape, edition).parts
    except KeyError:
        return ()
    return tuple(_families(kind, parts, edition))


def _families(kind: str, parts: Iterable[Part], edition: Edition) -> Iterator[tuple[str, ...]]:
    for part in parts:
        if isinstance(part, Group):
            names = tuple(
                each.name
                for each in part.parts
                if isinstance(each, Element) and _is_line(kind, each, edition)
            )
            if names and part.most != 1:
                yield names
            else:
                yield from _families(kind, part.parts, edition)
        elif part.most != 1 and _is_line(kind, part, edition):
            yield (part.name,)


def _is_line(kind: str, element: Element, edition: Edition) -> bool:
    named = element.name.endswith(("LineMod", "GroupMod"))
    return named and bool(element.shape) and LINE_ID in elements_in(kind, element.shape, edition)


def lines_in_order(record: Fields, names: Iterable[str]) -> list[tuple[str, Fields]]:
    """The lines of these names as they stand in a record, each with its name."""
    waiting = {name: as_list(record.get(name)) for name in names}
    order = [name for name in record.get(ORDER, ()) if name in waiting]
    found = [(name, waiting[name].pop(0)) for name in order if waiting[name]]
    return found + [(name, line) for name, lines in waiting.items() for line in lines]


# ---- differences


def differences(
    kind: RecordType, shape: str, ret: str, edition: Edition, body: Fields, before: Fields, place: str = ""
) -> Iterator[tuple[str, Any, Any]]:
    """What a body would make different in a record: dotted place, value now, value then."""
    known = elements_in(kind.name, shape, edition)
    if "JournalLineMod" in known:
        before = with_journal_lines(before)
    for name, value in body.items():
        if name in (*STAMPS, LINE_ID) or name.startswith((ATTRIBUTE, "#")) or name not in known:
            continue
        shown = name if name in before else name_in(kind.name, ret, edition, name)
        element, now = known[name], before.get(shown)
        inner = elements_in(kind.name, ret, edition).get(shown)
        inner_ret = inner.shape if inner and inner.shape else element.shape
        yield from _differing(kind, element, inner_ret, edition, value, now, f"{place}{name}")


def _differing(
    kind: RecordType, element: Element, ret: str, edition: Edition, value: Any, now: Any, place: str
) -> Iterator[tuple[str, Any, Any]]:
    if value in _NOTHING:
        if now not in _NOTHING:
            yield place, now, None
    elif element.value is not None:
        if not same_value(value, now, element.value, edition):
            yield place, now, value
    elif element.shape.split(" ")[0] == "ref":
        if not same_reference(value, now):
            yield place, _called(now), _called(value)
    elif _is_line(kind.name, element, edition):
        yield from _differing_lines(kind, element, ret, edition, as_list(value), as_list(now), place)
    elif isinstance(value, Mapping) and isinstance(now, Mapping | None):
        yield from differences(kind, element.shape, ret, edition, value, now or {}, f"{place}.")
    elif as_list(value) != as_list(now):
        yield place, now, value


def _differing_lines(
    kind: RecordType,
    element: Element,
    ret: str,
    edition: Edition,
    lines: list[Any],
    now: list[Any],
    place: str,
) -> Iterator[tuple[str, Any, Any]]:
    there = {str(line.get(LINE_ID)): line for line in now}
    for at, line in enumerate(lines, 1):
        own = str(line.get(LINE_ID, NEW_LINE)) if isinstance(line, Mapping) else NEW_LINE
        if own in there:
            yield from differences(kind, element.shape, ret, edition, line, there[own], f"{place}.{own}.")
        else:
            new = {n: v for n, v in line.items() if n != LINE_ID} if isinstance(line, Mapping) else line
            yield f"{place}.{at}", None, new
    named = {str(line.get(LINE_ID)) for line in lines if isinstance(line, Mapping)}
    for own, line in there.items():
        if own not in named:
            yield f"{place}.{own}", line, None


def same_value(value: Any, now: Any, declared: ValueType, edition: Edition) -> bool:
    """Whether a value as it is given is the one that is there."""
    try:
        text = write_value(value, declared, edition, "")
    except Invalid:
        return False  # the writer says where and why
    then = read_value(text, declared.base)
    if isinstance(then, Decimal) or isinstance(now, Decimal):
        return _number(then) == _number(now)
    return bool(then == now) or (then is not None and now is not None and str(then) == str(now))


def _number(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def same_reference(value: Any, now: Any) -> bool:
    """Whether a reference as it is given names the record that is named there; ids go before names."""
    if not isinstance(now, Mapping):
        return False
    if not isinstance(value, Mapping):
        return str(value) == str(now.get("ListID"))
    if value.get("ListID"):
        return str(value["ListID"]) == str(now.get("ListID"))
    return str(value.get("FullName", "")).casefold() == str(now.get("FullName", "")).casefold()


def _called(value: Any) -> Any:
    return value.get("FullName") or value.get("ListID") if isinstance(value, Mapping) else value


# ---- what a record is known by


def id_of(record: Fields) -> str:
    """The TxnID or ListID of a record; empty where it has none."""
    return str(record.get("TxnID") or record.get("ListID") or "")


def called(record: Fields) -> str:
    """The full name of a list's element."""
    return str(record.get("FullName") or record.get("Name") or "")


def total_of(record: Fields) -> Decimal | None:
    """What a transaction comes to."""
    if isinstance(subtotal := record.get("Subtotal"), Decimal) and "TotalAmount" not in record:
        tax = record.get("SalesTaxTotal")
        return subtotal + (tax if isinstance(tax, Decimal) else 0)
    found = (
        record.get(name) for name in ("TotalAmount", "AmountDue", "Amount", "DepositTotal", "CreditAmount")
    )
    return next((each for each in found if isinstance(each, Decimal)), None)


def plain(value: Any) -> Any:
    """The value of an element that came with nothing inside but its text."""
    return value[TEXT] if isinstance(value, Mapping) and set(value) == {TEXT} else value
