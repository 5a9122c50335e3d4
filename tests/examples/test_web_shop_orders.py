"""Orders of a web shop, from files and from a database, become invoices."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import create_engine, text

from .conftest import records

ORDERS = "insert into orders (order_no, paid_at) values ('WEB-2001', '2999-01-01 00:00:00')"
LINES = (
    "insert into order_lines values ('WEB-2001', 1, 'Bluebird Books', 'HL-CER-01', 2, 22.50), "
    "('WEB-2001', 2, 'Bluebird Books', 'HL-TEA-01', 1, 16.80)"
)


@pytest.fixture
def shop(example, company):
    shop = example("web-shop-orders")
    shop.connect(company)
    return shop


def invoices(company):
    found = {r.get("DocNumber"): r["TotalAmt"] for r in records(company, "Invoice")}
    return {number: total for number, total in found.items() if str(number).startswith("WEB")}


def test_from_files(shop, company):
    assert "Planned: 2 to add" in shop.run("orders-from-files", "--plan", code=1)
    refused = shop.tieout("run", "orders-from-files", code=1)
    assert "3 in, 2 out, 1 refused." in refused.stderr
    assert "QuickBooks has no customer 'Granite Gymn'" in refused.stdout
    assert invoices(company) == {"WEB-1001": Decimal("61.80"), "WEB-1003": Decimal("87.00")}
    assert (shop.folder / "inbox/archive").is_dir()
    corrected = "order_no,position,customer,sku,qty,price\nWEB-1002,1,Granite Gym,HL-WOO-01,3,129.00\n"
    shop.write("inbox/orders-corrected.csv", corrected)
    assert "1 in, 1 out." in shop.run("orders-from-files")
    assert invoices(company)["WEB-1002"] == 387
    assert "WEB-1002" in shop.tieout("runs", "--where", "order = 'WEB-1002'").stdout


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_from_a_database(shop, company, database, request):
    url = f"sqlite:///{shop.folder / 'shop.db'}"
    if database == "postgres":
        url = request.getfixturevalue("postgres_url")
        settings = (shop.folder / "tieout.toml").read_text("utf-8")
        (shop.folder / "tieout.toml").write_text(settings.replace("sqlite:///shop.db", url), "utf-8")
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        for statement in (*(shop.folder / "shop.sql").read_text().split(";")[:2], ORDERS, LINES):
            connection.execute(text(statement))
    assert "1 in, 1 out." in shop.run("orders-from-shop")
    assert invoices(company) == {"WEB-2001": Decimal("61.80")}
    ids = [r["Id"] for r in records(company, "Invoice") if r.get("DocNumber") == "WEB-2001"]
    with engine.connect() as connection:
        assert connection.execute(text("select invoice_id from orders")).scalars().all() == ids
    engine.dispose()
    assert "1 in, 0 out, 1 brought over before." in shop.run("orders-from-shop")
