"""Every action in a real browser, at a server whose worker takes up what is asked for."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect
from tests.runtime.console.conftest import Served
from tests.runtime.console.unknown_change import left_open
from tests.runtime.places import TIEOUT

from tieout.state.agenda import Agenda

from .conftest import PATIENCE, Screen, screen

expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="module")
def worked(served: Served) -> Iterator[Served]:
    """The same server, with a worker that has entered what may run."""
    agenda = Agenda(served.project.state)
    with subprocess.Popen([*TIEOUT, "worker"], cwd=served.project.path.parent) as worker:
        try:
            while len(agenda.entries()) < len(served.project.processes):
                assert worker.poll() is None
                time.sleep(0.1)
            yield served
        finally:
            worker.kill()


@pytest.fixture
def window(worked: Served, chromium: Chromium) -> Iterator[Screen]:
    with screen(chromium, worked) as made:
        yield made
        assert made.problems() == []


def test_run_now_is_followed_to_its_end_without_a_reload(window: Screen) -> None:
    page = window.page
    window.open("/processes/mirror")
    window.press("Run now")
    page.evaluate("window.loadedOnce = true")
    expect(page.locator("#live dl")).to_contain_text("succeeded")
    expect(page.locator("#live svg")).to_contain_text(re.compile("read|request"))  # it may have run before
    assert page.evaluate("window.loadedOnce")
    window.picture("done-run-now")


def test_what_is_live_moves_neither_focus_nor_scrolling(worked: Served, window: Screen) -> None:
    page, journal = window.page, worked.project.journal
    window.open("/runs")
    first = page.locator("#runs tbody a").first  # what is under way comes and goes
    was = first.inner_text()
    first.focus()
    run = journal.begin("the company of the focus test", "focus-test")
    expect(page.locator(f"#run-{run.id}")).to_contain_text("running")
    assert page.evaluate("document.activeElement.textContent") == was
    run.end()
    expect(page.locator(f"#run-{run.id}")).to_contain_text("finished")
    assert page.evaluate("document.activeElement.textContent") == was


def test_what_comes_and_goes_around_it_leaves_the_rest_as_it_is(window: Screen) -> None:
    page = window.page
    window.open("/runs")
    steps = [
        "<h2>One</h2>\n<p id=b><a id=x href=#b>kept</a></p>\n<p>rest</p>",
        "<p id=a>first</p>\n<h2>One</h2>\n<p id=b>new <a id=x href=#b>kept</a></p>\n<p id=c>c</p>\n<p>rest</p>\n<p>more</p>",
        "<h2>Two</h2>\n<p id=c>c2</p>\n<p id=b><a id=x href=#c>kept</a></p>\n",
        "<p id=b><a id=x href=#c>kept</a></p>",
    ]
    page.evaluate("source.close()")
    for step in steps:
        shown = page.evaluate(
            """(html) => {
                const wanted = document.createElement("div");
                wanted.id = "live";
                wanted.innerHTML = html;
                const before = document.getElementById("x");
                if (before) before.focus();
                align(live, wanted);
                const after = document.getElementById("x");
                return [live.innerHTML, before === null || before === after && document.activeElement === after];
            }""",
            step,
        )
        wanted = page.evaluate(
            "(html) => { const e = document.createElement('div'); e.innerHTML = html; return e.innerHTML }",
            step,
        )
        assert shown == [wanted, True]


def test_a_server_that_goes_away_is_told(window: Screen) -> None:
    page = window.page
    window.open("/runs")
    expect(page.locator("#live-note")).to_be_hidden()
    page.context.set_offline(True)
    page.evaluate("source.close(); listen()")  # as when the connection broke
    expect(page.locator("#live-note")).to_contain_text("The server does not answer")
    window.picture("told-server-away")
    window.complaints.clear()  # the browser itself names what it cannot reach
    page.context.set_offline(False)
    page.evaluate("source.close(); listen()")
    expect(page.locator("#live-note")).to_be_hidden()


def test_a_process_is_paused_and_resumed(window: Screen) -> None:
    window.open("/processes/customers")
    window.press("Pause")
    expect(window.page.locator("#live dl")).to_contain_text("paused")
    window.picture("done-pause")
    window.press("Resume")
    expect(window.page.locator("#live dl")).not_to_contain_text("paused")


def test_a_plan_is_looked_at_and_then_run(window: Screen) -> None:
    window.open("/processes/mirror")
    window.press("Show the plan")
    expect(window.page.locator("main")).to_contain_text("nothing was written")
    window.press("Run now")
    expect(window.page.get_by_role("heading", name="mirror")).to_be_visible()


def test_records_lead_to_the_documents_they_were_made_of(window: Screen) -> None:
    page = window.page
    window.open("/records")
    page.get_by_label("Connection").select_option("books")
    page.get_by_label("Type").fill("Customer")
    page.get_by_label("Where").fill("DisplayName like 'Bob%'")
    page.keyboard.press("Enter")
    page.get_by_role("link", name=re.compile("Customer ")).click()
    window.picture("done-record")
    page.get_by_role("link", name="number=1").click()
    expect(page.get_by_role("heading", name="The record", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name=re.compile("^Sent"))).to_be_visible()


def test_a_refused_document_is_found_corrected_and_sent_again(window: Screen) -> None:
    page = window.page
    window.open("/search")
    page.get_by_label("Tracked fields, key, state, process or company").fill("number = '2'")
    window.press("Search")
    page.get_by_role("link", name="number=2").first.click()
    text = page.get_by_label("The document, JSON")
    text.fill('{"number": "2"')
    window.press("Send again")
    expect(page.locator(".told")).to_contain_text("not JSON")
    window.complaints.clear()  # of the status 400
    text.fill('{"number": "2", "name": "Ann of the harbour", "notes": ""}')
    window.press("Send again")
    expect(page.locator("#live table")).to_contain_text("done")
    window.picture("done-send-again")


def test_a_connection_is_checked_and_its_password_made_anew(window: Screen) -> None:
    page = window.page
    window.open("/connections/books")
    window.press("Check now")
    expect(page.get_by_role("heading", name="What the doctor says")).to_be_visible()
    window.picture("done-check")
    window.open("/connections/desk")
    window.press("Make a new password")
    expect(page.get_by_role("status")).to_contain_text("shown this once")
    window.picture("done-password")
    with page.expect_download() as download:
        window.press("Download desk.qwc")
    assert download.value.suggested_filename == "desk.qwc"


def test_a_person_connects_to_quickbooks_in_another_tab(worked: Served, window: Screen) -> None:
    page = window.page
    realm = worked.project.connections["books"].company  # type: ignore[attr-defined]
    window.open("/connections/books")
    window.press("Connect to QuickBooks")
    window.picture("done-connect")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Sign in at Intuit").click()
    intuit = opened.value
    intuit.wait_for_load_state()
    intuit.goto(f"{intuit.url}&approve={realm}")
    expect(intuit.locator("body")).to_contain_text("signed in")
    intuit.close()
    window.press("I have signed in")
    expect(page.get_by_role("heading", name="books")).to_be_visible()


def test_a_mirror_is_tied_out(window: Screen) -> None:
    window.open("/tie-outs")
    window.press("Tie mirror out now")
    expect(window.page.locator("#live")).to_contain_text(
        "Tied out"
    )  # a worker did it, and the page was not loaded again
    window.press("Tie out now")
    expect(window.page.locator("#kept tbody tr")).to_have_count(2)
    expect(window.page.locator("#chart circle")).to_have_count(2)
    window.picture("done-tie-out")


def test_what_nobody_knows_is_settled_in_place(worked: Served, window: Screen) -> None:
    page, theirs = window.page, left_open(worked.project, 12)
    window.open("/settle")
    page.get_by_role("link", name="books").click()
    window.press("Ask QuickBooks what became of them")
    expect(page.get_by_role("status")).to_be_visible()
    window.picture("done-settle-look")
    window.press(f"It is Invoice {theirs}")
    expect(page.locator("main")).to_contain_text("Nothing is open")


def test_a_company_is_found_run_and_paused(worked: Served, window: Screen) -> None:
    page = window.page
    company = Agenda(worked.project.state).entries("mirror")[0].company
    window.open("/companies")
    page.get_by_label("Name begins with").fill(company[:4])
    window.press("Show")
    page.get_by_role("link", name=company).first.click()
    window.press("Run mirror now")
    expect(page.locator("#p-mirror")).to_contain_text("succeeded")
    window.press("Pause mirror")
    expect(page.locator("#p-mirror")).to_contain_text("paused")
    window.picture("done-company")
    window.press("Resume mirror")
    expect(page.locator("#p-mirror")).not_to_contain_text("paused")


def test_a_user_is_let_in_as_a_viewer_and_put_out(worked: Served, chromium: Chromium, window: Screen) -> None:
    page = window.page
    window.open("/people")
    page.get_by_label("Name of a user, new or known").fill("vera")
    page.get_by_label("Role", exact=True).select_option("viewer")
    window.press("Set the role and make a new password")
    password = page.get_by_role("status").locator("code").inner_text()
    with screen(chromium, worked, user=("vera", password)) as other:
        for address in ("/processes/mirror", "/tie-outs", "/settle/books", "/connections/books"):
            other.open(address)
            buttons = other.page.locator("main form[method=post] button")
            assert buttons.count() == 0, address
        other.open("/sessions")
        expect(other.page.locator("main")).to_contain_text("You are vera, viewer")
        other.page.goto(f"{worked.url}/console/people")
        expect(other.page.locator("main")).to_contain_text("This is for admins")
        window.press("Remove vera")
        expect(page.locator("main")).not_to_contain_text("vera")
        other.page.goto(f"{worked.url}/console")
        expect(other.page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()


def test_a_program_gets_a_key_and_loses_it(window: Screen) -> None:
    page = window.page
    window.open("/people")
    page.get_by_label("Name of a program").fill("nightly")
    window.press("Make a key")
    expect(page.get_by_role("status")).to_contain_text("The key of nightly, shown this once")
    window.picture("done-key")
    window.press("Revoke nightly")
    expect(page.locator("main")).to_contain_text("No program has a key")


def test_signing_in_and_out(worked: Served, chromium: Chromium) -> None:
    with screen(chromium, worked) as window:
        window.press("Sign out")
        heading = window.page.get_by_role("heading", name="Sign in", exact=True)
        expect(heading).to_be_visible()
        window.picture("done-sign-out")
        window.page.get_by_label("Token").fill("guessed")
        window.press("Sign in by link")
        expect(window.page.get_by_role("alert")).to_contain_text("used before")
        window.picture("done-wrong-token")
        window.complaints.clear()  # of the status 403
        assert window.problems() == []


def test_signing_out_everywhere_ends_what_others_look_at(worked: Served, chromium: Chromium) -> None:
    with screen(chromium, worked) as one, screen(chromium, worked) as other:
        other.open("/runs")
        one.open("/sessions")
        one.press("Sign out everywhere")
        expect(other.page.locator("#live-note")).to_contain_text("live no more")
        other.page.goto(f"{worked.url}/console/runs")
        expect(other.page.get_by_role("heading", name="Sign in", exact=True)).to_be_visible()
