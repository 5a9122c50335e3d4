"""Many changes at once, at a sandbox that counts what arrives."""

from decimal import Decimal

import pytest

from tieout.operations import Act, Add, Delete, Modify, Void
from tieout.processes.write import identified, write_changes
from tieout.sandbox.server import running_sandbox

from .desk import at_desk, invoice, line


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with running_sandbox("small-shop") as sandbox, at_desk(tmp_path_factory.mktemp("desk"), sandbox) as desk:
        yield desk


@pytest.fixture(autouse=True)
def fresh_count(desk):
    desk.sandbox.control.forget_requests()


def invoices(count, **fields):
    return [Add(type="Invoice", record=invoice(**fields), place=str(n)) for n in range(count)]


def test_transactions_go_in_batches_of_thirty_with_short_ids(desk):
    outcomes = desk.write(*invoices(95))
    assert [each.state for each in outcomes] == ["done"] * 95
    assert desk.writes() == ["batch"] * 4
    assert len({each.record_id for each in outcomes}) == 95
    assert all(len(each) <= 36 for each in desk.request_ids())
    assert len(set(desk.request_ids())) == 4


def test_a_single_change_goes_alone_with_an_id(desk):
    desk.do(Add(type="Invoice", record=invoice()))
    assert desk.writes() == ["invoice"]
    (identity,) = desk.request_ids()
    assert 0 < len(identity) <= 50


def test_list_entries_are_written_one_after_the_other(desk):
    changes = [Add(type="Class", record={"Name": f"Serial {n}"}, place=str(n)) for n in range(12)]
    changes += [Add(type="Vendor", record={"DisplayName": f"Serial {n}"}, place=f"v{n}") for n in range(6)]
    under_way = _most_under_way(desk, lambda: desk.write(*changes))
    assert desk.writes() == ["class"] * 12 + ["vendor"] * 6
    assert under_way == 1


def test_ten_requests_are_under_way_at_most(desk):
    desk.sandbox.control.add_faults([{"on": "batch", "do": "slow", "seconds": 0.2, "times": 14}])
    under_way = _most_under_way(desk, lambda: desk.write(*invoices(14 * 30)))
    desk.sandbox.control.clear_faults()
    assert 2 <= under_way <= 10


def _most_under_way(desk, write):
    """How many writes were begun and not answered at one time, as the sandbox saw it."""
    calls, most = desk.sandbox.control, 0
    arrived = calls.arrived

    def noting(call):
        nonlocal most
        arrived(call)
        most = max(most, sum(each.status == 0 and "requestid" in each.params for each in calls.requests))

    calls.arrived = noting
    try:
        write()
    finally:
        calls.arrived = arrived
    return most


def test_changes_of_one_record_keep_their_order(desk):
    made = desk.do(Add(type="Invoice", record=invoice()))
    who = {"Id": made["Id"]}
    changes = [
        Modify(type="Invoice", record={**who, "PrivateNote": f"note {n}"}, place=str(n)) for n in range(5)
    ]
    changes.append(Void(type="Invoice", record=who, place="void"))
    changes.append(Delete(type="Invoice", record=who, place="delete"))
    outcomes = desk.write(*changes)
    assert [each.state for each in outcomes] == ["done"] * 7
    assert [each.record["PrivateNote"] for each in outcomes[:5]] == [f"note {n}" for n in range(5)]
    assert outcomes[5].record["SyncToken"] == "6"


def test_changes_of_one_record_among_hundreds_keep_their_order_too(desk):
    made = desk.do(Add(type="Invoice", record=invoice()))
    changes = invoices(610)
    for at in (1, 100, 299, 300, 301, 609):
        changes[at] = Modify(
            type="Invoice", record={"Id": made["Id"], "PrivateNote": f"at {at}"}, place=changes[at].place
        )
    outcomes = desk.write(*changes)
    assert {each.state for each in outcomes} == {"done"}
    assert desk.now("Invoice", made["Id"])["PrivateNote"] == "at 609"
    assert desk.now("Invoice", made["Id"])["SyncToken"] == "6"


def test_what_refers_to_a_record_comes_after_what_changes_it(desk):
    """Not only by the party: an item in a line counts too."""
    item = desk.do(
        Add(type="Item", record={"Name": "Seasonal", "Type": "Service", "IncomeAccountRef": {"value": "23"}})
    )
    who = {"Id": item["Id"]}
    desk.do(Act(type="Item", name="deactivate", record=who))
    desk.sandbox.control.add_faults([{"on": "write", "type": "Item", "do": "slow", "seconds": 0.3}])
    outcomes = desk.write(
        Act(type="Item", name="reactivate", record=who, place="1"),
        *(Add(type="Invoice", record=invoice(line(item=item["Id"])), place=str(n)) for n in range(2, 35)),
    )
    assert {each.state for each in outcomes} == {"done"}


def test_a_refused_member_never_takes_its_batch_along(desk):
    changes = invoices(30)
    changes[3] = Add(type="Invoice", record=invoice(CustomerRef={"value": "999999"}), place="3")
    changes[17] = Add(type="Invoice", record=invoice(line("1.001")), place="17")
    outcomes = desk.write(*changes)
    assert [n for n, each in enumerate(outcomes) if each.state == "refused"] == [3, 17]
    assert sum(each.state == "done" for each in outcomes) == 28
    assert outcomes[3].error.code == "2500"
    assert outcomes[17].error.element == "Line.1.Amount"


def test_a_batch_that_is_refused_whole_is_taken_apart(desk):
    desk.sandbox.control.add_faults([{"on": "batch", "do": "fault-200", "times": 1}])
    outcomes = desk.write(*invoices(5))
    assert [each.state for each in outcomes] == ["done"] * 5
    notes = [
        each["PrivateNote"] for each in desk.all("Invoice") if each["Id"] in {o.record_id for o in outcomes}
    ]
    assert len(notes) == 5


def test_nothing_breaks_when_nothing_is_to_be_done(desk):
    assert desk.write() == []
    assert desk.writes() == []


def test_changes_are_taken_as_they_are_needed(desk):
    """A file of a million lines is not read ahead of what is written."""
    taken = 0

    def endless():
        nonlocal taken
        while True:
            taken += 1
            yield Add(type="Invoice", record=invoice(), place=str(taken))

    outcomes = iter(
        write_changes(desk.connection, identified(endless(), by_contents=False), desk.journal, name="endless")
    )
    for _ in range(40):
        next(outcomes)
    outcomes.close()
    assert taken <= 1300
    (run,) = desk.journal.runs(most=1)
    assert (run.state, run.reason) == ("stopped", "interrupted")
    assert run.unknown == 0
    assert run.done >= 40


def test_amounts_arrive_to_the_cent(desk):
    outcomes = desk.write(
        *(Add(type="Invoice", record=invoice(line(f"{n}.{n:02}")), place=str(n)) for n in range(1, 60))
    )
    assert sum(each.total for each in outcomes) == sum(Decimal(f"{n}.{n:02}") for n in range(1, 60))
