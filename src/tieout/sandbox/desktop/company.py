"""A company file: its records as QuickBooks shows them, and how they come, change and go.

Every type of the catalog is kept by the same rules: names are unique in their list, references are completed with id and
full name, lines get ids, and each change moves EditSequence and TimeModified. What transactions post, and the balances that
follow from that, are not kept yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from ...catalog.qbxml import Edition, newest
from ...catalog.qbxml.rets import Ret, ret_of
from ..clock import Clock, system_clock
from . import refusals
from .message_sets import MessageSets
from .references import ITEMS, PEOPLE, targets

Record = dict[str, Any]

CENT = Decimal("0.01")
LOGGED = timedelta(days=90)
"""How long QuickBooks tells of deletions."""


_TOGETHER: tuple[tuple[str, ...], ...] = (PEOPLE, ITEMS)
"""Lists that share their names."""


@dataclass(frozen=True, slots=True)
class Deleted:
    """One entry of the log of deletions."""

    type: str
    id: str
    created: str
    at: datetime
    name: str


@dataclass
class DesktopCompany:
    """One company file."""

    name: str = "Larch & Daughters"
    file: str = r"C:\QuickBooks\larch.qbw"
    edition: Edition = field(default_factory=lambda: newest("US"))
    product: str = "QuickBooks Premier 2023"
    major: int = 33
    clock: Clock = system_clock
    records: dict[str, dict[str, Record]] = field(default_factory=dict)
    deleted: list[Deleted] = field(default_factory=list)
    message_sets: MessageSets = field(default_factory=MessageSets)
    _numbers: int = 0
    _sequence: int = 0

    # ---- finding

    def find(self, kinds: tuple[str, ...], reference: Mapping[str, Any]) -> Record | None:
        """A list's element by ListID, else by its full name in any case."""
        for kind in kinds:
            kept = self.records.get(kind, {})
            if "ListID" in reference:
                if reference["ListID"] in kept:
                    return kept[reference["ListID"]]
                continue
            wanted = str(reference.get("FullName", "")).casefold()
            found = next((each for each in kept.values() if called(each).casefold() == wanted), None)
            if found is not None:
                return found
        return None

    def all_of(self, kind: str) -> Iterator[Record]:
        yield from self.records.get(kind, {}).values()

    # ---- writing

    def add(self, kind: str, content: Mapping[str, Any]) -> Record:
        """A record from what stands in `CustomerAdd`; Refused where a rule is broken."""
        ret = ret_of(kind, self.edition)
        if not ret.key:
            raise refusals.unavailable()
        record = self._taken(ret, content, {})
        if ret.key == "ListID":
            self._name(ret, record)
        record[ret.key] = self._new_id(ret)
        record["TimeCreated"] = self._stamp()
        self._finish(ret, record)
        self.records.setdefault(kind, {})[record[ret.key]] = record
        return record

    def modify(self, kind: str, content: Mapping[str, Any]) -> Record:
        """A record with the fields of `CustomerMod` in the place of what it had."""
        ret = ret_of(kind, self.edition)
        before = self.existing(kind, str(content.get(ret.key, "")))
        if str(content.get("EditSequence", "")) != before["EditSequence"]:
            raise refusals.out_of_date(str(content.get("EditSequence", "")))
        record = {**before, **self._taken(ret, content, before)}
        if ret.key == "ListID":
            self._name(ret, record)
        self._finish(ret, record)
        for name in [name for name, value in record.items() if value is None]:
            del record[name]
        self.records[kind][record[ret.key]] = record
        return record

    def existing(self, kind: str, record_id: str) -> Record:
        found = self.records.get(kind, {}).get(record_id)
        if found is None:
            raise refusals.not_there(record_id)
        return found

    def delete(self, kind: str, record_id: str) -> Deleted:
        """Take a record away; Refused while another refers to it."""
        record = self.existing(kind, record_id)
        if "ListID" in record and any(
            _refers(each, record_id) for kept in self.records.values() for each in kept.values()
        ):
            raise refusals.still_used(kind, record_id)
        del self.records[kind][record_id]
        gone = Deleted(kind, record_id, record["TimeCreated"], self.clock(), called(record))
        self.deleted.append(gone)
        return gone

    def void(self, kind: str, record_id: str) -> Record:
        """Keep a transaction with all its amounts at zero."""
        record = self.existing(kind, record_id)
        _zero(record)
        record["Memo"] = f"VOID: {record.get('Memo', '')}"
        self._touch(record)
        return record

    def deletions(self, kind: str) -> list[Deleted]:
        """Of the last ninety days, in the order of their time."""
        return [each for each in self.deleted if each.type == kind and each.at >= self.clock() - LOGGED]

    # ---- rules

    def _taken(self, ret: Ret, content: Mapping[str, Any], before: Mapping[str, Any]) -> Record:
        """Fields of an Add or Mod under the names that the Ret has for them."""
        taken: Record = {}
        for name, value in content.items():
            shown = _as_shown(name)
            if shown not in ret.fields:
                continue
            if isinstance(value, list) and shown.endswith("Ret"):
                value = [self._line(ret, shown, each, before) for each in value]
            elif name.endswith("Ref") and isinstance(value, Mapping):
                value = self._reference(ret, name, value)
            taken[shown] = value
        return taken

    def _line(self, ret: Ret, shown: str, line: Any, before: Mapping[str, Any]) -> Any:
        if not isinstance(line, Mapping):
            return line
        own = str(line.get("TxnLineID", "-1"))
        old: Record = next((each for each in before.get(shown, ()) if each.get("TxnLineID") == own), {})
        fields = frozenset(each.name for each in ret.kind.shape(shown, ret.edition).elements())
        made: Record = dict(old)
        for name, value in line.items():
            inner = _as_shown(name)
            if inner not in fields:
                continue
            if isinstance(value, list) and inner.endswith("Ret"):
                value = [self._line(ret, inner, each, old) for each in value]
            elif name.endswith("Ref") and isinstance(value, Mapping):
                value = self._reference(ret, name, value)
            made[inner] = value
        if "TxnLineID" in fields and (own == "-1" or not old):
            made["TxnLineID"] = self._new_number()
        if {"Quantity", "Rate"} <= made.keys() and ("Amount" not in line or "Rate" in line):
            made.setdefault("Amount", (made["Quantity"] * made["Rate"]).quantize(CENT))
            if old:
                made["Amount"] = (made["Quantity"] * made["Rate"]).quantize(CENT)
        return made

    def _reference(self, ret: Ret, name: str, value: Mapping[str, Any]) -> Any:
        kinds = targets(name, ret.kind.name)
        if not kinds or not any(self.records.get(kind) for kind in kinds):
            return dict(value)
        found = self.find(kinds, value)
        if found is None:
            shown = str(value.get("FullName") or value.get("ListID", ""))
            if name == "ParentRef":
                raise refusals.no_parent(shown, ret.kind.name)
            target = "Item" if kinds == ITEMS else kinds[0] if len(kinds) == 1 else "Entity"
            raise refusals.bad_reference(target, shown, ret.kind.name)
        return {"ListID": found["ListID"], "FullName": called(found)}

    def _name(self, ret: Ret, record: Record) -> None:
        name = str(record.get("Name", ""))
        if not name or "Name" not in ret.fields:
            return
        if ":" in name:
            raise refusals.colon(name, f"{ret.kind.name.lower()} name")
        parent = record.get("ParentRef", {}).get("FullName", "")
        full = f"{parent}:{name}" if parent else name
        rivals = next((group for group in _TOGETHER if ret.kind.name in group), (ret.kind.name,))
        there = self.find(rivals, {"FullName": full})
        if there is not None and there["ListID"] != record.get("ListID"):
            raise refusals.in_use_already(full)
        if "FullName" in ret.fields:
            record["FullName"] = full
        if "Sublevel" in ret.fields:
            record["Sublevel"] = full.count(":")

    def _finish(self, ret: Ret, record: Record) -> None:
        """What QuickBooks fills in by itself."""
        if "IsActive" in ret.fields:
            record.setdefault("IsActive", True)
        if "TxnDate" in ret.fields:
            record.setdefault("TxnDate", self.clock().date().isoformat())
        if "TxnNumber" in ret.fields:
            record.setdefault("TxnNumber", int(self._new_number()))
        total = sum(_amounts(record), Decimal(0))
        for name in ("Subtotal", "TotalAmount", "BalanceRemaining", "AmountDue", "Amount"):
            if name in ret.fields and ret.key == "TxnID" and _has_lines(record):
                record[name] = total.quantize(CENT)
        self._touch(record)

    def _touch(self, record: Record) -> None:
        record["TimeModified"] = self._stamp()
        self._sequence = max(self._sequence + 1, int(self.clock().timestamp()))
        record["EditSequence"] = str(self._sequence)

    def _stamp(self) -> str:
        return self.clock().isoformat(timespec="seconds")

    def _new_number(self) -> str:
        self._numbers += 1
        return str(self._numbers)

    def _new_id(self, ret: Ret) -> str:
        number = int(self._new_number())
        made = int(self.clock().timestamp())
        return f"{number:X}-{made}" if ret.key == "TxnID" else f"{0x80000000 + number:X}-{made}"


