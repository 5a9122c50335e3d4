"""Users with roles, their browsers, and keys of programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from tests.cli.conftest import call

from tieout.runtime.console.addresses import ACTIONS, ACTIONS_OF_ADMINS, PAGES, PAGES_OF_ADMINS
from tieout.state.access import Role
from tieout.state.passwords import hashed

from .browser import Browser, Element
from .conftest import Served


@pytest.fixture
def another(served: Served) -> Iterator[Callable[[], Browser]]:
    """Makes browsers that are not signed in."""
    with ExitStack() as open_ones:

        def opened() -> Browser:
            browser = Browser(served.url)
            open_ones.enter_context(browser.client)
            return browser

        yield opened


@pytest.fixture
def entered(served: Served, another: Callable[[], Browser]) -> Callable[[str, Role], Browser]:
    """Makes a user, and a browser in which it is signed in."""

    def opened(name: str, role: Role) -> Browser:
        served.sign_ins.access.set_user(name, role, hashed("right"))
        browser = another()
        assert sign_in(browser, name, "right").one("h1").text == "Overview"
        return browser

    return opened


def sign_in(browser: Browser, name: str, password: str) -> Element:
    form = browser.get("/console/sign-in").all("form")[0]
    return browser.send(form, name=name, password=password)


def told(*words: object) -> Any:
    """What a command says as JSON."""
    result = call(*words)
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def filled(path: str) -> str:
    return f"/console{path}".format(name="mirror", run="none")


def token_of(page: Element) -> str:
    return page.all("input", name="form_token")[0].value


def test_a_viewer_looks_and_changes_nothing(served: Served, entered: Callable[[str, Role], Browser]) -> None:
    viewer = entered("vera", "viewer")
    token = token_of(viewer.get("/console"))
    for path in PAGES:
        assert viewer.client.get(filled(path)).status_code != 403
    for path in (*ACTIONS, *ACTIONS_OF_ADMINS):
        refused = viewer.client.post(filled(path), data={"form_token": token})
        assert refused.status_code == 403
        assert "you are signed in as viewer" in refused.text
    for path in PAGES_OF_ADMINS:
        assert viewer.client.get(filled(path)).status_code == 403
    assert [
        form.attributes["action"]
        for form in viewer.get("/console/processes/mirror").all("form", method="post")
    ] == ["/console/sign-out"]


def test_an_operator_runs_and_lets_nobody_in(served: Served, entered: Callable[[str, Role], Browser]) -> None:
    operator = entered("otto", "operator")
    page = operator.get("/console/processes/mirror")
    operator.send(page.one("form", action="/console/processes/mirror/pause"))
    operator.send(
        operator.get("/console/processes/mirror").one("form", action="/console/processes/mirror/resume")
    )
    assert operator.status == 200
    token = token_of(page)
    for path in ACTIONS_OF_ADMINS:
        assert operator.client.post(filled(path), data={"form_token": token}).status_code == 403
    assert operator.client.get("/console/people").status_code == 403


def test_a_wrong_password_lets_nobody_in(served: Served, another: Callable[[], Browser]) -> None:
    served.sign_ins.access.set_user("paul", "viewer", hashed("right"))
    browser = another()
    for name, password in (("paul", "wrong"), ("paula", "right")):
        page = sign_in(browser, name, password)
        assert browser.status == 403
        assert "Name or password are wrong" in page.text


def test_an_admin_makes_a_user_with_a_password_shown_once(
    served: Served, another: Callable[[], Browser]
) -> None:
    page = served.browser.get("/console/people")
    made = served.browser.send(page.one("form", action="/console/people/users"), name="Ann <b>", role="admin")
    password = made.one("strong").text if len(made.all("strong")) == 1 else made.all("strong")[1].text
    assert password not in served.browser.get("/console/people").text
    browser = another()
    sign_in(browser, "Ann <b>", password)
    assert browser.get("/console/people").one("h1").text == "People and programs"
    for form in served.browser.get("/console/people").all("form", action="/console/people/users/remove"):
        if form.one("input", name="name").value == "Ann <b>":
            served.browser.send(form)
    assert browser.get("/console").one("h1").text == "Sign in"


@pytest.mark.parametrize(
    ("name", "role"), [("", "viewer"), ("x" * 61, "viewer"), ("a\nb", "viewer"), ("ann", "owner")]
)
def test_what_is_no_name_or_role_is_refused(served: Served, name: str, role: str) -> None:
    before = served.sign_ins.access.users()
    form = served.browser.get("/console/people").one("form", action="/console/people/users")
    page = served.browser.send(form, name=name, role=role)
    assert served.browser.status == 400
    assert "is no " in page.text
    assert served.sign_ins.access.users() == before


def test_a_stolen_session_is_ended_in_one_click(
    served: Served, entered: Callable[[str, Role], Browser]
) -> None:
    thief = entered("theo", "operator")
    own = served.browser.get("/console/people")
    (row,) = [
        row
        for row in own.all("tr")
        if row.all("th") and row.all("th")[0].text == "theo" and "Sign out" in row.text
    ]
    served.browser.send(row.one("form"))
    assert thief.get("/console").one("h1").text == "Sign in"
    assert served.browser.get("/console").one("h1").text == "Overview"


def test_everybody_ends_their_own_sessions(
    served: Served, entered: Callable[[str, Role], Browser], another: Callable[[], Browser]
) -> None:
    first = entered("sam", "viewer")
    second = another()
    sign_in(second, "sam", "right")
    page = second.get("/console/sessions")
    assert [row.all("th")[0].text for row in page.all("tr")[1:]] == ["sam", "sam"]
    token = token_of(page)
    others = next(each for each in served.sign_ins.access.sessions() if each.name == "")
    second.client.post("/console/sessions/end", data={"form_token": token, "digest": others.digest})
    assert served.browser.get("/console").one("h1").text == "Overview"
    second.send(page.all("form", action="/console/sessions/end")[-1])
    for browser in (first, second):
        assert browser.get("/console").one("h1").text == "Sign in"


def test_keys_are_made_and_revoked(served: Served) -> None:
    access = served.sign_ins.access
    page = served.browser.get("/console/people")
    made = served.browser.send(page.one("form", action="/console/people/keys"), name="nightly", role="viewer")
    key = next(each.text for each in made.all("strong") if each.text.startswith("tieout_"))
    found = access.key(key)
    assert found is not None
    assert (found.name, found.role) == ("nightly", "viewer")
    assert access.key(f"{key}x") is None
    served.browser.send(made.one("form", action="/console/people/keys/remove"))
    assert access.key(key) is None


def test_the_command_line_makes_the_same(served: Served) -> None:
    project = ("--project", served.project.path, "--format", "json")
    password = told("users", "carl", "--role", "operator", *project)["password"]
    assert served.sign_ins.enter_by_password("carl", password, "")
    again = told("users", "carl", *project)
    assert again["role"] == "operator"
    assert again["password"] != password
    assert call("users", "carl", "--role", "boss", *project).exit_code == 2
    assert call("users", "new", *project).exit_code == 2
    assert "carl" in [each["name"] for each in told("users", *project)]
    assert call("users", "carl", "--remove", *project).exit_code == 0
    assert call("users", "carl", "--remove", *project).exit_code == 2
    key = told("keys", "script", "--role", "admin", *project)["key"]
    known = served.sign_ins.access.key(key)
    assert known is not None
    assert [each["name"] for each in told("keys", *project) if each["used"]] == ["script"]
    assert call("keys", "script", "--remove", *project).exit_code == 0
    assert served.sign_ins.access.key(key) is None
