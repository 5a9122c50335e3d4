"""What people do to their books between two runs of a mirror, done over the wire."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from ..protocols import exact_json, rest
from .cells import amount

if TYPE_CHECKING:
    from ..connections.base import Record
    from ..connections.rest import OnlineConnection
    from ..project.books import Books


def change_things(books: Books) -> Iterator[str]:
    """Edit, create, delete, void, deactivate, and take a payment; a sentence after each."""
    company = cast("OnlineConnection", books.connection)
    unpaid = [
        invoice
        for invoice in books.query("Invoice", where="Balance > 0", order="Id", limit=60)
        if not invoice.get("LinkedTxn")
    ]
    edited, deleted, voided, paid = unpaid[:4]
    yield _edit(company, edited)
    yield _create(company, edited)
    yield _delete(company, deleted)
    yield _void(company, voided)
    yield _deactivate(company, books, unpaid)
    yield _receive_payment(company, paid)


def _edit(company: OnlineConnection, invoice: Record) -> str:
    changed = _send(
        company,
        "Invoice",
        {**_named(invoice), "sparse": True, "PrivateNote": "Promised by phone for next week."},
    )
    return f"Invoice {_number(changed)}: a note is added"


def _create(company: OnlineConnection, like: Record) -> str:
    lines = [_without_id(line) for line in like["Line"] if line["DetailType"] == "SalesItemLineDetail"]
    made = _send(company, "Invoice", {"CustomerRef": {"value": like["CustomerRef"]["value"]}, "Line": lines})
    return (
        f"Invoice {_number(made)}: new, {amount(Decimal(made['TotalAmt']))} for {like['CustomerRef']['name']}"
    )


def _delete(company: OnlineConnection, invoice: Record) -> str:
    _send(company, "Invoice", _named(invoice), operation="delete")
    return f"Invoice {_number(invoice)}: deleted"


def _void(company: OnlineConnection, invoice: Record) -> str:
    _send(company, "Invoice", _named(invoice), operation="void")
    return f"Invoice {_number(invoice)}: voided"


def _deactivate(company: OnlineConnection, books: Books, unpaid: list[Record]) -> str:
    owing = {invoice["CustomerRef"]["value"] for invoice in unpaid}
    settled = books.query("Customer", where="Active = true and Balance = 0", order="Id", limit=20)
    customer = next((each for each in settled if each["Id"] not in owing), None)
    if customer is None:
        customer = _send(company, "Customer", {"DisplayName": "Harbor Visitor"})
    _send(company, "Customer", {**_named(customer), "sparse": True, "Active": False})
    return f"Customer {customer['DisplayName']}: made inactive"


def _receive_payment(company: OnlineConnection, invoice: Record) -> str:
    linked = {"TxnId": invoice["Id"], "TxnType": "Invoice"}
    total = invoice["Balance"]
    payment = {
        "CustomerRef": {"value": invoice["CustomerRef"]["value"]},
        "TotalAmt": total,
        "Line": [{"Amount": total, "LinkedTxn": [linked]}],
    }
    if "CurrencyRef" in invoice:
        payment |= {key: invoice[key] for key in ("CurrencyRef", "ExchangeRate") if key in invoice}
    _send(company, "Payment", payment)
    return f"Invoice {_number(invoice)}: {amount(Decimal(total))} paid"


def _send(company: OnlineConnection, type_name: str, body: Mapping[str, Any], **params: str) -> Record:
    answer = company.raw("POST", type_name.lower(), exact_json.encode(dict(body)), params)
    record: Record = exact_json.decode(rest.read_entity(answer.body, type_name, tid=answer.tid)[0])
    return record


def _named(record: Record) -> Record:
    return {"Id": record["Id"], "SyncToken": record["SyncToken"]}


def _without_id(line: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in line.items() if key not in ("Id", "LineNum")}


def _number(invoice: Record) -> str:
    return str(invoice.get("DocNumber") or invoice["Id"])
