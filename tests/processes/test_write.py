"""Runs that write, stop half way, and are run again; the counterpart is a sandbox."""

import gc
import re

import pytest
from tests.connections.rest.desk import at_desk, invoice, line

from tieout.connections.base import Connection
from tieout.connections.memory import MemoryConnection
from tieout.connections.rest.oauth import identity_of
from tieout.errors import Busy, Invalid, SetupError
from tieout.operations import Act, Add, Delete, Modify, Outcome, Put
from tieout.processes.write import identified, planned_changes, write_changes
from tieout.sandbox.server import running_sandbox


@pytest.fixture(scope="module")
def sandbox():
    with running_sandbox(["small-shop", "empty"]) as running:
        yield running


@pytest.fixture
def desk(sandbox, tmp_path):
    sandbox.control.forget_requests()
    with at_desk(tmp_path, sandbox) as desk:
        yield desk
    sandbox.control.clear_faults()


def orders(first, last, prefix="o"):
    return [
        Add(
            type="Invoice",
            record=invoice(PrivateNote=f"{prefix}{n}."),
            key=f"order={prefix}{n}",
            place=f"{prefix}{n}",
        )
        for n in range(first, last)
    ]


def written(desk, prefix):
    notes = [str(each.get("PrivateNote", "")) for each in desk.all("Invoice")]
    return sorted(note.partition(".")[0] for note in notes if re.match(rf"{prefix}\d*\.", note))


# ---- each once


def test_the_same_command_after_a_stop_finishes_the_work_and_repeats_none(desk):
    run = iter(desk.writing(*orders(0, 90, "s"), command="add orders"))
    for _ in range(10):
        next(run)
    run.close()
    outcomes = desk.write(*orders(0, 90, "s"), command="add orders")
    assert [each.state for each in outcomes] == ["done"] * 90
    assert len(written(desk, "s")) == len(set(written(desk, "s"))) == 90
    assert {each.state for each in desk.journal.runs()} == {"finished", "stopped"}


def test_links_last_over_runs_and_commands(desk):
    first = desk.write(*orders(0, 3, "l"), command="monday")
    desk.sandbox.control.forget_requests()
    second = desk.write(*orders(0, 4, "l"), command="tuesday")
    assert [each.record_id for each in second[:3]] == [each.record_id for each in first]
    assert [each.note.startswith("was there already") for each in second] == [True, True, True, False]
    assert desk.writes() == ["invoice"]
    assert {each.key for each in desk.journal.links(desk.connection.identity)} == {
        f"order=l{n}" for n in range(4)
    }


def test_counts_tell_what_was_there_before(desk):
    desk.write(*orders(0, 2, "c"))
    writing = desk.writing(*orders(0, 3, "c"))
    assert len(list(writing)) == 3
    assert dict(writing.counts) == {"done": 3, "before": 2}


def test_one_key_is_one_record_in_one_input(desk):
    changes = [*orders(0, 2, "t"), *orders(1, 2, "t")]
    first, second, twice = list(desk.writing(*changes))[-3:]
    states = sorted(each.state for each in (first, second, twice))
    assert states == ["done", "done", "refused"]
    (refused,) = [each for each in (first, second, twice) if each.state == "refused"]
    assert isinstance(refused.error, Invalid)
    assert "given before in the same input" in str(refused.error)
    assert written(desk, "t") == ["t0", "t1"]
    assert len(desk.journal.changes(desk.journal.runs(most=1)[0].id)) == 3


def test_records_without_a_key_are_known_by_all_that_they_say(desk):
    same = [Add(type="Invoice", record=invoice(PrivateNote="w."), place=str(n)) for n in range(2)]
    assert [each.state for each in desk.write(*same, by_contents=True)] == ["done", "done"]
    again = desk.write(*same, by_contents=True)
    assert [each.note.startswith("was there already") for each in again] == [True, True]
    assert written(desk, "w") == ["w", "w"]


def test_a_key_that_stands_for_nothing_is_told(desk):
    for change in (
        Modify(type="Invoice", record={"PrivateNote": "x"}, key="order=nobody"),
        Delete(type="Invoice", record={}, key="order=nobody"),
    ):
        (outcome,) = desk.write(change)
        assert "no Invoice was added with this key" in str(outcome.error)
        assert outcome.error.element == "order"


