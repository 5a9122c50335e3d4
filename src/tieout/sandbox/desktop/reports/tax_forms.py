"""Forms for the tax office: what stands in each line of the income tax form, and what vendors were paid for form 1099."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from decimal import Decimal

from ..records import ZERO, Record, called, id_of
from .asked import Line, ReportAsked
from .axes import Head, axis
from .cash_basis import when_settled
from .dates import heading, span
from .detail_columns import COLUMNS, Rows, columns_asked
from .figures import total
from .table import LABEL, Column, Table

_PAID = ("TxnType", "Date", "RefNumber", "Memo", "Account", "ClearedStatus", "SplitAccount", "Amount")
_BY_CARD = frozenset(("BillPaymentCreditCard", "CreditCardCharge", "CreditCardCredit"))


def income_tax_summary(asked: ReportAsked) -> Table:
    """Income is positive, and so is what the business owes; all rows together are nothing, as the books balance."""
    head_of = axis(asked, "TaxLine")
    sums: defaultdict[Head, Decimal] = defaultdict(Decimal)
    for line in asked.lines():
        if asked.period.holds(line[1].date):
            sums[head_of(line)] -= line[2].amount
    columns = [LABEL, Column(heading(asked.period), "Amount", "AMTTYPE")]
    table = Table("Income Tax Summary", span(asked.period), columns, asked.basis)
    for head in sorted(sums):
        table.data([head.title, sums[head]])
    return table


def form_1099(asked: ReportAsked) -> Table:
    """What eligible vendors were paid on the accounts of the form's boxes, from a box's threshold on.

    It counts on the day of the payment, whatever the basis; what was paid by card is for the card's company to tell.
    """
    names = columns_asked(asked, _PAID)
    table = Table("1099 Detail", span(asked.period), [LABEL, *(COLUMNS[name] for name in names)])
    rows, whole = Rows(asked, names), ZERO
    vendors = sorted(asked.company.all_of("Vendor"), key=lambda each: str(each["Name"]).casefold())
    paid = _paid(asked)
    for vendor in vendors:
        lines, full = paid.get(vendor["ListID"], []), called(vendor)
        if not lines:
            continue
        table.data([full], "vendor", full)
        for line in sorted(lines, key=lambda each: each[1].date):
            account = rows.account(line[2].account)
            table.data(rows.cells(line, line[2].amount), "account", account)
        below = total(line[2].amount for line in lines)
        table.subtotal(rows.only({"Amount": below}, f"Total {full}"), "vendor", full)
        whole += below
    table.total(rows.only({"Amount": whole}, "TOTAL"))
    return table


def _paid(asked: ReportAsked) -> dict[str, list[Line]]:
    """By a vendor's ListID."""
    boxes = {id_of(each): box for box in asked.company.form_1099.boxes.values() for each in box["AccountRef"]}
    found: defaultdict[str, list[Line]] = defaultdict(list)
    for line in when_settled(asked.company, _BY_CARD):
        is_meant = line[2].account in boxes and asked.period.holds(line[1].date) and asked.lets_through(line)
        if is_meant and (vendor := _vendor(asked, line)).get("IsVendorEligibleFor1099"):
            found[vendor["ListID"]].append(line)
    enough: dict[str, list[Line]] = {}
    for vendor_id, lines in found.items():
        sums: defaultdict[str, Decimal] = defaultdict(Decimal)
        for line in lines:
            sums[boxes[line[2].account]["MappingCategory"]] += line[2].amount
        enough[vendor_id] = [
            line
            for line in lines
            if sums[boxes[line[2].account]["MappingCategory"]]
            >= (boxes[line[2].account].get("Threshold") or ZERO)
        ]
    return enough


def _vendor(asked: ReportAsked, line: Line) -> Record:
    """Whom a transaction paid, though its line is about a customer; of a journal entry, whom the line names."""
    (kind, txn_id), _, posting = line
    record = asked.company.records[kind][txn_id]
    said = id_of(record.get("VendorRef") or record.get("PayeeEntityRef"))
    party = posting.party[1] if posting.party else ""
    return asked.company.records.get("Vendor", {}).get(said or party, {})


TAX_FORM_DETAILS: Mapping[str, tuple[str, Callable[[ReportAsked], Table]]] = {
    "1099Detail": ("LastYear", form_1099),
}
TAX_FORMS: Mapping[str, tuple[str, Callable[[ReportAsked], Table]]] = {
    "IncomeTaxSummary": ("LastYear", income_tax_summary),
}
