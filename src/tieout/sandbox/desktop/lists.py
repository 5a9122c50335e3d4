"""Elements of lists: unique names, full names that follow their parents, and what holds an element in its place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ...catalog.qbxml.rets import Ret
from . import refusals
from .currencies import take_list_currency
from .currency_list import take_currency
from .intake import Intake
from .openings import open_with
from .records import Record, called, id_of
from .references import PEOPLE, items, refers

if TYPE_CHECKING:
    from .company import DesktopCompany

_ACCOUNT_NEEDED = ("AssetAccountRef", "COGSAccountRef", "IncomeAccountRef")


def write(company: DesktopCompany, ret: Ret, content: Mapping[str, Any], before: Record | None) -> Record:
    """An Add or, with what was there before, a Mod."""
    kind = ret.kind.name
    intake = Intake(ret, company.find, company.new_number, is_mod=before is not None)
    record: Record = {**(before or {}), **intake.fields(content, before or {})}
    _name(company, ret, record)
    _refuse_same_number(company, kind, record)
    if kind == "Currency":
        take_currency(company, record, before)
    else:
        take_list_currency(company, kind, record, before)
    if before is None:
        _refuse_unfit(kind, record)
        record["ListID"] = company.new_id(ret)
        record["TimeCreated"] = company.stamp()
    if "IsActive" in ret.fields:
        record.setdefault("IsActive", True)
    _shown_otherwise(kind, record, content)
    record = {name: value for name, value in record.items() if value is not None}
    company.records.setdefault(kind, {})[record["ListID"]] = record
    company.touch((kind, record["ListID"]))
    if before is None:
        open_with(company, kind, record, content)
    elif called(before) != called(record):
        _rename(company, kind, record)
    return record


def delete(company: DesktopCompany, kind: str, record: Record) -> None:
    """Take an element away; Refused while anything needs it."""
    own = record["ListID"]
    used = any(refers(each, own) for kept in company.records.values() for each in kept.values())
    built_in = record.get("SpecialAccountType") or record.get("IsUserDefinedCurrency") is False
    if used or built_in or own in company.books.ledger.accounts:
        raise refusals.still_used(kind, own)
    del company.records[kind][own]


def merge(company: DesktopCompany, kind: str, source: Record, target: Record) -> None:
    """Let everything that named one element name the other, and take the first away."""
    if source is target:
        raise refusals.not_merged("An element cannot be merged with itself.")
    if kind == "Account" and source["AccountType"] != target["AccountType"]:
        raise refusals.not_merged("Accounts of different types cannot be merged.")
    if source.get("CurrencyRef") != target.get("CurrencyRef"):
        raise refusals.not_merged("Elements in different currencies cannot be merged.")
    if any(id_of(each.get("ParentRef")) == source["ListID"] for each in company.all_of(kind)):
        raise refusals.not_merged("An element with others below it cannot be merged.")
    full = called(target)
    for kept in company.records.values():
        for each in kept.values():
            _point(each, source["ListID"], target["ListID"], full)
    del company.records[kind][source["ListID"]]
    for key in list(company.books.ledger.entries):
        company.books.post(company, key, company.records[key[0]][key[1]])


def _name(company: DesktopCompany, ret: Ret, record: Record) -> None:
    kind = ret.kind.name
    if kind == "Employee":
        parts = (record.get(each) for each in ("FirstName", "MiddleName", "LastName"))
        record["Name"] = " ".join(str(each) for each in parts if each) or record.get("Name")
    name = str(record.get("Name") or "")
    if not name or "Name" not in ret.fields:
        return
    if ":" in name:
        raise refusals.colon(name, f"{kind.lower()} name")
    parent = (record.get("ParentRef") or {}).get("FullName", "")
    full = f"{parent}:{name}" if parent else name
    _refuse_own_child(record, full)
    rivals = next((group for group in (PEOPLE, items()) if kind in group), (kind,))
    there = company.find(rivals, {"FullName": full})
    if there is not None and there["ListID"] != record.get("ListID"):
        raise refusals.in_use_already(full)
    if "FullName" in ret.fields:
        record["FullName"] = full
    if "Sublevel" in ret.fields:
        record["Sublevel"] = full.count(":")


def _refuse_own_child(record: Record, full: str) -> None:
    before = record.get("FullName")
    parent = (record.get("ParentRef") or {}).get("FullName", "")
    if before and (parent == before or parent.startswith(f"{before}:")):
        raise refusals.no_parent(parent, full)


def _refuse_same_number(company: DesktopCompany, kind: str, record: Record) -> None:
    number = record.get("AccountNumber")
    if kind == "Account" and number:
        there = next((each for each in company.all_of(kind) if each.get("AccountNumber") == number), None)
        if there is not None and there["ListID"] != record.get("ListID"):
            raise refusals.not_saved(kind, "The account number is already in use.", called(record))


def _refuse_unfit(kind: str, record: Record) -> None:
    if (
        kind == "Account"
        and record.get("AccountType") == "NonPosting"
        and not record.get("SpecialAccountType")
    ):
        raise refusals.not_saved("Account", "Non-posting accounts cannot be made.", called(record))
    if kind in ("ItemInventory", "ItemInventoryAssembly"):
        for name in _ACCOUNT_NEEDED:
            if not record.get(name):
                raise refusals.missing(name)


def _shown_otherwise(kind: str, record: Record, content: Mapping[str, Any]) -> None:
    """What an Add says in other words than the Ret, or leaves to QuickBooks."""
    code = content.get("BarCode")
    if code:
        record["BarCodeValue"] = code.get("BarCodeValue")
    if kind == "Employee":
        record.setdefault("EmployeeType", "Regular")
    if kind == "PriceLevel":
        fixed = record.get("PriceLevelFixedPercentage") is not None
        record["PriceLevelType"] = "FixedPercentage" if fixed else "PerItem"
    if content.get("ClearItemsInGroup"):
        record["ItemGroupLine"] = record["ItemInventoryAssemblyLine"] = None


def _rename(company: DesktopCompany, kind: str, record: Record) -> None:
    """References show the new name at once, and children have it in theirs; their TimeModified stays."""
    full = called(record)
    for kept in company.records.values():
        for each in kept.values():
            _point(each, record["ListID"], record["ListID"], full)
    for child in list(company.all_of(kind)):
        if id_of(child.get("ParentRef")) == record["ListID"]:
            child["FullName"] = f"{full}:{child['Name']}"
            child["Sublevel"] = child["FullName"].count(":")
            _rename(company, kind, child)


def _point(part: Any, old: str, new: str, full: str) -> None:
    if isinstance(part, dict):
        for name, value in part.items():
            if name.endswith("Ref") and isinstance(value, dict) and value.get("ListID") == old:
                part[name] = {"ListID": new, "FullName": full}
            else:
                _point(value, old, new, full)
    elif isinstance(part, list):
        for each in part:
            if isinstance(each, dict) and each.get("ListID") == old and each.keys() == {"ListID", "FullName"}:
                each |= {"ListID": new, "FullName": full}
            else:
                _point(each, old, new, full)
