"""Answers that do not come, at a sandbox with faults: each record is written once, or nobody pretends to know."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count

import pytest

from tieout.errors import ConnectionFailed, OutcomeUnknown, Stale, Unauthorized
from tieout.operations import Act, Add, Delete, Modify, Put, Void
from tieout.processes.write import identified, settle_open
from tieout.sandbox.server import running_sandbox

from .desk import at_desk, invoice, line


class Watch:
    """Our clock; each wait moves it by as much as a test says."""

    def __init__(self):
        self.ahead = timedelta()
        self.each_wait = timedelta()

    def sleep(self, _):
        self.ahead += self.each_wait

    def __call__(self):
        return datetime.now(UTC) + self.ahead


@pytest.fixture(scope="module")
def sandbox():
    with running_sandbox("small-shop") as running:
        yield running


@pytest.fixture
def watch():
    return Watch()


@pytest.fixture
def desk(sandbox, watch, tmp_path):
    sandbox.control.forget_requests()
    with at_desk(tmp_path, sandbox, clock=watch, sleep=watch.sleep) as desk:
        yield desk
    sandbox.control.clear_faults()
    sandbox.control.remember_requests()


@pytest.fixture(params=[True, False], ids=["remembered", "forgotten"])
def memory(request, sandbox):
    sandbox.control.remember_requests(request.param)
    return request.param


def fault(desk, on, do, **more):
    desk.sandbox.control.add_faults([{"on": on, "do": do, **more}])


NUMBERS = count(1)


def number(name):
    return f"{name}-{next(NUMBERS)}"


GROUP = {"GroupLineDetail": {"GroupItemRef": {"value": "22"}, "Quantity": 1}}
NEW = {
    "a number": lambda: ("Invoice", invoice(DocNumber=number("N")), "DocNumber"),
    "a number and lines whose amounts QuickBooks knows": lambda: (
        "Invoice",
        invoice(line(), GROUP, DocNumber=number("N")),
        "DocNumber",
    ),
    "a memo": lambda: ("Invoice", invoice(PrivateNote=number("memo")), "PrivateNote"),
    "a memo of several lines": lambda: ("Payment", {"CustomerRef": "2", "TotalAmt": 5, "PrivateNote": number("a\r\nb") + " "}, "PrivateNote"),
    "a name": lambda: ("Customer", {"DisplayName": number("Ann")}, "DisplayName"),
    "parts of a name": lambda: ("Customer", {"GivenName": number("Ann"), "FamilyName": "Ott"}, "GivenName"),
    "a note": lambda: ("Attachable", {"Note": number("note")}, "Note"),
    "the name of an account": lambda: ("Account", {"Name": number("Rent"), "AccountType": "Expense"}, "Name"),
    "a budget's name": lambda: (
        "Budget",
        {
            "Name": number("Plan"),
            "StartDate": "2027-01-01",
            "EndDate": "2027-12-31",
            "BudgetType": "ProfitAndLoss",
            "BudgetEntryType": "Monthly",
            "BudgetDetail": [{"BudgetDate": "2027-01-01", "Amount": 5, "AccountRef": "35"}],
        },
        "Name",
    ),
}  # fmt: skip
"""New records, by what they are found again by."""


def copies(desk, type_name, field, record):
    """How many records of the company have what this one has in a field, marks aside."""
    wanted = str(record[field]).strip()
    return sum(
        str(each.get(field, "")).partition(" [tieout")[0].strip() == wanted for each in desk.all(type_name)
    )


@pytest.mark.parametrize("what", sorted(NEW))
@pytest.mark.parametrize("deed", ["drop-after-commit", "truncate"])
def test_an_answer_that_is_lost_after_the_work_is_found(desk, memory, what, deed):
    type_name, record, field = NEW[what]()
    fault(desk, "write", deed)
    (outcome,) = desk.write(Add(type=type_name, record=record))
    if type_name == "Budget" and not memory:
        pytest.skip("nothing finds a budget again but QuickBooks' own memory")
    assert outcome.state == "done"
    assert copies(desk, type_name, field, record) == 1
    assert desk.journal.unknown(desk.connection.identity) == []


@pytest.mark.parametrize("deed", ["reset", "503", "500", "throttle", "401", "not-json", "throttle-xml"])
def test_what_was_not_done_is_sent_again(desk, memory, deed):
    type_name, record, field = NEW["a number"]()
    fault(desk, "write", deed, times=1 if deed == "401" else 2, seconds=0)
    (outcome,) = desk.write(Add(type=type_name, record=record))
    assert outcome.state == "done"
    assert copies(desk, type_name, field, record) == 1
    assert len(set(desk.request_ids())) == 1


@pytest.mark.parametrize("deed", ["drop-after-commit", "truncate", "reset", "503", "fault-200"])
def test_a_batch_without_an_answer_is_written_once(desk, memory, deed):
    made = [NEW[what]() for what in ("a number", "a memo", "a memo of several lines") for _ in range(5)]
    fault(desk, "batch", deed)
    changes = [Add(type=t, record=r, place=str(n)) for n, (t, r, _) in enumerate(made)]
    outcomes = desk.write(*changes)
    assert {each.state for each in outcomes} == {"done"}
    assert [copies(desk, t, field, r) for t, r, field in made] == [1] * 15
    assert len({(each.change.type, each.record_id) for each in outcomes}) == 15


def test_a_batch_that_is_still_under_way_is_waited_for(desk, memory):
    """The connection broke, and QuickBooks goes on with the members one by one."""
    made = [invoice(DocNumber=number("slow")) for _ in range(6)]
    bodies = [{**each, "Line": [{**each["Line"][0], "DetailType": "SalesItemLineDetail"}]} for each in made]
    company = desk.sandbox.company
    ask, create = company.query, company.create

    def goes_on(most):
        for _ in range(min(most, len(bodies))):
            create("Invoice", bodies.pop())

    def query(statement):
        goes_on(2 if "slow" in statement else 0)
        return ask(statement)

    def written_meanwhile(*words, **more):
        goes_on(6)
        return create(*words, **more)

    company.query, company.create = query, written_meanwhile
    fault(desk, "batch", "reset")
    outcomes = desk.write(*(Add(type="Invoice", record=each, place=str(n)) for n, each in enumerate(made)))
    del company.query, company.create
    assert {each.state for each in outcomes} == {"done"}
    assert [copies(desk, "Invoice", "DocNumber", each) for each in made] == [1] * 6


def _changes_of(desk):
    """Changes of records that are there, and what tells that each was done."""

    def made(**fields):
        return desk.do(Add(type="Invoice", record=invoice(line(Description="one"), line("20"), **fields)))

    noted, lined, voided, deleted, sent = (made() for _ in range(5))
    customer = desk.do(Add(type="Customer", record={"DisplayName": number("Ann")}))
    rate = {"SourceCurrencyCode": "EUR", "AsOfDate": "2026-11-21", "Rate": Decimal("1.23")}
    return [
        (Modify(type="Invoice", record={"Id": noted["Id"], "PrivateNote": "x"}), noted),
        (Modify(type="Invoice", record={"Id": lined["Id"], "Line": [{"Id": "1", "Amount": 11}]}), lined),
        (Void(type="Invoice", record={"Id": voided["Id"]}), voided),
        (Delete(type="Invoice", record={"Id": deleted["Id"]}), None),
        (
            Act(type="Invoice", name="send", record={"Id": sent["Id"]}, arguments={"to": "a@example.com"}),
            None,
        ),
        (Modify(type="Customer", record={"Id": customer["Id"], "Notes": "x"}), customer),
        (Act(type="Customer", name="deactivate", record={"Id": customer["Id"]}), None),
        (Modify(type="ExchangeRate", record=rate), None),
        (Modify(type="CompanyInfo", record={"LegalName": number("Harbor")}), None),
        (Put(type="Customer", record={"Id": customer["Id"], "Notes": "y"}), None),
    ]


@pytest.mark.parametrize("at", range(10))
@pytest.mark.parametrize("deed", ["drop-after-commit", "503"])
def test_a_change_of_what_is_there_is_made_once(desk, memory, at, deed):
    change, before = _changes_of(desk)[at]
    fault(desk, "write", deed, after=0)
    (outcome,) = desk.write(change)
    assert outcome.state == "done", outcome.error
    if before is not None:
        after = desk.now(change.type, before["Id"])
        assert int(after["SyncToken"]) == int(before["SyncToken"]) + 1


@pytest.mark.parametrize("deed", ["drop-after-commit", "503"])
def test_a_rate_that_is_there_is_not_taken_for_the_new_one(desk, memory, deed):
    rate = {"SourceCurrencyCode": "EUR", "AsOfDate": "2026-11-18", "Rate": Decimal("1.01")}
    desk.do(Modify(type="ExchangeRate", record=rate))
    fault(desk, "write", deed)
    desk.do(Modify(type="ExchangeRate", record={**rate, "Rate": Decimal("1.31")}))
    assert desk.sandbox.company.exchange_rate("EUR", "2026-11-18")["Rate"] == Decimal("1.31")


def test_an_email_whose_answer_is_lost_is_not_sent_twice(desk):
    desk.sandbox.control.remember_requests(False)
    made = desk.do(Add(type="Invoice", record=invoice()))
    fault(desk, "write", "drop-after-commit")
    desk.sandbox.control.forget_requests()
    desk.do(Act(type="Invoice", name="send", record={"Id": made["Id"]}, arguments={"to": "a@example.com"}))
    assert desk.writes() == [f"invoice/{made['Id']}/send"]


def test_an_upload_whose_answer_is_lost_is_found(desk, memory):
    upload = Act(
        type="Attachable", name="upload", arguments={"name": "scan.pdf"}, content=number("x").encode()
    )
    before = len(desk.all("Attachable"))
    fault(desk, "write", "drop-after-commit")
    assert desk.write(upload)[0].state == "done"
    assert len(desk.all("Attachable")) == before + 1


# ---- when nobody can tell


def unfindable():
    """A record with nothing to find it again by: its memo is full, and it has no number."""
    return invoice(PrivateNote=number("full").ljust(4000, "x"))


def test_what_cannot_be_found_is_sent_again_while_quickbooks_remembers(desk):
    record = unfindable()
    fault(desk, "write", "drop-after-commit")
    (outcome,) = desk.write(Add(type="Invoice", record=record))
    assert outcome.state == "done"
    assert copies(desk, "Invoice", "PrivateNote", record) == 1
    assert len(set(desk.request_ids())) == 1


def stopped_without_an_answer(desk, change):
    """A run that ends before it knows: the request is dropped, and nobody is there any more."""
    fault(desk, "write", "drop-after-commit")
    fault(desk, "any", "503", times="always", after=1)
    with pytest.raises(ConnectionFailed):
        desk.write(change)
    desk.sandbox.control.clear_faults()
    desk.sandbox.control.forget_requests()


def test_after_the_window_it_is_unknown_and_not_sent_again(desk, watch):
    record = unfindable()
    change = Add(type="Invoice", record=record, key="order=1")
    fault(desk, "write", "drop-after-commit", times=1)
    fault(desk, "write", "reset", times="always")
    watch.each_wait = timedelta(hours=2)
    (outcome,) = desk.write(change)
    desk.sandbox.control.clear_faults()
    assert (outcome.state, type(outcome.error)) == ("unknown", OutcomeUnknown)
    assert "tieout settle" in outcome.error.advice
    desk.sandbox.control.forget_requests()
    (again,) = desk.write(change)
    assert (again.state, desk.writes()) == ("unknown", [])
    assert copies(desk, "Invoice", "PrivateNote", record) == 1


@pytest.fixture
def left_open(desk, watch):
    """A request that an earlier run left without an answer, three hours ago, and its change."""
    record = unfindable()
    change = Add(type="Invoice", record=record, key=f"order={number('k')}")
    (named,) = identified([change], by_contents=False)
    run = desk.journal.begin(desk.connection.identity, "died")
    delivery = desk.connection._delivery(run)
    sent = delivery._sent(list(delivery.preparer.prepare([named])))
    run.sending(sent)
    desk.sandbox.company.create(
        "Invoice", {**record, "Line": [{**record["Line"][0], "DetailType": "SalesItemLineDetail"}]}
    )
    watch.ahead = timedelta(hours=3)
    return named


def test_settle_says_which_record_it_is(desk, left_open):
    (outcome,) = settle_open(desk.connection, desk.journal)
    assert outcome.state == "unknown"
    (unknown,) = desk.journal.unknown(desk.connection.identity)
    record = next(r for r in desk.all("Invoice") if str(r.get("PrivateNote", "")).startswith("full"))
    desk.journal.settle(desk.connection.identity, unknown, record_id=record["Id"], total=record["TotalAmt"])
    desk.sandbox.control.forget_requests()
    (again,) = desk.write(left_open)
    assert (again.state, again.record_id, desk.writes()) == ("done", record["Id"], [])
    assert desk.journal.link(desk.connection.identity, "Invoice", left_open.key).total == 10


def test_settle_says_that_it_was_not_done(desk, left_open):
    settle_open(desk.connection, desk.journal)
    (unknown,) = desk.journal.unknown(desk.connection.identity)
    assert unknown.record  # both sides can be shown
    desk.journal.settle(desk.connection.identity, unknown, record_id="", total=None)
    desk.sandbox.control.forget_requests()
    (again,) = desk.write(left_open)
    assert again.state == "done"
    assert len(desk.writes()) == 1


def test_an_unknown_stops_its_own_record_only(desk, left_open):
    outcomes = desk.write(
        Add(type="Invoice", record=left_open.record, key=left_open.key, place="1"),
        Add(type="Invoice", record=invoice(), place="2"),
    )
    assert [each.state for each in outcomes] == ["unknown", "done"]


def test_a_run_that_cannot_reach_quickbooks_stops_and_the_next_one_finds_out(desk, memory):
    type_name, record, field = NEW["a number"]()
    stopped_without_an_answer(desk, Add(type=type_name, record=record, key="order=7"))
    assert copies(desk, type_name, field, record) == 1
    (outcome,) = desk.write(Add(type=type_name, record=record, key="order=7"))
    assert (outcome.state, desk.writes()) == ("done", [])
    assert copies(desk, type_name, field, record) == 1


def test_a_sign_in_that_is_over_stops_the_run(desk):
    desk.sandbox.control.revoke_tokens()
    with pytest.raises(Unauthorized):
        desk.write(Add(type="Invoice", record=invoice()))


def test_a_token_that_ends_meanwhile_is_renewed(desk):
    desk.do(Add(type="Invoice", record=invoice()))
    desk.sandbox.control.expire_tokens()
    assert desk.do(Add(type="Invoice", record=invoice()))["Id"]


# ---- a number that others use too


def test_a_number_that_was_in_use_before_is_not_taken_for_ours(desk):
    """Another's invoice of the same number, party and amount, made yesterday by somebody else's run."""
    taken = number("N")
    first = desk.do(Add(type="Invoice", record=invoice(DocNumber=taken), key="order=1"))
    desk.sandbox.control.remember_requests(False)
    fault(desk, "write", "503")
    (outcome,) = desk.write(Add(type="Invoice", record=invoice(DocNumber=taken), key="order=2"))
    assert outcome.record_id != first["Id"]
    assert outcome.state == "refused"  # 6140: QuickBooks itself keeps numbers apart
    assert outcome.error.code == "6140"


def test_a_corrected_record_gets_another_answer(desk):
    wrong = Add(type="Invoice", record=invoice(CustomerRef="999999"), key="order=9")
    assert desk.write(wrong)[0].state == "refused"
    desk.do(Add(type="Invoice", record=invoice(), key="order=9"))
    assert len(set(desk.request_ids())) == 2


def test_the_same_record_is_asked_for_anew_after_a_refusal(desk):
    """What was refused for a reason that has gone away is not answered from memory."""
    closed = Add(type="Invoice", record=invoice(TxnDate="2026-01-15"), key="order=10")
    preferences = desk.now("Preferences", "1")
    desk.behind_our_back("Preferences", "1", AccountingInfoPrefs={**preferences["AccountingInfoPrefs"], "BookCloseDate": "2026-01-31"})  # fmt: skip
    (outcome,) = desk.write(closed)
    assert (outcome.state, outcome.error.code) == ("refused", "6200")
    desk.behind_our_back("Preferences", "1", AccountingInfoPrefs=preferences["AccountingInfoPrefs"])
    desk.behind_our_back("Preferences", "1", AccountingInfoPrefs={**preferences["AccountingInfoPrefs"], "BookCloseDate": "2020-01-31"})  # fmt: skip
    assert desk.write(closed)[0].state == "done"


def test_again_means_once_more(desk):
    change = Add(type="Invoice", record=invoice(PrivateNote=number("again")), key="order=11")
    first = desk.write(change)[0]
    assert desk.write(change)[0].note.startswith("was there already")
    second = desk.write(change, again=True)[0]
    assert (second.state, second.record_id != first.record_id) == ("done", True)
    third = desk.write(change, again=True)[0]
    assert len({first.record_id, second.record_id, third.record_id}) == 3
    assert desk.write(change)[0].record_id == third.record_id


# ---- somebody else at the same record


def meanwhile(desk, type_name, record_id, **fields):
    """Somebody else changes the record after it was read and before ours arrives."""
    original = desk.sandbox.company.update
    done = []

    def update(name, body, **more):
        if name == type_name and body.get("Id") == record_id and not done:
            done.append(True)
            desk.behind_our_back(type_name, record_id, **fields)
        return original(name, body, **more)

    desk.sandbox.company.update = update
    return lambda: delattr(desk.sandbox.company, "update")


def test_changes_of_other_fields_get_along(desk):
    made = desk.do(Add(type="Customer", record={"DisplayName": number("Ann"), "Notes": "a"}))
    undo = meanwhile(desk, "Customer", made["Id"], CompanyName="theirs")
    changed = desk.do(Modify(type="Customer", record={"Id": made["Id"], "Notes": "ours"}))
    undo()
    assert (changed["Notes"], changed["CompanyName"], changed["SyncToken"]) == ("ours", "theirs", "2")


def test_changes_of_the_same_field_are_refused_with_both_versions(desk):
    made = desk.do(Add(type="Customer", record={"DisplayName": number("Ann"), "Notes": "before"}))
    undo = meanwhile(desk, "Customer", made["Id"], Notes="theirs")
    (outcome,) = desk.write(Modify(type="Customer", record={"Id": made["Id"], "Notes": "ours"}))
    undo()
    assert isinstance(outcome.error, Stale)
    assert "Notes was before, is theirs now, and was to be ours" in str(outcome.error)
    assert desk.now("Customer", made["Id"])["Notes"] == "theirs"


def test_who_wants_the_same_has_it(desk):
    made = desk.do(Add(type="Customer", record={"DisplayName": number("Ann"), "Notes": "before"}))
    undo = meanwhile(desk, "Customer", made["Id"], Notes="both")
    (outcome,) = desk.write(Modify(type="Customer", record={"Id": made["Id"], "Notes": "both"}))
    undo()
    assert (outcome.state, outcome.record["SyncToken"]) == ("done", "1")


def test_lines_that_both_changed_are_refused(desk):
    made = desk.do(Add(type="Invoice", record=invoice(line(), line("20"))))
    theirs = [{**each, "Amount": 99} for each in made["Line"][:1]] + made["Line"][1:2]
    undo = meanwhile(desk, "Invoice", made["Id"], Line=theirs, CustomerRef={"value": "2"})
    (outcome,) = desk.write(
        Modify(type="Invoice", record={"Id": made["Id"], "Line": [{"Id": "2", "Amount": 21}]})
    )
    undo()
    assert isinstance(outcome.error, Stale)
    assert desk.now("Invoice", made["Id"])["TotalAmt"] == 119


def test_a_record_that_is_gone_meanwhile_is_told(desk):
    made = desk.do(Add(type="Invoice", record=invoice()))
    change = Modify(type="Invoice", record={"Id": made["Id"], "SyncToken": "0", "PrivateNote": "x"})
    desk.sandbox.company.delete("Invoice", {"Id": made["Id"], "SyncToken": "0"})
    (outcome,) = desk.write(change)
    assert (outcome.state, outcome.error.code) == ("refused", "610")
