"""The journal in both of its homes: SQLite, and a real Postgres."""

import re
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tieout.errors import Busy, Invalid, OutcomeUnknown, SetupError, Unreachable
from tieout.operations import Act, Add, Delete, Member, Modify, Outcome, Put, Sent
from tieout.protocols.redaction import HIDDEN, redacted
from tieout.state import database
from tieout.state.journal import Journal
from tieout.state.meter import Meter
from tieout.state.watermarks import Watermarks

from .processes import standing

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
BOOKS = "online:1@https://books.example"


class Clock:
    def __init__(self):
        self.now = NOON

    def __call__(self):
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture
def journal(state):
    return Journal(state, clock=Clock())


@pytest.fixture
def run(journal):
    return journal.begin(BOOKS, "add books:Invoice", command="c", source="orders.csv")


def add(n=1, **more):
    told = {"record": {"DocNumber": f"N{n}"}, "id": f"change-{n}", "key": f"order={n}", "place": f"line {n}"}
    return Add(type="Invoice", **{**told, **more})


def sent(*changes, name="request-1", body=b'{"SSN": "1", "x": 1}'):
    members = tuple(
        Member(each, 0, "create", str(n), {"by": "field", "value": "é"}) for n, each in enumerate(changes)
    )
    return Sent(name, members, {"method": "POST", "params": {"requestid": name}}, body, NOON)


def done(change, record_id="7", total="10.10", **more):
    return Outcome(
        change=change,
        state="done",
        record={"Id": record_id},
        record_id=record_id,
        total=Decimal(total) if total else None,
        **more,
    )


def refused(change, **more):
    told = {"code": "6140", "element": "DocNumber", "advice": "Take another number.", **more}
    return Outcome(change=change, state="refused", error=Invalid("taken", **told))


# ---- before and after a request


def test_what_is_about_to_be_sent_comes_back_byte_for_byte(journal, run):
    changes = [
        add(1),
        Modify(type="Customer", record={"Id": "3"}, id="m"),
        Act(type="Invoice", name="send", record={"Id": "4"}, id="s"),
    ]
    given = sent(*changes, body=b'{"a":"\xc3\xa9\x00"}' * 1000)
    run.sending(given)
    (kept,) = journal.looking_at(BOOKS).open_requests()
    assert (kept.id, kept.body, kept.envelope, kept.at) == (given.id, given.body, given.envelope, NOON)
    assert [(m.change.id, m.change.verb, m.change.key, m.mark, m.carrier) for m in kept.members] == [
        (m.change.id, m.change.verb, m.change.key, m.mark, m.carrier) for m in given.members
    ]
    assert journal.looking_at("online:2@x").open_requests() == []


def test_a_request_is_closed_with_its_outcomes_and_links(journal, run):
    first, second = add(1), add(2)
    run.sending(sent(first, second))
    assert [run.known(each.id) for each in (first, second)] == [None, None]  # the open request knows of them
    run.answered(sent(first, second), [done(first), refused(second)])
    assert run.open_requests() == []
    assert (run.known("change-1").state, run.known("change-1").record_id) == ("done", "7")
    link = journal.link(BOOKS, "Invoice", "order=1")
    assert (link.record_id, link.total, link.run) == ("7", Decimal("10.10"), run.id)
    assert journal.link(BOOKS, "Invoice", "order=2") is None
    assert journal.link("online:2@x", "Invoice", "order=1") is None


def test_members_without_an_outcome_are_released(journal, run):
    first, second = add(1), add(2)
    run.sending(sent(first, second))
    run.answered(sent(first, second), [done(first)])
    assert run.known("change-2").state == "released"
    assert run.attempt(second) == 0


def test_an_attempt_rises_after_a_refusal_only(journal, run):
    change = add(1)
    assert run.attempt(change) == 0
    for outcome, attempt in ((None, 0), (refused(change), 1), (refused(change), 2), (done(change), 2)):
        run.sending(sent(change))
        run.answered(sent(change), [outcome] if outcome else [])
        assert run.attempt(change) == attempt


