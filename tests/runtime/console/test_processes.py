"""A process in the console: its picture, its plan, running and pausing it, and tying it out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tieout.project.tie_outs import company_of, tie_outs_of
from tieout.runtime.console.chart import chart
from tieout.runtime.tying_out import tie_out_if_wanted
from tieout.state.agenda import Agenda, Ended

from .browser import Browser, Element
from .conftest import Served


@pytest.fixture
def entered(served: Served) -> Iterator[Agenda]:
    """The mirror on the agenda, as a worker enters it."""
    agenda = Agenda(served.project.state)
    agenda.enter([("mirror", company_of(served.project, "mirror"), "books")], None)
    yield agenda
    agenda.leave(agenda.entries())


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


def test_a_process_is_run_and_paused_by_a_form(browser: Browser, entered: Agenda) -> None:
    agenda = entered
    page = browser.get("/console/processes/mirror")
    browser.send(form(page, "processes/mirror/run"))
    assert [(each.process, each.asked) for each in agenda.entries() if each.due] == [("mirror", 1)]
    paused = browser.send(form(page, "processes/mirror/pause"))
    assert [each.process for each in agenda.pauses()] == ["mirror"]
    assert "paused" in paused.one("dl").text
    browser.send(form(paused, "processes/mirror/resume"))
    assert agenda.pauses() == []


def test_what_is_under_way_is_cancelled_by_a_form(browser: Browser, entered: Agenda) -> None:
    agenda = entered
    page = browser.get("/console/processes/mirror")
    agenda.queue([(each, "t") for each in agenda.entries("mirror")])
    shown = browser.send(form(page, "processes/mirror/cancel"))
    assert {each.state for each in agenda.entries("mirror")} == {"cancelling"}
    assert "cancelling" in shown.text
    for each in agenda.entries("mirror"):
        agenda.end(each, Ended("cancelled", None))
    refused = browser.send(form(page, "processes/mirror/cancel"))
    assert "Nothing of mirror is under way" in refused.text


def test_a_process_that_is_not_there(browser: Browser) -> None:
    assert "Did you mean mirror" in browser.get("/console/processes/mirrer").text
    assert browser.status == 404


def test_a_tie_out_is_asked_for_and_what_came_of_it_is_shown_beside_those_before(
    served: Served, browser: Browser, entered: Agenda
) -> None:
    company = entered.entries("mirror")[0].company
    asked = browser.send(form(browser.get("/console/tie-outs"), "tie-outs/mirror"))
    assert browser.status == 200
    assert "is asked for" in asked.text
    assert [(each.process, each.asked) for each in entered.entries() if each.due] == [("mirror", 1)]
    tie_out_if_wanted(served.project, entered, entered.entries("mirror")[0])  # as the worker does in the run
    one = browser.get(f"/console/tie-outs/mirror?company={company}")
    assert "Tied out" in one.text
    assert one.all("svg") == []
    (row,) = one.one("div", id="sides").one("tbody").all("tr")
    assert (row.one("th").text, row.all("td")[-1].text) == ("Customer", "yes")

    tie_outs_of(served.project).keep(
        "mirror",
        company,
        agrees=False,
        records=3,
        accounts=0,
        told=tie_outs_of(served.project).of("mirror", company)[0].told,
    )
    both = browser.get(f"/console/tie-outs/mirror?company={company}")
    assert "Does not tie out" in both.text
    points = both.one("svg").all("circle")
    assert [each.attributes["class"] for each in points] == ["well", "ill"]
    assert "at most 3, last 3" in both.one("svg").one("title", id="charted").text
    earlier = browser.get(both.one("div", id="kept").all("a")[-1].attributes["href"])
    assert "Tied out" in earlier.one("main").all("p")[1].text
    listed = browser.get("/console/tie-outs").one("div", id="latest").one("tbody").one("tr")
    assert [each.text for each in listed.all("td")][2:] == ["Does not tie out", "3", "0"]


def test_what_nobody_would_do_is_refused(browser: Browser) -> None:
    for told in (
        browser.send(form(browser.get("/console/tie-outs"), "tie-outs/mirror")),
        browser.send(form(browser.get("/console/processes/mirror"), "processes/mirror/run")),
    ):
        assert "worker" in told.one("main").text
        assert browser.status == 400
    browser.get("/console/tie-outs/mirror?at=2001-01-01")
    assert browser.status == 404
    browser.get("/console/tie-outs/customers")
    assert browser.status == 400


def test_a_chart_needs_two_points_and_keeps_inside_its_frame() -> None:
    assert chart([]) is None
    assert chart([("2026-11-01T00:00:00+00:00", 3)]) is None
    made = chart(
        [("2026-11-01T00:00:00+00:00", 0), ("2026-11-02T00:00:00+00:00", 9), ("2026-11-05T00:00:00+00:00", 3)]
    )
    assert made is not None
    assert [each.x for each in made.points] == [made.left, made.left + 190.0, made.right]
    assert [each.y for each in made.points] == [made.floor, made.top, 117.3]  # a third of the way up
    flat = chart([("2026-11-01T00:00:00+00:00", 0), ("2026-11-01T00:00:00+00:00", 0)])
    assert flat is not None
    assert {each.y for each in flat.points} == {flat.floor}
