"""Many invoices, made fast: for measuring, and for seeing what pages and limits do.

Invoices and payments do not go through the rules, only through the same postings, and are kept as bytes. What
they hold is what the rules would have made: sums, balances, links, names of references.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import msgspec

from ...catalog.rest import record_type
from ..company.books import Books, stamped
from ..company.company import Company
from ..company.computed import refresh
from ..company.documents.defaults import reference
from ..company.links import Link
from ..company.records import Record
from ..ledger.booking import book
from ..ledger.ledger import ZERO, Touched
from .chart import account_ids, furnish

ITEMS = 200
INVOICES_PER_CUSTOMER = 40
FEWEST_CUSTOMERS = 20
DAYS = 365
LINES = (1, 2, 3, 4, 4, 5, 5, 6, 6, 7, 8, 8)
"""How many lines an invoice may have; five on average."""
_TOWNS = ("Bayshore", "Half Moon Bay", "Monterey", "Castroville", "Aptos")
_WORDS = [
    "Brass",
    "Cedar",
    "Cobalt",
    "Copper",
    "Cotton",
    "Granite",
    "Linen",
    "Maple",
    "Marble",
    "Nickel",
    "Oak",
    "Pewter",
    "Silk",
    "Slate",
    "Steel",
    "Walnut",
]
_THINGS = [
    "Bracket",
    "Bench",
    "Clamp",
    "Dowel",
    "Frame",
    "Hinge",
    "Lamp",
    "Panel",
    "Rail",
    "Shelf",
    "Stool",
    "Tile",
    "Tray",
]

_encode = msgspec.json.Encoder(decimal_format="number").encode
"""Every amount here has cents and none an exponent, so this writes what `exact_json.encode` would."""


def fill(company: Company, *, invoices: int = 2000, seed: int = 1) -> None:
    """That many invoices over a year, a third of them paid."""
    random = Random(seed)
    now = company.books.now()
    opening = now - timedelta(days=DAYS + 1)
    with company.at(opening), _collector_paused():
        furnish(company)
        wholesale = _Wholesale(company, random, invoices, opening)
        wholesale.sell(invoices)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Nothing made here is garbage; looking for it again and again would take half the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@dataclass(frozen=True, slots=True)
class _Buyer:
    """What all invoices of a customer have in common."""

    header: Record


@dataclass(frozen=True, slots=True)
class _Article:
    """What all lines with an item have in common."""

    cents: int
    description: str
    detail: Record


class _Wholesale:
    def __init__(self, company: Company, random: Random, invoices: int, opening: datetime) -> None:
        self._books = company.books
        self._random = random
        self._opening = opening
        self._terms = [reference_by_name(stored.record) for stored in company.books.store("Term")]
        segments = [
            company.create("Department", {"Name": name}).record for name in ("North", "South", "Online")
        ]
        classes = [company.create("Class", {"Name": name}).record for name in ("Trade", "Retail")]
        self._departments = [reference(record) for record in segments]
        self._articles = [self._article(company, number, classes[number % 2]) for number in range(ITEMS)]
        buyers = max(FEWEST_CUSTOMERS, invoices // INVOICES_PER_CUSTOMER)
        self._buyers = [self._buyer(company, number) for number in range(buyers)]
        self._touched = Touched()

    def sell(self, count: int) -> None:
        """Make the invoices, and payments for every third of them."""
        invoice_ids = self._books.reserve_ids(record_type("Invoice"), count)
        payment_ids = iter(self._books.reserve_ids(record_type("Payment"), count))
        pace = timedelta(days=DAYS) / max(count, 1)
        for number, id_ in enumerate(invoice_ids):
            moment = (self._opening + pace * number).replace(microsecond=0)
            invoice = self._invoice(number, str(id_), moment)
            if number % 3 == 0:
                self._pay(invoice, str(next(payment_ids)), number, moment)
            self._keep("Invoice", invoice, moment)
        self._books.next_number["sales"] = 1001 + count
        refresh(self._books, self._touched)

    def _invoice(self, number: int, id_: str, moment: datetime) -> Record:
        random, day = self._random, moment.date().isoformat()
        lines, total = self._lines(random.choice(LINES), day)
        fields = {
            **random.choice(self._buyers).header,
            "DocNumber": str(1001 + number),
            "TxnDate": day,
            "DueDate": (moment.date() + timedelta(days=30)).isoformat(),
            "ShipDate": day,
            "TrackingNum": f"1Z{number:012d}",
            "DepartmentRef": self._departments[number % 3],
            "Line": lines,
            "TotalAmt": total,
            "Balance": total,
            "LinkedTxn": [],
        }
        return stamped(fields, id_, moment)

    def _lines(self, count: int, day: str) -> tuple[list[Record], Decimal]:
        lines, total = [], 0
        for position in range(1, count + 1):
            article = self._random.choice(self._articles)
            quantity = 1 + int(self._random.random() * 12)
            total += article.cents * quantity
            lines.append(
                {
                    "Id": str(position),
                    "LineNum": position,
                    "Description": article.description,
                    "Amount": _money(article.cents * quantity),
                    "DetailType": "SalesItemLineDetail",
                    "SalesItemLineDetail": {**article.detail, "Qty": quantity, "ServiceDate": day},
                }
            )
        subtotal = {"Amount": _money(total), "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}
        return [*lines, subtotal], _money(total)

    def _pay(self, invoice: Record, id_: str, number: int, moment: datetime) -> None:
        """In full, or every fourth time by half."""
        paid: Decimal = invoice["TotalAmt"]
        if number % 4 == 0:
            paid = (paid / 2).quantize(Decimal("0.01"))
        line = {"Amount": paid, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}
        fields = {
            "CustomerRef": invoice["CustomerRef"],
            "CurrencyRef": invoice["CurrencyRef"],
            "DepositToAccountRef": reference(self._books.account("UndepositedFunds")),
            "PaymentRefNum": f"{number:06d}",
            "TxnDate": invoice["TxnDate"],
            "TotalAmt": paid,
            "UnappliedAmt": ZERO,
            "ProcessPayment": False,
            "Line": [line],
            "LinkedTxn": [],
        }
        invoice["Balance"] -= paid
        invoice["LinkedTxn"] = [{"TxnId": id_, "TxnType": "Payment"}]
        invoice["SyncToken"] = "1"
        self._books.links.state(("Payment", id_), [Link(("Invoice", invoice["Id"]), paid)])
        self._keep("Payment", stamped(fields, id_, moment), moment)

    def _keep(self, type_name: str, record: Record, moment: datetime) -> None:
        self._books.put(type_name, record, moment, _encode(record)).freeze()
        self._touched.add(book(self._books, (type_name, record["Id"]), record))

    def _article(self, company: Company, number: int, class_: Record) -> _Article:
        name = f"{_WORDS[number % len(_WORDS)]} {_THINGS[number % len(_THINGS)]} {number:03d}"
        cents = self._random.randint(150, 48000)
        accounts = account_ids(company)
        fields: dict[str, Any] = {"Name": name, "Type": "NonInventory", "UnitPrice": _money(cents)}
        fields |= {"Description": f"{name}, packed in tens"}
        fields |= {"IncomeAccountRef": {"value": accounts["Sales of Product Income"]}}
        if company.books.country != "US":
            fields |= {"ExpenseAccountRef": {"value": accounts["Cost of Goods Sold"]}}
        item = company.create("Item", fields).record
        detail = {
            "ItemRef": reference(item),
            "ClassRef": reference(class_),
            "UnitPrice": item["UnitPrice"],
            "ItemAccountRef": item["IncomeAccountRef"],
        }
        if company.books.country == "US":
            detail["TaxCodeRef"] = {"value": "NON"}
        return _Article(cents, item["Description"], detail)

    def _buyer(self, company: Company, number: int) -> _Buyer:
        random = self._random
        name = f"{random.choice(_WORDS)} & {random.choice(_WORDS)} Trading {number:05d}"
        address = {
            "Id": str(2 + 2 * number),
            "Line1": f"{random.randint(1, 2400)} {random.choice(_WORDS)} Avenue",
            "City": random.choice(_TOWNS),
            "Country": "USA",
            "CountrySubDivisionCode": "CA",
            "PostalCode": f"9{random.randint(1000, 9999)}",
        }
        email = {"Address": f"orders{number}@example.com"}
        fields = {"DisplayName": name, "BillAddr": address, "PrimaryEmailAddr": email}
        customer = company.create("Customer", fields).record
        header = {
            "CustomerRef": {"value": customer["Id"], "name": name},
            "CustomerMemo": {"value": "Thank you for your order.."},
            "PrivateNote": "Taken by telephone",
            "CurrencyRef": company.books.currency(company.books.home_currency),
            "CustomField": [],
            "BillAddr": address,
            "ShipAddr": {**address, "Id": str(3 + 2 * number)},
            "SalesTermRef": random.choice(self._terms),
            "ShipMethodRef": {"value": "Freight", "name": "Freight"},
            **_without_tax(company.books),
            "ApplyTaxAfterDiscount": False,
            "PrintStatus": "NeedToPrint",
            "EmailStatus": "NotSet",
            "BillEmail": email,
            "AllowOnlinePayment": False,
            "AllowOnlineCreditCardPayment": False,
            "AllowOnlineACHPayment": False,
        }
        return _Buyer(header)


def reference_by_name(record: Record) -> Record:
    """A reference to a record of a flat list."""
    return {"value": record["Id"], "name": record["Name"]}


def _without_tax(books: Books) -> Record:
    """How a sale says that nothing of it is taxed."""
    return (
        {"TxnTaxDetail": {"TotalTax": ZERO}}
        if books.country == "US"
        else {"GlobalTaxCalculation": "NotApplicable"}
    )


def _money(cents: int) -> Decimal:
    return Decimal(cents).scaleb(-2)
