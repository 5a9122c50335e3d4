"""CustomTxnDetail: any columns, and rows put together as the request says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from .. import refusals
from .asked import ReportAsked
from .details import Detail, detail
from .table import Table

_PLAIN = Detail("Custom Transaction Detail Report", "ThisMonthToDate", ())

_BY: Mapping[str, Detail] = {
    "TotalOnly": _PLAIN,
    "Account": replace(_PLAIN, group="account"),
    "Customer": replace(_PLAIN, group="name", party="Customer"),
    "Employee": replace(_PLAIN, group="name", party="Employee"),
    "ItemDetail": replace(_PLAIN, group="item", goods=True),
    "SalesRep": replace(_PLAIN, group="rep"),
    "Vendor": replace(_PLAIN, group="name", party="Vendor"),
}


def custom_detail(asked: ReportAsked) -> Table:
    by = str(asked.content.get("SummarizeRowsBy", "TotalOnly"))
    if by not in _BY:
        raise refusals.no_report(f"{asked.name} by {by}")
    return detail(asked, _BY[by])


CUSTOM_DETAILS: Mapping[str, tuple[str, Callable[[ReportAsked], Table]]] = {
    "CustomTxnDetail": (_PLAIN.usual, custom_detail),
}
