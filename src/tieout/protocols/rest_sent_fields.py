"""The fields of a record on its way to QuickBooks Online: each held against the catalog, every amount to the cent.

What QuickBooks would refuse, or worse, take in silence, is refused here with the dotted place and the nearest valid word.
Fields that QuickBooks sets itself are left out, so a record that was read can be sent back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

from ..catalog.nearest import did_you_mean
from ..catalog.rest import REF, Field, RecordType, Shape, enums
from ..errors import Invalid

CENT = Decimal("0.01")
MOST = Decimal(10) ** 15
"""What no amount, price or quantity reaches: figures beyond it lose their cents in whoever reads them."""
_LEAST = -MOST
_NAMED_IN_THE_RECORD = ("Id", "SyncToken")
_SET_BY_QUICKBOOKS = ("MetaData", "domain", "status", "sparse")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(T[0-9:.]+(Z|[+-]\d{2}:?\d{2})?)?", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
"""Python reads more than these as dates and numbers: 2026-W48-3, 1_000."""

Reader = Callable[[Any, Any], Any]
"""Takes a value, and what QuickBooks sent in its place; gives the value as it is to be sent."""


def as_sent(
    kind: RecordType, record: Mapping[str, Any], known: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The fields that QuickBooks takes, in the types that it takes; Invalid with the place of the first mistake.

    None stays None: whoever sends it says what clearing means. `known` is the record as QuickBooks sent it: its members
    may be sent back though the catalog does not know them.
    """
    try:
        return _members(kind, "").read(record, known or _NOTHING)
    except _Misfit as misfit:
        raise misfit.refusal() from None


class _Misfit(Exception):
    """A mistake in a value; its place is put together on the way out."""

    def __init__(self, tell: Callable[[str], Invalid], *place: str) -> None:
        self._tell = tell
        self._place = list(place)

    def inside(self, name: str) -> _Misfit:
        """The same, seen from the member or the number of the item that holds it."""
        self._place.insert(0, name)
        return self

    def refusal(self) -> Invalid:
        return self._tell(".".join(self._place))


