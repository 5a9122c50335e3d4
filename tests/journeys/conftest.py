"""A web shop in a database, and a company in the sandbox: the day of somebody who brings orders over."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import call

from tieout.project import Project
from tieout.sandbox.server import Sandbox, running_sandbox

SCHEMA = """
create table orders (order_no text primary key, customer text, paid_at text, note text, invoice_id text);
create table order_lines (order_no text, sku text, qty integer, price numeric(12, 2), primary key (order_no, sku));
"""
STATEMENT = (
    "select l.*, o.customer, o.note from order_lines l join orders o on o.order_no = l.order_no "
    "where o.paid_at > :last_success order by l.order_no, l.sku"
)
MAP = """{
  "CustomerRef": rows[0].customer,
  "DocNumber": "W" & order_no,
  "PrivateNote": rows[0].note,
  "Line": [rows.{
    "Amount": $round($number(qty) * $number(price), 2),
    "DetailType": "SalesItemLineDetail",
    "SalesItemLineDetail": {"Qty": qty, "UnitPrice": price, "ItemRef": sku}
  }]
}
"""
PROCESS = f"""
from = "shop:{STATEMENT}"
group = "order_no"
map = "order_to_invoice.jsonata"
to = "books:Invoice"
do = "add"
key = "order_no"
track = {{ order = "order_no", customer = "CustomerRef.name", both = "'#' + order_no + in.rows.1.sku" }}
"""


class Shop:
    """A project folder with a shop in SQLite, signed in to a sandbox of its own."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self.folder, self.sandbox = folder, sandbox
        self.file = folder / "tieout.toml"
        self.database = sqlite3.connect(folder / "shop.db", isolation_level=None)
        self.database.executescript(SCHEMA)
        (folder / "order_to_invoice.jsonata").write_text(MAP)
        self.before = len(sandbox.company.books.store("Invoice"))
        assert call("connect", "books", "--sandbox", sandbox.base_url, "--project", self.file).exit_code == 0
        self.write('[connection.shop]\nkind = "sql"\nurl = "sqlite:///shop.db"\n')

    def write(self, text: str) -> None:
        """More of the project file."""
        self.file.write_text(f"{self.file.read_text('utf-8')}\n{text}", "utf-8")

    def process(self, more: str = "", **other: str) -> None:
        """The process `orders`; lines may be put in the place of others."""
        lines = [line for line in PROCESS.strip().splitlines() if line.partition(" ")[0] not in other]
        self.write(
            "\n".join(["[process.orders]", *lines, *(f"{k} = {v}" for k, v in other.items() if v), more, ""])
        )

    def order(
        self, number: str, *lines: tuple[str, int, str], customer: str = "1", note: str | None = None
    ) -> None:
        """An order that is paid today."""
        self.database.execute(
            "insert or replace into orders values (?, ?, '2999-01-01', ?, null)", [number, customer, note]
        )
        for sku, qty, price in lines or (("1", 2, "10.50"),):
            self.database.execute(
                "insert or replace into order_lines values (?, ?, ?, ?)", [number, sku, qty, price]
            )

    def tieout(self, *words: object) -> Any:
        return call(words[0], *words[1:], "--project", self.file)

    def run(self, *words: object, code: int = 0) -> str:
        """Run the process; what it says of itself."""
        done = self.tieout("run", "orders", *words)
        assert done.exit_code == code, done.stderr
        return str(done.stderr)

    def invoices(self) -> dict[str, Any]:
        """What arrived in the books, by number."""
        found = [s.record for s in self.sandbox.company.books.store("Invoice")]
        return {r["DocNumber"]: r for r in found if str(r.get("DocNumber", "")).startswith("W")}

    def project(self) -> Project:
        return Project.read(self.file)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with running_sandbox("small-shop") as running:
        made = Shop(tmp_path, running)
        yield made
        made.database.close()
