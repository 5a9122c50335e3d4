"""Documents that are held of a process that runs for many companies: counted, listed with the company, and sent again for it."""

from __future__ import annotations

import csv
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.cli.conftest import call
from tests.runtime.serving import serving

from tieout.connections.rest import sign_in_at_sandbox
from tieout.operations import Add, Outcome, Query
from tieout.processes.flow import ProcessRun
from tieout.project import Project
from tieout.project.companies import Companies
from tieout.project.flows import opened_process
from tieout.runtime.console.sign_ins import SignIns
from tieout.runtime.project_doors import doors_of
from tieout.sandbox.server import running_sandbox
from tieout.state.access import Access
from tieout.state.agenda import Agenda
from tieout.state.process_log import DocumentChange, ProcessLog, RunDocument, Settled

from .browser import Browser, Element
from .conftest import Served

FIRM = """
[connection.books]
kind = "online"
company = "{{realm}}"
base_url = "{url}"
client_id = "x"

[connection.firm]
kind = "sql"
url = "sqlite:///firm.db"

[connection.inbox]
kind = "files"
path = "inbox-{{realm}}"
quiet_seconds = 0

[process.customers]
from = "inbox:customers.csv"
to = "books:Customer"
do = "add"
key = "number"
map = "customer.jsonata"
companies = "firm:select realm from clients"
"""
ROWS = [("number", "name"), (1, "Ann of the harbour"), (2, "Bob: the second")]  # no colon in a name


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Served]:
    """Two companies, with a document done and one refused in each."""
    folder = tmp_path
    (folder / "customer.jsonata").write_text('{ "DisplayName": name }', "utf-8")
    with running_sandbox(["small-shop", "landscaping"]) as sandbox:
        (folder / "tieout.toml").write_text(FIRM.format(url=sandbox.base_url), "utf-8")
        with Project.read(folder / "tieout.toml") as project:
            with closing(sqlite3.connect(folder / "firm.db")) as database:
                database.execute("create table clients (realm text)")
                database.executemany(
                    "insert into clients values (?)", [(each,) for each in sandbox.companies]
                )
                database.commit()
            agenda = Agenda(project.state)
            for realm in sandbox.companies:
                sign_in_at_sandbox(sandbox.base_url, company=realm).keep(project.vault)
                (folder / f"inbox-{realm}").mkdir()
                with (folder / f"inbox-{realm}" / "customers.csv").open(
                    "w", encoding="utf-8", newline=""
                ) as file:
                    csv.writer(file).writerows(ROWS)
                with opened_process(
                    Companies(project).project_of("customers", realm), "customers"
                ) as process:
                    assert [case.state for case in ProcessRun(process)] == ["done", "refused"]
                agenda.enter([("customers", realm, realm)], None)
            with serving(*doors_of(project, sign_ins := SignIns(Access(project.state)))) as server:
                browser, stranger = Browser(server.url), Browser(server.url)
                with browser.client, stranger.client:
                    browser.send(browser.get(f"/console/sign-in?token={sign_ins.new_token()}").one("form"))
                    yield Served(project, server.url, sign_ins, browser, stranger)


def held(page: Element) -> list[list[str]]:
    found = page.all("div", **{"aria-label": "Documents that are held"})
    return [
        [cell.text for cell in (*row.all("th"), *row.all("td"))][:4]
        for each in found
        for row in each.one("tbody").all("tr")
    ]


def test_they_are_counted_listed_and_sent_again_for_their_company(firm: Served) -> None:
    browser = firm.browser
    first, second = sorted({name.company for name in firm.project.run_documents.held("")})
    page = browser.get("/console")
    (row,) = page.one("div", id="processes").one("tbody").all("tr")
    assert row.all("td")[-1].text == "2"
    listed = browser.get(row.all("td")[-1].one("a").attributes["href"])
    assert held(listed) == [["number=2", "customers", each, "refused"] for each in (first, second)]
    company = browser.get(f"/console/company?name={second}")
    (link,) = [each for each in company.all("a") if each.text == "1 refused or unknown"]
    listed = browser.get(link.attributes["href"])
    assert [each[2] for each in held(listed)] == [second]

    document = browser.get(listed.one("tbody").one("th").one("a").attributes["href"])
    assert second in document.one("dl").text
    form = next(each for each in document.all("form") if each.attributes["action"].endswith("/send"))
    browser.send(form, document=json.dumps({"number": 2, "name": "Bob the second"}))
    assert browser.status == 200
    assert [each[2] for each in held(browser.get("/console/settle"))] == [first]
    companies = Companies(firm.project)
    for company_name, count in ((first, 0), (second, 1)):
        with companies.project_of("customers", company_name).books("books") as books:
            assert books.count("Customer", "DisplayName = 'Bob the second'") == count


