"""Expenses become bills, with their receipts attached."""

from __future__ import annotations

from decimal import Decimal

from .conftest import records


def test_bills_arrive_once_with_their_receipts(example, company):
    expenses = example("expenses")
    expenses.connect(company)
    bills, files = len(records(company, "Bill")), len(records(company, "Attachable"))
    first = expenses.tieout("run", "expenses", code=1)
    assert "expenses: 4 in, 3 out, 1 refused." in first.stderr
    assert "no account stands for the category 'diesel'" in first.stdout
    assert "receipts: 4 in, 2 out, 1 refused, 1 skipped." in first.stderr
    assert "E-304.txt" in first.stdout
    arrived = {b["DocNumber"]: b for b in records(company, "Bill")[bills:]}
    assert {number: b["TotalAmt"] for number, b in arrived.items()} == {
        "E-301": Decimal("1328.70"),
        "E-302": 189,
        "E-304": Decimal("312.40"),
    }
    attached = records(company, "Attachable")[files:]
    assert [(a["FileName"], a["AttachableRef"][0]["EntityRef"]["value"]) for a in attached] == [
        ("E-301.txt", arrived["E-301"]["Id"]),
        ("E-302.txt", arrived["E-302"]["Id"]),
    ]
    fetched = expenses.folder / "fetched.txt"
    expenses.tieout("act", "books:Attachable", "download", attached[0]["Id"], "--output", fetched)
    assert fetched.read_bytes() == (expenses.folder / "receipts/E-301.txt").read_bytes()

    expenses.write("receipts/E-304.txt", "Brightwater Utilities, bill E-304: 312.40\n")
    expenses.write("categories.csv", (expenses.folder / "categories.csv").read_text() + "diesel,Travel,\n")
    told = expenses.run("expenses")
    assert "expenses: 4 in, 1 out, 3 brought over before." in told
    assert "receipts: 4 in, 1 out, 1 skipped, 2 brought over before." in told
    assert len(records(company, "Bill")) == bills + 4
    assert len(records(company, "Attachable")) == files + 3


def test_no_other_file_of_the_machine_can_be_named(example, company):
    expenses = example("expenses")
    expenses.connect(company)
    rows = (expenses.folder / "inbox/expenses-2026-11.csv").read_text("utf-8")
    expenses.write("inbox/expenses-2026-11.csv", rows.replace("E-301.txt", "../tieout.toml"))
    files = len(records(company, "Attachable"))
    told = expenses.tieout("run", "expenses", code=1)
    assert "'../tieout.toml' leads out of receipts" in told.stdout
    assert [a["FileName"] for a in records(company, "Attachable")[files:]] == ["E-302.txt"]


def test_a_plan_uploads_nothing_and_the_folder_must_be_named(example, company):
    expenses = example("expenses")
    expenses.connect(company)
    settings = (expenses.folder / "tieout.toml").read_text("utf-8")
    files = len(records(company, "Attachable"))
    expenses.run("expenses", code=1)
    assert len(records(company, "Attachable")) == files + 2
    expenses.tieout("run", "receipts", "--plan", code=1)
    assert len(records(company, "Attachable")) == files + 2
    expenses.write("tieout.toml", settings.replace('files = "receipts"\n', ""))
    assert "it does not say where the files are that it uploads" in expenses.run("receipts", code=2)
