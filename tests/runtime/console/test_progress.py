"""What is under way tells how far it has come, on every page that is about it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tieout.state.agenda import Agenda, Entry
from tieout.state.run_progress import RunProgress

from .browser import Browser
from .conftest import Served
from .test_live import streams

SOME = RunProgress({"read": 4_000, "gone": 3, "requests": 12}, 16_000, "Invoice")
MORE = RunProgress({"read": 12_000, "gone": 3, "requests": 30}, 16_000, "Payment")


@pytest.fixture
def agenda(served: Served) -> Iterator[Agenda]:
    """The mirror of two companies on the agenda."""
    made = Agenda(served.project.state)
    made.enter([("mirror", "Acme", "Acme"), ("mirror", "Bolt", "Bolt")], None)
    yield made
    made.leave(made.entries())


def begun(agenda: Agenda, company: str) -> Entry:
    agenda.queue([(each, company) for each in agenda.entries("mirror", company)])
    entry = agenda.begin("mirror", company, company)
    assert entry is not None
    return entry


def test_a_run_is_told_while_it_is_under_way(agenda: Agenda, browser: Browser) -> None:
    agenda.tell(begun(agenda, "Acme"), SOME)
    row = browser.get("/console/runs").one("tr", id="task-mirror-Acme")
    assert "4,000 of 16,000 read, 3 gone, 12 requests, at Invoice" in row.text
    bar = row.one("progress")
    assert (bar.attributes["max"], bar.attributes["value"]) == ("16000", "4000")
    company = browser.get("/console/company?name=Acme").one("section", id="p-mirror")
    assert "So far 4,000 of 16,000 read" in company.text
    assert "Last run" not in company.text
    listed = browser.get("/console/companies").one("tr", id="c-mirror-Acme")
    assert "So far 4,000 of 16,000 read" in listed.text
    assert "So far 4,000 of 16,000 read" in browser.get("/console").one("tr", id="process-mirror").text


def test_the_picture_counts_and_says_so_to_those_who_hear_it(agenda: Agenda, browser: Browser) -> None:
    agenda.tell(begun(agenda, "Acme"), SOME)
    picture = browser.get("/console/processes/mirror").one("svg")
    said = picture.one("title", id=picture.attributes["aria-labelledby"]).text
    assert said.endswith("; 4,000 read; 3 gone; 4,000 of 16,000, at Invoice")
    whole = picture.one("rect", **{"class": "to-come"}).attributes["width"]
    part = picture.one("rect", **{"class": "come"}).attributes["width"]
    assert float(part) / float(whole) == 0.25


def test_the_picture_counts_all_companies(agenda: Agenda, browser: Browser) -> None:
    for company in ("Acme", "Bolt"):
        agenda.tell(begun(agenda, company), SOME)
    texts = [each.text for each in browser.get("/console/processes/mirror").one("svg").all("text")]
    assert {"8,000 read", "6 gone", "8,000 of 32,000"} <= set(texts)


def test_what_has_not_told_yet_has_no_figures(agenda: Agenda, browser: Browser) -> None:
    begun(agenda, "Acme")
    page = browser.get("/console/processes/mirror").one("div", id="live")
    assert page.all("rect", **{"class": "come"}) == []
    assert "So far" not in page.one("dl").text


def test_pages_that_are_open_follow_it(agenda: Agenda, browser: Browser) -> None:
    entry = begun(agenda, "Acme")
    agenda.tell(entry, SOME)
    with streams(
        browser, "/console/runs", "/console/processes/mirror", "/console/company?name=Acme"
    ) as open_ones:
        for each in open_ones:
            each.until("4,000 of 16,000")
        agenda.tell(entry, MORE)
        for each in open_ones:
            each.until("12,000 of 16,000")
