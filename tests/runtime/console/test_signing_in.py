"""Who may look at the console, and whose forms are taken."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
from tests.runtime.serving import serving

from tieout.project import Project
from tieout.runtime.console.door import COOKIE
from tieout.runtime.console.sign_ins import LIFE, SignIns
from tieout.runtime.project_doors import doors_of

from .browser import Browser
from .conftest import Served


def test_nobody_looks_without_signing_in(served: Served) -> None:
    stranger = served.stranger
    for address in ("/console", "/console/runs", "/console/search"):
        page = stranger.get(address)
        assert page.one("h1").text == "Sign in"
    assert httpx2.post(f"{served.url}/console/runs/x/send", data={}).headers["location"] == "/console/sign-in"


def test_a_link_is_good_once_and_the_next_one_is_told() -> None:
    told: list[str] = []
    sign_ins = SignIns(told.append)
    token = sign_ins.new_token()
    assert sign_ins.sign_in("") == sign_ins.sign_in("guessed") == ""
    first = sign_ins.sign_in(token)
    assert sign_ins.session(first)
    assert sign_ins.sign_in(token) == ""
    assert sign_ins.sign_in(told[0])


def test_secrets_are_kept_as_digests() -> None:
    sign_ins = SignIns()
    token = sign_ins.new_token()
    secret = sign_ins.sign_in(token)
    kept = repr([getattr(sign_ins, name) for name in ("_open", "_sessions")])
    assert token not in kept
    assert secret not in kept


def test_a_session_ends_when_nobody_looks_and_all_of_them_at_once() -> None:
    now = 0.0
    sign_ins = SignIns(now=lambda: now)
    first, second = sign_ins.sign_in(sign_ins.new_token()), sign_ins.sign_in(sign_ins.new_token())
    now = LIFE - 1
    assert sign_ins.session(first)
    now = LIFE + 1
    assert sign_ins.session(first)
    assert sign_ins.session(second) is None
    sign_ins.sign_out_everywhere()
    assert sign_ins.session(first) is None


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
    sign_ins = SignIns()
    elsewhere = {
        "host": "books.example.com",
        "x-forwarded-for": "203.0.113.9",
    }  # told by a proxy on this machine
    with (
        Project.read(tmp_path / "tieout.toml") as project,
        serving(*doors_of(project, sign_ins, console_anywhere=True)) as server,
    ):
        address, form = f"{server.url}/console/sign-in", {"token": sign_ins.new_token()}
        plain = httpx2.post(address, data=form, headers={**elsewhere, "x-forwarded-proto": "http"})
        assert plain.status_code == 403
        safe = httpx2.post(address, data=form, headers={**elsewhere, "x-forwarded-proto": "https"})
        assert safe.status_code == 303
        assert "; secure" in safe.headers["set-cookie"].casefold()
