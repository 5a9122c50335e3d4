"""`layout = "fivetran"`: the views show what QuickBooks has, in each database that keeps them, and the mirror still ties out."""

import sqlite3
from contextlib import closing
from decimal import Decimal

import duckdb
import psycopg
import pytest
from tests.cli.conftest import connected

from tieout.catalog.fivetran import ADDRESS, tables
from tieout.connections.mirrors.fivetran_views import columns_of
from tieout.errors import SetupError
from tieout.operations import Query
from tieout.project import Project
from tieout.project.runs import run_process, verify_process
from tieout.sandbox.server import running_sandbox

PROCESS = """
[connection.warehouse]
{target}

[process.mirror]
from = "books:*"
to = "warehouse:"
do = "put"
only = "changed"
layout = "fivetran"
"""

ADDRESS_OF_ANN = {"Id": "4711", "Line1": "1 Quay", "City": "Half Moon Bay", "PostalCode": "94019"}


@pytest.fixture(scope="module")
def shop():
    with running_sandbox("small-shop") as running:
        running.company.create("Customer", {"DisplayName": "Ann", "BillAddr": ADDRESS_OF_ANN})
        yield running


class Warehouse:
    """A database with a mirror, asked by its own driver."""

    def __init__(self, kind, place, project):
        self.kind, self.place, self.project = kind, place, project

    def ask(self, text):
        drivers = {"duckdb": duckdb.connect, "sqlite": sqlite3.connect, "postgres": psycopg.connect}
        with closing(drivers[self.kind](self.place)) as database:
            return database.execute(text).fetchall()

    def rows(self, view, *columns):
        place = f"fivetran_{view}" if self.kind == "sqlite" else f"fivetran.{view}"
        listed = ", ".join(f'"{each}"' for each in columns)
        return self.ask(f"select {listed} from {place}")

    def columns(self):
        """The columns of each view."""
        if self.kind == "sqlite":
            found = self.ask(
                "select substr(m.name, 10), c.name from sqlite_master m, pragma_table_info(m.name) c "
                "where m.name like 'fivetran_%' order by c.cid"
            )
        else:
            found = self.ask(
                "select table_name, column_name from information_schema.columns where table_schema = 'fivetran' "
                "order by ordinal_position"
            )
        views = {}
        for view, column in found:
            views.setdefault(view, []).append(column)
        return views

    def records(self, type_name):
        with self.project.connection("books") as books:
            return [record for page in books.read(Query((type_name,))) for record in page.records()]


@pytest.fixture(params=["duckdb", "sqlite", "postgres"])
def warehouse(request, shop, tmp_path):
    kind = request.param
    if kind == "postgres":
        place = request.getfixturevalue("postgres_url")
        target = f'kind = "sql"\nurl = "{place}"'
    else:
        place = str(tmp_path / "w.db")
        setting = 'path = "w.db"' if kind == "duckdb" else 'url = "sqlite:///w.db"'
        target = f'kind = "{"duckdb" if kind == "duckdb" else "sql"}"\n{setting}'
    with Project.read(connected(tmp_path, shop, PROCESS.format(target=target))) as project:
        run_process(project, "mirror")
        yield Warehouse(kind, place, project)


def test_the_views_show_what_quickbooks_has(warehouse, shop):
    """One mirror for all that is looked at: making it is what takes the time."""
    there = warehouse.columns()
    for name, table in tables().items():
        assert there[name] == [each.name for each in columns_of(table)]
    assert there[ADDRESS][:3] == ["id", "line_1", "line_2"]
    _headers_are_the_same(warehouse)
    _lines_are_the_same(warehouse)
    _parties_have_their_own_columns(warehouse)
    _links_have_a_column_for_each_type(warehouse)
    _bundles_are_apart_from_items(warehouse)
    _addresses_are_gathered(warehouse)
    _deletions_are_told(warehouse, shop.company)
    assert verify_process(warehouse.project, "mirror").verdict.agrees


def same(found, expected):
    """Rows with their numbers, which come last, as Decimals: SQLite keeps them as texts."""
    left, right = (
        sorted(
            str((*row[:-1], None if row[-1] is None else Decimal(str(row[-1])).normalize())) for row in rows
        )
        for rows in (found, expected)
    )
    assert left == right
    assert len(right) > 5


