"""Counted stock, and assemblies that are built from their components."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Any

from . import refusals
from .records import ZERO, Record, cents, id_of
from .serial_and_lot_numbers import take_adjusted

if TYPE_CHECKING:
    from .company import DesktopCompany


def as_transferred(content: Mapping[str, Any]) -> Record:
    """A TransferInventory whose lines say, as its Ret does, how much was transferred."""
    names = ("TransferInventoryLineAdd", "TransferInventoryLineMod")
    return {
        name: [
            {
                "QuantityTransferred" if field == "QuantityToTransfer" else field: part
                for field, part in line.items()
            }
            for line in value
        ]
        if name in names
        else value
        for name, value in content.items()
    }


def take_adjustment(company: DesktopCompany, record: Record) -> None:
    """Lines that say a new quantity or value become differences from what is there."""
    for line in record.get("InventoryAdjustmentLineRet") or ():
        item = id_of(line["ItemRef"])
        if not company.item(item).is_stocked:
            raise refusals.bad_reference("Item", line["ItemRef"]["FullName"], "InventoryAdjustment line")
        take_adjusted(line)
        said = line.pop("QuantityAdjustment", None) or line.pop("ValueAdjustment", None) or {}
        if said.get("NewQuantity") is not None:
            line["QuantityDifference"] = said["NewQuantity"] - company.books.ledger.stock[item]
        elif said.get("QuantityDifference") is not None:
            line["QuantityDifference"] = said["QuantityDifference"]
        line.setdefault("QuantityDifference", ZERO)
        if said.get("NewValue") is not None:
            line["ValueDifference"] = cents(said["NewValue"] - company.books.worth(company.item(item)))
        elif said.get("ValueDifference") is not None:
            line["ValueDifference"] = said["ValueDifference"]
        elif line["QuantityDifference"] > 0 and line.get("ValueDifference") is None:
            line["ValueDifference"] = cents(line["QuantityDifference"] * company.average_cost(item))


def take_build(company: DesktopCompany, record: Record, content: Mapping[str, Any]) -> None:
    """The components of an assembly; it is pending where there is not enough of one."""
    assembly = company.item(id_of(record["ItemInventoryAssemblyRef"])).record
    built: Decimal = record["QuantityToBuild"]
    if built != built.to_integral_value() or built <= 0:
        raise refusals.quantity("QuantityToBuild", built)
    lines = [
        {
            "ItemRef": each["ItemInventoryRef"],
            "QuantityNeeded": (each.get("Quantity") or ZERO) * built,
        }
        for each in assembly.get("ItemInventoryAssemblyLine", ())
    ]
    record["ComponentItemLineRet"] = lines
    is_new = "TimeCreated" not in record
    if is_new or content.get("RemovePending"):
        enough = can_build(company, assembly) >= built
        if not enough and not content.get("MarkPendingIfRequired"):
            raise refusals.not_saved("Transaction", "There are not enough components to build this assembly.")
        record["IsPending"] = not enough
    record.setdefault("IsPending", False)


def can_build(company: DesktopCompany, assembly: Mapping[str, Any]) -> Decimal:
    """How many the components on hand are enough for."""
    stock = company.books.ledger.stock
    enough = [
        (stock[id_of(each["ItemInventoryRef"])] / each["Quantity"]).to_integral_value(ROUND_FLOOR)
        for each in assembly.get("ItemInventoryAssemblyLine", ())
        if each.get("Quantity") and company.item(id_of(each["ItemInventoryRef"])).is_stocked
    ]
    return max(min(enough, default=ZERO), ZERO)
