"""A process in the console: its picture, its plan, running and pausing it, and tying it out."""

from __future__ import annotations

from tieout.state.agenda import Agenda

from .browser import Browser, Element
from .conftest import Served


def form(page: Element, action: str) -> Element:
    return page.one("form", action=f"/console/{action}")


def test_a_process_is_drawn_with_counts_and_words_for_those_who_hear_it(browser: Browser) -> None:
    picture = browser.get("/console/processes/customers").one("svg")
    assert picture.attributes["role"] == "img"
    said = picture.one("title", id=picture.attributes["aria-labelledby"]).text
    assert said.startswith("From inbox:customers.csv to books:Customer")
    labels = [each.text for each in picture.all("text")]
    for wanted in ("from", "map", "to", "customer.jsonata", "inbox:customers.csv", "books:Customer"):
        assert wanted in labels
    assert any(each.endswith(" in") for each in labels)


def test_a_plan_writes_nothing(served: Served, browser: Browser) -> None:
    before = len(served.project.journal.runs(most=1000))
    page = browser.send(form(browser.get("/console/processes/customers"), "processes/customers/plan"))
    (first,) = [each for each in page.all("tr") if each.text.startswith("number=1 ")]
    assert first.text.endswith("was brought over before")
    mirror = browser.send(form(browser.get("/console/processes/mirror"), "processes/mirror/plan"))
    assert "Customer" in mirror.one("main").text
    assert len(served.project.journal.runs(most=1000)) == before


def test_a_process_is_run_and_paused_by_a_form(served: Served, browser: Browser) -> None:
    agenda = Agenda(served.project.state)
    page = browser.get("/console/processes/mirror")
    told = browser.send(form(page, "processes/mirror/run"))
    assert browser.status == 400
    assert "worker" in told.text
    agenda.enter([("mirror", "", "books")], None)
    browser.send(form(page, "processes/mirror/run"))
    assert [(each.process, each.asked) for each in agenda.entries() if each.due] == [("mirror", 1)]
    paused = browser.send(form(page, "processes/mirror/pause"))
    assert [each.process for each in agenda.pauses()] == ["mirror"]
    assert "paused" in paused.one("dl").text
    browser.send(form(paused, "processes/mirror/resume"))
    assert agenda.pauses() == []


def test_a_process_that_is_not_there(browser: Browser) -> None:
    assert "Did you mean mirror" in browser.get("/console/processes/mirrer").text
    assert browser.status == 400


def test_a_mirror_is_tied_out_and_the_result_stays(browser: Browser) -> None:
    page = browser.send(form(browser.get("/console/tie-outs"), "tie-outs/mirror"))
    assert browser.status == 200
    assert "Tied out" in page.text
    assert "Tied out" in browser.get("/console/tie-outs").text
    (row,) = [each for each in page.all("tr") if each.all("th", scope="row")]
    assert row.one("th").text == "Customer"
    assert row.all("td")[-1].text == "yes"
