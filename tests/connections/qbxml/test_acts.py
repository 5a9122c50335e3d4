"""Acts of a company file: merged records, custom fields, cleared transactions, windows; and what has no id."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tieout.errors import Invalid, NotAllowed, NotFound, SetupError
from tieout.operations import Act, Add, Delete, Outcome

from .writers import Desk, desk

ROUTE = {"OwnerID": "0", "DataExtName": "Route", "DataExtType": "STR255TYPE", "AssignToObject": ["Customer"]}

LOST = [{"do": "drop-before-commit"}, {"do": "drop-after-commit"}, {"do": "kill", "requests": 1}]


@pytest.fixture
def desktop(tmp_path: Path) -> Iterator[Desk]:
    with desk(tmp_path) as opened:
        yield opened


def act(desktop: Desk, type_name: str, name: str, record_id: str, **arguments: str) -> Outcome:
    record = {"Id": record_id} if record_id else {}
    return desktop.one(Act(type=type_name, name=name, record=record, arguments=arguments))


def customers(desktop: Desk) -> list[str]:
    """Those without jobs, which cannot be merged."""
    parents = {each["ParentRef"]["ListID"] for each in desktop.all_of("Customer") if "ParentRef" in each}
    return [each["ListID"] for each in desktop.all_of("Customer") if each["ListID"] not in parents]


def route(desktop: Desk, record_id: str) -> list[str]:
    fields = desktop.books.get("Customer", record_id).get("DataExtRet", [])
    return [each["DataExtValue"] for each in fields]


def test_a_record_is_taken_up_by_another(desktop: Desk) -> None:
    gone, stays, *_ = customers(desktop)
    outcome = act(desktop, "Customer", "merge", gone, into=stays)
    assert outcome.state == "done", outcome.error
    with pytest.raises(NotFound):
        desktop.books.get("Customer", gone)
    assert isinstance(act(desktop, "Customer", "merge", gone, into=stays).error, NotFound)
    assert isinstance(act(desktop, "Customer", "merge", stays).error, Invalid)
    assert isinstance(act(desktop, "StandardTerms", "merge", "1", into="2").error, NotAllowed)


def test_a_custom_field_is_defined_set_changed_and_taken_away(desktop: Desk) -> None:
    own, *_ = customers(desktop)
    assert isinstance(act(desktop, "Customer", "data-ext", own, field="Route", value="x").error, NotFound)
    assert desktop.one(Add(type="DataExtDef", record=ROUTE)).state == "done"
    for value, there in (("North", ["North"]), ("South", ["South"]), ("", [])):
        outcome = act(desktop, "Customer", "data-ext", own, field="Route", value=value)
        assert outcome.state == "done", outcome.error
        assert route(desktop, own) == there
    gone = Delete(type="DataExtDef", record={"OwnerID": "0", "DataExtName": "Route"})
    assert desktop.one(gone).state == "done"


@pytest.mark.parametrize("remembers", [True, False], ids=["remembered", "forgotten"])
@pytest.mark.parametrize("fault", LOST, ids=lambda fault: str(fault["do"]))
def test_lost_answers_of_acts_are_found_out(desktop: Desk, fault: dict[str, Any], remembers: bool) -> None:
    gone, stays, *_ = customers(desktop)
    desktop.door.company.message_sets.remembers = remembers
    for do in (
        lambda: desktop.one(Add(type="DataExtDef", record=ROUTE)),
        lambda: act(desktop, "Customer", "data-ext", stays, field="Route", value="North"),
        lambda: act(desktop, "Customer", "merge", gone, into=stays),
        lambda: act(desktop, "Customer", "display", stays),
    ):
        desktop.fails(fault)
        outcome = do()
        assert outcome.state == "done", outcome.error
    assert route(desktop, stays) == ["North"]


def test_a_transaction_is_marked_as_cleared_and_shown(desktop: Desk) -> None:
    line = {"AccountRef": {"FullName": "Office Supplies"}, "Amount": Decimal("5.00")}
    check = Add(type="Check", record={"AccountRef": {"FullName": "Checking"}, "ExpenseLineAdd": [line]})
    record_id = desktop.one(check).record_id
    cleared = act(desktop, "Check", "cleared-status", record_id, status="Cleared")
    assert (cleared.state, cleared.record_id) == ("done", record_id)
    assert isinstance(act(desktop, "Check", "cleared-status", record_id, status="Claered").error, Invalid)
    assert act(desktop, "Check", "display", record_id).state == "done"
    assert act(desktop, "Check", "display", "").state == "done"
    assert isinstance(act(desktop, "StandardTerms", "display", "1").error, NotAllowed)


def test_a_mistake_is_named(desktop: Desk) -> None:
    own, *_ = customers(desktop)
    assert "into" in str(act(desktop, "Customer", "merge", own, itno="x").error)
    assert isinstance(act(desktop, "Customer", "send", own).error, SetupError)
