"""Serial or lot numbers of stock, of which a file tracks one sort or none (Advanced Inventory, in Enterprise).

A line may name its numbers; a sold one must be there. What QuickBooks answers to a number that does not fit is not published: it gets
3210, as other values that break a rule do. A line without numbers moves stock that has none, as in QuickBooks, which only warns.
Where dates of expiration are kept, what comes in says them, and what goes out shows those that it came in with.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ...catalog.qbxml import record_type
from ...errors import SetupError
from . import refusals
from .records import ZERO, Key, Record, id_of, item_lines

if TYPE_CHECKING:
    from .company import DesktopCompany

EXPIRES = "ExpirationDateForSerialLotNumber"
SERIAL, LOT = "SerialNumber", "LotNumber"
TRACKED = (SERIAL, LOT)
"""The two sorts, called as their elements and as the preference IsTrackingSerialOrLotNumber."""

_ENTERPRISE = "QuickBooks Enterprise Solutions 2023"
_ADJUSTMENTS = {"SerialNumberAdjustment": SERIAL, "LotNumberAdjustment": LOT}
_COMES_IN = {
    "Bill": 1,
    "BuildAssembly": 1,
    "Check": 1,
    "CreditCardCharge": 1,
    "CreditCardCredit": -1,
    "CreditMemo": 1,
    "InventoryAdjustment": 1,
    "Invoice": -1,
    "ItemReceipt": 1,
    "SalesReceipt": -1,
    "VendorCredit": -1,
}
"""Types that move stock, and which way a positive quantity moves it."""
_MOVES = (*_COMES_IN, "TransferInventory")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}|\d{1,2}/\d{1,2}/\d{4}")


@dataclass(frozen=True, slots=True)
class Moved:
    """How much of a number comes in at a site; what goes out is negative."""

    item: str
    number: str
    quantity: Decimal
    site: str = ""
    """Its ListID; empty where none is said."""
    expires: str = ""


def begin(company: DesktopCompany) -> None:
    """SetupError where a new file is to track what its version has no word for, or dates of no numbers."""
    line = record_type("Invoice").shape("InvoiceLineRet", company.edition)
    known = {each.name for each in line.elements()}
    if company.tracking and company.tracking not in known:
        raise SetupError(
            f"{company.edition} has no serial or lot numbers.", advice="They came with version 11.0 of qbXML."
        )
    if company.expiration_dates and EXPIRES not in known:
        raise SetupError(
            f"{company.edition} has no dates of expiration.", advice="They came with version 16.0 of qbXML."
        )
    if company.expiration_dates and not company.tracking:
        raise SetupError(
            "Dates of expiration are those of serial or lot numbers.", advice="Track one of the two as well."
        )
    if company.tracking and "Enterprise" not in company.product:
        company.product = _ENTERPRISE


def refuse_untracked(company: DesktopCompany, content: Any) -> None:
    """Refused where a transaction says a number of a sort that the file does not track, or a date of expiration that it does not keep."""
    if isinstance(content, list):
        for each in content:
            refuse_untracked(company, each)
    elif isinstance(content, Mapping):
        for name, value in content.items():
            sort = _ADJUSTMENTS.get(name, name)
            off = sort in TRACKED and sort != company.tracking
            if value and (off or (name == EXPIRES and not company.expiration_dates)):
                raise refusals.unavailable()
            refuse_untracked(company, value)


def take_adjusted(line: Record) -> None:
    """A line of an adjustment that counts its numbers."""
    serials = line.pop("SerialNumberAdjustment", None)
    lots = line.pop("LotNumberAdjustment", None)
    counted = line.pop("CountAdjustment", None)
    said = serials or lots or line.get("QuantityAdjustment") or {}
    if serials:
        sign = 1 if serials.get("AddSerialNumber") else -1
        line[SERIAL] = serials.get("AddSerialNumber") or serials.get("RemoveSerialNumber")
        line["QuantityDifference"] = Decimal(sign * len(_numbers(line[SERIAL])))
    elif lots:
        line[LOT], counted = lots.get(LOT), lots.get("CountAdjustment", 0)
    else:
        line |= {name: said[name] for name in TRACKED if said.get(name)}
    if counted is not None:
        line["QuantityDifference"] = Decimal(counted)
    for name in (EXPIRES, "InventorySiteLocationRef"):
        if said.get(name):
            line[name] = said[name]


def take_numbers(company: DesktopCompany, key: Key, record: Record) -> None:
    """Look at the numbers of a transaction; Refused where they do not fit its quantities, or what is there."""
    kind = key[0]
    if not company.tracking or kind not in (*_MOVES, "SalesOrder"):
        return
    for line in _lines(kind, record):
        quantity = _quantity(kind, line)
        if kind == "InventoryAdjustment" and line.get(SERIAL):
            line["SerialNumberAddedOrRemoved"] = "Added" if quantity > 0 else "Removed"
        _refuse_unfit(company, kind, line, quantity)
    there = defaultdict(Decimal) if record.get("IsPending") else on_hand(company, but=key)
    for moved in numbers_of(kind, record):
        there[moved.item, moved.number] += moved.quantity
        left = there[moved.item, moved.number]
        if moved.quantity < 0 and left < 0:
            raise refusals.invalid(company.tracking, moved.number, "It is not in stock.")
        if company.tracking == SERIAL and left > 1:
            raise refusals.invalid(SERIAL, moved.number, "It is in stock already.")
    if company.expiration_dates:
        _show_dates(company, key, record)


def on_hand(company: DesktopCompany, but: Key | None = None) -> defaultdict[tuple[str, str], Decimal]:
    """By item and number, how much there is; without what one transaction moved."""
    found: defaultdict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for moved in _all_moved(company, but):
        found[moved.item, moved.number] += moved.quantity
    return found


def on_hand_by_site(company: DesktopCompany) -> dict[tuple[str, str], dict[str, Decimal]]:
    """The same at each site, as far as there is something."""
    found: defaultdict[tuple[str, str], defaultdict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for moved in _all_moved(company, None):
        found[moved.item, moved.number][moved.site] += moved.quantity
    left = {key: {site: each for site, each in sites.items() if each} for key, sites in found.items()}
    return {key: sites for key, sites in left.items() if sites}


def numbers_of(kind: str, record: Record) -> Iterator[Moved]:
    """What a transaction moves, number by number."""
    if kind not in _MOVES or record.get("IsPending"):
        return
    for line in _lines(kind, record):
        quantity = _COMES_IN.get(kind, 1) * _quantity(kind, line)
        numbers = _numbers(line.get(SERIAL) or line.get(LOT))
        dates = _numbers(line.get(EXPIRES))
        site = id_of(line.get("InventorySiteRef") or record.get("InventorySiteRef"))
        for at, number in enumerate(numbers if quantity else ()):
            each = quantity if line.get(LOT) else Decimal(1 if quantity > 0 else -1)
            expires = dates[at if len(dates) == len(numbers) else 0] if dates else ""
            if kind == "TransferInventory":
                yield Moved(_item(kind, line), number, -each, id_of(record["FromInventorySiteRef"]))
                site = id_of(record["ToInventorySiteRef"])
            yield Moved(_item(kind, line), number, each, site, expires)


def _all_moved(company: DesktopCompany, but: Key | None) -> Iterator[Moved]:
    for kind in _MOVES:
        for record in company.all_of(kind):
            if (kind, record["TxnID"]) != but:
                yield from numbers_of(kind, record)


def _refuse_unfit(company: DesktopCompany, kind: str, line: Record, quantity: Decimal) -> None:
    said = line.get(company.tracking)
    numbers, dates = _numbers(said), _numbers(line.get(EXPIRES))
    if said and not company.item(_item(kind, line)).is_stocked:
        raise refusals.invalid(company.tracking, said, "There is no stock of such an item.")
    if company.tracking == SERIAL and numbers and len(numbers) != abs(quantity):
        why = f"There are {len(numbers)} serial numbers for a quantity of {abs(quantity).normalize():f}."
        raise refusals.invalid(SERIAL, said, why)
    if len(set(numbers)) < len(numbers):
        raise refusals.invalid(SERIAL, said, "A number is there twice.")
    if dates and (len(dates) not in (1, len(numbers)) or not all(map(_DATE.fullmatch, dates))):
        raise refusals.invalid(EXPIRES, line[EXPIRES], "It takes one date, or one for each number.")


def _show_dates(company: DesktopCompany, key: Key, record: Record) -> None:
    came_in = {
        (moved.item, moved.number): moved.expires for moved in _all_moved(company, key) if moved.expires
    }
    for line in _lines(key[0], record):
        numbers = _numbers(line.get(company.tracking))
        dates = [came_in.get((_item(key[0], line), number), "") for number in numbers]
        goes_out = _COMES_IN.get(key[0], -1) * _quantity(key[0], line) < 0
        if goes_out and any(dates):
            line[EXPIRES] = ",".join(dates)


def _lines(kind: str, record: Record) -> Iterator[Record]:
    """The parts of a transaction that are each about one item."""
    if kind == "BuildAssembly":
        yield record
    elif kind in ("InventoryAdjustment", "TransferInventory"):
        yield from record.get(f"{kind}LineRet") or ()
    else:
        yield from item_lines(kind, record)


def _item(kind: str, line: Mapping[str, Any]) -> str:
    return id_of(line.get("ItemInventoryAssemblyRef" if kind == "BuildAssembly" else "ItemRef"))


def _quantity(kind: str, line: Mapping[str, Any]) -> Decimal:
    names = {
        "BuildAssembly": "QuantityToBuild",
        "InventoryAdjustment": "QuantityDifference",
        "TransferInventory": "QuantityTransferred",
    }
    found = line.get(names.get(kind, "Quantity"))
    if found is None:
        return Decimal(1) if line.get("Amount") else ZERO
    return Decimal(found)


def _numbers(text: Any) -> list[str]:
    """Several stand in one element, between commas or each on a line."""
    return [part.strip() for part in re.split(r"[,\n]", str(text or "")) if part.strip()]
