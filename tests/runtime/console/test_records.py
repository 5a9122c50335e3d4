"""Records in the console: found, shown as text, and traced to the documents that they were made of."""

from __future__ import annotations

from .browser import Browser
from .conftest import PICTURE, SCRIPT

NAMED = "/console/records?connection=books&type=Customer"


def test_records_that_fit_are_a_table(browser: Browser) -> None:
    form = browser.get("/console/records").one("form", action="/console/records")
    page = browser.send(form, connection="books", type="Customer", where="DisplayName like 'Bob%'", limit="5")
    heads = [each.text for each in page.one("thead").all("th")]
    (row,) = page.one("tbody").all("tr")
    shown = dict(zip(heads, (each.text for each in row.all("td")), strict=True))
    assert shown["DisplayName"] == f"Bob {SCRIPT}"
    assert shown["Balance"] == "0"


def test_no_more_than_the_limit_is_shown_and_said(browser: Browser) -> None:
    page = browser.get(f"{NAMED}&limit=2")
    assert len(page.one("tbody").all("tr")) == 2
    assert "there are more" in page.one("caption").text


def test_a_record_shows_every_field_as_text_and_what_it_was_made_of(browser: Browser) -> None:
    page = browser.get(f"{NAMED}&where=DisplayName+like+'Bob%25'")
    (row,) = page.one("tbody").all("tr")
    record = browser.get(row.one("a").attributes["href"])
    fields = {each.one("th").text: each.one("td").text for each in record.one("tbody").all("tr")}
    assert fields["Notes"] == PICTURE
    assert record.all("img") == []
    assert "number=1 of customers" in record.one("main").one("ul").text


def test_types_are_offered_where_none_is_named(browser: Browser) -> None:
    page = browser.get("/console/records?connection=books")
    assert "Invoice" in {each.text for each in page.one("main").all("a")}


def test_what_cannot_be_asked_is_said_beside_the_form(browser: Browser) -> None:
    for query in (
        "connection=bokks&type=Customer",
        "connection=books&type=Custmer",
        "connection=books&type=Customer&where=Balence>0",
        "connection=books&type=Customer&limit=0",
    ):
        page = browser.get(f"/console/records?{query}")
        assert browser.status == 400, query
        assert page.one("div", **{"class": "told"}).text
    page = browser.get(f"/console/records?connection=books&type={SCRIPT}&where={PICTURE}")
    assert browser.status == 400
    assert page.one("input", id="type").value == SCRIPT
