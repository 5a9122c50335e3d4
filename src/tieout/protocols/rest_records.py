"""Records on their way to QuickBooks Online: every field held against the catalog, every amount to the cent.

What QuickBooks would refuse, or worse, take in silence, is refused here with the dotted place and the nearest valid word.
Fields that QuickBooks sets itself are left out, so a record that was read can be sent back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import partial
from typing import Any, Literal

from ..catalog.nearest import did_you_mean
from ..catalog.rest import REF, Field, RecordType, Shape, detail_member, enums, record_type
from ..errors import Invalid

CENT = Decimal("0.01")
MOST = Decimal(10) ** 15
"""What no amount, price or quantity reaches: figures beyond it lose their cents in whoever reads them."""
NAMED_IN_THE_RECORD = ("Id", "SyncToken")
PRICED_DETAILS = ("SalesItemLineDetail", "ItemBasedExpenseLineDetail")
"""Lines whose Amount is UnitPrice times Qty (6070)."""

Way = Literal["create", "update", "sparse"]
_WITHOUT_AMOUNT = ("SubTotalLineDetail", "DescriptionOnly")
"""Lines whose amount is no part of the sum."""
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}(T[0-9:.]+(Z|[+-]\d{2}:?\d{2})?)?", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
"""Python reads more than these as dates and numbers: 2026-W48-3, 1_000."""

_FORBIDDEN_IN_NAMES: Mapping[str, str] = {
    "Customer": ":\t\n",
    "Vendor": ":\t\n",
    "Employee": ":\t\n",
    "Item": ":\t\n",
    "Class": ":\t\n",
    "Department": ":\t\n",
    "Account": ':"\t\n',
}
_CLEARED_BY: Mapping[str, Any] = {"str": "", "uri": "", "ref": {"value": ""}}
"""What stands for nothing in a sparse update: `{}` for shapes, an empty text, a reference to nothing."""


def as_sent(
    kind: RecordType, record: Mapping[str, Any], known: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The fields that QuickBooks takes, in the types that it takes; Invalid with the place of the first mistake.

    None stays None: whoever sends it says what clearing means. `known` is the record as QuickBooks sent it: its members
    may be sent back though the catalog does not know them.
    """
    return _members(kind, "").read(record, "", known or {})


def completed(kind: RecordType, record: dict[str, Any]) -> dict[str, Any]:
    """The record with what follows from the rest: kinds of lines, amounts of lines. It is changed in place."""
    if kind.words("lines") and isinstance(record.get("Line"), list):
        for number, line in enumerate(record["Line"], 1):
            _complete_line(line, f"Line {number}")
    if kind.name == "JournalEntry":
        _refuse_unbalanced(record)
    for name in kind.wraps:
        if isinstance(record.get(name), dict):
            completed(record_type(name), record[name])
    return record


def cleared(kind: RecordType, name: str) -> Any:
    """What a sparse update sends to clear a field; Invalid where that cannot be done."""
    declared = kind.fields[name]
    refuse_clearing(kind, name)
    if declared.many:
        return []
    if declared.is_shape:
        return {}
    if declared.type not in _CLEARED_BY:
        raise Invalid(
            f"{name} of {kind.name} cannot be cleared by a change of single fields.",
            element=name,
            advice="Send the whole record without it, as a full change: `--full`, or full=True.",
        )
    return _CLEARED_BY[declared.type]


def refuse_clearing(kind: RecordType, name: str) -> None:
    """Some fields are never empty, however the record is sent."""
    if name in _needed(kind) or name in kind.words("unclearable"):
        raise Invalid(
            f"{name} of {kind.name} cannot be cleared.",
            element=name,
            advice="Give it another value, or leave it out.",
        )


def check_name(kind: RecordType, record: Mapping[str, Any]) -> None:
    """Characters that QuickBooks takes in no name of this list (2040)."""
    field = str(kind.head.get("name", ""))
    name = record.get(field)
    wrong = [c for c in _FORBIDDEN_IN_NAMES.get(kind.name, "") if isinstance(name, str) and c in name]
    if wrong:
        shown = {"\t": "a tab", "\n": "a line break"}.get(wrong[0], f"the character {wrong[0]}")
        raise Invalid(
            f"{field}: a name of a {kind.name} cannot hold {shown}: {name!r}.",
            element=field,
            advice="Take it out of the name; a colon stands between a parent and its child, which ParentRef says.",
        )


