"""AccountList: the chart of accounts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ..company.records import Record
from .activity import Activity
from .detail import Details
from .periods import Period
from .rendering import Cell, Row, Table, money

_DAY = len("2026-01-31")
_VALUES: Mapping[str, Callable[[Record], Cell]] = {
    "account_name": lambda account: Cell(account["FullyQualifiedName"], account["Id"]),
    "account_type": lambda account: Cell(account["AccountType"]),
    "detail_acc_type": lambda account: Cell(account.get("AccountSubType", "")),
    "account_desc": lambda account: Cell(account.get("Description", "")),
    "account_bal": lambda account: money(account.get("CurrentBalance")),
    "create_date": lambda account: Cell(account["MetaData"]["CreateTime"][:_DAY]),
    "last_mod_date": lambda account: Cell(account["MetaData"]["LastUpdatedTime"][:_DAY]),
}


def account_list(activity: Activity) -> Table:
    asked = activity.asked
    accounts = [stored.record for stored in activity.books.store("Account")]
    kept = [account for account in accounts if _passes(activity, account)]
    by = asked.params.get("sort_by", "account_name")
    value = _VALUES.get(by, _VALUES["account_name"])
    kept.sort(key=lambda account: value(account).value.casefold(), reverse=asked.descending)
    rows = [
        Row([_VALUES[key](account) if key in _VALUES else Cell() for key in asked.columns])
        for account in kept
    ]
    return Table(Details(activity).columns(), rows)


def _passes(activity: Activity, account: Record) -> bool:
    params = activity.asked.params
    deleted = account.get("Active") is False
    if deleted != (params.get("account_status") == "Deleted"):
        return False
    wanted = params.get("account_type")
    if wanted and account["AccountType"].replace(" ", "") != wanted:
        return False
    changed = activity.asked.dates("moddate")
    created = activity.asked.dates("createdate")
    return _within(changed, account, "LastUpdatedTime") and _within(created, account, "CreateTime")


def _within(period: Period | None, account: Record, stamp: str) -> bool:
    return period is None or period.holds(account["MetaData"][stamp][:_DAY])
