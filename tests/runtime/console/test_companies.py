"""Companies in the console, thousands of them; what they read; and pages that stay small."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.runtime.console.browser import Element

from tieout.operations import Add, Outcome
from tieout.runtime.console.meter import _spent
from tieout.state.agenda import Agenda, Ended
from tieout.state.meter import Meter

from .browser import Browser
from .conftest import Served

MANY = 10_000
LARGEST = 60_000
"""Bytes of a page."""


@pytest.fixture
def agenda(served: Served) -> Iterator[Agenda]:
    """Ten thousand companies."""
    agenda = Agenda(served.project.state)
    agenda.enter([("mirror", f"{number:05}", f"{number:05}") for number in range(MANY)], None)
    yield agenda
    agenda.leave(agenda.entries())


def rows_of(page: Element) -> list[list[str]]:
    body = page.one("div", id="companies").one("tbody")
    return [[cell.text for cell in (*row.all("th"), *row.all("td"))] for row in body.all("tr")]


def test_thousands_of_companies_a_page_at_a_time(browser: Browser, agenda: Agenda) -> None:
    page = browser.get("/console/companies")
    assert "10,000 new" in page.text
    assert "10,000 fit, page 1 of 200" in page.one("caption").text
    seen = [row[0] for row in rows_of(page)]
    while len(seen) < 150:
        page = browser.get(f"/console/companies{page.one('a', rel='next').attributes['href']}")
        seen += [row[0] for row in rows_of(page)]
    assert seen == [f"{number:05}" for number in range(150)]
    last = browser.get("/console/companies?page=200")
    assert last.all("a", rel="next") == []
    assert rows_of(last)[-1][0] == "09999"
    browser.get("/console/companies?page=0")
    assert browser.status == 400


def test_companies_are_found_by_name_and_state(browser: Browser, agenda: Agenda) -> None:
    agenda.queue([(agenda.entries("mirror", "00047")[0], "task")])
    begun = agenda.begin("mirror", "00047", "task")
    assert begun is not None
    agenda.end(begun, Ended("failed", None, "It broke.", "Mend it.", {"read": 3}))
    form = browser.get("/console/companies").one("form", role="search")
    assert len(rows_of(browser.send(form, company="0004"))) == 10
    (failed,) = rows_of(browser.send(form, standing="failed"))
    assert failed[:3] == ["00047", "mirror", "failed"]
    assert failed[-1] == "It broke."
    assert "Nothing fits." in browser.send(form, company="none").text
    company = browser.get("/console/company?name=00047")
    assert "→ Mend it." in company.text
    browser.get("/console/company?name=none")
    assert browser.status == 404


def test_a_company_is_run_and_paused_alone(browser: Browser, agenda: Agenda) -> None:
    page = browser.get("/console/company?name=00012")
    browser.send(page.one("form", action="/console/company/run"))
    assert [each.company for each in agenda.entries() if each.due] == ["00012"]
    paused = browser.send(page.one("form", action="/console/company/pause"))
    assert [(each.process, each.company) for each in agenda.pauses()] == [("mirror", "00012")]
    assert "paused" in paused.one("dl").text
    browser.send(paused.one("form", action="/console/company/resume"))
    assert agenda.pauses() == []
    browser.send(page.one("form", action="/console/company/run"), company="99999")
    assert browser.status == 404


def test_what_is_under_way_of_a_company_is_cancelled(browser: Browser, agenda: Agenda) -> None:
    agenda.queue([(agenda.entries("mirror", "00013")[0], "task 13")])
    assert agenda.begin("mirror", "00013", "task 13")
    page = browser.get("/console/company?name=00013")
    told = browser.send(page.one("form", action="/console/company/cancel"))
    assert "cancelling" in told.one("dl").text
    assert [each.company for each in agenda.page(standing="cancelling")[0]] == ["00013"]


def test_what_was_read_stands_beside_the_budget(served: Served, browser: Browser) -> None:
    now = Agenda(served.project.state).clock()
    Meter(served.project.state, "4711").add("books", 123, now)
    Meter(served.project.state).add("books", 77, now.replace(day=1) - timedelta(days=1))
    page = browser.get("/console/meter")
    assert "4711" in page.text
    assert "77" in page.text
    assert "none: reads_per_month" in page.text
    assert len(page.one("svg").all("circle")) >= 2


def test_the_budget_foresees_the_end_of_the_month() -> None:
    from datetime import UTC, datetime

    spent = _spent(700, 1000, datetime(2026, 11, 16, tzinfo=UTC))
    assert (spent.foreseen, spent.standing) == (1400, "")
    assert "less often" in replace(spent, used=800).standing
    assert "rest" in replace(spent, used=1000).standing
    assert _spent(7, 0, datetime(2026, 11, 1, tzinfo=UTC)).foreseen == 0


@pytest.fixture
def long_run(served: Served) -> str:
    """A run that was refused a thousand changes, each with much to say."""
    run = served.project.journal.begin("the company of the long run", "long run")
    run.note(
        [
            Outcome(
                change=Add(
                    type="Invoice",
                    record={"DocNumber": str(number)},
                    id=f"long {number}",
                    place=f"orders.csv, line {number}",
                ),
                state="refused",
                note="A refusal says where, and what to do about it. " * 3,
            )
            for number in range(1000)
        ]
    )
    run.end()
    return run.id


def test_no_page_is_large(served: Served, browser: Browser, agenda: Agenda, long_run: str) -> None:
    pages = ["", "/runs", "/companies", "/processes/mirror", "/processes/customers", "/meter", "/tie-outs"]
    pages += ["/search?where=process+%3D+'customers'", "/records?connection=books&type=Invoice&limit=200"]
    pages += [f"/runs/{long_run}", f"/runs/{long_run}?only=refused&page=10", f"/runs/{long_run}/messages"]
    for address in pages:
        browser.get(f"/console{address}")
        assert browser.status == 200, address
        assert browser.answer is not None
        assert len(browser.answer.content) < LARGEST, address
    for file in ("console.css", "live.js"):
        assert len(browser.client.get(f"/console/{file}").content) < 10_000


def test_a_long_run_is_looked_through(browser: Browser, long_run: str) -> None:
    page = browser.get(f"/console/runs/{long_run}?only=refused")
    assert "1,000 changes" in page.one("caption").text
    second = browser.get(f"/console/runs/{long_run}{page.one('a', rel='next').attributes['href']}")
    assert "page 2 of 20" in second.one("caption").text
    assert browser.answer is not None
    assert "only=refused" in str(browser.answer.url)


def test_alerts_that_say_the_same_stand_together(browser: Browser, agenda: Agenda) -> None:
    for number in range(40):
        (entry,) = agenda.entries("mirror", f"{number:05}")
        agenda.alert(entry, "sign-in", "Nobody is signed in.", "Sign in.")
    agenda.alert(agenda.entries("mirror", "00099")[0], "failed", "It broke.", "Mend it.")
    told = browser.get("/console").one("div", id="live").all("div", **{"class": "told"})
    assert [len(each.all("a")) for each in told] == [3, 1]
    assert "00000 , 00001 , 00002 and 37 more: sign-in" in told[0].text
    assert told[0].all("a")[0].attributes["href"] == "/console/company?name=00000"
