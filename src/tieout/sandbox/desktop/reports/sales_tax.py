"""Sales tax: what was sold with it and without, what was collected, and what is owed, by agency and tax item.

A sale under several taxes stands in the row of each; rows called `Multiple taxes` take away what is there more than once, so that
totals are those of the sales (QuickBooks' help, Sales tax liability report).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from ..records import ZERO, called, item_lines
from ..sales_taxes import TaxPart, is_taxed, tax_parts, taxes_of_line
from .asked import Line, ReportAsked
from .dates import as_of, span
from .table import LABEL, Cell, Column, Table

SALES = ("Charge", "CreditMemo", "Invoice", "SalesReceipt")

_AMOUNT, _MULTIPLE = "AMTTYPE", "Multiple taxes"
_NOT_SOLD = ("ItemPayment", "ItemSalesTax", "ItemSalesTaxGroup")
_NO_TAX = TaxPart(ZERO, "", "")


@dataclass(slots=True)
class _Sums:
    """What a row tells."""

    sold: Decimal = ZERO
    taxable: Decimal = ZERO
    collected: Decimal = ZERO
    payable: Decimal = ZERO

    def add(self, other: _Sums, times: int = 1) -> None:
        self.sold += times * other.sold
        self.taxable += times * other.taxable
        self.collected += times * other.collected
        self.payable += times * other.payable

    @property
    def is_any(self) -> bool:
        return any((self.sold, self.taxable, self.collected, self.payable))


@dataclass(slots=True)
class _Agency:
    """By the ListID of a tax item, and what stands in more than one of the rows."""

    items: defaultdict[str, _Sums] = field(default_factory=lambda: defaultdict(_Sums))
    again: _Sums = field(default_factory=_Sums)


class _Taxes:
    """By the ListID of an agency; empty where a tax item names none."""

    def __init__(self, asked: ReportAsked) -> None:
        self.agencies: defaultdict[str, _Agency] = defaultdict(_Agency)
        self.again = _Sums()
        """What stands under more than one agency."""
        self._company = asked.company
        account = asked.company.special_account("SalesTaxPayable")["ListID"]
        for line in asked.lines():
            (kind, _), heading, posting = line
            is_inside = asked.period.holds(heading.date) and kind in SALES
            if posting.account == account:
                agency = posting.party[1] if posting.party and posting.party[0] == "Vendor" else ""
                collected = -posting.amount if is_inside else ZERO
                owed = -posting.amount if heading.date <= asked.until else ZERO
                self.agencies[agency].items[posting.item].add(_Sums(collected=collected, payable=owed))
            elif is_inside and self._is_sold(line):
                self._add_sale(line)

    def _is_sold(self, line: Line) -> bool:
        """Whether a posting of a sale is a line's own amount, and not what its goods cost."""
        item = self._company.item(line[2].item)
        moves_goods = item.is_stocked and line[2].account in (item.asset_account, item.cogs_account)
        return bool(item.kind) and item.kind not in _NOT_SOLD and not moves_goods

    def _add_sale(self, line: Line) -> None:
        (kind, txn_id), _, posting = line
        record = self._company.records[kind][txn_id]
        said = next((each for each in item_lines(kind, record) if each["TxnLineID"] == posting.line), {})
        amount = -posting.amount
        sale = _Sums(amount, amount if is_taxed(self._company, said) else ZERO)
        parts = taxes_of_line(self._company, record, said) or [_NO_TAX]
        agencies = Counter(part.agency for part in parts)
        for part in parts:
            self.agencies[part.agency].items[part.item].add(sale)
        for agency, times in agencies.items():
            self.agencies[agency].again.add(sale, 1 - times)
        self.again.add(sale, 1 - len(agencies))


Cells = Callable[[_Sums, Decimal | None], list[Cell]]
"""What stands behind the label: of the sums and of the tax item's rate."""


def _write(asked: ReportAsked, table: Table, cells: Cells) -> Table:
    taxes, whole = _Taxes(asked), _Sums()
    vendors = {each["ListID"]: called(each) for each in asked.company.all_of("Vendor")}
    for agency in sorted(taxes.agencies, key=lambda each: (not each, vendors.get(each, "").casefold())):
        inside, below = taxes.agencies[agency], _Sums()
        rows = {item: sums for item, sums in inside.items.items() if sums.is_any}
        if not rows:
            continue
        name = vendors.get(agency, "No tax agency")
        table.text(name)
        for item, sums in rows.items():
            below.add(sums)
            full = called(asked.company.item(item).record)
            rate = next((part.rate for part in tax_parts(asked.company, item)), None)
            table.data([full or "No tax item", *cells(sums, rate)], "item" if full else "", full)
        _write_again(table, inside.again, below, cells)
        row_type = "vendor" if agency else ""
        table.subtotal([f"Total {name}", *cells(below, None)], row_type, name)
        whole.add(below)
    _write_again(table, taxes.again, whole, cells)
    table.total(["TOTAL", *cells(whole, None)])
    return table


def _write_again(table: Table, again: _Sums, below: _Sums, cells: Cells) -> None:
    if again.is_any:
        below.add(again)
        table.data([_MULTIPLE, *cells(again, None)])


def liability(asked: ReportAsked) -> Table:
    """What is owed is the balance of Sales Tax Payable at the end of the period, whatever moved it."""
    titles = ("Total Sales", "Non-Taxable Sales", "Taxable Sales")
    columns = [
        LABEL,
        *(Column(title, "Amount", _AMOUNT) for title in titles),
        Column("Tax Rate", "Percent", "PERCENTTYPE"),
        Column("Tax Collected", "Amount", _AMOUNT),
        Column(f"Sales Tax Payable {as_of(asked.period.end)}", "Amount", _AMOUNT),
    ]
    table = Table("Sales Tax Liability", span(asked.period), columns, asked.basis)

    def cells(sums: _Sums, rate: Decimal | None) -> list[Cell]:
        told = None if rate is None else f"{rate.normalize():f}"
        return [sums.sold, sums.sold - sums.taxable, sums.taxable, told, sums.collected, sums.payable]

    return _write(asked, table, cells)


def revenue(asked: ReportAsked) -> Table:
    """Sales by the taxes that they are under."""
    titles = ("Taxable Sales", "Non-Taxable Sales", "Total Sales")
    columns = [LABEL, *(Column(title, "Amount", _AMOUNT) for title in titles)]
    table = Table("Sales Tax Revenue Summary", span(asked.period), columns, asked.basis)
    return _write(asked, table, lambda sums, _: [sums.taxable, sums.sold - sums.taxable, sums.sold])


SALES_TAXES: Mapping[str, tuple[str, Callable[[ReportAsked], Table]]] = {
    "SalesTaxLiability": ("LastMonth", liability),
    "SalesTaxRevenueSummary": ("LastMonth", revenue),
}
"""The month before, for sales tax is paid monthly here (PaySalesTax)."""
