"""CustomTxnDetail: any columns, and rows put together as the request says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from ..special_accounts import RESULT_TYPES
from .asked import ReportAsked
from .details import SHEET_TYPES, Detail, detail
from .table import Table

_PLAIN = Detail("Custom Transaction Detail Report", "ThisMonthToDate", ())

_BY: Mapping[str, Detail] = {
    "TotalOnly": _PLAIN,
    "BalanceSheet": replace(_PLAIN, group="Account", types=SHEET_TYPES),
    "Customer": replace(_PLAIN, group="Customer", party="Customer"),
    "Employee": replace(_PLAIN, group="Employee", party="Employee"),
    "IncomeStatement": replace(_PLAIN, group="Account", types=tuple(sorted(RESULT_TYPES))),
    "ItemDetail": replace(_PLAIN, group="ItemDetail", goods=True),
    "ItemType": replace(_PLAIN, group="ItemType", goods=True),
    "Vendor": replace(_PLAIN, group="Vendor", party="Vendor"),
}
"""Those that have only some of the postings; the others have all."""


def custom_detail(asked: ReportAsked) -> Table:
    by = str(asked.content.get("SummarizeRowsBy", "TotalOnly"))
    return detail(asked, _BY.get(by, replace(_PLAIN, group=by)))


CUSTOM_DETAILS: Mapping[str, tuple[str, Callable[[ReportAsked], Table]]] = {
    "CustomTxnDetail": (_PLAIN.usual, custom_detail),
}
