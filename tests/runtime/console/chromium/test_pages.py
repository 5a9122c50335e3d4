"""Every page, light, dark and narrow: whole, readable, and usable by keyboard and screen reader."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser as Chromium
from tests.runtime.console.conftest import Served
from tests.runtime.console.unknown_change import left_open

from tieout.processes.write import settle_open
from tieout.runtime.console.addresses import PAGES, PAGES_OF_ADMINS
from tieout.state.agenda import Agenda, Ended
from tieout.state.meter import Meter
from tieout.state.tie_outs import TieOuts

from .conftest import MODES, screen

FILES = {"/connections/{name}/qwc"}
"""What is downloaded."""


COMPANY = "a company with a past"


@pytest.fixture(scope="module", autouse=True)
def past(served: Served) -> None:
    """A hundred companies, of which one has a month of tie-outs, some of which differ, and months of reads."""
    left_open(served.project, 11)
    with served.project.connection("books") as connection:
        settle_open(connection, served.project.journal)
    agenda, now = Agenda(served.project.state), datetime.now(UTC)
    agenda.enter([("mirror", f"1{number:05}", "lane") for number in range(100)], now + timedelta(days=1))
    agenda.enter([("mirror", COMPANY, "lane")], None)
    agenda.queue([(agenda.entries("mirror", COMPANY)[0], "task")])
    begun = agenda.begin("mirror", COMPANY, "task")
    assert begun is not None
    agenda.end(begun, Ended("failed", None, "QuickBooks does not answer.", "Start it, and `tieout run`."))
    agenda.alert(begun, "failed", "QuickBooks does not answer.", "Start it.")
    for month in range(1, 13):
        Meter(served.project.state, COMPANY).add("books", month * 997 % 600, now.replace(month=month, day=1))
    told = {
        "requests": 12,
        "types": [
            {
                "type": "Invoice",
                "counts": [1200, 1199],
                "total": ["1,234,567.89", "1,234,467.89"],
                "balance": ["10.00", "10.00"],
                "differing": 2,
                "agrees": False,
            }
        ],
        "differences": [["Invoice", "17", "Line[1].Amount", "100.00", ""]],
        "not_served": {"Budget": "not here"},
        "accounts": {
            "agrees": False,
            "count": 40,
            "day": "2026-11-27",
            "not_compared": "",
            "differing": [["Sales", "1.00", "1.00", "2.00"]],
        },
    }
    day = datetime(2026, 11, 1, tzinfo=UTC)
    for number in (0, 0, 3, 12, 1, 0, 0, 5, 3):
        day += timedelta(days=3)
        TieOuts(served.project.state, clock=lambda: day).keep(  # noqa: B023 - used at once
            "mirror", COMPANY, agrees=not number, records=number, accounts=number // 3, told=told
        )


def addresses(served: Served) -> dict[str, list[str]]:
    """Where each page is seen, by its path."""
    run = next(each.id for each in served.project.journal.runs() if each.name == "customers")
    with served.project.books("books") as books:
        bob = next(iter(books.query("Customer", where="DisplayName like 'Bob%'", fields=["Id"])))["Id"]
    documents = "connection=books&type=Customer"
    return {
        "": [""],
        "/runs": ["/runs"],
        "/runs/{run}": [f"/runs/{run}", f"/runs/{run}?only=refused"],
        "/runs/{run}/document": [f"/runs/{run}/document?id=number%3D{n}" for n in (1, 2)],
        "/runs/{run}/messages": [f"/runs/{run}/messages"],
        "/search": ["/search", "/search?where=process+%3D+'customers'", f"/search?record=Customer:{bob}"],
        "/records": ["/records", "/records?connection=books", f"/records?{documents}&limit=20"],
        "/record": [f"/record?{documents}&id={bob}"],
        "/processes/{name}": ["/processes/customers", "/processes/mirror"],
        "/processes/{name}/plan": ["/processes/customers/plan", "/processes/mirror/plan"],
        "/tie-outs": ["/tie-outs"],
        "/tie-outs/{name}": ["/tie-outs/mirror", f"/tie-outs/mirror?company={COMPANY}"],
        "/connections/{name}": ["/connections/books", "/connections/desk", "/connections/warehouse"],
        "/settle": ["/settle"],
        "/settle/{name}": ["/settle/books"],
        "/companies": ["/companies", "/companies?company=1&order=longest"],
        "/company": [f"/company?name={quote(COMPANY)}"],
        "/meter": ["/meter"],
        "/sessions": ["/sessions"],
        "/people": ["/people"],
    }


@pytest.mark.parametrize("mode", MODES)
def test_every_page_is_whole_readable_and_for_everybody(
    served: Served, chromium: Chromium, mode: str
) -> None:
    pages = addresses(served)
    assert pages.keys() | FILES == PAGES.keys() | PAGES_OF_ADMINS.keys(), "a page that is not looked at"
    found: dict[str, list[str]] = {}
    with screen(chromium, served, mode) as window:
        for path, seen in pages.items():
            for number, address in enumerate(seen, 1):
                window.open(address)
                name = path.replace("{", "").replace("}", "").strip("/").replace("/", "-") or "overview"
                window.picture(f"{name}-{number}")
                if problems := window.problems():
                    found[address] = problems
    assert found == {}


def test_the_keyboard_reaches_everything_and_shows_where_it_is(served: Served, chromium: Chromium) -> None:
    with screen(chromium, served) as window:
        for address in (
            "",
            "/processes/customers",
            "/connections/desk",
            "/search?where=number+%3D+'1'",
            "/settle",
            "/people",
            "/sessions",
        ):
            window.open(address)
            focusable = window.page.locator(
                "a[href]:visible, button:visible, input:not([type=hidden]):visible, [tabindex='0']:visible"
            ).count()
            reached = set()
            for _ in range(focusable + 1):
                window.page.keyboard.press("Tab")
                reached.add(
                    window.page.evaluate(
                        "[...document.querySelectorAll('*')].indexOf(document.activeElement)"
                    )
                )
                ring = window.page.evaluate(
                    "(() => { const s = getComputedStyle(document.activeElement);"
                    " return document.activeElement === document.body || s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2 })()"
                )
                assert ring, f"focus cannot be seen in {address}"
            assert len(reached) >= focusable, address


def test_the_first_tab_leads_past_the_menu(served: Served, chromium: Chromium) -> None:
    with screen(chromium, served) as window:
        window.open("/runs")
        window.page.keyboard.press("Tab")
        assert window.page.evaluate("document.activeElement.textContent") == "Skip to the contents"
        window.page.keyboard.press("Enter")
        window.page.keyboard.press("Tab")
        assert window.page.evaluate("document.activeElement.closest('main') !== null")


def test_pages_work_without_scripts(served: Served, chromium: Chromium) -> None:
    with screen(chromium, served, java_script_enabled=False) as window:
        window.open("/runs")
        assert "customers" in window.page.locator("main").inner_text()
        run = served.project.journal.begin("the company of the scriptless test", "scriptless-test")
        window.open(f"/runs/{run.id}")
        assert window.page.locator("noscript meta[http-equiv=refresh], head meta[http-equiv=refresh]").count()
        run.end()


def test_what_gets_into_a_page_neither_runs_nor_calls_elsewhere(served: Served, chromium: Chromium) -> None:
    with screen(chromium, served) as window:
        window.open("/runs")
        window.page.evaluate(
            """() => {
              const script = document.createElement("script");
              script.textContent = "window.ran = true";
              document.body.append(script);
              document.body.insertAdjacentHTML("beforeend", "<img id=picture src=x onerror='window.ran = true'><p id=styled style='color: red'>x</p>");
            }"""
        )
        window.page.wait_for_function("document.getElementById('picture').complete")
        assert window.page.evaluate("window.ran === undefined")
        assert window.page.evaluate("document.getElementById('styled').style.color === ''")
        refused = window.page.evaluate(
            "fetch('http://127.0.0.1:9/').then(() => '', (error) => String(error))"
        )
        assert "fetch" in refused
        assert any("Content Security Policy" in each for each in window.complaints)
