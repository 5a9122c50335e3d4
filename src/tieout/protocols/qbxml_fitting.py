"""Records of qbXML read with care: what the catalog has a column for, ready to be written anew, and the rest under its JSON Pointer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from .flat_tables import Path, fits_decimal
from .qbxml_columns import PATTERNS, Node, RetColumns
from .qbxml_learned import Unknown
from .qbxml_values import DECIMALS
from .qbxml_writer import ATTRIBUTE, ORDER, TEXT
from .seen_members import Projection

Pointer = str
"""A place in a record as RFC 6901 writes it: `/InvoiceLineRet/0/Amount`."""


class Fitting:
    """Sorts the members of records: into columns what the catalog declares, into `extras` what it does not."""

    def __init__(self, columns: RetColumns, seen: Projection) -> None:
        """Members that fit are added to `seen`."""
        self.extras: list[dict[Pointer, Any]] = []
        self.unknown: list[Unknown] = []
        self._columns = columns
        self._seen = seen

    def fit(self, record: Mapping[str, Any]) -> dict[str, Any]:
        """The part of a record that fits the columns, as JSON is to have it."""
        self.extras.append({})
        return self._object(record, Node(members=self._columns.members), self._seen, "", ())

    def _object(
        self, record: Mapping[str, Any], around: Node, seen: Projection, at: Pointer, path: Path
    ) -> dict[str, Any]:
        members = around.members or {}
        fitting: dict[str, Any] = {}
        kinds: dict[str, dict[str, list[Any]]] = {}
        behind = ""
        for name, value in record.items():
            place = f"{at}/{name.replace('~', '~0').replace('/', '~1')}"
            of = self._columns.kinds.get(name, "")
            declared = (members[of].members or {}).get(name) if of in members else members.get(name)
            if name == ORDER:
                continue
            is_element = not name.startswith((ATTRIBUTE, TEXT))
            if declared is None and is_element and isinstance(value, str):
                self.unknown.append(Unknown(path, name, behind))
            if is_element:
                behind = of or name
            if value is None:
                if declared is not None and declared.members is None and not declared.many and not of:
                    seen.setdefault(name, Projection())  # else what is always empty were always odd
                continue
            if declared is None or isinstance(value, list) != (declared.many or bool(of)):
                self._keep(place, value)
            elif of:
                below = seen.setdefault(of, Projection()).setdefault(name, Projection())
                kinds.setdefault(of, {})[name] = self._items(value, declared, below, place, (*path, of, name))
            elif declared.many:
                below = seen.setdefault(name, Projection())
                fitting[name] = self._items(value, declared, below, place, (*path, name))
            elif declared.members is not None and isinstance(value, dict):
                below = seen.setdefault(name, Projection())
                fitting[name] = self._object(value, declared, below, place, (*path, name))
            elif (text := _fitting(value, declared)) is not None:
                seen.setdefault(name, Projection())
                fitting[name] = text
            else:
                self._keep(place, value)
        for of, lists in kinds.items():
            fitting[of] = _alternating(lists, record.get(ORDER), members[of])
        return fitting

    def _items(
        self, values: list[Any], declared: Node, seen: Projection, at: Pointer, path: Path
    ) -> list[Any]:
        """One for each, so that positions stay; what does not fit leaves an empty one."""
        items: list[Any] = []
        for index, value in enumerate(values):
            place = f"{at}/{index}"
            if declared.members is None:
                item = _fitting(value, declared)
                fits = item is not None
            else:
                item = self._object(value, declared, seen, place, path) if isinstance(value, dict) else {}
                fits = _holds_values(item)
            if not fits and not any(kept.startswith(f"{place}/") for kept in self.extras[-1]):
                self._keep(place, {} if isinstance(value, dict) else value)
            items.append(item)
        return items

    def _keep(self, place: Pointer, value: Any) -> None:
        self.extras[-1][place] = value


def _alternating(
    lists: Mapping[str, list[Any]], order: list[str] | None, declared: Node
) -> list[dict[str, Any]]:
    """The items of several kinds in the order in which they stood."""
    names = [name for name in order or () if name in lists]
    if not names:
        names = [name for name in declared.members or () for _ in lists.get(name, ())]
    left = {name: iter(items) for name, items in lists.items()}
    return [{name: next(left[name])} for name in names]


def _fitting(value: Any, declared: Node) -> Any:
    """A value as JSON is to have it for its column; None where it does not fit there without loss."""
    if declared.members is not None or isinstance(value, list | dict):
        return None
    if declared.base in DECIMALS:
        return _plain(value) if isinstance(value, Decimal) and fits_decimal(value) else None
    if declared.base == "int":
        return value if isinstance(value, int) and abs(value) < 2**63 else None
    if declared.base == "bool":
        return {True: "true", False: "false"}[value] if isinstance(value, bool) else None
    if declared.base in PATTERNS:
        return value if _is_moment(value, declared.base) else None
    return value if isinstance(value, str) else None


def _plain(number: Decimal) -> str:
    """A number without the zeros at its end that no column has room for."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _holds_values(item: Any) -> bool:
    """Whether there is any value in it; an item without one may get no row, if no other has any."""
    if isinstance(item, dict):
        return any(map(_holds_values, item.values()))
    return any(map(_holds_values, item)) if isinstance(item, list) else True


def _is_moment(text: str, base: str) -> bool:
    if not PATTERNS[base].fullmatch(text):
        return False
    try:
        date.fromisoformat(text) if base == "date" else datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
