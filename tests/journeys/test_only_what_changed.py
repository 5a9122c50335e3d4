"""Only what changed goes over: told by QuickBooks' cursor, by stamps, or found by comparing with what came before."""

from __future__ import annotations

import pytest

TABLES = """
create table invoices (id text primary key, number text, total numeric(12, 2));
create table products (sku text primary key, name text, price numeric(12, 2));
create table stock (sku text primary key, label text);
"""
OUT = """
[process.out]
from = "books:Invoice"
map = "out.jsonata"
to = "shop:invoices"
do = "put"
only = "changed"
"""
SNAPSHOT = """
[process.stock]
from = "shop:products"
map = "stock.jsonata"
to = "shop:stock"
do = "put"
only = "changed"
key = "sku"
"""


@pytest.fixture
def changing(shop):
    shop.database.executescript(TABLES)
    (shop.folder / "out.jsonata").write_text('{"id": Id, "number": DocNumber, "total": TotalAmt}')
    (shop.folder / "stock.jsonata").write_text('{"sku": sku, "label": name & " " & price}')
    return shop


def ran(shop, name, code=0):
    done = shop.tieout("run", name)
    assert done.exit_code == code, done.stderr
    return done.stderr


def table(shop, name):
    return {row[0]: row[1:] for row in shop.database.execute(f"select * from {name}")}


@pytest.mark.parametrize("by", ["", 'by = "snapshot"'])
def test_invoices_go_out_to_a_database(changing, by):
    shop = changing
    shop.write(f"{OUT}{by}\n")
    ran(shop, "out")
    before = table(shop, "invoices")
    assert set(before) == {s.id for s in shop.sandbox.company.books.store("Invoice")}
    with shop.project() as project, project.books("books") as books:
        first, second = list(books.query("Invoice", where="Balance > 0", order="Id", limit=2))
        books.modify("Invoice", {"Id": first["Id"], "DocNumber": "NEW-1"})
        books.delete("Invoice", second["Id"])
        line = {"Amount": 3, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {"ItemRef": "1"}}
        added = books.add("Invoice", {"CustomerRef": "1", "Line": [line]})
    told = ran(shop, "out")
    assert ", 3 out" in told
    after = table(shop, "invoices")
    assert after[first["Id"]][0] == "NEW-1"
    assert second["Id"] not in after
    assert after[added["Id"]][1] == 3
    assert len(after) == len(before)
    assert ", 0 out" in ran(shop, "out")


def test_by_stamp(changing):
    shop = changing
    shop.write(f'{OUT}by = "stamp"\nwhere = "TotalAmt > 0"\n')
    ran(shop, "out")
    with shop.project() as project, project.books("books") as books:
        (invoice,) = list(books.query("Invoice", where="Balance > 0", order="Id", limit=1))
        books.modify("Invoice", {"Id": invoice["Id"], "DocNumber": "NEW-1"})
    assert ", 1 out" in ran(shop, "out")
    assert table(shop, "invoices")[invoice["Id"]][0] == "NEW-1"


def test_rows_are_compared_with_what_came_before(changing):
    shop = changing
    shop.write(SNAPSHOT)
    shop.database.executemany("insert into products values (?, ?, ?)", [("a", "Apple", 1), ("b", "Bean", 2)])
    assert "2 in, 2 out." in ran(shop, "stock")
    shop.database.execute("update products set price = 2.5 where sku = 'a'")
    shop.database.execute("delete from products where sku = 'b'")
    shop.database.execute("insert into products values ('c', 'Corn', 3)")
    assert "3 in, 3 out." in ran(shop, "stock")
    assert table(shop, "stock") == {"a": ("Apple 2.5",), "c": ("Corn 3",)}
    assert "2 in, 0 out, 2 brought over before." in ran(shop, "stock")


def test_a_source_that_is_suddenly_empty_stops_the_run(changing):
    shop = changing
    shop.write(SNAPSHOT)
    shop.database.execute("insert into products values ('a', 'Apple', 1)")
    ran(shop, "stock")
    shop.database.execute("delete from products")
    told = ran(shop, "stock", code=1)
    assert "shop:products is empty, and 1 documents were there before" in told
    assert table(shop, "stock") == {"a": ("Apple 1",)}
    shop.database.execute("insert into products values ('b', 'Bean', 1)")
    ran(shop, "stock")
    assert set(table(shop, "stock")) == {"b"}


def test_nothing_is_deleted_where_that_is_not_wanted(changing):
    shop = changing
    shop.write(f"{SNAPSHOT}deletions = false\n")
    shop.database.executemany("insert into products values (?, ?, ?)", [("a", "Apple", 1), ("b", "Bean", 2)])
    ran(shop, "stock")
    shop.database.execute("delete from products where sku = 'b'")
    ran(shop, "stock")
    assert set(table(shop, "stock")) == {"a", "b"}