class _Members:
    """Reads the members of a record, or of a shape in it; each field's reader is made once."""

    def __init__(self, kind: RecordType, shape: Shape, *, is_record: bool) -> None:
        self._kind = kind
        self._shape = shape
        self._is_record = is_record
        self._readers: dict[str, Reader] = {}

    def read(self, record: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        readers = self._readers
        for name, value in record.items():
            reader = readers.get(name) or self._seldom(name, known)
            if reader is None:
                continue
            if value is None and reader is not _as_it_is:
                if self._is_record and name in readers:
                    found[name] = None
                continue
            try:
                found[name] = reader(value, known.get(name) if known else None)
            except _Misfit as misfit:
                raise misfit.inside(name) from None
        return found

    def _seldom(self, name: str, known: Mapping[str, Any]) -> Reader | None:
        """The reader of a field that has none yet, or never will; None where it is left out."""
        declared = self._shape.get(name)
        if declared is None:
            if name not in known:
                raise _Misfit(partial(_unknown, self._kind, self._shape, name), name)
            return None if name == "_extra" else _as_it_is
        if _is_taken(declared):
            reader = self._readers[name] = _reader(self._kind, declared)
            return reader
        return _reader(self._kind, declared) if self._is_record and name in _NAMED_IN_THE_RECORD else None


def _as_it_is(value: Any, _known: Any) -> Any:
    return value


_MEMBERS: dict[tuple[str, str], _Members] = {}
"""By record type and shape; a record itself has the empty shape."""


def _members(kind: RecordType, shape: str) -> _Members:
    found = _MEMBERS.get((kind.name, shape))
    if found is None:
        fields = REF if shape == "ref" else kind.shape(shape) if shape else kind.fields
        found = _MEMBERS[kind.name, shape] = _Members(kind, fields, is_record=not shape)
    return found


def _is_taken(declared: Field) -> bool:
    """Whether QuickBooks takes a field from a client; the rest it ignores without a word (REST API features)."""
    if declared.name in _SET_BY_QUICKBOOKS:
        return False
    return declared.served and not declared.has("readonly") and declared.type != "any"


def _reader(kind: RecordType, declared: Field) -> Reader:
    reader = _group_reader(kind, declared) or _SCALARS[declared.type](declared)
    return partial(_list, reader) if declared.many else reader


def _group_reader(kind: RecordType, declared: Field) -> Reader | None:
    if declared.type == "ref":
        return partial(_reference, kind, _members(kind, "ref"))
    return partial(_group, kind, _members(kind, declared.type)) if declared.is_shape else None


def _list(reader: Reader, value: Any, known: Any) -> list[Any]:
    inside = _any_of(known)
    found = []
    for at, item in enumerate(value if isinstance(value, (list, tuple)) else (value,), 1):
        try:
            found.append(reader(item, inside))
        except _Misfit as misfit:
            raise misfit.inside(str(at)) from None
    return found


def _any_of(known: Any) -> Any:
    """Whatever members the items of a list have that QuickBooks sent."""
    if not isinstance(known, list):
        return known
    return {name: part for item in known if isinstance(item, Mapping) for name, part in item.items()}


def _group(kind: RecordType, members: _Members, value: Any, known: Any) -> dict[str, Any]:
    if not isinstance(value, (dict, Mapping)):
        raise _Misfit(partial(_no_object, kind, value))
    return members.read(value, known if known and isinstance(known, Mapping) else _NOTHING)


def _reference(kind: RecordType, members: _Members, value: Any, known: Any) -> dict[str, Any]:
    """A reference; its value alone will do."""
    if isinstance(value, str | int) and not isinstance(value, bool):
        return {"value": str(value)}
    found = _group(kind, members, value, known)
    if "value" not in found and "name" in found:
        raise _Misfit(partial(_only_a_name, found["name"]))
    return found


_NOTHING: Mapping[str, Any] = {}


# ---- values


def _text(length: int | None, value: Any, _known: Any) -> str:
    if not isinstance(value, str):
        value = _as_text(value)
    if length is not None and len(value) > length:
        raise _Misfit(partial(_too_long, value, length))
    if not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value):
        raise _Misfit(partial(_half_a_character, value))
    return str(value)


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, int | Decimal | date):
        raise _wrong(value, "a text")
    return value.isoformat() if isinstance(value, date) else str(value)


def _decimal(is_amount: bool, value: Any, _known: Any) -> Decimal | int:
    number: Decimal | int = value if type(value) is Decimal else _as_number(value)
    if isinstance(number, Decimal) and not number.is_finite():
        raise _wrong(value, "a number")
    if not _LEAST < number < MOST:
        raise _Misfit(partial(_no_such_number, number))
    if is_amount and isinstance(number, Decimal) and number != number.quantize(CENT):
        raise _Misfit(partial(_no_whole_cents, number))
    return number


def _as_number(value: Any) -> Decimal | int:
    if isinstance(value, float):
        raise _wrong(value, "an exact number", "Give a Decimal, an int or a text: floats lose cents.")
    if isinstance(value, str):
        try:
            value = Decimal(value.strip() if _NUMBER.fullmatch(value.strip()) else "nothing")
        except InvalidOperation:
            raise _wrong(value, "a number") from None
    if isinstance(value, Decimal | int) and not isinstance(value, bool):
        return value
    raise _wrong(value, "a number")


def _is_amount(declared: Field) -> bool:
    """Amounts have two decimals; prices, quantities and rates more (line items)."""
    return declared.name.endswith(("Amount", "Amt"))


def _int(value: Any, _known: Any) -> int:
    try:
        number = Decimal("nan") if isinstance(value, bool | float) else Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        number = Decimal("nan")
    if not number.is_finite() or number != number.to_integral_value():
        raise _wrong(value, "a whole number")
    return int(number)


def _bool(value: Any, _known: Any) -> bool:
    known = {"true": True, "false": False}.get(str(value).strip().lower())
    if known is None:
        raise _wrong(value, "true or false")
    return known


def _enum(allowed: tuple[str, ...], value: Any, _known: Any) -> str:
    if value not in allowed and value != "":
        raise _Misfit(partial(_none_of, allowed, value))
    return str(value)