def test_a_request_that_is_sent_again_keeps_the_time_of_its_first(journal, run):
    run.sending(sent(add(1)))
    run.sending(replace(sent(add(1)), at=NOON + timedelta(hours=3)))
    (kept,) = run.open_requests()
    assert kept.at == NOON


def test_a_transaction_that_fails_leaves_nothing_behind(journal, run, state):
    with pytest.raises(ZeroDivisionError), state.transaction():
        state.rows("set_watermark", key="a", value="{}")
        raise ZeroDivisionError
    assert state.value("watermark", key="a") is None
    with pytest.raises(AttributeError):
        run.note([refused(add(1)), None])
    assert run.known("change-1") is None


def test_who_made_a_record_is_known(journal, run):
    run.answered(sent(add(1)), [done(add(1))])
    assert run.is_of_another(add(2), "7")
    assert not run.is_of_another(add(1), "7")
    assert not run.is_of_another(add(2), "8")
    assert not run.is_of_another(replace(add(2), type="Bill"), "7")


def test_contents_tell_a_corrected_change_and_outlast_a_kill(journal, run):
    change = Modify(type="Invoice", record={"Id": "7", "PrivateNote": "a"}, id="m", key="order=1")
    run.sending(sent(change))
    (kept,) = run.open_requests()  # the next run knows no record
    run.answered(kept, [done(kept.members[0].change)])
    assert run.known("m").contents == change.contents != ""
    assert replace(change, record={"PrivateNote": "a"}).contents == change.contents
    assert replace(change, record={"PrivateNote": "b"}).contents != change.contents
    assert replace(change, lines="replace").contents != change.contents


# ---- links, settling, forgetting


def test_a_total_of_a_link_follows_later_changes(journal, run):
    run.note([done(add(1))])
    run.note([done(Modify(type="Invoice", record={"Id": "7"}, id="m"), total="12.00")])
    assert journal.link(BOOKS, "Invoice", "order=1").total == Decimal("12.00")
    run.note([done(Put(type="Invoice", record={}, id="p", key="order=9"), record_id="9", total=None)])
    assert [(each.key, each.total) for each in journal.links(BOOKS)] == [
        ("order=1", Decimal("12.00")),
        ("order=9", None),
    ]


def test_a_person_says_what_became_of_it(journal, run):
    first, second = add(1), add(2)
    unknown = [
        Outcome(change=each, state="unknown", error=OutcomeUnknown("who knows")) for each in (first, second)
    ]
    run.sending(sent(first, second))
    run.answered(sent(first, second), unknown)
    one, two = journal.unknown(BOOKS)
    assert (one.message, one.place, one.record) == ("who knows", "line 1", '{"DocNumber": "N1"}')
    journal.settle(BOOKS, one, record_id="8", total=Decimal("5.00"))
    journal.settle(BOOKS, two, record_id="", total=None)
    assert journal.unknown(BOOKS) == []
    assert (run.known("change-1").state, run.known("change-1").record_id) == ("done", "8")
    assert journal.link(BOOKS, "Invoice", "order=1").record_id == "8"
    assert (run.known("change-2").state, run.attempt(second)) == ("released", 1)


def test_a_forgotten_link_lets_the_record_be_added_again(journal, run):
    run.note([done(add(1)), done(add(2))])
    assert journal.forget(BOOKS, "Invoice", "order=1")
    assert not journal.forget(BOOKS, "Invoice", "order=1")
    assert (run.known("change-1").state, run.attempt(add(1)) > 0) == ("released", True)
    assert [each.key for each in journal.links(BOOKS)] == ["order=2"]


# ---- runs


