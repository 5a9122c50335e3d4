"""The project file that the documentation shows, as it stands: orders of a real PostgreSQL, and a mirror beside it."""

from __future__ import annotations

from decimal import Decimal

import duckdb
import psycopg

PROCESS = """
[connection.shop]
kind = "sql"
url = "{url}"

[connection.warehouse]
kind = "duckdb"
path = "warehouse.duckdb"

[process.mirror]
from = "books:*"
to = "warehouse:"
do = "put"
only = "changed"
every = "15 minutes"

[process.new-orders]
from = "shop:select * from order_lines where order_no in (select order_no from orders where paid_at > :last_success)"
group = "order_no"
map = "order_to_invoice.jsonata"
to = "books:Invoice"
do = "add"
key = "order_no"
track = {{ order = "order_no", customer = "CustomerRef.name" }}
on_refused = "continue"
"""


def test_orders_of_postgres_arrive_once_and_in_the_mirror(shop, postgres_url):
    shop.file.write_text(
        shop.file.read_text().replace('[connection.shop]\nkind = "sql"\nurl = "sqlite:///shop.db"\n', "")
    )
    shop.write(PROCESS.format(url=postgres_url))
    with psycopg.connect(postgres_url, autocommit=True) as database:
        database.execute("create table orders (order_no int primary key, paid_at timestamptz)")
        database.execute(
            "create table order_lines (order_no int, sku text, qty int, price numeric(12, 2), customer text, note text)"
        )
        database.execute("insert into orders values (1, now()), (2, now())")
        database.execute(
            "insert into order_lines values (1, '1', 2, 10.50, '1', null), (2, '1', 1, 0.10, '2', null), (1, '2', 1, 0.05, '1', null)"
        )
        first = shop.tieout("run", "new-orders")
        assert "2 in, 2 out." in first.stderr
        assert "2 brought over before" in shop.tieout("run", "new-orders").stderr
        database.execute("update orders set paid_at = now() - interval '1 day'")
        assert "0 in, 0 out." in shop.tieout("run", "new-orders").stderr
    assert {n: r["TotalAmt"] for n, r in shop.invoices().items()} == {
        "W1": Decimal("21.05"),
        "W2": Decimal("0.10"),
    }
    assert shop.tieout("run", "mirror").exit_code == 0
    with duckdb.connect(str(shop.folder / "warehouse.duckdb"), read_only=True) as warehouse:
        rows = warehouse.execute(
            "select doc_number, total_amt from invoice where doc_number in ('W1', 'W2') order by 1"
        ).fetchall()
    assert rows == [("W1", Decimal("21.05")), ("W2", Decimal("0.10"))]