def _date(value: Any, _known: Any) -> str:
    text = value.isoformat() if isinstance(value, date) else value
    if text == "":
        return ""
    if (
        not isinstance(text, str)
        or not _DATE.fullmatch(text)
        or not _is_written(date.fromisoformat, text[:10])
    ):
        raise _wrong(value, "a date", "Write it as 2026-11-25.")
    return text[:10]


def _moment(value: Any, _known: Any) -> str:
    text = value.isoformat() if isinstance(value, datetime) else value
    if not isinstance(text, str) or not (text == "" or _is_written(datetime.fromisoformat, text)):
        raise _wrong(value, "a time", "Write it as 2026-11-25T14:30:00-08:00.")
    return text


def _is_written(read: Callable[[str], Any], text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


def _text_reader(declared: Field) -> Reader:
    return partial(_text, declared.length)


def _decimal_reader(declared: Field) -> Reader:
    return partial(_decimal, _is_amount(declared))


_SCALARS: Mapping[str, Callable[[Field], Reader]] = {
    "str": _text_reader,
    "id": _text_reader,
    "uri": _text_reader,
    "bytes": _text_reader,
    "time": _text_reader,
    "int": lambda _: _int,
    "bool": lambda _: _bool,
    "decimal": _decimal_reader,
    "double": _decimal_reader,
    "enum": lambda declared: partial(_enum, tuple(enums()[declared.targets[0]])),
    "date": lambda _: _date,
    "datetime": lambda _: _moment,
}
"""What makes the reader of a field, by its type."""


# ---- mistakes, each told once its place is known


def _unknown(kind: RecordType, shape: Shape, name: str, place: str) -> Invalid:
    valid = [each.name for each in shape.values() if _is_taken(each) or each.has("readonly")]
    where = f"{kind.name}.{place.removesuffix(name)}".rstrip(".")
    return Invalid(
        f"{place}: {where} has no such field.{did_you_mean(name, valid)}", element=place, advice=_see(kind)
    )


def _no_object(kind: RecordType, value: Any, place: str) -> Invalid:
    return Invalid(f"{place} must be an object, not {_shown(value)}.", element=place, advice=_see(kind))


def _only_a_name(name: Any, place: str) -> Invalid:
    return Invalid(
        f"{place} has a name and no value: QuickBooks knows {name!r} by its Id.",
        element=place,
        advice=f"Give the Id: {place} = {{'value': '…'}}; `tieout query` finds it by the name.",
    )


def _too_long(value: str, length: int, place: str) -> Invalid:
    told = f"{place} has {len(value):,} characters; QuickBooks takes {length:,}: {_shown(value)}"
    return Invalid(told, element=place, advice="Shorten it.")


def _half_a_character(value: str, place: str) -> Invalid:
    return Invalid(
        f"{place} holds half a character: {_shown(value)}.", element=place, advice="Correct the text."
    )


def _no_such_number(value: Any, place: str) -> Invalid:
    told = f"{place} is {_shown(value)}: QuickBooks takes no such number."
    return Invalid(told, element=place, advice="Correct it.")


def _no_whole_cents(value: Decimal, place: str) -> Invalid:
    return Invalid(
        f"{place} is {value}, which is no whole number of cents.",
        element=place,
        advice="Round it where it is made, so that both sides know the same amount.",
    )


def _none_of(allowed: tuple[str, ...], value: Any, place: str) -> Invalid:
    hint = did_you_mean(str(value), allowed)
    listed = f" It is one of {', '.join(allowed)}." if len(allowed) <= 12 and not hint else hint
    return Invalid(
        f"{place}: {value!r} is none of its values.{listed}", element=place, advice="Correct the value."
    )


def _wrong(value: Any, wanted: str, advice: str = "Correct the value.") -> _Misfit:
    def tell(place: str) -> Invalid:
        return Invalid(f"{place} must be {wanted}, not {_shown(value)}.", element=place, advice=advice)

    return _Misfit(tell)


def _see(kind: RecordType) -> str:
    return f"`tieout types books:{kind.name}` lists the fields."


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}…"
