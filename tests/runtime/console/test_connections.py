"""A connection in the console: checked, examined, and a Web Connector set up."""

from __future__ import annotations

import httpx2

from tieout.state.connector_sessions import ConnectorSessions
from tieout.state.passwords import PasswordCheck

from .browser import Browser
from .conftest import Served


def test_a_connection_is_checked(browser: Browser) -> None:
    page = browser.get("/console/connections/warehouse")
    checked = browser.send(page.one("form", action="/console/connections/warehouse/check"))
    assert browser.status == 200
    assert "warehouse.duckdb" in checked.one("dl").text


def test_the_doctors_lines_are_shown(served: Served, browser: Browser) -> None:
    page = browser.get("/console/connections/books")
    checked = browser.send(page.one("form", action="/console/connections/books/check"))
    assert browser.status == 200
    with served.project.connection("books") as connection:
        points = [each.point for each in connection.examine()]
    assert points
    assert [each.text for each in checked.one("tbody").all("th")] == points


def test_what_does_not_answer_is_said_with_advice(browser: Browser) -> None:
    page = browser.get("/console/connections/desk")
    told = browser.send(page.one("form", action="/console/connections/desk/check"))
    assert browser.status == 503
    assert "→" in told.one("div", **{"class": "told"}).text


def test_a_web_connector_gets_its_file_five_steps_and_a_password_once(
    served: Served, browser: Browser
) -> None:
    page = browser.get("/console/connections/desk")
    assert len(page.one("ol").all("li")) == 5
    qwc = browser.client.get("/console/connections/desk/qwc")
    assert qwc.headers["content-disposition"] == 'attachment; filename="desk.qwc"'
    assert qwc.content == (served.project.path.parent / "desk.qwc").read_bytes()

    told = browser.send(page.one("form", action="/console/connections/desk/password"))
    password = told.one("div", role="status").one("code").text
    sessions = ConnectorSessions(served.project.state)
    user = sessions.user(told.one("dl").all("dd")[2].text)
    assert user is not None
    assert PasswordCheck(lambda: 0.0).is_right("desk", password, user.password)
    assert password not in browser.get("/console/connections/desk").text


def test_other_kinds_have_no_such_file(browser: Browser) -> None:
    assert "no user of a Web Connector" in browser.get("/console/connections/books/qwc").text
    assert browser.status == 400


def test_a_person_connects_to_quickbooks(served: Served, browser: Browser) -> None:
    (realm,) = {each.company for each in [served.project.connections["books"]]}
    before = {name: served.project.vault.read(name) for name in served.project.vault.identities()}
    page = browser.get("/console/connections/books")
    page = browser.send(page.one("form", action="/console/connections/books/sign-in"))
    done = "/console/connections/books/signed-in"
    early = browser.send(page.one("form", action=done))
    assert browser.status == 400
    assert "Nobody came back" in early.text

    intuit = page.one("main").one("a").attributes["href"]
    back = httpx2.get(f"{intuit}&approve={realm}", follow_redirects=True)
    assert "signed in" in back.text
    told = browser.send(early.one("form", action=done))
    assert browser.status == 200
    assert told.one("h1").text == "books"
    after = {name: served.project.vault.read(name) for name in served.project.vault.identities()}
    assert after.keys() == before.keys()
    assert after != before

    browser.send(page.one("form", action=done))  # what it came back with is good once
    assert browser.status == 400


def test_where_browsers_do_not_come_back_it_is_said(browser: Browser) -> None:
    page = browser.get("/console/connections/desk")
    assert page.all("form", action="/console/connections/desk/sign-in") == []
