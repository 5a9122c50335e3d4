"""The project that `tieout init --for orders` writes: rows of CSV files become invoices, by a map to be made one's own."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

from .project_lines import Ask, line_of

INBOX, PROCESS, MAP = "inbox", "orders", "order_to_invoice.jsonata"

SUGGESTED: Mapping[str, Mapping[str, Any]] = {
    INBOX: {"path": INBOX},
    PROCESS: {
        "from": f"{INBOX}:orders*.csv",
        "group": "order_no",
        "map": MAP,
        "to": "books:Invoice",
        "do": "add",
        "key": "order_no",
    },
}

COLUMNS = ("order_no", "customer", "item", "qty", "price")
"""What the map reads of a row."""

MAP_TEXT = """\
/* An order, { order_no, rows: [...] }, as an invoice. Try it: tieout map order_to_invoice.jsonata orders.csv --group order_no */
(
  $id := function($type, $field, $name) {(
    $found := $find("books:" & $type, $field, $name);
    $exists($found) ? $found.Id : $error("QuickBooks has no " & $type & " '" & $name & "'")
  )};
  {
    "CustomerRef": $id("Customer", "DisplayName", rows[0].customer),
    "DocNumber": order_no,
    "Line": [rows.{
      "Amount": $number(qty) * $money(price),
      "DetailType": "SalesItemLineDetail",
      "SalesItemLineDetail": {
        "ItemRef": $id("Item", "Name", item),
        "Qty": $number(qty),
        "UnitPrice": $money(price)
      }
    }]
  }
)
"""


def orders_text(ask: Ask) -> str:
    """The text of a project file with a process that brings orders over; only what it needs is in it."""
    from ..project import KINDS, FlowSettings, settings_of

    parts = ["# `tieout connect books` signs in and adds [connection.books] to this file."]
    tables: tuple[tuple[str, type, str], ...] = (
        (f"connection.{INBOX}", KINDS["files"], "files"),
        (f"process.{PROCESS}", FlowSettings, ""),
    )
    for title, declared, kind in tables:
        suggested = SUGGESTED[title.partition(".")[2]]
        lines = [f"[{title}]", *([line_of("kind", kind)] if kind else [])]
        for setting in settings_of(declared):
            if setting.key in suggested:
                lines += [f"# {setting.help}", line_of(setting.key, ask(setting, suggested[setting.key]))]
        parts.append("\n".join(lines))
    parts.append(
        '# What else a process can do: docs/processes.md\n# track = { order = "order_no", customer = "CustomerRef.name" }'
    )
    return "\n\n".join(parts) + "\n"


def inbox_of(text: str) -> str:
    """The folder of the orders, as the project file has it."""
    return str(tomllib.loads(text)["connection"][INBOX]["path"])
