"""Records on their way to QuickBooks Online: what they must have, what follows from the rest, what cannot be cleared."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal

from ..catalog.rest import RecordType, detail_member, record_type
from ..errors import Invalid
from .rest_sent_fields import CENT, MOST

PRICED_DETAILS = ("SalesItemLineDetail", "ItemBasedExpenseLineDetail")
"""Lines whose Amount is UnitPrice times Qty (6070)."""

Way = Literal["create", "update", "sparse"]
_WITHOUT_AMOUNT = ("SubTotalLineDetail", "DescriptionOnly")
"""Lines whose amount is no part of the sum."""

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
        shown = {"\t": "a tab", "\n": "a line break"}.get(wrong[0], f"the character {wrong[0]!r}")
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
    return bool(value) or isinstance(value, bool | int | Decimal)


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
    exact = Decimal(price) * quantity
    if not -MOST < exact < MOST:
        raise Invalid(
            f"{place}: UnitPrice {price} times Qty {quantity} is more than any amount.",
            element=f"{place.replace(' ', '.', 1)}.Amount",
            advice="Correct one of the two.",
        )
    product = rounded(exact)
    if line.get("Amount") is None:
        line["Amount"] = product
    elif line["Amount"] != product:
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