def called(record: Mapping[str, Any]) -> str:
    """What a list's element is called in full; a transaction by its number."""
    return str(record.get("FullName") or record.get("Name") or record.get("RefNumber") or "")


def _as_shown(name: str) -> str:
    """`InvoiceLineAdd` and `InvoiceLineMod` become `InvoiceLineRet`."""
    return (
        f"{name[:-3]}Ret"
        if name.endswith(("LineAdd", "LineMod", "GroupAdd", "GroupMod", "TxnAdd", "TxnMod"))
        else name
    )


def _amounts(record: Mapping[str, Any]) -> Iterator[Decimal]:
    for name, value in record.items():
        if name.endswith("Ret") and isinstance(value, list):
            for line in value:
                if isinstance(line, Mapping) and isinstance(line.get("Amount"), Decimal):
                    yield line["Amount"]


def _has_lines(record: Mapping[str, Any]) -> bool:
    return any(name.endswith("LineRet") for name in record)


def _refers(part: Any, record_id: str) -> bool:
    if isinstance(part, Mapping):
        return any(
            (name.endswith("Ref") and isinstance(value, Mapping) and value.get("ListID") == record_id)
            or _refers(value, record_id)
            for name, value in part.items()
        )
    return isinstance(part, list) and any(_refers(each, record_id) for each in part)


def _zero(part: Any) -> None:
    for name, value in part.items():
        if isinstance(value, Decimal) and name not in ("ExchangeRate", "SalesTaxPercentage"):
            part[name] = Decimal("0.00")
        for each in value if isinstance(value, list) else (value,):
            if isinstance(each, dict):
                _zero(each)
