"""A company file of Desktop moves to Online, and both tie out."""

from __future__ import annotations

import csv
import re
from decimal import Decimal

import pytest

from tieout.sandbox.desktop.company import DesktopCompany
from tieout.sandbox.desktop.door import running_desktop
from tieout.sandbox.desktop.sample_companies import COMPANIES
from tieout.sandbox.server import running_sandbox

from .conftest import records


@pytest.fixture
def moved(example):
    """The example, signed in to a shop in Desktop and an empty company, and that company."""
    move = example("desktop-to-online")
    with running_desktop(COMPANIES["shop"](DesktopCompany())) as desktop, running_sandbox("empty") as online:
        move.connect(online)
        move.tieout("connect", "larch", "--sandbox", desktop.address)
        yield move, online


def tie_out(move):
    for name in ("mirror-desktop", "mirror-online"):
        move.run(name)
    return move.run("tie-out")


def test_lists_and_open_balances_arrive_and_tie_out(moved):
    move, online = moved
    told = move.run("accounts")
    assert "customers: 30 in, 30 out." in told
    assert "vendor-credits: 4 in, 4 out." in told
    assert "tie-out: 0 in, 0 out." in tie_out(move)
    assert sum(c["Balance"] for c in records(online, "Customer")) == Decimal("23708.60")
    assert sum(v["Balance"] for v in records(online, "Vendor")) == Decimal("11698.78")
    again = move.run("accounts")
    assert re.findall(r"in, ([1-9]\d*) out", again) == []
    assert "invoices: 69 in, 0 out, 69 brought over before." in again


def test_what_differs_is_named_with_both_balances(moved):
    move, _ = moved
    move.run("accounts")
    with move.project() as project, project.books("books") as books:
        (bill,) = books.query("Bill", where="TotalAmt = 359.11")
        books.delete("Bill", bill["Id"])
    assert "tie-out: 1 in, 1 out." in tie_out(move)
    with (move.folder / "report/differences.csv").open(encoding="utf-8") as file:
        (row,) = csv.DictReader(file)
    assert (row["list"], row["name"]) == ("vendor", "Brightwater Utilities")
    assert Decimal(row["desktop"]) - Decimal(row["online"]) == Decimal("359.11")


@pytest.mark.parametrize("name", ["open_of_customer", "open_of_vendor", "credit_of_vendor"])
def test_what_is_open_in_another_currency_is_not_taken_for_dollars(example, name):
    move = example("desktop-to-online")
    move.write("open.json", '{"TxnID": "1", "CurrencyRef": {"FullName": "Euro"}, "ExchangeRate": 1.08}')
    refused = move.tieout("map", move.folder / f"{name}.jsonata", move.folder / "open.json", code=1)
    assert "it is in Euro" in refused.stdout
    assert "1 refused by the map" in refused.stderr
