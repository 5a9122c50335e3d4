"""Records of a connection: a type, those that fit a predicate, and one with all its fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from typing import Any

from ...errors import SetupError, TieoutError
from ...operations import values_at
from ...processes.documents import plain
from ...protocols import exact_json
from .pages import Asked, Shown

LIMIT, MOST = 50, 500
"""Records of a page where nobody says, and at most."""
GUESSED_COLUMNS = 8
_KNOWN_BY = (
    *(
        "Id",
        "TxnID",
        "ListID",
        "id",
        "DocNumber",
        "RefNumber",
        "DisplayName",
        "FullName",
        "Name",
    ),
    *("TxnDate", "DueDate", "CustomerRef.name", "VendorRef.name", "EntityRef.name", "CustomerRef.FullName"),
    *(
        "VendorRef.FullName",
        "AccountType",
        "TotalAmt",
        "TotalAmount",
        "Subtotal",
        "Amount",
        "Balance",
        "Active",
        "IsActive",
    ),
)
"""Fields by which people know a record, of either edition."""


def browse(asked: Asked) -> Shown:
    """The form, and the records that it asks for; a mistake in it is said beside it."""
    wanted = {
        name: asked.query.get(name, "").strip() for name in ("connection", "type", "where", "fields", "limit")
    }
    values: dict[str, Any] = {
        **wanted,
        "columns": (),
        "rows": (),
        "types": (),
        "error": None,
        "has_more": False,
    }
    if wanted["connection"]:
        try:
            values |= _found(asked, wanted)
        except TieoutError as error:
            values["error"] = error
    return Shown("records", values, 400 if values["error"] else 200)


def show_one(asked: Asked) -> Shown:
    """All fields of a record, and the documents that it was made of."""
    connection, type_name, record_id = (asked.query.get(name, "") for name in ("connection", "type", "id"))
    with asked.project.books(connection) as books:
        record = books.get(type_name, record_id)
    return Shown(
        "record",
        {
            "connection": connection,
            "type": type_name,
            "id": record_id,
            "fields": [(path, text_of(value)) for path, value in fields_of(record)],
            "documents": asked.project.run_documents.of_record(type_name, record_id),
        },
    )


def _found(asked: Asked, wanted: Mapping[str, str]) -> dict[str, Any]:
    with asked.project.books(wanted["connection"]) as books:
        types = books.types()
        if not wanted["type"]:
            return {"types": types}
        limit = _limit(wanted["limit"])
        fields = [part for part in map(str.strip, wanted["fields"].split(",")) if part]
        results = books.query(wanted["type"], where=wanted["where"] or None, fields=fields, limit=limit + 1)
        records = list(islice(results, limit + 1))
        id_field = books.connection.id_field
    columns = fields or _columns(records)
    rows = [
        (str(record.get(id_field, "")), [_cell(record, path) for path in columns])
        for record in records[:limit]
    ]
    return {"types": types, "columns": columns, "rows": rows, "has_more": len(records) > limit}


def _limit(text: str) -> int:
    if not text:
        return LIMIT
    if not text.isdecimal() or not 1 <= int(text) <= MOST:
        raise SetupError(f"{text!r} is no limit.", advice=f"Write a number from 1 to {MOST}.")
    return int(text)


def _columns(records: Sequence[Mapping[str, Any]]) -> list[str]:
    """The fields by which these are known; the first ones used where there are none such."""
    known = [path for path in _KNOWN_BY if any(_cell(record, path) for record in records)]
    used = dict.fromkeys(name for record in records for name, value in record.items() if value is not None)
    return known if len(known) > 1 else list(used)[:GUESSED_COLUMNS]


def _cell(record: Mapping[str, Any], path: str) -> str:
    if path in record and not isinstance(record[path], dict):
        return text_of(record[path])
    found = list(values_at(record, path))
    return text_of(found[0] if len(found) == 1 else found or None)


def fields_of(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Each field inside with its path, `Line[0].Amount`."""
    if isinstance(value, Mapping) and value:
        for name, each in value.items():
            yield from fields_of(each, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list) and value:
        for number, each in enumerate(value):
            yield from fields_of(each, f"{path}[{number}]")
    else:
        yield path, value


def text_of(value: Any) -> str:
    """A value as people read it: amounts with at least cents, nothing as nothing."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal() if value.is_finite():
            exponent = int(value.normalize().as_tuple().exponent)
            return f"{value:.{max(2, -exponent)}f}"
        case datetime():
            return value.isoformat(" ", "seconds")
        case date():
            return value.isoformat()
        case dict() | list():
            return exact_json.encode(plain(value)).decode()
    return str(value)