def _headers_are_the_same(warehouse):
    for view, column, type_name, field in (
        ("invoice", "total_amount", "Invoice", "TotalAmt"),
        ("bill", "balance", "Bill", "Balance"),
        ("transfer", "amount", "Transfer", "Amount"),
        ("account", "balance", "Account", "CurrentBalance"),
        ("payment", "unapplied_amount", "Payment", "UnappliedAmt"),
    ):
        same(
            warehouse.rows(view, "id", column),
            [(each["Id"], each.get(field)) for each in warehouse.records(type_name)],
        )


def _lines_are_the_same(warehouse):
    """They count from nothing."""
    expected = []
    for each in warehouse.records("Invoice"):
        for at, line in enumerate(each["Line"]):
            item = line.get("SalesItemLineDetail", {}).get("ItemRef", {}).get("value")
            expected.append((each["Id"], at, item, line.get("Amount")))
    same(warehouse.rows("invoice_line", "invoice_id", "index", "sales_item_item_id", "amount"), expected)


def _parties_have_their_own_columns(warehouse):
    expected = set()
    for each in warehouse.records("Purchase"):
        party = each.get("EntityRef", {})
        kind = party.get("type", "").casefold()
        expected.add(
            (each["Id"], *(party.get("value") if kind == name else None for name in ("customer", "vendor")))
        )
    assert set(warehouse.rows("purchase", "id", "customer_id", "vendor_id")) == expected
    assert any(vendor for _, _, vendor in expected)


def _links_have_a_column_for_each_type(warehouse):
    paid = {
        (each["Id"], at, link["TxnId"])
        for each in warehouse.records("Payment")
        for at, line in enumerate(each.get("Line", ()))
        for link in line["LinkedTxn"]
        if link["TxnType"] == "Invoice"
    }
    found = warehouse.rows("payment_line", "payment_id", "index", "invoice_id")
    assert {row for row in found if row[2]} == paid
    billed = {
        (each["Id"], at, link["TxnId"])
        for each in warehouse.records("Bill")
        for at, link in enumerate(each.get("LinkedTxn", ()))
        if link["TxnType"].startswith("BillPayment")
    }
    found = warehouse.rows("bill_linked_txn", "bill_id", "index", "bill_payment_id")
    assert {row for row in found if row[2]} == billed
    assert paid
    assert billed


def _bundles_are_apart_from_items(warehouse):
    kinds = {each["Id"]: each["Type"] for each in warehouse.records("Item")}
    bundles = {each for each, kind in kinds.items() if kind == "Group"}
    assert {row[0] for row in warehouse.rows("bundle", "id")} == bundles
    assert {row[0] for row in warehouse.rows("item", "id")} == set(kinds) - bundles
    assert {row[0] for row in warehouse.rows("bundle_item", "bundle_id")} == bundles


def _addresses_are_gathered(warehouse):
    assert "4711" in {row[0] for row in warehouse.rows("customer", "bill_address_id")}
    found = warehouse.rows(ADDRESS, "id", "line_1", "city", "postal_code")
    assert ("4711", "1 Quay", "Half Moon Bay", "94019") in found
    assert len(found) == len({row[0] for row in found})


def _deletions_are_told(warehouse, company):
    expense = next(each["Id"] for each in warehouse.records("Account") if each["Classification"] == "Expense")
    detail = {"AccountRef": {"value": expense}}
    line = {
        "Amount": 5,
        "DetailType": "AccountBasedExpenseLineDetail",
        "AccountBasedExpenseLineDetail": detail,
    }
    vendor = {"value": warehouse.records("Vendor")[0]["Id"]}
    bill = company.create("Bill", {"VendorRef": vendor, "Line": [line]}).id
    run_process(warehouse.project, "mirror")
    lines = warehouse.rows("bill_line", "bill_id", "account_expense_account_id")
    assert (bill, expense) in lines
    company.delete("Bill", {"Id": bill, "SyncToken": "0"})
    run_process(warehouse.project, "mirror")
    told = {each: bool(deleted) for each, deleted in warehouse.rows("bill", "id", "_fivetran_deleted")}
    assert told[bill]
    assert sum(told.values()) == 1
    assert bill not in {row[0] for row in warehouse.rows("bill_line", "bill_id")}


def test_a_destination_without_views_is_refused(shop, tmp_path):
    target = 'kind = "files"\npath = "lake"\nformat = "parquet"'
    with (
        Project.read(connected(tmp_path, shop, PROCESS.format(target=target))) as project,
        pytest.raises(SetupError, match="warehouse keeps no views"),
    ):
        run_process(project, "mirror")
