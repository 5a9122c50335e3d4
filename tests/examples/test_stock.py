"""Stock goes out to a file, and counts come in as adjustments."""

from __future__ import annotations

import csv

from .conftest import records


def shelf(stock):
    with (stock.folder / "shelf/stock.csv").open(encoding="utf-8") as file:
        return {row["sku"]: row for row in csv.DictReader(file)}


def test_both_ways(example, company):
    stock = example("stock")
    stock.connect(company)
    assert "10 in, 10 out." in stock.run("stock-out")
    assert shelf(stock)["HL-CER-01"] == {
        "sku": "HL-CER-01",
        "name": "Ceramic Mug",
        "on_hand": "251",
        "price": "22.50",
    }
    before = len(records(company, "InventoryAdjustment"))
    told = stock.run("counts-in")
    assert "counts-in: 2 in, 1 out, 1 skipped." in told
    assert "stock-out: 10 in, 2 out, 8 brought over before." in told
    (adjusted,) = records(company, "InventoryAdjustment")[before:]
    assert [line["ItemAdjustmentLineDetail"]["QtyDiff"] for line in adjusted["Line"]] == [-2, 2]
    there = {i["Sku"]: i["QtyOnHand"] for i in records(company, "Item") if i.get("Sku")}
    assert {sku: row["on_hand"] for sku, row in shelf(stock).items()} == {
        sku: f"{quantity:f}" for sku, quantity in there.items()
    }
    assert (there["HL-CER-01"], there["HL-OLI-01"], there["HL-TEA-01"]) == (249, 110, 189)
    assert "counts-in: 0 in, 0 out." in stock.run("counts-in")


def test_a_count_that_comes_again_is_not_adjusted_again(example, company):
    stock = example("stock")
    stock.connect(company)
    text = (stock.folder / "counts/count-17.csv").read_text("utf-8")
    stock.run("counts-in")
    stock.write("counts/count-17.csv", text)
    assert "1 in, 0 out, 1 brought over before." in stock.run("counts-in")
