"""Queries about items that no item has a record for: what lies at which site, how many assemblies can be built, whose bar code it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zlib import crc32

from . import refusals
from .items import STOCKED
from .orders import left_of_line
from .records import ZERO, Key, Record, called, id_of, item_lines, reference_to
from .stock_changes import can_build

if TYPE_CHECKING:
    from .company import DesktopCompany

Row = tuple[str, Record]
Asked = Mapping[str, Any]

Place = tuple[str, str]
"""An item and a site; the empty site is where nobody named one."""

_TYPES = {"Inventory": STOCKED[:1], "Assembly": STOCKED[1:], "InventoryAndAssembly": STOCKED}


def can_be_built(company: DesktopCompany, asked: Asked) -> Record:
    """How many of an assembly the stock of its components is enough for, at any date: the books know the stock of today alone."""
    wanted = asked["ItemInventoryAssemblyRef"]
    assembly = company.find(("ItemInventoryAssembly",), wanted)
    if assembly is None:
        shown = str(wanted.get("FullName") or wanted.get("ListID"))
        raise refusals.bad_reference("Item", shown, "ItemAssembliesCanBuildQuery")
    return {
        "ItemInventoryAssemblyRef": reference_to(assembly),
        "TxnDate": asked["TxnDate"],
        "QuantityCanBuild": can_build(company, assembly),
    }


def with_bar_codes(company: DesktopCompany, asked: Asked) -> tuple[list[Row], list[str]]:
    """The elements of lists that have these bar codes, or any; and the codes that nothing has."""
    wanted = [str(each) for each in asked.get("BarCodeValue", ())]
    rows: list[Row] = []
    found = set()
    for kind, kept in company.records.items():
        for record in kept.values():
            code = str(record.get("BarCodeValue") or "")
            if code and (not wanted or code in wanted):
                found.add(code)
                told = {"ListType": kind, "ListID": record["ListID"], "FullName": called(record)}
                rows.append(("BarCodeRet", told))
    return rows, [each for each in wanted if each not in found]


# ---- sites


def at_sites(company: DesktopCompany, asked: Asked) -> tuple[list[Row], list[str]]:
    """Each item at each site; without a site where there are none, or where something lies that was put nowhere."""
    stock = _figures(company)
    sites = [site for site in company.all_of("InventorySite") if _fits_site(asked, site)]
    wants_all = not asked.get("ItemSiteFilter", {}).get("SiteFilter")
    rows = []
    for kind in STOCKED:
        for item in company.all_of(kind):
            if _fits_item(company, asked, kind, item):
                nowhere = (item["ListID"], "")
                if wants_all and (nowhere in stock or not company.records.get("InventorySite")):
                    rows.append(_row(kind, item, None, stock[nowhere]))
                rows += [_row(kind, item, site, stock[item["ListID"], site["ListID"]]) for site in sites]
    ids = [str(each) for each in asked.get("ListID", ())]
    kept = [row for row in rows if not ids or row["ListID"] in ids]
    there = {row["ListID"] for row in kept}
    return [("ItemSitesRet", row) for row in kept], [each for each in ids if each not in there]


def quantities_on_hand(company: DesktopCompany) -> dict[Place, Decimal]:
    """What lies where today."""
    return {place: figures["QuantityOnHand"] for place, figures in _figures(company).items()}


def _row(kind: str, item: Record, site: Record | None, figures: Mapping[str, Decimal]) -> Record:
    place = f"{item['ListID']}@{site['ListID'] if site else ''}"
    told: Record = {
        "ListID": f"{crc32(place.encode()) | 0x80000000:X}-{item['ListID'].partition('-')[2]}",
        **{name: item[name] for name in ("TimeCreated", "TimeModified", "EditSequence")},
        f"{kind}Ref": reference_to(item),
    }
    if site is not None:
        told["InventorySiteRef"] = reference_to(site)
    point = item.get("BuildPoint" if kind == "ItemInventoryAssembly" else "ReorderPoint")
    if point is not None:
        told["AssemblyBuildPoint" if kind == "ItemInventoryAssembly" else "ReorderLevel"] = point
    names = ["QuantityOnHand", "QuantityOnPurchaseOrders", "QuantityOnSalesOrders"]
    names += ["QuantityToBeBuiltByPendingBuildTxns", "QuantityRequiredByPendingBuildTxns"]
    return {**told, **{name: figures.get(name, ZERO) for name in names}}


def _fits_item(company: DesktopCompany, asked: Asked, kind: str, item: Record) -> bool:
    active = asked.get("ActiveStatus", "ActiveOnly")
    if active != "All" and item.get("IsActive", True) is not (active == "ActiveOnly"):
        return False
    wanted_kind = asked.get("ItemTypeFilter")
    if wanted_kind and kind not in _TYPES.get(str(wanted_kind), ()):
        return False
    items = asked.get("ItemSiteFilter", {}).get("ItemFilter") or {}
    return not items or _is_named(company, items, item)


def _fits_site(asked: Asked, site: Record) -> bool:
    sites = asked.get("ItemSiteFilter", {}).get("SiteFilter") or {}
    names = {str(each).casefold() for each in sites.get("FullName", ())}
    return not sites or site["ListID"] in sites.get("ListID", ()) or called(site).casefold() in names


def _is_named(company: DesktopCompany, wanted: Mapping[str, Any], item: Record) -> bool:
    full = called(item).casefold()
    above = [str(wanted.get("FullNameWithChildren", ""))]
    top = company.item(str(wanted.get("ListIDWithChildren", "")))
    above.append(called(top.record) if top.kind else "")
    return (
        item["ListID"] in wanted.get("ListID", ())
        or full in {str(each).casefold() for each in wanted.get("FullName", ())}
        or any(each and f"{full}:".startswith(f"{each.casefold()}:") for each in above)
    )


def _figures(company: DesktopCompany) -> dict[Place, dict[str, Decimal]]:
    """Quantities by item and site, out of the books, the orders, transfers and pending builds."""
    found: dict[Place, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for key, postings in company.books.ledger.entries.items():
        if any(posting.stock for posting in postings):
            site_of = _sites(company, key)
            for posting in postings:
                if posting.stock:
                    found[posting.item, site_of(posting.line)]["QuantityOnHand"] += posting.stock
    for transfer in company.all_of("TransferInventory"):
        for line in transfer.get("TransferInventoryLineRet") or ():
            moved = line.get("QuantityTransferred") or ZERO
            for side, sign in (("From", -1), ("To", 1)):
                place = id_of(line.get("ItemRef")), id_of(transfer.get(f"{side}InventorySiteRef"))
                found[place]["QuantityOnHand"] += sign * moved
    for kind, name in (
        ("PurchaseOrder", "QuantityOnPurchaseOrders"),
        ("SalesOrder", "QuantityOnSalesOrders"),
    ):
        for order in company.all_of(kind):
            for line in item_lines(kind, order):
                place = id_of(line.get("ItemRef")), _site(line) or _site(order)
                if left := left_of_line(company, (kind, order["TxnID"]), line):
                    found[place][name] += left
    for build in company.all_of("BuildAssembly"):
        if build.get("IsPending"):
            site = _site(build)
            assembly = id_of(build["ItemInventoryAssemblyRef"]), site
            found[assembly]["QuantityToBeBuiltByPendingBuildTxns"] += build["QuantityToBuild"]
            for line in build.get("ComponentItemLineRet") or ():
                place = id_of(line["ItemRef"]), site
                found[place]["QuantityRequiredByPendingBuildTxns"] += line.get("QuantityNeeded") or ZERO
    return found


def _sites(company: DesktopCompany, key: Key) -> Callable[[str], str]:
    """The site of a transaction's line by its TxnLineID; that of the whole for lines that name none."""
    record = company.records[key[0]][key[1]]
    whole = _site(record)
    of_lines = {str(line["TxnLineID"]): _site(line) for line in _lines(record) if line.get("TxnLineID")}
    return lambda line: of_lines.get(line) or whole


def _lines(part: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for name, value in part.items():
        if isinstance(value, list) and name.endswith("Ret"):
            for line in value:
                yield line
                yield from _lines(line)


def _site(part: Mapping[str, Any]) -> str:
    return id_of(part.get("InventorySiteRef"))