def missing(kind: RecordType, record: Mapping[str, Any], way: Way = "create") -> str:
    """What a record must have to be sent so and does not; `A|B` for one of several, nothing when all is there."""
    words = list(kind.words(f"required_{way}"))
    if way == "create" or (way == "update" and not words):
        words = _required(kind, record)
    return next(
        (word for word in words if not any(_is_given(record.get(name)) for name in word.split("|"))), ""
    )


def lines_total(record: Mapping[str, Any]) -> Decimal | None:
    """The sum of the lines; None where a line leaves its amount to QuickBooks, as that of a group may."""
    lines = record.get("Line")
    if not isinstance(lines, list):
        return None
    amounts = [line.get("Amount") for line in lines if line.get("DetailType") not in _WITHOUT_AMOUNT]
    return None if None in amounts else sum(map(Decimal, amounts), Decimal())


def _required(kind: RecordType, record: Mapping[str, Any]) -> list[str]:
    words = list(kind.words("required"))
    for condition, more in dict(kind.head.get("required_if", {})).items():
        field, _, value = condition.partition("=")
        if record.get(field) == value:
            words += str(more).split()
    return words


def _needed(kind: RecordType) -> set[str]:
    """Fields without which there is no such record."""
    return {word for word in kind.words("required") if "|" not in word} | {str(kind.head.get("name", ""))}


def _is_given(value: Any) -> bool:
    return value is not None and value != "" and value != [] and value != {}


# ---- fields


Reader = Callable[[Any, str, Any], Any]
"""Takes a value, its place, and what QuickBooks sent there; gives the value as it is to be sent."""


