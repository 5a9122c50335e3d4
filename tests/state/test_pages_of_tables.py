"""Long tables read a part at a time, in SQLite and in Postgres alike."""

from datetime import UTC, datetime

import pytest

from tieout.operations import Add, Outcome
from tieout.state.agenda import Agenda, Ended
from tieout.state.database import open_state
from tieout.state.journal import Journal
from tieout.state.meter import Meter
from tieout.state.postgres import PostgresState
from tieout.state.process_log import LogName, ProcessLog, RunDocument, Settled, Standing
from tieout.state.run_documents import RunDocuments, held_by_process
from tieout.state.times import written_time

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgres"])
def state(request, tmp_path):
    opened = (
        PostgresState(request.getfixturevalue("postgres_url"))
        if request.param == "postgres"
        else open_state(tmp_path)
    )
    with opened:
        yield opened


def test_companies_by_name_process_and_standing(state):
    now = NOW
    agenda = Agenda(state, lambda: now)
    agenda.enter([("mirror", f"{number:04}", "lane") for number in range(120)], None)
    agenda.enter([("orders", "0007", "lane"), ("orders", "a_b%", "lane")], NOW)
    rows, count = agenda.page(process="mirror", before=100, most=50)
    assert ([each.company for each in rows], count) == ([f"{n:04}" for n in range(100, 120)], 120)
    rows, count = agenda.page(company="000")
    assert ([each.company for each in rows], count) == (
        ["0000", "0001", "0002", "0003", "0004", "0005", "0006", "0007", "0007", "0008", "0009"],
        11,
    )
    assert agenda.page(company="%")[1] == agenda.page(company="a%")[1] == 0
    assert agenda.page(company="a_b%")[1] == 1
    assert agenda.page(standing="new")[1] == 122

    (entry,) = agenda.entries("mirror", "0003")
    agenda.queue([(entry, "task")])
    assert [each.company for each in agenda.page(standing="queued")[0]] == ["0003"]
    begun = agenda.begin("mirror", "0003", "task")
    assert begun is not None
    agenda.end(begun, Ended("succeeded", None))
    assert [each.company for each in agenda.page(standing="succeeded")[0]] == ["0003"]
    longest, _ = agenda.page(process="mirror", longest_first=True, before=119)
    assert [each.company for each in longest] == ["0003"]
    assert agenda.times()["mirror"] == (written_time(NOW), "")
    assert agenda.times()["orders"] == ("", written_time(NOW))
    assert {(each.word, each.count) for each in agenda.figures() if each.process == "mirror"} == {
        ("new", 119),
        ("succeeded", 1),
    }


def test_reads_by_month_and_company(state):
    for company, reads in (("47", 5), ("48", 9), ("", 2)):
        Meter(state, company).add("books", reads, NOW)
    Meter(state).add("other", 1, NOW.replace(month=10))
    meter = Meter(state)
    assert meter.months(10) == [("2026-11", 16), ("2026-10", 1)]
    assert meter.most(NOW, 1) == [("books/48", 9)]


def test_documents_and_changes_of_a_run(state):
    journal, log = Journal(state, clock=lambda: NOW), ProcessLog(state, "orders")
    run = journal.begin("company", "orders")
    settled = Settled(
        standings=[Standing("n=0001", "", "refused", run.id, "", "{}")],
        documents=[
            RunDocument(
                run.id, f"n={number:04}", "orders", f"line {number}", "refused" if number == 1 else "done",
                "{}", "", "", "given", "made", "2026-11-27",
            )
            for number in range(30)
        ],
    )  # fmt: skip
    log.settle(settled, run.id)
    log.keep_figures(run.id, {"in": 30})
    run.note(
        [
            Outcome(
                change=Add(type="Invoice", record={}, id=f"{n:02}", place=f"line {n:02}"),
                state="done",
                record_id="1",
            )
            for n in range(12)
        ]
    )
    told = RunDocuments(state)
    rows, count = told.page(run.id, held=False, before=25, most=10)
    assert ([each.document for each in rows], count) == ([f"n={n:04}" for n in range(25, 30)], 30)
    assert {each.given for each in rows} == {""}
    rows, count = told.page(run.id, held=True, before=0, most=10)
    assert ([each.document for each in rows], count) == (["n=0001"], 1)
    one = told.one(run.id, "n=0004")
    assert one is not None
    assert one.given == "given"
    assert told.one(run.id, "n=4") is None
    assert told.figures_of_last(5) == {run.id: {"in": 30}}
    assert told.held("") == {LogName("orders"): 1}
    assert told.of_unknown_changes() == {}
    changes, count = journal.changes_page(run.id, held=False, before=10, most=10)
    assert ([each.place for each in changes], count) == (["line 10", "line 11"], 12)
    assert journal.changes_page(run.id, held=True, before=0, most=10) == ([], 0)
    assert [(each.id, each.done) for each in journal.runs(most=1)] == [(run.id, 12)]


def test_what_is_held_by_process_company_and_environment(state):
    names = [
        LogName("orders", company="47"),
        LogName("orders", company="48/a"),
        LogName("orders", "test", "47"),
    ]
    for name in names:
        log = ProcessLog(state, str(name))
        log.settle(
            Settled(
                standings=[Standing(f"n={n}", "", "refused", name.company, "", "{}") for n in range(3)],
                documents=[
                    RunDocument(name.company, f"n={n}", str(name), "", "refused", "{}", "why", "", "{}", "", "2026")
                    for n in range(3)
                ],
            ),
            name.company,
        )  # fmt: skip
    told = RunDocuments(state)
    assert told.held("test") == {names[2]: 3}
    counts = told.held("")
    assert counts == {names[0]: 3, names[1]: 3}
    assert held_by_process(counts) == {"orders": 6}
    pages = [told.held_page(counts, before=before, most=4) for before in (0, 4)]
    assert [(each.log_name.company, each.document) for page in pages for each in page] == [
        (company, f"n={n}") for company in ("47", "48/a") for n in range(3)
    ]
    assert [len(page) for page in pages] == [4, 2]
