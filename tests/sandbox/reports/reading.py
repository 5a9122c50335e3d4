"""Asking a company for a report, and finding one's way in the answer; nothing of the client is used."""

from __future__ import annotations

import json
from decimal import Decimal

from tieout.sandbox.reports import answer


def ask(company, name, most_cells=400_000, **params):
    return json.loads(answer(company.books, name, params, company.books.now(), most_cells))


def rows_of(report_or_section):
    return report_or_section["Rows"].get("Row", []) if "Rows" in report_or_section else []


def walk(rows, path=()):
    """Every line of values with its headings: (path, kind, cells, group)."""
    for row in rows:
        group = row.get("group", "")
        if "ColData" in row:
            yield path, "data", row["ColData"], group
            continue
        title = row["Header"]["ColData"][0]["value"] if "Header" in row else ""
        if "Header" in row:
            yield path, "header", row["Header"]["ColData"], group
        yield from walk(rows_of(row), (*path, title))
        if "Summary" in row:
            yield path, "summary", row["Summary"]["ColData"], group


def lines(report, kind):
    return [(path, cells, group) for path, found, cells, group in walk(rows_of(report)) if found == kind]


def group(report, name, column=1):
    """The amount of the row or section of a group."""
    for _path, kind, cells, found in walk(rows_of(report)):
        if found == name and kind != "header":
            return amount(cells[column])
    raise AssertionError(f"no group {name}")


def amount(cell):
    return Decimal(cell["value"] or 0)


def keys(report):
    return [{meta["Name"]: meta["Value"] for meta in c["MetaData"]}["ColKey"] for c in columns(report)]


def columns(report):
    return report["Columns"]["Column"]


def titles(report):
    return [column["ColTitle"] for column in columns(report)]