class _Members:
    """Reads the members of a record, or of a shape in it; each field's reader is made once."""

    def __init__(self, kind: RecordType, shape: Shape) -> None:
        self._kind = kind
        self._shape = shape
        self._readers: dict[str, Reader] = {}

    def read(self, record: Mapping[str, Any], place: str, known: Mapping[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in record.items():
            reader = self._readers.get(name) or self._seldom(name, place, known)
            if reader is None:
                continue
            if value is not None or reader is _as_it_is:
                found[name] = reader(value, f"{place}{name}", known.get(name) if known else None)
            elif not place and name in self._readers:
                found[name] = None
        return found

    def _seldom(self, name: str, place: str, known: Mapping[str, Any]) -> Reader | None:
        """The reader of a field that has none yet, or never will; None where it is left out."""
        declared = self._shape.get(name)
        if declared is None:
            if name not in known:
                raise _unknown(self._kind, self._shape, name, place)
            return None if name == "_extra" else _as_it_is
        if _is_taken(declared):
            reader = self._readers[name] = _reader(self._kind, declared)
            return reader
        return _reader(self._kind, declared) if not place and name in NAMED_IN_THE_RECORD else None


def _as_it_is(value: Any, _place: str, _known: Any) -> Any:
    return value


_MEMBERS: dict[tuple[str, str], _Members] = {}
"""By record type and shape."""


def _members(kind: RecordType, shape: str) -> _Members:
    found = _MEMBERS.get((kind.name, shape))
    if found is None:
        fields = REF if shape == "ref" else kind.shape(shape) if shape else kind.fields
        found = _MEMBERS[kind.name, shape] = _Members(kind, fields)
    return found


def _is_taken(declared: Field) -> bool:
    """Whether QuickBooks takes a field from a client; the rest it ignores without a word (REST API features)."""
    if declared.name in ("MetaData", "domain", "status", "sparse"):
        return False
    return declared.served and not declared.has("readonly") and declared.type != "any"


def _reader(kind: RecordType, declared: Field) -> Reader:
    is_group = declared.type == "ref" or declared.is_shape
    reader: Reader = (
        partial(_group, kind, declared) if is_group else partial(_SCALARS[declared.type], declared)
    )
    return partial(_list, reader) if declared.many else reader


def _list(reader: Reader, value: Any, place: str, known: Any) -> list[Any]:
    items = value if isinstance(value, (list, tuple)) else [value]
    inside = _any_of(known)
    return [reader(item, f"{place}.{at}", inside) for at, item in enumerate(items, 1)]


def _any_of(known: Any) -> Any:
    """Whatever members the items of a list have that QuickBooks sent."""
    if not isinstance(known, list):
        return known
    return {name: part for item in known if isinstance(item, Mapping) for name, part in item.items()}


def _group(kind: RecordType, declared: Field, value: Any, place: str, known: Any) -> Any:
    if isinstance(value, (dict, Mapping)):
        inside = known if isinstance(known, Mapping) else _NOTHING
        found = _members(kind, declared.type).read(value, f"{place}.", inside)
        if declared.type == "ref" and "value" not in found and "name" in found:
            raise Invalid(
                f"{place} has a name and no value: QuickBooks knows {found['name']!r} by its Id.",
                element=place,
                advice=f"Give the Id: {place} = {{'value': '…'}}; `tieout query` finds it by the name.",
            )
        return found
    if declared.type == "ref" and isinstance(value, str | int) and not isinstance(value, bool):
        return {"value": str(value)}
    raise Invalid(f"{place} must be an object, not {_shown(value)}.", element=place, advice=_see(kind))


_NOTHING: Mapping[str, Any] = {}


def _unknown(kind: RecordType, shape: Shape, name: str, place: str) -> Invalid:
    valid = [each.name for each in shape.values() if _is_taken(each) or each.has("readonly")]
    where = f"{kind.name}.{place}".rstrip(".")
    return Invalid(
        f"{place}{name}: {where} has no such field.{did_you_mean(name, valid)}",
        element=f"{place}{name}",
        advice=_see(kind),
    )


def _see(kind: RecordType) -> str:
    return f"`tieout types books:{kind.name}` lists the fields."


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}…"


def _wrong(value: Any, place: str, wanted: str, advice: str = "Correct the value.") -> Invalid:
    return Invalid(f"{place} must be {wanted}, not {_shown(value)}.", element=place, advice=advice)


def _text(declared: Field, value: Any, place: str, _known: Any) -> str:
    if isinstance(value, bool):
        value = str(value).lower()
    if not isinstance(value, str):
        if not isinstance(value, int | Decimal | date):
            raise _wrong(value, place, "a text")
        value = value.isoformat() if isinstance(value, date) else str(value)
    if declared.length is not None and len(value) > declared.length:
        raise Invalid(
            f"{place} has {len(value):,} characters; QuickBooks takes {declared.length:,}: {_shown(value)}",
            element=place,
            advice="Shorten it.",
        )
    if not value.isascii() and any("\ud800" <= c <= "\udfff" for c in value):
        raise Invalid(
            f"{place} holds half a character: {_shown(value)}.", element=place, advice="Correct the text."
        )
    return str(value)


def _decimal(declared: Field, value: Any, place: str, _known: Any) -> Decimal | int:
    if isinstance(value, float):
        raise _wrong(value, place, "an exact number", "Give a Decimal, an int or a text: floats lose cents.")
    if isinstance(value, str):
        try:
            value = Decimal(value.strip() if _NUMBER.fullmatch(value.strip()) else "nothing")
        except InvalidOperation:
            raise _wrong(value, place, "a number") from None
    if isinstance(value, bool) or not isinstance(value, (Decimal, int)):
        raise _wrong(value, place, "a number")
    if isinstance(value, Decimal) and not value.is_finite():
        raise _wrong(value, place, "a number")
    if not -MOST < value < MOST:
        raise Invalid(
            f"{place} is {_shown(value)}: QuickBooks takes no such number.",
            element=place,
            advice="Correct it.",
        )
    if isinstance(value, Decimal) and _is_amount(declared.name) and value != value.quantize(CENT):
        raise Invalid(
            f"{place} is {value}, which is no whole number of cents.",
            element=place,
            advice="Round it where it is made, so that both sides know the same amount.",
        )
    return value


def _is_amount(name: str) -> bool:
    """Amounts have two decimals; prices, quantities and rates more (line items)."""
    return name.endswith(("Amount", "Amt"))


def _int(_declared: Field, value: Any, place: str, _known: Any) -> int:
    try:
        number = Decimal("nan") if isinstance(value, bool | float) else Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        number = Decimal("nan")
    if not number.is_finite() or number != number.to_integral_value():
        raise _wrong(value, place, "a whole number")
    return int(number)


def _bool(_declared: Field, value: Any, place: str, _known: Any) -> bool:
    known = {"true": True, "false": False}.get(str(value).strip().lower())
    if known is None:
        raise _wrong(value, place, "true or false")
    return known


def _enum(declared: Field, value: Any, place: str, _known: Any) -> str:
    allowed = enums()[declared.targets[0]]
    if value not in allowed and value != "":
        hint = did_you_mean(str(value), allowed)
        listed = f" It is one of {', '.join(allowed)}." if len(allowed) <= 12 and not hint else hint
        raise Invalid(
            f"{place}: {value!r} is none of its values.{listed}", element=place, advice="Correct the value."
        )
    return str(value)


def _date(_declared: Field, value: Any, place: str, _known: Any) -> str:
    text = value.isoformat() if isinstance(value, date) else value
    if text == "":
        return ""
    if (
        not isinstance(text, str)
        or not _DATE.fullmatch(text)
        or not _is_written(date.fromisoformat, text[:10])
    ):
        raise _wrong(value, place, "a date", "Write it as 2026-11-25.")
    return text[:10]


def _moment(_declared: Field, value: Any, place: str, _known: Any) -> str:
    text = value.isoformat() if isinstance(value, datetime) else value
    if not isinstance(text, str) or not (text == "" or _is_written(datetime.fromisoformat, text)):
        raise _wrong(value, place, "a time", "Write it as 2026-11-25T14:30:00-08:00.")
    return text


def _is_written(read: Callable[[str], Any], text: str) -> bool:
    try:
        read(text)
    except ValueError:
        return False
    return True


_SCALARS: Mapping[str, Callable[[Field, Any, str, Any], Any]] = {
    "str": _text,
    "id": _text,
    "uri": _text,
    "bytes": _text,
    "time": _text,
    "int": _int,
    "bool": _bool,
    "decimal": _decimal,
    "double": _decimal,
    "enum": _enum,
    "date": _date,
    "datetime": _moment,
}


# ---- lines


def _complete_line(line: dict[str, Any], place: str) -> None:
    if "DetailType" not in line:
        found = [name for name in line if name.endswith("LineDetail")]
        if len(found) == 1:
            line["DetailType"] = found[0] if found[0] != "DescriptionLineDetail" else "DescriptionOnly"
    detail = line.get(detail_member(str(line.get("DetailType", ""))))
    if not isinstance(detail, dict):
        return
    if line["DetailType"] in PRICED_DETAILS:
        _settle_product(line, detail, place)
    for number, inner in enumerate(detail.get("Line", ()), 1):
        _complete_line(inner, f"{place}, line {number} of its group")


def _settle_product(line: dict[str, Any], detail: Mapping[str, Any], place: str) -> None:
    """QuickBooks wants Amount to be UnitPrice times Qty to the cent (6070)."""
    price, quantity = detail.get("UnitPrice"), detail.get("Qty")
    if price is None or quantity is None:
        return
    exact = Decimal(price) * Decimal(quantity)
    if abs(exact) >= MOST:
        raise Invalid(
            f"{place}: UnitPrice {price} times Qty {quantity} is more than any amount.",
            element=f"{place.replace(' ', '.', 1)}.Amount",
            advice="Correct one of the two.",
        )
    product = rounded(exact)
    if line.get("Amount") is None:
        line["Amount"] = product
    elif Decimal(line["Amount"]) != product:
        raise Invalid(
            f"{place}: Amount is {line['Amount']}, but UnitPrice {price} times Qty {quantity} is {product}.",
            element=f"{place.replace(' ', '.', 1)}.Amount",
            advice="Correct one of the three, or leave Amount out and it is worked out.",
        )


def rounded(amount: Decimal) -> Decimal:
    """An amount to the cent, half away from zero as money is rounded."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def _refuse_unbalanced(record: Mapping[str, Any]) -> None:
    lines = [
        line for line in record.get("Line") or () if isinstance(line.get("JournalEntryLineDetail"), dict)
    ]
    sides = {
        side: sum(
            (
                Decimal(line.get("Amount") or 0)
                for line in lines
                if line["JournalEntryLineDetail"].get("PostingType") == side
            ),
            Decimal(),
        )
        for side in ("Debit", "Credit")
    }
    if sides["Debit"] != sides["Credit"]:
        raise Invalid(
            f"Line: debits are {sides['Debit']} and credits {sides['Credit']}.",
            element="Line",
            advice="Correct the lines: the two sides of a journal entry are equal.",
        )