def test_runs_are_told_newest_first_with_what_they_did(journal):
    first = journal.begin(BOOKS, "one")
    first.note([done(add(1)), refused(add(2))])
    first.end("incomplete", "")
    second = journal.begin(BOOKS, "two")
    second.sending(sent(add(3)))
    runs = journal.runs()
    assert [(r.name, r.state, r.done, r.refused, r.unknown) for r in runs] == [
        ("two", "running", 0, 0, 0),
        ("one", "incomplete", 1, 1, 0),
    ]
    assert [r.name for r in journal.runs(first.id)] == ["one"]
    assert len(journal.runs(most=1)) == 1
    (change,) = journal.changes(first.id, "refused")
    assert (change.code, change.element, change.advice) == ("6140", "DocNumber", "Take another number.")
    assert len(journal.changes(first.id)) == 2


def test_a_thousand_runs_may_begin_at_once(state):
    journal = Journal(state, clock=lambda: NOON)
    assert len({journal.begin(BOOKS, "x").id for _ in range(1000)}) == 1000


def test_a_run_that_never_ended_was_interrupted(journal):
    killed = journal.begin(BOOKS, "killed")
    elsewhere = journal.begin("online:2@x", "at work elsewhere")
    journal.begin(BOOKS, "next")
    states = {each.id: each.state for each in journal.runs()}
    assert (states[killed.id], states[elsewhere.id]) == ("interrupted", "running")


def test_a_run_whose_company_another_took_over_sends_no_more(journal, run):
    run.sending(sent(add(1)))
    another = journal.begin(BOOKS, "add")
    with pytest.raises(Busy, match="taken this company over"):
        run.sending(sent(add(2), name="request-2"))
    assert [each.id for each in another.open_requests()] == ["request-1"]
    another.sending(sent(add(2), name="request-2"))


def test_the_runs_of_a_command_are_told_newest_first(journal):
    runs = [journal.begin(BOOKS, "x", command=command) for command in ("c", "d", "c")]
    runs[0].end("finished")
    found = journal.before("c", runs[2].id)
    assert [(run, state) for run, _, state in found] == [(runs[0].id, "finished")]


def test_a_record_with_any_text_is_kept(journal, run):
    odd = {"Notes": "é 😀 \x00 \ud800 % :name %(id)s", "Amount": Decimal("1.10"), "at": NOON}
    change = add(1, record=odd, key="order=\x00 é %s", place="line \x00 1")
    run.note([refused(change)])
    (kept,) = journal.changes(run.id)
    assert '"Amount": "1.10"' in kept.record
    run.note([done(change)])
    assert journal.link(BOOKS, "Invoice", change.key).record_id == "7"


# ---- documents


def test_documents_are_kept_redacted_and_purged(state):
    clock = Clock()
    journal = Journal(state, keep_documents=True, redact=redacted, clock=clock)
    run = journal.begin(BOOKS, "x")
    run.sending(sent(add(1)))
    run.answered(sent(add(1)), [done(add(1))], b'{"AcctNum": "99"}')
    found = [(way, body) for _, _, way, body in journal.documents(run.id)]
    assert found == [
        ("out", b'{"SSN": "%b", "x": 1}' % HIDDEN.encode()),
        ("in", b'{"AcctNum": "%b"}' % HIDDEN.encode()),
    ]
    journal.purge_documents(clock.now - timedelta(days=1))
    assert len(journal.documents(run.id)) == 2
    journal.purge_documents(clock.now + timedelta(days=1))
    assert journal.documents(run.id) == []


def test_no_document_is_kept_unless_asked_for(journal, run):
    run.sending(sent(add(1)))
    run.answered(sent(add(1)), [done(add(1))], b"{}")
    assert journal.documents(run.id) == []


# ---- both homes


def test_every_statement_runs_in_both(state):
    numbers = {"before", "held", "longest_first", "most", "number", "piece"}
    for name, text in database.statements().items():
        statement = text.partition("\n")[2].lstrip()
        if statement.startswith("SELECT") and "FROM secrets" not in text:
            named = re.findall(r"(?<!:):([a-z_]+)", statement)
            wanted = {each: 1 if each in numbers else "" for each in named}
            assert not any(map(any, state.rows(name, **wanted))), name  # nothing, or counts of nothing