def test_a_key_names_its_record(desk):
    made = desk.do(*orders(0, 1, "k"))
    changed = desk.do(Modify(type="Invoice", record={"PrivateNote": "changed"}, key="order=k0"))
    assert (changed["Id"], changed["PrivateNote"]) == (made["Id"], "changed")
    more = desk.do(Modify(type="Invoice", record={"Line": [line("5")]}, key="order=k0"))
    assert desk.journal.link(desk.connection.identity, "Invoice", "order=k0").total == more["TotalAmt"] == 15
    desk.do(Delete(type="Invoice", record={}, key="order=k0"))
    assert desk.write(Delete(type="Invoice", record={}, key="order=k0"))[0].note.startswith(
        "was there already"
    )


# ---- changes that may be made again


def test_a_change_of_the_same_key_and_other_contents_is_made_though_the_last_run_was_cut_short(desk):
    """A price that was corrected in the file must reach QuickBooks."""
    desk.do(*orders(0, 1, "p"))
    bad = Modify(type="Invoice", record={"Nonsense": 1}, key="order=none", place="bad")

    def changed(note):
        return Modify(type="Invoice", record={"PrivateNote": note}, key="order=p0", place="good")

    desk.write(changed("first"), bad, command="nightly")
    assert desk.journal.runs(most=1)[0].state == "incomplete"
    outcomes = desk.write(changed("second"), bad, command="nightly")
    assert (outcomes[0].state, outcomes[0].note) == ("done", "")
    assert outcomes[0].record["PrivateNote"] == "second"


def dying(*changes):
    """An input that breaks off after these; the last of them is only there to be cut off."""
    yield from identified(changes, by_contents=True)
    raise ZeroDivisionError


def test_a_change_that_was_made_before_a_run_was_cut_short_is_not_made_again(desk):
    made = desk.do(*orders(0, 1, "q"))
    ours = Modify(type="Invoice", record={"Id": made["Id"], "PrivateNote": "ours"}, place="good")
    more = [
        Modify(type="Invoice", record={"Id": made["Id"], "Nonsense": n}, place=str(n)) for n in range(301)
    ]
    more.insert(30, Add(type="Class", record={"Name": "ends the packing"}, place="class"))
    with pytest.raises(ZeroDivisionError):
        list(
            write_changes(
                desk.connection,
                dying(ours, Modify(type="Invoice", record={"Id": made["Id"], "PrivateNote": "more"}), *more),
                desk.journal,
                name="x",
                command="once",
            )
        )
    desk.behind_our_back("Invoice", made["Id"], PrivateNote="theirs")
    outcomes = desk.write(ours, command="once", by_contents=True)
    assert outcomes[0].note.startswith("was there already")
    assert desk.now("Invoice", made["Id"])["PrivateNote"] == "theirs"
    desk.write(ours, command="once", by_contents=True)  # that run had come to its end: a new one begins anew
    assert desk.now("Invoice", made["Id"])["PrivateNote"] == "ours"


def test_a_record_that_is_always_refused_keeps_no_other_from_being_put_each_night(desk):
    made = desk.do(*orders(0, 1, "n"))
    good = Put(type="Invoice", record={"Id": made["Id"], "PrivateNote": "ours"}, place="good")
    bad = Put(type="Invoice", record={"Id": made["Id"], "Nonsense": 1}, place="bad")
    for _ in range(2):
        desk.write(good, bad, command="nightly", by_contents=True)
        assert desk.now("Invoice", made["Id"])["PrivateNote"] == "ours"
        desk.behind_our_back("Invoice", made["Id"], PrivateNote="theirs")


def test_a_change_of_an_older_run_is_made_again_by_the_next(desk):
    """Done on Monday; on Tuesday the run died before it came to it: it is still to be done on Tuesday."""
    made = desk.do(*orders(0, 1, "r"))
    change = Modify(type="Invoice", record={"Id": made["Id"], "PrivateNote": "ours"}, place="good")
    desk.write(change, command="daily", by_contents=True)
    desk.behind_our_back("Invoice", made["Id"], PrivateNote="theirs")
    with pytest.raises(ZeroDivisionError):
        list(write_changes(desk.connection, dying(), desk.journal, name="daily", command="daily"))
    (outcome,) = desk.write(change, command="daily", by_contents=True)
    assert outcome.record["PrivateNote"] == "ours"


