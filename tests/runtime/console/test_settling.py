"""What waits for a person: unknown changes with both sides, settled in place, and documents that are held."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tieout.runtime.console.settle import same_value

from .browser import Browser, Element
from .conftest import Served
from .unknown_change import KEY, left_open


def unknown(page: Element, number: int) -> Element:
    """The form of a change that is unknown, with the table of both sides."""
    (found,) = [
        each
        for each in page.all("div", role="region")
        if each.attributes["aria-label"] == f"Both sides of {KEY.format(number=number)}"
    ]
    return found


def answer(browser: Browser, page: Element, number: int, **word: str) -> Element:
    """Press a button of the table; it belongs to a form above."""
    button = unknown(page, number).all("button")[0]
    return browser.send(page.one("form", id=button.attributes["form"]), **word)


def looked_at(browser: Browser) -> Element:
    page = browser.get("/console/settle/books")
    return browser.send(page.one("form", action="/console/settle/books/look"))


def test_both_sides_are_shown_and_a_person_says_which_it_is(served: Served, browser: Browser) -> None:
    theirs = left_open(served.project, 1)
    page = looked_at(browser)
    assert browser.status == 200
    table = unknown(page, 1)
    rows = {row.one("th").text: [cell.text for cell in row.all("td")] for row in table.one("tbody").all("tr")}
    at = [each.text for each in table.one("thead").all("th")][2:].index(f"Invoice {theirs}")
    assert rows["TxnDate"][0] == rows["TxnDate"][1 + at] == "2026-10-01"
    assert rows["PrivateNote"][1 + at].endswith("≠")
    assert rows["CustomerRef.value"][0] == "2"
    listed = browser.get("/console/settle").one("div", **{"aria-label": "Connections"})
    assert "books 1" in listed.text or int(listed.one("span", **{"class": "ill"}).text) >= 1

    told = answer(browser, page, 1, record="999999")
    assert browser.status == 400
    assert "→" in told.one("div", **{"class": "told"}).text
    settled = answer(browser, page, 1, record=theirs)
    assert browser.status == 200
    assert KEY.format(number=1) not in settled.text
    with served.project.connection("books") as connection:
        link = served.project.journal.link(connection.identity, "Invoice", KEY.format(number=1))
    assert link is not None
    assert link.record_id == theirs


def test_what_was_not_done_may_be_sent_again(served: Served, browser: Browser) -> None:
    left_open(served.project, 2)
    settled = answer(browser, looked_at(browser), 2, not_done="yes")
    assert KEY.format(number=2) not in settled.text
    with served.project.connection("books") as connection:
        assert served.project.journal.link(connection.identity, "Invoice", KEY.format(number=2)) is None
        assert not [
            each
            for each in served.project.journal.unknown(connection.identity)
            if each.key == KEY.format(number=2)
        ]


def test_a_word_that_is_none_is_refused(served: Served, browser: Browser) -> None:
    left_open(served.project, 3)
    page = looked_at(browser)
    told = answer(browser, page, 3)
    assert browser.status == 400
    assert "Say what became of it" in told.one("div", **{"class": "told"}).text
    answer(browser, page, 3, record="1", not_done="yes")
    assert browser.status == 400
    with (
        served.project.connection("books") as connection,
        served.project.journal.exclusive(connection.identity),
    ):
        answer(browser, page, 3, not_done="yes")  # a run writes
        assert browser.status == 503
    answer(browser, page, 3, not_done="yes")
    assert browser.status == 200


def test_documents_that_are_held_lead_to_their_correction(browser: Browser) -> None:
    page = browser.get("/console/settle")
    held = page.one("div", **{"aria-label": "Documents that are held"})
    (row,) = held.one("tbody").all("tr")
    assert row.one("th").text == "number=2"
    assert "→" in row.text
    document = browser.get(row.one("a").attributes["href"])
    assert [each for each in document.all("form") if each.attributes["action"].endswith("/send")]


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        ("15", Decimal("15.00"), True),
        ("90071992547409.93", Decimal("90071992547409.93"), True),
        ("9007199254740993.01", Decimal("9007199254740993.02"), False),  # alike in binary
        ("1", 1, True),
        ("fifteen", Decimal(15), False),
        ("007", "7", False),  # numbers of documents are texts
        ("true", True, True),
        ("", None, True),
    ],
)
def test_amounts_are_the_same_by_value_and_texts_to_the_letter(ours, theirs, same):
    assert same_value(ours, theirs) is same
