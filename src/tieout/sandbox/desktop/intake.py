"""What an Add or Mod says becomes a record: names as the Ret has them, references completed, lines in their places.

In a Mod, lines that are not listed are taken away, `-1` makes a new one, and a listed one keeps what is not said about it
(QBSDK Programmer's Guide, modifying transactions).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ...catalog.qbxml.rets import Ret
from ...protocols.qbxml_writer import ORDER
from . import refusals
from .records import Record, reference_to
from .references import PEOPLE, items, targets

GIVEN = "#given"
"""In a line on its way: the names that this request said something about."""
NEW = "-1"

Find = Callable[[tuple[str, ...], Mapping[str, Any]], Record | None]

_LINES = ("LineAdd", "LineMod", "GroupAdd", "GroupMod")
_KEPT_UNSHOWN = frozenset(
    (
        "ApplyCheckToTxn", "CountAdjustment", "LinkToTxn", "LotNumberAdjustment", "OverrideItemAccountRef", "PriceLevelRef",
        "QuantityAdjustment", "SerialNumberAdjustment", "SpecialAccountType", "ValueAdjustment",
    )
)  # fmt: skip
"""What no answer shows, and the books need."""
_JOURNAL = {"Debit": "JournalDebitLine", "Credit": "JournalCreditLine"}
_NOT_CLEARED = frozenset(
    (
        "APAccountRef", "ARAccountRef", "AccountRef", "BankAccountRef", "CurrencyCode", "CurrencyRef", "CustomerRef",
        "DueDate", "ExchangeRate", "IsPending", "IsToBePrinted", "ItemSalesTaxRef", "Name", "ShipDate", "TemplateRef", "TxnDate", "VendorRef",
    )
)  # fmt: skip
_NOT_CLEARED_IN_LINES = frozenset(
    (
        "AccountRef", "Amount", "BillableStatus", "Cost", "ItemRef", "OverrideItemAccountRef", "Quantity", "Rate",
        "SalesTaxCodeRef",
    )
)  # fmt: skip


class Intake:
    """Reads the content of one Add or Mod."""

    def __init__(self, ret: Ret, find: Find, new_number: Callable[[], str], *, is_mod: bool) -> None:
        self._ret = ret
        self._find = find
        self._new_number = new_number
        self._is_mod = is_mod

    def fields(self, content: Mapping[str, Any], before: Mapping[str, Any]) -> Record:
        """What the request says, under the names that the Ret has; None for what it clears."""
        taken: Record = {}
        for name, value in content.items():
            shown = shown_as(name)
            if shown in _KEPT_UNSHOWN or (shown in self._ret.fields and shown != "AppliedToTxnRet"):
                self._refuse_clearing(shown, value, _NOT_CLEARED)
                taken[shown] = self._value(shown, value, before)
        if "JournalLineMod" in content:
            taken |= self._journal(content["JournalLineMod"], before)
        if ORDER in content:
            taken[ORDER] = [shown_as(name) for name in content[ORDER]]
        if self._is_mod:
            self._take_lines_away(content, taken)
        return taken

    def _refuse_clearing(self, name: str, value: Any, kept: frozenset[str]) -> None:
        if self._is_mod and (value is None or value == {}) and name in kept:
            raise refusals.cannot_clear(name)

    def _value(self, name: str, value: Any, before: Mapping[str, Any]) -> Any:
        if name.endswith("Ref") and isinstance(value, Mapping):
            return self.reference(name, value)
        if name.endswith("Ref") and isinstance(value, list):
            return [self.reference(name, each) if isinstance(each, Mapping) else each for each in value]
        if isinstance(value, list):
            old = before.get(name) or ()
            return [self._line(name, each, old) for each in value]
        return self._part(name, value, before.get(name) or {}) if isinstance(value, Mapping) else value

    def _part(self, shape: str, part: Mapping[str, Any], old: Mapping[str, Any]) -> Record:
        """A record's inner part: an address is said anew, the prices of a service keep what is not said of them."""
        made = (
            dict(old)
            if shape in ("CashBackInfoRet", "CurrencyFormat", "SalesAndPurchase", "SalesOrPurchase")
            else {}
        )
        for name, value in part.items():
            is_reference = name.endswith("Ref") and isinstance(value, Mapping)
            made[name] = self.reference(name, value) if is_reference else value
        if shape == "CashBackInfoRet":
            made.setdefault("TxnLineID", self._new_number())
        return {name: value for name, value in made.items() if value is not None}

    def _line(self, shown: str, line: Any, old_lines: Iterable[Any]) -> Any:
        if not isinstance(line, Mapping):
            return line
        fields = self._fields_of(shown)
        own = str(line.get("TxnLineID", NEW))
        old = self._old_line(own, old_lines) if "TxnLineID" in fields else {}
        made: Record = {**old}
        for name, value in line.items():
            inner = shown_as(name)
            if inner == "TxnLineID" or not (inner in fields or inner in _KEPT_UNSHOWN):
                continue
            self._refuse_clearing(inner, value, _NOT_CLEARED_IN_LINES)
            made[inner] = self._value(inner, value, old)
        if "TxnLineID" in fields:
            made["TxnLineID"] = old.get("TxnLineID") or self._new_number()
            made[GIVEN] = frozenset(map(shown_as, line)) | ({NEW} if not old else frozenset())
        if shown.endswith("GroupRet") and ORDER in line:
            made[ORDER] = [shown_as(name) for name in line[ORDER]]
        return {name: value for name, value in made.items() if value is not None}

    def _fields_of(self, shown: str) -> frozenset[str]:
        try:
            shape = self._ret.kind.shape(shown, self._ret.edition)
        except KeyError:
            return frozenset()
        return frozenset(each.name for each in shape.elements())

    def _old_line(self, own: str, old_lines: Iterable[Any]) -> Record:
        if own == NEW or not self._is_mod:
            return {}
        found = next((each for each in old_lines if each.get("TxnLineID") == own), None)
        if found is None:
            raise refusals.not_there(own)
        return dict(found)

    def _journal(self, lines: list[Any], before: Mapping[str, Any]) -> Record:
        """A Mod has lines of one name that say which side they are of; an answer has two names."""
        taken: Record = {"JournalDebitLine": [], "JournalCreditLine": [], ORDER: []}
        old = [(side, line) for side, name in _JOURNAL.items() for line in before.get(name, ())]
        for line in lines:
            own = line.get("TxnLineID", NEW)
            side = line.get("JournalLineType") or next(
                (side for side, each in old if each["TxnLineID"] == own), None
            )
            if side is None:
                raise refusals.missing("JournalLineType") if own == NEW else refusals.not_there(str(own))
            name = _JOURNAL[side]
            said = {key: value for key, value in line.items() if key != "JournalLineType"}
            taken[name].append(self._line(name, said, [each for _, each in old]))
            taken[ORDER].append(name)
        return taken

    def _take_lines_away(self, content: Mapping[str, Any], taken: Record) -> None:
        """Where some lines of a sort are listed, or `Clear…Lines` is said, the others go."""
        kind = self._ret.kind.name
        sorts = (
            (f"{kind}LineRet", f"{kind}LineGroupRet"),
            ("ItemLineRet", "ItemGroupLineRet"),
        )
        for names in sorts:
            if any(name in taken for name in names) or content.get("ClearItemLines"):
                taken |= {name: None for name in names if name in self._ret.fields and name not in taken}
                taken.setdefault(ORDER, None)
        if content.get("ClearExpenseLines"):
            taken.setdefault("ExpenseLineRet", None)

    def reference(self, name: str, value: Mapping[str, Any]) -> Record | None:
        """A reference with id and full name; Refused where there is nobody of that name."""
        if not value or not any(value.values()):
            return None
        kinds = targets(name, self._ret.kind.name)
        if not kinds:
            return dict(value)
        found = self._find(kinds, value)
        if found is None:
            shown = str(value.get("FullName") or value.get("ListID", ""))
            if name == "ParentRef":
                raise refusals.no_parent(shown, self._ret.kind.name)
            raise refusals.bad_reference(_told(kinds), shown, self._ret.kind.name)
        return reference_to(found)


def _told(kinds: tuple[str, ...]) -> str:
    if kinds == items():
        return "Item"
    return "Entity" if kinds == PEOPLE else kinds[0]


def shown_as(name: str) -> str:
    """`InvoiceLineAdd` and `InvoiceLineMod` become `InvoiceLineRet`."""
    if name in ("ApplyCheckToTxnAdd", "ApplyCheckToTxnMod"):
        return "ApplyCheckToTxn"
    if name.startswith(
        ("AppliedToTxn", "CashBackInfo", "RefundAppliedToTxn", "PriceLevelPerItem")
    ) or name.endswith(_LINES):
        return f"{name.removesuffix('Add').removesuffix('Mod')}Ret" if not name.endswith("Ret") else name
    return name.removesuffix("Mod") if name in ("SalesOrPurchaseMod", "SalesAndPurchaseMod") else name
