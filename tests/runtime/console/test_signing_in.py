"""Who may look at the console, and whose forms are taken."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest
from tests.runtime.serving import serving

from tieout.project import Project
from tieout.runtime.console.door import COOKIE
from tieout.runtime.console.sign_ins import SignIns
from tieout.runtime.project_doors import doors_of
from tieout.state.access import LIFE, Access
from tieout.state.database import State, open_state
from tieout.state.passwords import hashed, new_password

from .browser import Browser
from .conftest import Served


def test_nobody_looks_without_signing_in(served: Served) -> None:
    stranger = served.stranger
    for address in ("/console", "/console/runs", "/console/search"):
        page = stranger.get(address)
        assert page.one("h1").text == "Sign in"
    assert httpx2.post(f"{served.url}/console/runs/x/send", data={}).headers["location"] == "/console/sign-in"


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with open_state(tmp_path / "state") as opened:
        yield opened


def test_a_link_is_good_once_and_the_next_one_is_told(state: State) -> None:
    told: list[str] = []
    sign_ins = SignIns(Access(state), told.append)
    token = sign_ins.new_token()
    assert sign_ins.enter_by_link("", "") == sign_ins.enter_by_link("guessed", "") == ""
    first = sign_ins.enter_by_link(token, "")
    assert sign_ins.visitor(first)
    assert sign_ins.enter_by_link(token, "") == ""
    assert sign_ins.enter_by_link(told[0], "")


def test_secrets_are_kept_as_digests(state: State, tmp_path: Path) -> None:
    access = Access(state)
    sign_ins = SignIns(access)
    token = sign_ins.new_token()
    secret = sign_ins.enter_by_link(token, "a browser")
    password, key = new_password(), access.new_key("nightly", "viewer")
    access.set_user("ann", "viewer", hashed(password))
    state.close()
    kept = b"".join(file.read_bytes() for file in (tmp_path / "state").glob("state.db*"))
    assert b"a browser" in kept
    for each in (token, secret, password, key):
        assert each.encode() not in kept
    assert token not in repr(vars(sign_ins))


def test_a_session_ends_when_nobody_looks_and_all_of_them_at_once(state: State) -> None:
    now = begin = datetime(2026, 11, 27, 8, tzinfo=UTC)
    access = Access(state, clock=lambda: now)
    sign_ins = SignIns(access)
    first, second = (sign_ins.enter_by_link(sign_ins.new_token(), "") for _ in range(2))
    now = begin + LIFE - timedelta(minutes=2)
    assert sign_ins.visitor(first)
    now = begin + LIFE + timedelta(minutes=2)
    assert sign_ins.visitor(first)
    assert sign_ins.visitor(second) is None
    access.end_sessions()
    assert sign_ins.visitor(first) is None
    assert access.sessions() == []


def test_a_session_outlives_the_server_and_ends_with_its_user(state: State) -> None:
    access = Access(state)
    access.set_user("ann", "operator", hashed("right"))
    secret = SignIns(access).enter_by_password("ann", "right", "")
    again = SignIns(access).visitor(secret)
    assert again is not None
    assert again.role == "operator"
    access.set_user("ann", "viewer", hashed("right"))
    assert SignIns(access).visitor(secret) is None
    secret = SignIns(access).enter_by_password("ann", "right", "")
    assert access.remove_user("ann")
    assert SignIns(access).visitor(secret) is None
    assert SignIns(access).enter_by_password("ann", "right", "") == ""


def test_wrong_passwords_are_counted(state: State) -> None:
    access = Access(state)
    access.set_user("ann", "viewer", hashed("right"))
    sign_ins = SignIns(access)
    for wrong in ("", "Right", "wrong", "w", "x"):
        assert sign_ins.enter_by_password("ann", wrong, "") == ""
    assert sign_ins.is_held_off("ann")
    assert sign_ins.enter_by_password("ann", "right", "") == ""
    assert SignIns(access).enter_by_password("nobody", "right", "") == ""


def test_the_cookie_is_for_this_site_and_no_script(served: Served) -> None:
    token = served.sign_ins.new_token()
    answer = httpx2.post(f"{served.url}/console/sign-in", data={"token": token})
    told = answer.headers["set-cookie"].casefold()
    assert told.startswith(COOKIE)
    assert {"httponly", "samesite=strict", "path=/console"} <= {part.strip() for part in told.split(";")}


def test_a_wrong_token_is_refused(served: Served) -> None:
    stranger = served.stranger
    page = stranger.send(stranger.get("/console/sign-in?token=guessed").one("form"))
    assert stranger.status == 403
    assert "used before" in page.one("main").text
    assert stranger.get("/console").one("h1").text == "Sign in"


@pytest.mark.parametrize("token", [None, "", "guessed", "ü"])
def test_a_form_of_another_site_is_not_taken(served: Served, token: str | None) -> None:
    data = {} if token is None else {"form_token": token}
    answer = served.browser.client.post("/console/sign-out", data={**data, "everywhere": "yes"})
    assert answer.status_code == 403
    assert served.browser.get("/console").one("h1").text == "Overview"


def test_a_name_that_leads_here_from_elsewhere_is_refused(served: Served) -> None:
    for host in ("evil.example", "localhost.evil.example"):
        answer = served.browser.client.get("/console", headers={"host": host})
        assert answer.status_code == 403
    forwarded = served.browser.client.get("/console", headers={"x-forwarded-for": "203.0.113.9"})
    assert forwarded.status_code == 403


def test_a_form_that_is_too_long_is_not_read(served: Served) -> None:
    assert served.browser.client.post("/console/sign-out", content=b"x" * 2_000_000).status_code == 413


def test_pages_may_load_nothing_but_their_style_and_script(served: Served) -> None:
    answer = served.browser.client.get("/console")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    for file in ("console.css", "live.js"):
        assert served.stranger.client.get(f"/console/{file}").status_code == 200


def test_signing_out_ends_the_session(served: Served) -> None:
    other = served.stranger
    other.send(other.get(f"/console/sign-in?token={served.sign_ins.new_token()}").one("form"))
    page = other.send(other.get("/console").one("form", action="/console/sign-out"))
    assert page.one("h1").text == "Sign in"
    assert served.browser.get("/console").one("h1").text == "Overview"


def test_the_server_prints_a_link_that_signs_in(tmp_path: Path) -> None:
    (tmp_path / "tieout.toml").write_text("", "utf-8")
    command = [sys.executable, "-m", "tieout", "serve", "--port", "0", "--format", "json"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            link = json.loads(server.stdout.readline())["console"]
            browser = Browser("")
            with browser.client:
                token = browser.get(link).one("input", type="hidden").value
                url = link.partition("/console")[0]
                entered = browser.client.post(f"{url}/console/sign-in", data={"token": token})
                assert "<h1>Overview</h1>" in entered.text
        finally:
            server.kill()


def test_elsewhere_the_console_is_opened_on_demand_and_over_https_only(tmp_path: Path) -> None:
    (tmp_path / "tieout.toml").write_text("", "utf-8")
    elsewhere = {
        "host": "books.example.com",
        "x-forwarded-for": "203.0.113.9",
    }  # told by a proxy on this machine
    with (
        Project.read(tmp_path / "tieout.toml") as project,
        serving(
            *doors_of(project, sign_ins := SignIns(Access(project.state)), console_anywhere=True)
        ) as server,
    ):
        address, form = f"{server.url}/console/sign-in", {"token": sign_ins.new_token()}
        plain = httpx2.post(address, data=form, headers={**elsewhere, "x-forwarded-proto": "http"})
        assert plain.status_code == 403
        safe = httpx2.post(address, data=form, headers={**elsewhere, "x-forwarded-proto": "https"})
        assert safe.status_code == 303
        assert "; secure" in safe.headers["set-cookie"].casefold()


@pytest.mark.parametrize("site", ["cross-site", "same-site", "same-origin"])
def test_a_form_that_the_browser_says_is_from_elsewhere_is_not_taken(
    served: Served, browser: Browser, site: str
) -> None:
    form = browser.get("/console").one("form", action="/console/sign-out")
    token = form.one("input", name="form_token").value
    told = {"sec-fetch-site": site}
    address = "/console/processes/mirror/resume"
    answer = browser.client.post(address, data={"form_token": token}, headers=told, follow_redirects=False)
    assert answer.status_code == (303 if site == "same-origin" else 403)
    entering = served.stranger.client.post("/console/sign-in", data={"token": "x"}, headers=told)
    assert ("not sent from the console" in entering.text) == (site != "same-origin")


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", "/console/nothing", 404),
        ("GET", "/console/runs/none", 404),
        ("GET", "/console/runs?page=x", 200),
        ("GET", "/console/companies?page=x", 400),
        ("GET", "/console/company/run", 404),
        ("PUT", "/console/runs", 405),
        ("DELETE", "/console", 405),
        ("POST", "/console/nothing", 405),
        ("GET", "/", 307),
        ("GET", "/console/", 307),
        ("GET", "/console/live.js", 200),
    ],
)
def test_every_answer_has_the_policy(browser: Browser, method: str, address: str, status: int) -> None:
    answer = browser.client.request(method, address, follow_redirects=False)
    assert answer.status_code == status
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["x-content-type-options"] == "nosniff"