def test_an_email_is_sent_as_often_as_it_is_asked_for(desk):
    made = desk.do(*orders(0, 1, "e"))
    send = Act(type="Invoice", name="send", record={"Id": made["Id"]}, arguments={"to": "a@example.com"})
    desk.sandbox.control.forget_requests()
    desk.do(send)
    desk.do(send)
    assert desk.writes() == [f"invoice/{made['Id']}/send"] * 2


# ---- another company, another writer, another kind


def test_a_command_that_was_begun_in_one_company_is_not_finished_in_another(desk, sandbox, tmp_path):
    run = iter(desk.writing(*orders(0, 40, "x"), command="add orders"))
    next(run)
    run.close()
    realms = list(sandbox.companies)
    with at_desk(tmp_path, sandbox) as other:
        vault_copy = other.connection._tokens._vault
        vault_copy.write(
            identity_of(sandbox.base_url, realms[1]),
            vault_copy.read(identity_of(sandbox.base_url, realms[0])),
        )
    with at_desk(tmp_path, sandbox, company=realms[1]) as elsewhere:
        sandbox.control.forget_requests()
        with pytest.raises(SetupError, match="is another company than when this command was begun") as told:
            elsewhere.write(*orders(0, 40, "x"), command="add orders")
        assert realms[0] in str(told.value)
        assert elsewhere.writes() == []
        assert elsewhere.journal.runs(most=1)[0].state == "stopped"


def test_one_run_writes_to_a_company_at_a_time(desk):
    run = iter(desk.writing(*orders(0, 40, "b")))
    next(run)
    with pytest.raises(Busy):
        desk.write(*orders(0, 1, "b2"))
    run.close()
    assert desk.write(*orders(0, 1, "b2"))[0].state == "done"


class ReadOnly(MemoryConnection):
    """A kind that reads only."""

    write = Connection.write


def test_a_connection_that_takes_no_changes_says_so(desk):
    with pytest.raises(SetupError, match="takes no changes"):
        list(
            write_changes(
                ReadOnly("scratch"),
                identified(orders(0, 1), by_contents=False),
                desk.journal,
                name="x",
            )
        )


# ---- plans, and what cannot be read


def test_a_plan_writes_nothing_to_quickbooks_or_to_the_journal(desk):
    desk.do(*orders(0, 1, "y"))
    desk.sandbox.control.forget_requests()
    before = desk.journal.runs()
    refused = Outcome(
        change=Add(type="Invoice", place="bad", id="bad"), state="refused", error=Invalid("bad")
    )
    changes = identified([*orders(0, 2, "y"), refused], by_contents=False)
    planned = list(planned_changes(desk.connection, changes, desk.journal))
    assert [each.operation for each in planned] == ["nothing", "create", "refuse"]
    assert desk.writes() == []
    assert desk.journal.runs() == before


def test_twenty_thousand_records_with_one_bad_one_stay_flat_in_memory(tmp_path):
    with running_sandbox("small-shop") as sandbox, at_desk(tmp_path, sandbox) as desk:
        bad = 14_001

        def changes():
            for n in range(20_000):
                if n == bad:
                    change = Add(type="TimeActivity", id="bad", place="line 14001")
                    yield Outcome(change=change, state="refused", error=Invalid("line 14001: not JSON"))
                else:
                    yield Add(
                        type="TimeActivity", record={"Hours": f"no {n}"} if n % 50 else hours(n), place=str(n)
                    )

        writing = write_changes(
            desk.connection, identified(changes(), by_contents=True), desk.journal, name="many"
        )
        held = {}
        for at, _ in enumerate(writing):
            if at in (4_000, 19_900):
                gc.collect()
                held[at] = len(gc.get_objects())
    assert writing.counts == {"done": 400, "refused": 19_600, "before": 0}
    assert held[19_900] - held[4_000] < 5_000  # no record, change or outcome is kept


def hours(number):
    return {"NameOf": "Employee", "EmployeeRef": {"value": "54"}, "Hours": 1, "Description": f"many {number}"}
