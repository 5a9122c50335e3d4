"""What is under way tells how far it has come, on every page that is about it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tieout.state.agenda import Agenda, Entry
from tieout.state.mirrors_by_hand import MirrorsByHand
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


def begun(agenda: Agenda, company: str, process: str = "mirror") -> Entry:
    agenda.queue([(each, company) for each in agenda.entries(process, company)])
    entry = agenda.begin(process, company, company)
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


def test_what_a_person_runs_by_hand_is_told_and_cancelled_too(
    served: Served, agenda: Agenda, browser: Browser
) -> None:
    runs = MirrorsByHand(served.project.state)
    run = runs.begin("mirror", "Acme")
    try:
        runs.tell(run, SOME)
        row = browser.get("/console/runs").one("tr", id="by-hand-mirror-Acme")
        assert "running, by hand" in row.text
        assert "4,000 of 16,000 read" in row.text
        page = browser.get("/console/processes/mirror")
        assert "running" in page.one("dl").text
        assert "4,000 of 16,000, at Invoice" in [each.text for each in page.one("svg").all("text")]
        company = browser.get("/console/company?name=Acme")
        assert "By hand running since" in company.one("section", id="p-mirror").text
        assert "Cancel mirror" in company.text
        browser.send(page.one("form", action="/console/processes/mirror/cancel"))
        assert runs.is_cancelled(run)
        assert "cancelling, by hand" in browser.get("/console/runs").one("tr", id="by-hand-mirror-Acme").text
    finally:
        runs.end(run)
    assert browser.get("/console/runs").all("tr", id="by-hand-mirror-Acme") == []


def test_documents_are_told_a_batch_at_a_time(agenda: Agenda, browser: Browser) -> None:
    agenda.enter([("customers", "Acme", "Acme")], None)
    agenda.tell(begun(agenda, "Acme", "customers"), RunProgress({"in": 900, "out": 850, "refused": 50}))
    texts = [each.text for each in browser.get("/console/processes/customers").one("svg").all("text")]
    assert {"900 in", "850 out", "50 refused"} <= set(texts)
    row = browser.get("/console/runs").one("tr", id="task-customers-Acme")
    assert "900 in, 850 out, 50 refused" in row.text
    assert row.all("progress") == []


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
