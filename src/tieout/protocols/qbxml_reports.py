"""Reports of QuickBooks Desktop: the request for one by its name, and its grid as flat rows.

A row of the report becomes a record:

    row                 its number, from 1
    kind                data, text, subtotal or total
    row_type, row_value what the row is about: account, customer, item …, and which
    label               the words in front
    …                   a field for each column, by its ColType: `amount`, `txn_date`, `ref_number`, `debit` …

Where several columns are of one type, as with `SummarizeColumnsBy`, each of their cells becomes a record, with the column's title
in `column`; of two that have one title the second is numbered. Numbers are exact; a cell that is none stays a text.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from ..catalog.nearest import did_you_mean
from ..catalog.qbxml import Edition, record_type
from ..catalog.qbxml.actions import reports
from ..errors import SetupError
from .qbxml_writer import Request
from .table_names import snake

_KINDS = {"DataRow": "data", "TextRow": "text", "SubtotalRow": "subtotal", "TotalRow": "total"}
_IN_FRONT = ("Label", "Blank")
_NUMBERS = frozenset(("AMTTYPE", "QUANTYPE", "PRICETYPE", "PERCENTTYPE", "FLOATTYPE", "INTTYPE"))
_PERIOD = ("FromReportDate", "ToReportDate")


def report_names(edition: Edition) -> tuple[str, ...]:
    """Every report that the edition has, by the name that its request gives it."""
    return tuple(name for names in reports(edition).values() for name in names)


def report_request(name: str, params: Mapping[str, str], edition: Edition) -> Request:
    """The request; `params` are named as its elements are, and the two days of a ReportPeriod stand by themselves.

    SetupError names an unknown report or parameter. A list is written with commas, an element inside another with a dot.
    """
    query, known = _query_of(name, edition), report_params(name, edition)
    content: dict[str, Any] = {f"{query}Type": name}
    for param, value in params.items():
        path = ["ReportPeriod", param] if param in _PERIOD else param.split(".")
        if path[0] not in known:
            raise SetupError(
                f"{name} cannot be asked {param!r}.{did_you_mean(param, (*_PERIOD, *known))}",
                advice=f"`tieout types qbxml:{query} --message query` lists what can be asked.",
            )
        inside = content
        for part in path[:-1]:
            inside = inside.setdefault(part, {})
        inside[path[-1]] = value.split(",") if "," in value else value
    return Request(query, "Query", content)


def report_params(name: str, edition: Edition) -> frozenset[str]:
    """What a report can be asked, by the names of its request's elements; SetupError for a report that there is not."""
    query = _query_of(name, edition)
    kind = record_type(query)
    elements = kind.shape(kind.message("Query", "Rq"), edition).elements()
    return frozenset(each.name for each in elements) - {f"{query}Type"}


def _query_of(name: str, edition: Edition) -> str:
    found = next((owner for owner, names in reports(edition).items() if name in names), None)
    if found is None:
        raise SetupError(
            f"qbXML {edition} has no report {name!r}.{did_you_mean(name, report_names(edition))}",
            advice="`tieout types qbxml:GeneralSummaryReport --message query` lists what there is.",
        )
    return found


def report_rows(ret: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of a ReportRet."""
    columns = {str(each.get("@colID", "")): each for each in _listed(ret.get("ColDesc"))}
    counted = Counter(str(each.get("ColType", "")) for each in columns.values())
    repeated = {kind for kind, times in counted.items() if times > 1 and kind not in _IN_FRONT}
    titles = _titles(columns)
    data = ret.get("ReportData") or {}
    rows = [(kind, row) for element, kind in _KINDS.items() for row in _listed(data.get(element))]
    rows.sort(key=lambda each: int(each[1].get("@rowNumber", 0)))
    return [record for kind, row in rows for record in _records(kind, row, columns, repeated, titles)]


def _records(
    kind: str,
    row: Mapping[str, Any],
    columns: Mapping[str, Mapping[str, Any]],
    repeated: set[str],
    titles: Mapping[str, str],
) -> Iterator[dict[str, Any]]:
    about = row.get("RowData") or {}
    record: dict[str, Any] = {"row": int(row.get("@rowNumber", 0)), "kind": kind}
    record["row_type"], record["row_value"] = about.get("@rowType"), about.get("@value")
    record["label"] = str(row["@value"]).strip() if "@value" in row else None
    several: list[dict[str, Any]] = []
    for cell in _listed(row.get("ColData")):
        column = columns.get(str(cell.get("@colID", "")), {})
        kind_of_column = str(column.get("ColType", ""))
        text = str(cell.get("@value", ""))
        if kind_of_column in _IN_FRONT:
            record["label"] = " ".join(filter(None, (record["label"], text.strip()))) or None
        elif kind_of_column in repeated:
            title = titles.get(str(cell.get("@colID", "")), "")
            several.append({"column": title, snake(kind_of_column): _value(text, column)})
        elif text:
            record[snake(kind_of_column)] = _value(text, column)
    if not repeated:
        yield record
    else:
        yield from ({**record, **each} for each in several or [{"column": None}])


def _titles(columns: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """By colID; a title that other columns of its type have before it is numbered: `($) Diff. (2)`."""
    times: Counter[tuple[str, str]] = Counter()
    titles: dict[str, str] = {}
    for number, column in columns.items():
        title = _title(column)
        times[title, str(column.get("ColType", ""))] += 1
        before = times[title, str(column.get("ColType", ""))]
        titles[number] = title if before == 1 else f"{title} ({before})"
    return titles


def _title(column: Mapping[str, Any]) -> str:
    titles = sorted(_listed(column.get("ColTitle")), key=lambda each: int(each.get("@titleRow", 1)))
    return " ".join(filter(None, (str(each.get("@value", "")).strip() for each in titles)))


def _value(text: str, column: Mapping[str, Any]) -> Any:
    if not text:
        return None
    if str(column.get("@dataType", "")) in _NUMBERS:
        try:
            return Decimal(text)
        except InvalidOperation:
            return text
    return text


def _listed(value: Any) -> Sequence[Mapping[str, Any]]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