def test_an_unknown_change_is_settled_for_its_company(firm: Served) -> None:
    browser, journal = firm.browser, firm.project.journal
    realm = max(name.company for name in firm.project.run_documents.held(""))
    with Companies(firm.project).project_of("customers", realm).connection("books") as connection:
        identity = connection.identity
        theirs = next(iter(connection.read(Query(("Customer",))))).records()[0]["Id"]
    _leave_unknown(firm.project, identity, realm)
    page = browser.get("/console/settle")
    (link,) = [
        each for each in page.one("div", **{"aria-label": "Other companies"}).all("a") if each.text == realm
    ]
    page = browser.get(link.attributes["href"])
    assert f"of {realm} without an answer" in page.one("h1").text
    looked = browser.send(page.one("form", action="/console/settle/books/look"))
    assert browser.status == 200
    form = looked.all("form", action="/console/settle/books")[-1]
    settled = browser.send(form, record="999999")
    assert browser.status == 400
    browser.send(settled.all("form", action="/console/settle/books")[-1], record=theirs)
    assert browser.status == 200
    assert journal.unknown(identity) == []
    link_kept = journal.link(identity, "Customer", "number=9")
    assert link_kept is not None
    assert link_kept.record_id == theirs
    browser.get("/console/settle/books?company=4711")
    assert browser.status == 400


def test_the_command_line_settles_for_a_company_too(firm: Served) -> None:
    realm = max(name.company for name in firm.project.run_documents.held(""))
    with Companies(firm.project).project_of("customers", realm).connection("books") as connection:
        identity = connection.identity
    change = _leave_unknown(firm.project, identity, realm)
    refused = call("settle", "books", change, "--not-done", "--project", firm.project.path)
    assert "stands for many companies" in refused.stderr
    settled = call(
        "settle", "books", change, "--not-done", "--company", realm, "--project", firm.project.path
    )
    assert settled.exit_code == 0, settled.stderr
    assert firm.project.journal.unknown(identity) == []


def _leave_unknown(project: Project, identity: str, realm: str) -> str:
    """A document of the company whose change was never answered; the id of the change."""
    change = Add(type="Customer", record={"DisplayName": "Ann"}, id="a" * 20, key="number=9", place="line 9")
    run = project.journal.begin(identity, "customers")
    run.note([Outcome(change=change, state="unknown")])
    log = ProcessLog(project.state, f"customers/{realm}")
    document = RunDocument(
        run.id,
        "number=9",
        log.process,
        "line 9",
        "unknown",
        "{}",
        "",
        "",
        "{}",
        "",
        "2026-11-27T10:00:00+00:00",
    )
    became = DocumentChange("number=9", identity, change.id, "Customer", "")
    log.settle(Settled(documents=[document], changes=[became]), run.id)
    run.end()
    return change.id


def test_the_command_line_sends_them_again_too(firm: Served) -> None:
    name = next(iter(firm.project.run_documents.held("")))
    (document,) = firm.project.run_documents.held_page({name: 1}, before=0, most=1)
    again = call("rerun", document.run, "--refused", "--project", firm.project.path)
    assert again.exit_code == 1, again.stderr  # refused once more, by the same company
    assert firm.project.run_documents.held("")[name] == 1
    dropped = call("rerun", document.run, "--drop", "--project", firm.project.path)
    assert dropped.exit_code == 0, dropped.stderr
    assert name not in firm.project.run_documents.held("")