def test_what_else_is_remembered_lives_there_too(state):
    meter = Meter(state)
    meter.add("books", 3, NOON)
    meter.add("books", 2, NOON)
    assert meter.month("books", NOON) == 5
    marks = Watermarks(state)
    marks.set("a", {"at": "noon"})
    assert marks.get("a") == {"at": "noon"}


def test_the_state_is_there_when_it_is_opened_again(open_one):
    Journal(open_one()).begin(BOOKS, "x").note([done(add(1))])
    assert Journal(open_one()).link(BOOKS, "Invoice", "order=1").record_id == "7"


def test_threads_share_it(journal, run):
    def note(n):
        for at in range(20):
            run.note([done(add(n * 100 + at), record_id=f"{n}-{at}")])

    threads = [threading.Thread(target=note, args=(n,)) for n in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(journal.changes(run.id)) == len(journal.links(BOOKS)) == 120


def test_one_writer_at_a_time_even_in_one_process(journal):
    with journal.exclusive(BOOKS):
        with pytest.raises(Busy), journal.exclusive(BOOKS):
            pass
        with journal.exclusive("online:2@x"):
            pass
    with journal.exclusive(BOOKS):
        pass


HOLD = """
    import sys
    from pathlib import Path
    from tieout.state.database import open_state
    from tieout.state.journal import Journal

    def opened(where):
        if where.startswith("postgresql"):
            from tieout.state.postgres import PostgresState
            return PostgresState(where)
        return open_state(Path(where))

    with opened(sys.argv[1]) as state, Journal(state).exclusive(sys.argv[2]):
        print("ready", flush=True)
        sys.stdin.read()
"""


@pytest.mark.parametrize("home", ["sqlite", "postgres"])
def test_a_lock_holds_across_processes_and_dies_with_its_holder(home, tmp_path, request):
    if home == "sqlite":
        where, opened = str(tmp_path), database.open_state(tmp_path)
    else:
        from tieout.state.postgres import PostgresState

        where = request.getfixturevalue("postgres_url")
        opened = PostgresState(where)
    with opened as state, standing(HOLD, where, BOOKS) as holder:
        with pytest.raises(Busy), Journal(state).exclusive(BOOKS):
            pass
        holder.kill()
        holder.wait()
        _until_free(Journal(state))


def _until_free(journal):
    """The server notices a killed client in its own time; the test waits for that, not for a clock."""
    while True:
        try:
            with journal.exclusive(BOOKS):
                return
        except Busy:
            continue


def test_a_postgres_that_is_not_there_is_told_without_its_password():
    from tieout.state.postgres import PostgresState

    with pytest.raises(Unreachable) as told:
        PostgresState("postgresql://ann:s3cret@127.0.0.1:1/books")
    assert "s3cret" not in str(told.value)
    assert "127.0.0.1" in str(told.value)


def test_a_postgres_of_a_newer_version_is_refused(postgres_url):
    import psycopg

    from tieout.state.postgres import PostgresState

    PostgresState(postgres_url).close()
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("UPDATE tieout.schema_version SET version = 99")
    with pytest.raises(SetupError, match="newer tieout: its version is 99"):
        PostgresState(postgres_url)


def test_two_processes_may_open_a_new_postgres_at_once(postgres_url):
    from tieout.state.postgres import PostgresState

    failures = []

    def open_it():
        try:
            PostgresState(postgres_url).close()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=open_it) for _ in range(6)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert failures == []


def test_deleting_leaves_the_record_where_it_is_told(journal, run):
    run.note([done(Delete(type="Invoice", record={"Id": "7"}, id="d"), total=None)])
    assert run.known("d").state == "done"
