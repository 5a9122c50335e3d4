"""Requests that are neither an Add, a Mod nor a query of a type's own: deletions, merges, extensions, windows, facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ...catalog.qbxml import record_type
from ...catalog.qbxml.rets import ret_of
from ...protocols.qbxml_answers import Reply
from ...protocols.qbxml_reader import RequestRead
from . import refusals
from .balances import seen
from .company_facts import activity, company_ret, only, preferences
from .currencies import named_currency, own_account, refuse_while_off
from .date_ranges import within
from .item_queries import can_be_built
from .items import ItemFacts
from .other_facts import tax_lines
from .records import Record, called
from .reports.making import report
from .special_accounts import SPECIAL_ACCOUNTS

if TYPE_CHECKING:
    from .company import Deleted, DesktopCompany

NOTHING_FOUND = "A query request did not find a matching object in QuickBooks"

_SPECIAL_ITEMS = {
    "FinanceCharge": ("ItemOtherCharge", "Fin Chg"),
    "ReimbursableExpenseGroup": ("ItemGroup", "Reimb Group"),
    "ReimbursableExpenseSubtotal": ("ItemSubtotal", "Reimb Subt"),
}


def answer_to(company: DesktopCompany, asked: RequestRead) -> Reply | None:
    """The answer; None to a request that is not one of these."""
    if asked.type.endswith("Report"):
        return _report(company, asked)
    act = _ANSWERED.get((asked.type, asked.verb))
    return act(company, asked) if act else None


def _told(asked: RequestRead, content: Mapping[str, Any]) -> Reply:
    return Reply(record_type(asked.type), asked.verb, asked.id, content=content)


def told_or_nothing(asked: RequestRead, name: str, rows: list[Record]) -> Reply:
    """Rows, or the status that says that there are none."""
    kind = record_type(asked.type)
    if asked.content.get("@metaData") == "MetaDataOnly":
        return Reply(kind, asked.verb, asked.id, attributes={"retCount": str(len(rows))})
    if not rows:
        return Reply(kind, asked.verb, asked.id, 1, "Info", NOTHING_FOUND)
    return Reply(kind, asked.verb, asked.id, content={name: rows})


# ---- deletions and merges


def _delete(company: DesktopCompany, asked: RequestRead) -> Reply:
    told, key = f"{asked.type}DelType", f"{asked.type}ID"
    gone = company.delete(asked.content[told], asked.content[key])
    return _told(asked, _gone(asked.type, gone))


def _gone(owner: str, gone: Deleted) -> Record:
    return {
        f"{owner}DelType": gone.type,
        f"{owner}ID": gone.id,
        "TimeDeleted": gone.at.isoformat(timespec="seconds"),
        "FullName" if owner == "List" else "RefNumber": gone.name or None,
    }


def _deleted(company: DesktopCompany, asked: RequestRead) -> Reply:
    """Grouped as the types were asked for, then in the order in which it happened."""
    owner = asked.type.removesuffix("Deleted")
    range_ = asked.content.get("DeletedDateRangeFilter", {})
    rows = [
        only({**_gone(owner, gone), "TimeCreated": gone.created}, asked.content)
        for name in asked.content[f"{owner}DelType"]
        for gone in company.deletions(name)
        if within(gone.at, range_, "FromDeletedDate", "ToDeletedDate")
    ]
    return told_or_nothing(asked, f"{asked.type}Ret", rows)


def _void(company: DesktopCompany, asked: RequestRead) -> Reply:
    record = company.void(asked.content["TxnVoidType"], asked.content["TxnID"])
    return _told(asked, {**record, "TxnVoidType": asked.content["TxnVoidType"]})


def _merge(company: DesktopCompany, asked: RequestRead) -> Reply:
    kind, source, target = (asked.content[name] for name in ("ListMergeType", "MergeFrom", "MergeTo"))
    for each in (source, target):
        if company.existing(kind, each["ListID"])["EditSequence"] != str(each["EditSequence"]):
            raise refusals.out_of_date(str(each["EditSequence"]))
    gone, kept = company.merge(kind, source["ListID"], target["ListID"])
    merged = {
        "ListID": gone.id,
        "TimeDeleted": gone.at.isoformat(timespec="seconds"),
        "FullName": gone.name,
    }
    names = ("ListID", "TimeCreated", "TimeModified", "EditSequence")
    into = {**{name: kept[name] for name in names}, "FullName": called(kept)}
    return _told(asked, {"ListMergeType": kind, "MergedFrom": merged, "MergedTo": into})


# ---- extensions


def _define(company: DesktopCompany, asked: RequestRead) -> Reply:
    return _told(asked, {"DataExtDefRet": company.extensions.define(asked.content["DataExtDefAdd"])})


def _redefine(company: DesktopCompany, asked: RequestRead) -> Reply:
    said = asked.content["DataExtDefMod"]
    return _told(asked, {"DataExtDefRet": company.extensions.redefine(company, said)})


def _undefine(company: DesktopCompany, asked: RequestRead) -> Reply:
    gone = company.extensions.undefine(company, asked.content)
    told = {"OwnerID": gone["OwnerID"], "DataExtName": gone["DataExtName"], "TimeDeleted": company.stamp()}
    return _told(asked, {"DataExtDefDelRet": told})


def _definitions(company: DesktopCompany, asked: RequestRead) -> Reply:
    owners = {str(each).upper() for each in asked.content.get("OwnerID", ())}
    objects = set(asked.content.get("AssignToObject", ()))
    rows = [
        only(each, asked.content)
        for each in company.extensions.definitions.values()
        if (not owners or each["OwnerID"] in owners)
        and (not objects or objects & set(each["AssignToObject"]))
    ]
    return told_or_nothing(asked, "DataExtDefRet", rows)


def _put_extension(company: DesktopCompany, asked: RequestRead) -> Reply:
    is_new = asked.verb == "Add"
    value = company.extensions.put(company, asked.content[f"DataExt{asked.verb}"], is_new=is_new)
    return _told(asked, {"DataExtRet": value})


def _take_extension(company: DesktopCompany, asked: RequestRead) -> Reply:
    said = asked.content["DataExtDel"]
    company.extensions.take_away(company, said)
    told = {**said, "OwnerID": str(said["OwnerID"]).upper(), "TimeDeleted": company.stamp()}
    return _told(asked, {"DataExtDelRet": told})


# ---- windows, marks, special elements


def _display_new(_: DesktopCompany, asked: RequestRead) -> Reply:
    """Nobody sits before the sandbox, so there is no window to show."""
    return _told(asked, {})


def _display(company: DesktopCompany, asked: RequestRead) -> Reply:
    owner = asked.type.removesuffix("Display")
    kind, record_id = asked.content[f"{asked.type}ModType"], str(asked.content[f"{owner}ID"])
    if kind == "Item":
        if company.item(record_id) == ItemFacts("", {}):
            raise refusals.not_there(record_id)
    else:
        company.existing(kind, record_id)
    return _told(asked, {})


def _clear(company: DesktopCompany, asked: RequestRead) -> Reply:
    said = asked.content["ClearedStatusMod"]
    key = company.transaction(str(said["TxnID"]))
    if key is None:
        raise refusals.not_there(str(said["TxnID"]))
    company.cleared[key, str(said.get("TxnLineID") or "")] = said["ClearedStatus"]
    return _told(asked, {})


def _special_account(company: DesktopCompany, asked: RequestRead) -> Reply:
    said = asked.content["SpecialAccountAdd"]
    special = said["SpecialAccountType"]
    refuse_while_off(company, said)
    if special not in SPECIAL_ACCOUNTS:
        raise refusals.unavailable()
    abroad = named_currency(company, said, "SpecialAccount")
    if abroad and special not in ("AccountsPayable", "AccountsReceivable"):
        raise refusals.invalid(
            "CurrencyRef", abroad["CurrencyRef"]["FullName"], "It is in the home currency."
        )
    before = len(company.records["Account"])
    record = own_account(company, special, abroad)
    if len(company.records["Account"]) == before:
        raise refusals.in_use_already(called(record))
    return _told(asked, {"AccountRet": seen(company, "Account", record)})


def _special_item(company: DesktopCompany, asked: RequestRead) -> Reply:
    said = asked.content["SpecialItemAdd"]
    special = said["SpecialItemType"]
    kind, name = _SPECIAL_ITEMS[special]
    if any(each.get("SpecialItemType") == special for each in company.all_of(kind)):
        raise refusals.in_use_already(name)
    record = company.add(kind, {"Name": name, "SpecialItemType": special, "BarCode": said.get("BarCode")})
    return _told(asked, {ret_of(kind, company.edition).name: record})


# ---- facts


def _company(company: DesktopCompany, asked: RequestRead) -> Reply:
    return _told(asked, {"CompanyRet": company_ret(company, asked.content)})


def _activity(_: DesktopCompany, asked: RequestRead) -> Reply:
    return _told(asked, {"CompanyActivityRet": only(activity(), asked.content)})


def _can_build(company: DesktopCompany, asked: RequestRead) -> Reply:
    return _told(asked, {"ItemAssembliesCanBuildRet": can_be_built(company, asked.content)})


def _tax_lines(company: DesktopCompany, asked: RequestRead) -> Reply:
    return _told(asked, {"AccountTaxLineInfoRet": tax_lines(company)})


def _form_1099(company: DesktopCompany, asked: RequestRead) -> Reply:
    if company.edition.country != "US":
        raise refusals.unavailable()
    if asked.verb == "Query":
        told = company.form_1099.shown(asked.content)
    else:
        told = company.form_1099.change(company, asked.content[f"{asked.type}Mod"])
    return _told(asked, {f"{asked.type}Ret": told})


def _lost_events(company: DesktopCompany, asked: RequestRead) -> Reply:
    found = company.subscriptions.lost(company, asked.content)
    if found is None:
        return Reply(record_type(asked.type), asked.verb, asked.id, 1, "Info", NOTHING_FOUND)
    return _told(asked, {"DataEventRecoveryInfoRet": found})


def _forget_lost_events(company: DesktopCompany, asked: RequestRead) -> Reply:
    company.subscriptions.forget_lost(company, asked.content)
    return _told(asked, {})


def _preferences(company: DesktopCompany, asked: RequestRead) -> Reply:
    return _told(asked, {"PreferencesRet": preferences(company, asked.content)})


def _report(company: DesktopCompany, asked: RequestRead) -> Reply:
    return _told(asked, {"ReportRet": report(company, asked.type, asked.content)})


_ANSWERED: Mapping[tuple[str, str], Callable[[DesktopCompany, RequestRead], Reply]] = {
    ("AccountTaxLineInfo", "Query"): _tax_lines,
    ("ClearedStatus", "Mod"): _clear,
    ("Company", "Query"): _company,
    ("CompanyActivity", "Query"): _activity,
    ("DataEventRecoveryInfo", "Del"): _forget_lost_events,
    ("DataEventRecoveryInfo", "Query"): _lost_events,
    ("DataExt", "Add"): _put_extension,
    ("DataExt", "Del"): _take_extension,
    ("DataExt", "Mod"): _put_extension,
    ("DataExtDef", "Add"): _define,
    ("DataExtDef", "Del"): _undefine,
    ("DataExtDef", "Mod"): _redefine,
    ("DataExtDef", "Query"): _definitions,
    ("Form1099CategoryAccountMapping", "Mod"): _form_1099,
    ("Form1099CategoryAccountMapping", "Query"): _form_1099,
    ("ItemAssembliesCanBuild", "Query"): _can_build,
    ("List", "Del"): _delete,
    ("ListDeleted", "Query"): _deleted,
    ("ListDisplay", "Add"): _display_new,
    ("ListDisplay", "Mod"): _display,
    ("ListMerge", "Do"): _merge,
    ("Preferences", "Query"): _preferences,
    ("SpecialAccount", "Add"): _special_account,
    ("SpecialItem", "Add"): _special_item,
    ("Txn", "Del"): _delete,
    ("Txn", "Void"): _void,
    ("TxnDeleted", "Query"): _deleted,
    ("TxnDisplay", "Add"): _display_new,
    ("TxnDisplay", "Mod"): _display,
}
