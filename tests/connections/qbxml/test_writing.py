"""Changes of a company file, over the wire of the sandbox: what is sent, what is refused, and that it is done once."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tieout.errors import AlreadyExists, Busy, Invalid, NotAllowed, NotFound, SetupError, Stale, Unauthorized
from tieout.operations import Act, Add, Compare, Delete, Modify, Outcome, Put, Query, Void
from tieout.processes.write import write_changes

from .writers import Desk, desk, invoice


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as opened:
        yield opened


def added(desktop: Desk, **more: Any) -> dict[str, Any]:
    return dict(desktop.one(Add(type="Invoice", record=invoice(**more))).record or {})


def first(desktop: Desk, type_name: str, name: str) -> dict[str, Any]:
    pages = desktop.books.read(Query((type_name,), Compare("FullName", "=", name)))
    return next(record for page in pages for record in page.records())


def refusal(outcome: Outcome, kind: type[Exception]) -> Any:
    assert outcome.state == "refused"
    assert isinstance(outcome.error, kind)
    assert outcome.error.advice
    return outcome.error


# ---- add


def test_a_record_is_added_whole_with_its_id_and_total(desktop: Desk) -> None:
    outcome = desktop.one(Add(type="Invoice", record=invoice("N1"), key="n=1"))
    assert outcome.record is not None
    assert outcome.record_id == outcome.record["TxnID"]
    assert outcome.total == Decimal("21.00")
    assert desktop.journal.links(desktop.books.identity)[0].record_id == outcome.record_id
    assert desktop.one(Add(type="Invoice", record=invoice("N1"), key="n=1")).note.startswith("was there")
    assert len(desktop.all_of("Invoice")) == 121


def test_what_comes_later_may_name_what_comes_before_in_one_message_set(desktop: Desk) -> None:
    before = desktop.books.requests_made
    ann = {"Name": "Ann"}
    outcomes = desktop.write(
        Add(type="Customer", record=ann),
        Add(type="Invoice", record=invoice("N1", CustomerRef={"FullName": "Ann"})),
    )
    assert {each.state for each in outcomes.values()} == {"done"}
    assert desktop.books.requests_made - before <= 4  # who is there, whose names are taken, the set, its end


def test_each_refusal_costs_itself_and_nothing_more(desktop: Desk) -> None:
    outcomes = desktop.write(
        Add(type="Invoice", record=invoice("N1"), key="n=good"),
        Add(type="Invoice", record=invoice("N2", Memmo="x"), key="n=misspelt"),
        Add(type="Invoice", record=invoice("N3", CustomerRef={"FullName": "Nobody"}), key="n=nobody"),
        Add(type="Invoice", record={**invoice("N4"), "TxnID": "1-2"}, key="n=has an id"),
        Add(type="Customer", record={"Name": "A:B"}, key="n=colon"),
        Add(type="Vendor", record={"Name": "elm bakery"}, key="n=taken"),
        Add(type="Company", record={"CompanyName": "x"}, key="n=cannot"),
    )
    assert outcomes["n=good"].state == "done"
    assert "Memo" in str(refusal(outcomes["n=misspelt"], Invalid))
    assert refusal(outcomes["n=nobody"], NotFound).code == "3140"
    assert refusal(outcomes["n=has an id"], Invalid).element == "Id"
    assert "colon" in str(refusal(outcomes["n=colon"], Invalid))
    assert "Customer" in str(refusal(outcomes["n=taken"], AlreadyExists))
    refusal(outcomes["n=cannot"], NotAllowed)
    assert len(desktop.all_of("Invoice")) == 121


def test_a_record_without_a_number_gets_a_mark_and_keeps_its_memo(desktop: Desk) -> None:
    assert "[tieout " in added(desktop, Memo="by hand")["Memo"]
    assert "Memo" not in added(desktop, number="N1")


def test_without_marks_memos_stay_as_they_are(tmp_path: Path) -> None:
    with desk(tmp_path, marks=False) as desktop:
        assert "Memo" not in added(desktop)


# ---- modify


def test_fields_are_changed_and_all_else_stays(desktop: Desk) -> None:
    before = added(desktop, number="N1", PONumber="7")
    outcome = desktop.one(Modify(type="Invoice", record={"Id": before["TxnID"], "Memo": "new"}))
    assert outcome.record is not None
    assert {k: v for k, v in outcome.record.items() if k not in ("Memo", "EditSequence", "TimeModified")} == {
        k: v for k, v in before.items() if k not in ("Memo", "EditSequence", "TimeModified")
    }
    cleared = desktop.one(Modify(type="Invoice", record={"TxnID": before["TxnID"], "PONumber": None}))
    assert cleared.record is not None
    assert "PONumber" not in cleared.record


def test_lines_that_are_not_named_stay(desktop: Desk) -> None:
    before = added(desktop)
    own = before["InvoiceLineRet"][0]["TxnLineID"]
    new = {"ItemRef": {"FullName": "Delivery"}, "Quantity": 1, "Rate": 5}
    more = desktop.one(Modify(type="Invoice", record={"Id": before["TxnID"], "InvoiceLineMod": [new]})).record
    assert more is not None
    assert [line["Quantity"] for line in more["InvoiceLineRet"]] == [2, 1]
    changed = desktop.one(
        Modify(
            type="Invoice",
            record={"Id": before["TxnID"], "InvoiceLineRet": [{"TxnLineID": own, "Quantity": 3}]},
        )
    ).record
    assert changed is not None
    assert [(line["TxnLineID"] == own, line["Quantity"]) for line in changed["InvoiceLineRet"]] == [
        (True, 3),
        (False, 1),
    ]


def test_lines_are_replaced_where_that_is_meant(desktop: Desk) -> None:
    before = added(desktop)
    new = {"ItemRef": {"FullName": "Delivery"}, "Quantity": 1, "Rate": 5}
    change = Modify(type="Invoice", record={"Id": before["TxnID"], "InvoiceLineMod": [new]}, lines="replace")
    record = desktop.one(change).record
    assert record is not None
    assert [line["ItemRef"]["FullName"] for line in record["InvoiceLineRet"]] == ["Delivery"]


def test_a_line_that_is_not_there_is_refused(desktop: Desk) -> None:
    before = added(desktop)
    change = Modify(
        type="Invoice",
        record={"Id": before["TxnID"], "InvoiceLineMod": [{"TxnLineID": "99999", "Quantity": 3}]},
    )
    assert before["InvoiceLineRet"][0]["TxnLineID"] in refusal(desktop.one(change), Invalid).advice


def test_what_cannot_be_empty_is_refused_before_it_is_sent(desktop: Desk) -> None:
    before = added(desktop)
    for record in ({"CustomerRef": None}, {"TxnDate": None}):
        error = refusal(
            desktop.one(Modify(type="Invoice", record={"Id": before["TxnID"], **record})), Invalid
        )
        assert error.code == "3190"
    line = {"TxnLineID": before["InvoiceLineRet"][0]["TxnLineID"], "ItemRef": None}
    change = Modify(type="Invoice", record={"Id": before["TxnID"], "InvoiceLineMod": [line]})
    assert refusal(desktop.one(change), Invalid).element == "InvoiceLineMod/ItemRef"


def test_two_changes_of_one_record_are_both_done(desktop: Desk) -> None:
    record_id = added(desktop)["TxnID"]
    outcomes = desktop.write(
        Modify(type="Invoice", record={"Id": record_id, "Memo": "one"}, key="n=1"),
        Modify(type="Invoice", record={"Id": record_id, "PONumber": "two"}, key="n=2"),
    )
    assert [each.state for each in outcomes.values()] == ["done", "done"]
    record = desktop.books.get("Invoice", record_id)
    assert (record["Memo"], record["PONumber"]) == ("one", "two")


def test_what_is_so_already_is_not_sent(desktop: Desk) -> None:
    record = added(desktop, number="N1", Memo="x")
    assert desktop.one(Modify(type="Invoice", record=record)).note == "it is so already"
    told = {"Id": record["TxnID"], "Memo": "x", "CustomerRef": {"FullName": "ELM BAKERY"}}
    assert desktop.one(Modify(type="Invoice", record=told)).note == "it is so already"


# ---- somebody else


def change_behind_our_back(desktop: Desk, record: dict[str, Any], **fields: Any) -> None:
    """Between our reading and our writing: done by somebody at QuickBooks itself."""
    company = desktop.door.company
    inside = company.modify

    def first_somebody_else(kind: str, content: Any) -> Any:
        company.modify = inside  # type: ignore[method-assign]
        there = company.existing(kind, record["TxnID"])
        inside(kind, {"TxnID": record["TxnID"], "EditSequence": there["EditSequence"], **fields})
        return inside(kind, content)

    company.modify = first_somebody_else  # type: ignore[method-assign]


def test_ours_is_applied_to_what_somebody_else_left(desktop: Desk) -> None:
    before = added(desktop)
    change_behind_our_back(desktop, before, PONumber="theirs")
    outcome = desktop.one(Modify(type="Invoice", record={"Id": before["TxnID"], "Memo": "ours"}))
    assert outcome.record is not None
    assert (outcome.record["Memo"], outcome.record["PONumber"]) == ("ours", "theirs")


def test_two_changes_of_one_field_are_refused_with_both_versions(desktop: Desk) -> None:
    before = added(desktop, number="N1", Memo="old")
    change_behind_our_back(desktop, before, Memo="theirs")
    error = refusal(
        desktop.one(Modify(type="Invoice", record={"Id": before["TxnID"], "Memo": "ours"})), Stale
    )
    for word in ("old", "theirs", "ours"):
        assert word in str(error)
    assert error.code == "3200"


def test_with_an_edit_sequence_of_the_callers_any_other_version_is_refused(desktop: Desk) -> None:
    before = added(desktop)
    desktop.one(Modify(type="Invoice", record={"Id": before["TxnID"], "PONumber": "7"}))
    told = {"Id": before["TxnID"], "EditSequence": before["EditSequence"], "Memo": "ours"}
    assert refusal(desktop.one(Modify(type="Invoice", record=told)), Stale).element == "EditSequence"
    stale = Delete(type="Invoice", record={"Id": before["TxnID"], "EditSequence": before["EditSequence"]})
    refusal(desktop.one(stale), Stale)


# ---- put, delete, void, acts


def test_put_adds_modifies_or_leaves_alone(desktop: Desk) -> None:
    ann = {"Name": "Ann", "CompanyName": "Ann Ltd"}
    made = desktop.one(Put(type="Customer", record=ann))
    assert made.state == "done"
    assert desktop.one(Put(type="Customer", record=ann)).note == "it is so already"
    changed = desktop.one(Put(type="Customer", record={**ann, "CompanyName": "Ann & Co"}))
    assert changed.record_id == made.record_id
    job = {"Name": "Roof", "ParentRef": {"FullName": "Ann"}}
    assert desktop.one(Put(type="Customer", record=job)).state == "done"
    assert desktop.one(Put(type="Customer", record=job)).note == "it is so already"


def test_put_finds_a_transaction_by_its_number_and_keeps_lines_that_say_the_same(desktop: Desk) -> None:
    assert desktop.one(Put(type="Invoice", record=invoice("1004"))).total == Decimal("21.00")
    assert desktop.one(Put(type="Invoice", record=invoice("1004"))).note == "it is so already"
    assert len(desktop.all_of("Invoice")) == 120


def test_the_same_name_twice_is_put_once(desktop: Desk) -> None:
    desktop.write(
        Put(type="Customer", record={"Name": "Bob"}, key="n=1"),
        Put(type="Customer", record={"Name": "bob", "CompanyName": "B"}, key="n=2"),
    )
    assert [each["CompanyName"] for each in desktop.all_of("Customer") if each["Name"].lower() == "bob"] == [
        "B"
    ]


def test_a_type_without_modification_may_be_put_as_it_is(desktop: Desk) -> None:
    terms = {"Name": "Net 15", "StdDueDays": 15}
    assert desktop.one(Put(type="StandardTerms", record=terms)).note == "it is so already"
    refusal(desktop.one(Put(type="StandardTerms", record={**terms, "StdDueDays": 20})), NotAllowed)


def test_voiding_and_deleting(desktop: Desk) -> None:
    record_id = added(desktop, number="N1")["TxnID"]
    assert desktop.one(Void(type="Invoice", record={"Id": record_id})).total == 0
    assert desktop.one(Void(type="Invoice", record={"Id": record_id})).note == "it is so already"
    gone = desktop.one(Delete(type="Invoice", record={"TxnID": record_id}))
    assert (gone.state, gone.record_id) == ("done", record_id)
    with pytest.raises(NotFound):
        desktop.books.get("Invoice", record_id)
    refusal(desktop.one(Delete(type="Invoice", record={"Id": "1-2"})), NotFound)
    refusal(desktop.one(Void(type="Estimate", record={"Id": "1-2"})), NotAllowed)
    used = first(desktop, "Customer", "Elm Bakery")["ListID"]
    assert refusal(desktop.one(Delete(type="Customer", record={"Id": used})), NotAllowed).code == "3160"


def test_a_list_entry_is_made_inactive_and_active_again(desktop: Desk) -> None:
    record_id = first(desktop, "Customer", "Elm Bakery")["ListID"]
    for name, active in (("deactivate", False), ("reactivate", True)):
        outcome = desktop.one(Act(type="Customer", name=name, record={"Id": record_id}))
        assert outcome.record is not None
        assert outcome.record["IsActive"] is active
    refusal(desktop.one(Act(type="Customer", name="deactivat", record={"Id": record_id})), SetupError)


# ---- plans


def test_a_plan_tells_what_would_be_sent_and_sends_nothing(desktop: Desk) -> None:
    before = added(desktop, number="N1")
    own = before["InvoiceLineRet"][0]["TxnLineID"]
    changes = [
        Modify(type="Invoice", record={"Id": before["TxnID"], "Memo": "x"}, id="1"),
        Modify(
            type="Invoice",
            record={"Id": before["TxnID"], "InvoiceLineMod": [{"TxnLineID": own, "Quantity": 4}]},
            id="2",
        ),
        Add(type="Customer", record={"Name": "Elm Bakery"}, id="3"),
        Delete(type="Invoice", record={"Id": before["TxnID"]}, id="4"),
    ]
    modified, line, taken, deleted = desktop.books.plan_changes(changes)
    assert modified.sent["EditSequence"] == before["EditSequence"]
    assert modified.differences == (("Memo", None, "x"),)
    assert line.differences == ((f"InvoiceLineMod.{own}.Quantity", Decimal(2), 4),)
    assert isinstance(taken.error, AlreadyExists)
    assert deleted.sent == {"TxnDelType": "Invoice", "TxnID": before["TxnID"]}
    assert desktop.books.get("Invoice", before["TxnID"]) == before


def test_each_message_set_lets_go_of_one_whose_outcomes_are_committed(tmp_path: Path) -> None:
    with desk(tmp_path, requests_per_set=1) as desktop:
        memory, before = desktop.door.company.message_sets, desktop.door.message_sets
        changes = [Add(type="Invoice", record=invoice(f"N{n}"), key=f"n={n}", id=f"{n}") for n in range(9)]
        for _ in write_changes(desktop.books, changes, desktop.journal, name="test"):
            assert len(memory) <= 3  # one that is done with, one that is looked at, one on its way
        assert not len(memory)
        asked = desktop.door.message_sets - before
        assert asked == 1 + 9 + 2  # who is there, the invoices, and the last two are let go of


# ---- when QuickBooks does not answer

LOST = [
    {"do": "drop-before-commit"},
    {"do": "drop-after-commit"},
    {"do": "kill", "requests": 0},
    {"do": "kill", "requests": 1},
    {"do": "kill", "requests": 3},
    {"do": "busy"},
]


@pytest.mark.parametrize("remembers", [True, False], ids=["remembered", "forgotten"])
@pytest.mark.parametrize("fault", LOST, ids=lambda fault: "-".join(map(str, fault.values())))
def test_a_lost_answer_is_found_out_and_nothing_is_done_twice(
    desktop: Desk, fault: dict[str, Any], remembers: bool
) -> None:
    there = [added(desktop, number=f"T{n}")["TxnID"] for n in range(3)]
    desktop.door.company.message_sets.remembers = remembers
    desktop.fails(fault)
    outcomes = desktop.write(
        Add(type="Invoice", record=invoice("N1"), key="n=number"),
        Add(type="Invoice", record=invoice(), key="n=mark"),
        Add(type="Customer", record={"Name": "Ann"}, key="n=name"),
        Add(type="Invoice", record=invoice("N1", CustomerRef={"FullName": "Nobody"}), key="n=refused"),
        Modify(type="Invoice", record={"Id": there[0], "Memo": "x"}, key="n=modify"),
        Void(type="Invoice", record={"Id": there[1]}, key="n=void"),
        Delete(type="Invoice", record={"Id": there[2]}, key="n=delete"),
    )
    assert {key: each.state for key, each in outcomes.items()} == {
        "n=number": "done", "n=mark": "done", "n=name": "done", "n=refused": "refused",
        "n=modify": "done", "n=void": "done", "n=delete": "done",
    }  # fmt: skip
    assert all(each.record for each in outcomes.values() if each.state == "done")
    assert len(desktop.all_of("Invoice")) == 120 + 2 + 2
    assert [each["Name"] for each in desktop.all_of("Customer")].count("Ann") == 1
    assert not list(desktop.journal.looking_at(desktop.books.identity).open_requests())
    assert len(desktop.door.company.message_sets) <= 1


def test_what_cannot_be_found_again_is_unknown_and_not_sent_again(tmp_path: Path) -> None:
    with desk(tmp_path, marks=False) as desktop:
        desktop.door.company.message_sets.remembers = False
        desktop.fails({"do": "drop-after-commit"})
        change = Add(type="Invoice", record=invoice(), key="n=1")
        assert desktop.one(change).state == "unknown"
        assert desktop.one(change).state == "unknown"
        assert len(desktop.all_of("Invoice")) == 121
        (open_one,) = desktop.journal.unknown(desktop.books.identity)
        assert "InvoiceLineAdd" in open_one.record


def test_a_silent_quickbooks_is_asked_what_became_of_it(tmp_path: Path) -> None:
    with desk(tmp_path, timeout=4) as desktop:  # a slow machine looks up what became of it within them
        desktop.fails({"do": "hang", "seconds": 4.5})
        assert desktop.one(Add(type="Invoice", record=invoice("N1"))).state == "done"
        assert len(desktop.all_of("Invoice")) == 121


@pytest.mark.parametrize(
    ("state", "error"),
    [("dialog-open", Busy), ("not-authorized", Unauthorized), ("other-file-open", Exception)],
)
def test_a_quickbooks_that_lets_nobody_in_stops_the_run_and_nothing_is_open(
    desktop: Desk, state: str, error: type[Exception]
) -> None:
    assert desktop.books.identity
    desktop.books._company.renew()
    desktop.door.conduct.enter(state)
    change = Add(type="Invoice", record=invoice("N1"), key="n=1")
    with pytest.raises(error):
        desktop.one(change)
    desktop.door.conduct.enter("ready")
    assert desktop.one(change).state == "done"
    assert len(desktop.all_of("Invoice")) == 121


def test_nothing_is_written_to_another_file_than_the_one_begun_with(desktop: Desk) -> None:
    assert desktop.one(Add(type="Invoice", record=invoice("N1"))).state == "done"
    desktop.books._company.renew()
    desktop.door.company.file = r"C:\QuickBooks\other.qbw"
    with pytest.raises(SetupError, match=r"other\.qbw"):
        desktop.one(Add(type="Invoice", record=invoice("N2")))
    assert len(list(desktop.door.company.all_of("Invoice"))) == 121


def test_a_run_that_died_is_finished_by_the_next(desktop: Desk) -> None:
    """The journal has a request open, as after a kill between sending and the answer."""

    class Killed(BaseException):
        pass

    exchanged = desktop.books._company.exchanged

    def die(*_: Any) -> Any:
        exchanged(*_)
        raise Killed

    desktop.books._company.exchanged = die  # type: ignore[method-assign]
    changes = [Add(type="Invoice", record=invoice(), key=f"n={n}") for n in range(5)]
    with pytest.raises(Killed):
        desktop.write(*changes)
    desktop.books._company.exchanged = exchanged  # type: ignore[method-assign]
    assert {each.note.partition(",")[0] for each in desktop.write(*changes).values()} == {"was there already"}
    assert len(desktop.all_of("Invoice")) == 125
