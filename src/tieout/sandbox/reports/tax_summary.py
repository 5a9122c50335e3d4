"""TaxSummary: what was collected and paid at each rate of an agency; companies outside the US have it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from ..company import refusals
from ..company.records import Record
from ..ledger.ledger import ZERO
from .activity import Activity
from .rendering import Cell, Column, Row, Table, money
from .sales import FORMS

_REFUNDED = ("CreditMemo", "RefundReceipt", "VendorCredit")


def tax_summary(activity: Activity) -> Table:
    agencies = activity.asked.ids("agency_id")
    if any(activity.books.find("TaxAgency", id_) is None for id_ in agencies):
        raise refusals.invalid_reference("TaxAgencies", ",".join(sorted(agencies)))
    rates = [
        stored.record
        for stored in activity.books.store("TaxRate")
        if stored.record.get("AgencyRef", {}).get("value") in agencies
    ]
    taxed = {rate["Id"]: ZERO for rate in rates}
    for id_, amount in _tax_lines(activity):
        if id_ in taxed:
            taxed[id_] += amount
    rows = [Row([Cell(rate["Name"]), money(taxed[rate["Id"]])], rate["Id"]) for rate in rates]
    if rows:
        rows.append(Row([Cell("TOTAL"), money(sum(taxed.values(), ZERO))], "GrandTotal"))
    columns = [Column("", "String"), Column("Total", "Money", {"ColKey": "total"})]
    return Table(columns, rows, typed=False)


def _tax_lines(activity: Activity) -> Iterator[tuple[str, Decimal]]:
    """Rate and amount of every tax line of the period: collected on sales, less what was paid on purchases."""
    for key in dict.fromkeys(move.key for move in activity.within()):
        record: Record = activity.record(key)
        sign = (1 if key[0] in FORMS else -1) * (-1 if key[0] in _REFUNDED else 1)
        for line in record.get("TxnTaxDetail", {}).get("TaxLine", ()):
            rate = line.get("TaxLineDetail", {}).get("TaxRateRef", {}).get("value", "")
            yield rate, sign * line.get("Amount", ZERO)
