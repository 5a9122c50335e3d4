"""A change that names some lines, at a sandbox: QuickBooks replaces all lines when it is sent one."""

from decimal import Decimal

import pytest

from tieout.operations import Add, Modify
from tieout.sandbox.server import running_sandbox

from .desk import at_desk, invoice, line


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with running_sandbox("small-shop") as sandbox, at_desk(tmp_path_factory.mktemp("desk"), sandbox) as desk:
        yield desk


@pytest.fixture
def sold(desk):
    """An invoice of three lines: 10, 4 × 2.50, 30."""
    lines = [
        line("10.00", Description="one"),
        line(None, UnitPrice="2.50", Qty=4, Description="two"),
        line("30.00", Description="three"),
    ]
    return desk.do(Add(type="Invoice", record=invoice(*lines)))


def lines_of(record):
    """Description and amount of each line that somebody wrote."""
    return [
        (each.get("Description"), each["Amount"])
        for each in record["Line"]
        if each["DetailType"] != "SubTotalLineDetail"
    ]


def change(desk, sold, *lines, **settings):
    return desk.do(Modify(type="Invoice", record={"Id": sold["Id"], "Line": list(lines)}, **settings))


def test_a_line_is_changed_and_the_others_are_kept(desk, sold):
    changed = change(desk, sold, {"Id": "1", "Description": "uno"})
    assert lines_of(changed) == [("uno", 10), ("two", 10), ("three", 30)]
    assert changed["TotalAmt"] == 50
    assert [each.get("Id") for each in changed["Line"][:3]] == ["1", "2", "3"]


def test_who_gives_a_stamp_keeps_the_other_lines_too(desk, sold):
    record = {"Id": sold["Id"], "SyncToken": "0", "Line": [{"Id": "3", "Amount": Decimal("31.00")}]}
    changed = desk.do(Modify(type="Invoice", record=record))
    assert lines_of(changed) == [("one", 10), ("two", 10), ("three", 31)]


def test_an_amount_follows_its_price_and_quantity(desk, sold):
    changed = change(desk, sold, {"Id": "2", "SalesItemLineDetail": {"Qty": 5}})
    assert lines_of(changed)[1] == ("two", Decimal("12.50"))
    assert changed["Line"][1]["SalesItemLineDetail"]["UnitPrice"] == Decimal("2.50")
    assert changed["TotalAmt"] == Decimal("52.50")


def test_an_amount_alone_that_no_longer_fits_its_product_is_refused(desk, sold):
    (outcome,) = desk.write(
        Modify(type="Invoice", record={"Id": sold["Id"], "Line": [{"Id": "2", "Amount": 11}]})
    )
    assert (outcome.state, outcome.error.element) == ("refused", "Line.2.Amount")


def test_nothing_clears_a_part_of_a_line(desk, sold):
    lines = [
        {"Id": "1", "Description": None},
        {"Id": "2", "SalesItemLineDetail": {"UnitPrice": None, "Qty": None}},
    ]
    (planned,) = desk.plan(Modify(type="Invoice", record={"Id": sold["Id"], "Line": lines}))
    assert ("Line.1.Description", "one", None) in planned.differences
    changed = change(desk, sold, *lines)
    assert lines_of(changed) == [(None, 10), ("two", 10), ("three", 30)]
    assert "Qty" not in changed["Line"][1]["SalesItemLineDetail"]


def test_a_line_without_an_id_is_added_after_the_others(desk, sold):
    changed = change(desk, sold, line("5.00", Description="four"))
    assert lines_of(changed)[-1] == ("four", 5)
    assert changed["TotalAmt"] == 55


def test_replace_leaves_the_given_lines_only(desk, sold):
    changed = change(desk, sold, line("7.00", Description="only"), lines="replace")
    assert lines_of(changed) == [("only", 7)]
    assert changed["TotalAmt"] == 7


def test_a_line_that_is_not_there_is_refused_with_those_that_are(desk, sold):
    (outcome,) = desk.write(
        Modify(type="Invoice", record={"Id": sold["Id"], "Line": [{"Id": "9", "Amount": 1}]})
    )
    assert "has no line 9" in str(outcome.error)
    assert "Its lines are 1, 2, 3" in outcome.error.advice
    assert desk.now("Invoice", sold["Id"])["SyncToken"] == "0"


def test_the_same_line_twice_is_refused(desk, sold):
    twice = [{"Id": "1", "Description": "a"}, {"Id": "1", "Description": "b"}]
    (outcome,) = desk.write(Modify(type="Invoice", record={"Id": sold["Id"], "Line": twice}))
    assert (outcome.state, "line 1 twice" in str(outcome.error)) == ("refused", True)


def test_a_change_without_lines_leaves_them_as_they_are(desk, sold):
    changed = desk.do(Modify(type="Invoice", record={"Id": sold["Id"], "PrivateNote": "x"}))
    assert lines_of(changed) == lines_of(sold)


def test_lines_that_were_read_can_be_sent_back_with_their_subtotal(desk, sold):
    (outcome,) = desk.write(Modify(type="Invoice", record={"Id": sold["Id"], "Line": sold["Line"]}))
    assert (outcome.state, outcome.note) == ("done", "it is so already")


def test_the_other_side_of_an_entry_is_kept(desk):
    def posted(side, amount, account):
        detail = {"PostingType": side, "AccountRef": {"value": account}}
        return {"Amount": Decimal(amount), "JournalEntryLineDetail": detail}

    entry = desk.do(
        Add(type="JournalEntry", record={"Line": [posted("Debit", 10, "35"), posted("Credit", 10, "1")]})
    )
    one_side = Modify(
        type="JournalEntry",
        record={"Id": entry["Id"], "Line": [{"Id": entry["Line"][0]["Id"], "Amount": 12}]},
    )
    both = [{"Id": each["Id"], "Amount": 12} for each in entry["Line"]]
    assert desk.write(one_side)[0].state == "refused"
    changed = desk.do(Modify(type="JournalEntry", record={"Id": entry["Id"], "Line": both}))
    assert [each["Amount"] for each in changed["Line"]] == [12, 12]
