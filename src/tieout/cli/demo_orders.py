"""Orders of a CSV file on their way into the demo's books: two arrive, one is refused, corrected and sent."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

from .init_orders import INBOX, MAP, MAP_TEXT, PROCESS
from .messages import note

if TYPE_CHECKING:
    from ..processes.outgoing import Case
    from ..project import Project
    from ..project.books import Books

COLUMNS = ("order_no", "customer", "item", "qty", "price")

TABLES = f"""\

[connection.{INBOX}]
kind = "files"
path = "{INBOX}"
quiet_seconds = 0

[process.{PROCESS}]
from = "{INBOX}:orders*.csv"
group = "order_no"
map = "{MAP}"
to = "books:Invoice"
do = "add"
key = "order_no"
track = {{ order = "order_no", customer = "CustomerRef.name" }}
"""


def bring_orders_over(project: Project) -> dict[str, int]:
    """Write the file and the map, run the process, correct what was refused, run it again and once more; the counts."""
    from .run_flow import run_flow, summary_of

    folder = project.path.parent
    right, wrong, rows = _orders(project)
    (folder / MAP).write_text(MAP_TEXT, encoding="utf-8")
    (folder / INBOX).mkdir(exist_ok=True)
    _write(folder / INBOX / "orders.csv", rows)
    note(
        f"  {folder / INBOX / 'orders.csv'} has {len({row[0] for row in rows})} orders with {len(rows)} lines; the map is {folder / MAP}"
    )
    run, troubled = run_flow(project, PROCESS, limit=None, only="")
    note(f"  {summary_of(run)}")
    _explain(troubled)
    _write(
        folder / INBOX / "orders.csv",
        [tuple(right if cell == wrong else cell for cell in row) for row in rows],
    )
    note(f"  Corrected in the file: {right}. The same process once more:")
    again, _ = run_flow(project, PROCESS, limit=None, only="")
    note(f"  {summary_of(again)}")
    once_more, _ = run_flow(project, PROCESS, limit=None, only="")
    note(f"  And again: {summary_of(once_more)}")
    return {
        "orders": run.counts["in"],
        "orders_refused": run.counts["refused"],
        "orders_corrected": again.counts["out"],
        "orders_twice": once_more.counts["out"],
    }


def _explain(troubled: list[Case]) -> None:
    for case in troubled:
        note(f"  Refused: {case.why}")
        if case.why is not None and case.why.advice:
            note(f"  → {case.why.advice}")


def _orders(project: Project) -> tuple[str, str, list[tuple[str, ...]]]:
    """A customer's name, the same without its last letter, and three orders, one of them with that."""
    with project.books("books") as books:
        customers, items = _names(books)
    wrong = customers[2][:-1]
    return (
        customers[2],
        wrong,
        [
            ("WEB-1001", customers[0], items[0], "2", "10.50"),
            ("WEB-1001", customers[0], items[1], "1", "0.95"),
            ("WEB-1002", wrong, items[0], "3", "9.99"),
            ("WEB-1003", customers[1], items[1], "1", "1,250.00"),
        ],
    )


def _names(books: Books) -> tuple[list[str], list[str]]:
    customers = [
        each["DisplayName"] for each in books.query("Customer", where="Active = true", order="Id", limit=40)
    ]
    plain = [name for name in customers if name.isascii() and name[:-1] not in customers]
    items = [
        each["Name"]
        for each in books.query("Item", where="Active = true", order="Id", limit=40)
        if each.get("Type") in ("Service", "NonInventory", "Inventory")
    ]
    return plain, items


def _write(file: Path, rows: list[tuple[str, ...]]) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerows([COLUMNS, *rows])
