"""A run under way in a real browser: its figures move, and nobody reloads the page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect
from tests.runtime.console.conftest import Served
from tests.runtime.console.test_progress import MORE, SOME, begun

from tieout.state.agenda import Agenda, Ended, Entry

from .conftest import MODES, PATIENCE, screen

expect.set_options(timeout=PATIENCE)


@pytest.fixture
def agenda(served: Served) -> Iterator[Agenda]:
    made = Agenda(served.project.state)
    made.enter([("mirror", "Acme", "Acme")], None)
    yield made
    made.leave(made.entries())


@pytest.fixture
def run(agenda: Agenda) -> Entry:
    """A run of the mirror that no worker ends."""
    entry = begun(agenda, "Acme")
    agenda.tell(entry, SOME)
    return entry


PAGES = {
    "overview": "",
    "runs": "/runs",
    "companies": "/companies",
    "company": "/company?name=Acme",
    "process": "/processes/mirror",
}


@pytest.mark.parametrize("mode", MODES)
def test_figures_move_while_somebody_looks(
    served: Served, chromium: Chromium, agenda: Agenda, run: Entry, mode: str
) -> None:
    with screen(chromium, served, mode) as window:
        live = window.page.locator("#live")
        for name, page in PAGES.items():
            window.open(page)
            expect(live).to_contain_text("4,000 of 16,000")
            window.picture(f"progress-{name}")
            assert window.problems() == []
        window.page.evaluate("window.loadedOnce = true")
        agenda.tell(run, MORE)
        expect(live).to_contain_text("12,000 of 16,000")
        agenda.end(run, Ended("succeeded", None, counts={"read": 16_000, "requests": 40}))
        expect(live).not_to_contain_text("12,000 of 16,000")
        assert window.page.evaluate("window.loadedOnce")
