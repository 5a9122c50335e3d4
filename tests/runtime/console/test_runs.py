"""Runs in the console: what was written, what was refused and why, and sending it again."""

from __future__ import annotations

import json

import pytest

from tieout.runtime.console import runs

from .browser import Browser, Element
from .conftest import PICTURE, REFUSED, SCRIPT, Served


def link(page: Element, text: str) -> str:
    """Where the only link with this text leads."""
    (found,) = {each.attributes["href"] for each in page.all("a") if each.text == text}
    return found


def test_the_overview_shows_connections_processes_and_what_is_held(browser: Browser) -> None:
    page = browser.get("/console")
    rows = [[cell.text for cell in (*row.all("th"), *row.all("td"))] for row in page.all("tr")]
    assert ["books", "online", "signed in"] in [row[:3] for row in rows]
    (customers,) = [row for row in rows if row[0] == "customers"]
    assert customers[1] == "inbox:customers.csv → books:Customer"


def test_a_run_shows_its_documents_with_advice(browser: Browser) -> None:
    runs = browser.get("/console/runs")
    run = browser.get(runs.one("tbody").all("a")[-1].attributes["href"])
    assert "number=1" in run.text
    refused = browser.get(browser.answer.url.copy_with(query=b"only=refused").raw_path.decode())
    assert "number=1" not in refused.one("table").text
    assert "number=2" in refused.one("table").text
    assert "→" in refused.one("table").text


def test_what_records_say_is_shown_as_text(browser: Browser) -> None:
    run = browser.get(browser.get("/console/runs").one("tbody").all("a")[-1].attributes["href"])
    done = browser.get(link(run, "number=1"))
    assert done.all("img") == []
    assert SCRIPT in done.text
    assert json.dumps(PICTURE) in done.text
    assert "Sent" in done.text  # the exact messages, for the project keeps them
    assert "Answered" in done.text


def test_documents_are_found_by_tracked_field(browser: Browser) -> None:
    form = browser.get("/console/search").one("form", role="search")
    found = browser.send(form, where="number = '2'")
    assert {each.text for each in found.one("tbody").all("a")} == {"number=2"}
    nothing = browser.send(form, where="number = '3'")
    assert "Nothing fits." in nothing.text


def test_a_search_that_cannot_be_read_says_where(browser: Browser) -> None:
    page = browser.send(browser.get("/console/search").one("form", role="search"), where=f"= {PICTURE}")
    assert browser.status == 400
    assert page.one("div", **{"class": "told"})
    assert page.all("img") == []


def test_a_misspelt_tracked_field_is_named_with_the_nearest(browser: Browser) -> None:
    page = browser.send(browser.get("/console/search").one("form", role="search"), where="numbr = '2'")
    assert browser.status == 400
    assert "No run has a tracked field numbr. Did you mean number?" in page.text
    assert "Nothing fits." not in page.text


def test_a_run_and_a_document_that_are_not_there(browser: Browser) -> None:
    assert "no run" in browser.get(f"/console/runs/{SCRIPT.replace('/', '')}").text
    assert browser.status == 404
    run = browser.get("/console/runs").one("tbody").all("a")[-1].attributes["href"]
    assert "no document" in browser.get(f"{run}/document?id=%3Cscript%3E").text
    assert browser.status == 404


def test_a_run_is_cancelled_while_it_goes_on(served: Served, browser: Browser) -> None:
    run = served.project.journal.begin("the company of the cancelled run", "cancelled run")
    address = f"/console/runs/{run.id}"
    page = browser.send(browser.get(address).one("form", action=f"{address}/cancel"))
    assert page.one("dd", **{"aria-live": "polite"}).text == "cancelling"
    run.end()
    ended = browser.get(address)
    assert ended.all("form", action=f"{address}/cancel") == []
    other = browser.get("/console/processes/customers").one(
        "form", action="/console/processes/customers/cancel"
    )
    assert "Nothing of customers is under way" in browser.send(other).text
    assert browser.status == 400


def test_a_refused_document_is_corrected_and_sent_again(served: Served, browser: Browser) -> None:
    found = browser.get("/console/search?where=number+%3D+'2'")
    address = found.one("tbody").all("a")[-1].attributes["href"]
    page = browser.get(address)
    form = next(each for each in page.all("form") if each.attributes["action"].endswith("/send"))
    given = json.loads(form.one("textarea").value)
    assert given["name"] == REFUSED

    wrong = browser.send(form, document='{"number": ')
    assert browser.status == 400
    assert "not JSON" in wrong.text
    assert wrong.one("textarea").value.strip() == '{"number":'

    other = browser.send(form, document=json.dumps({**given, "number": "7"}))
    assert browser.status == 400
    assert "not among the documents" in other.text

    ran = browser.send(form, document=json.dumps({**given, "name": "Ann of the harbour"}))
    assert browser.status == 200
    assert "done" in ran.one("table").text
    with served.project.books("books") as books:
        assert books.count("Customer", "DisplayName = 'Ann of the harbour'") == 1

    again = browser.get(address)
    assert not [each for each in again.all("form") if each.attributes["action"].endswith("/send")]


def test_a_search_says_how_far_it_looked_and_goes_on(
    served: Served, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "LOOKED_AT", 1)
    found: list[str] = []
    page = browser.get("/console/search?where=process+%3D+'customers'")
    while True:
        found += [each.text for body in page.all("tbody") for each in body.all("a")]
        further = page.all("a", rel="next")
        if not further:
            break
        assert "1 document was looked at, back to the run" in page.text
        page = browser.get(f"/console/search{further[0].attributes['href']}")
    assert sorted(set(found)) == ["number=1", "number=2"]
