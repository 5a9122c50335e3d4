"""A run under way in a real browser: its figures move, and nobody reloads the page."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect
from tests.runtime.console.conftest import Served
from tests.runtime.console.test_progress import MORE, SOME, begun

from tieout.state.agenda import Agenda, Ended, Entry
from tieout.state.mirrors_by_hand import MirrorsByHand
from tieout.state.run_progress import RunProgress

from .conftest import MODES, PATIENCE, screen

expect.set_options(timeout=PATIENCE)


@pytest.fixture
def agenda(served: Served) -> Iterator[Agenda]:
    made = Agenda(served.project.state)
    made.enter([("mirror", "Acme", "Acme"), ("customers", "Acme", "Acme")], None)
    by_hand = MirrorsByHand(served.project.state)
    run = by_hand.begin("mirror", "Bolt")
    yield made
    by_hand.end(run)
    made.leave(made.entries())


@pytest.fixture
def run(agenda: Agenda) -> Entry:
    """A run of the mirror that no worker ends, beside one of documents."""
    documents = begun(agenda, "Acme", "customers")
    agenda.tell(documents, RunProgress({"in": 900, "out": 850, "refused": 50}))
    entry = begun(agenda, "Acme")
    agenda.tell(entry, SOME)
    return entry


PAGES = {
    "documents": ("/processes/customers", "900 in"),
    "overview": ("", "4,000 of 16,000"),
    "runs": ("/runs", "running, by hand"),
    "companies": ("/companies", "4,000 of 16,000"),
    "company": ("/company?name=Acme", "4,000 of 16,000"),
    "mirror": ("/processes/mirror", "4,000 of 16,000"),
}


@pytest.mark.parametrize("mode", MODES)
def test_figures_move_while_somebody_looks(
    served: Served, chromium: Chromium, agenda: Agenda, run: Entry, mode: str
) -> None:
    with screen(chromium, served, mode) as window:
        live = window.page.locator("#live")
        for name, (page, text) in PAGES.items():
            window.open(page)
            expect(live).to_contain_text(text)
            window.picture(f"progress-{name}")
            assert window.problems() == []
        window.page.evaluate("window.loadedOnce = true")
        agenda.tell(run, MORE)
        expect(live).to_contain_text("12,000 of 16,000")
        agenda.end(run, Ended("succeeded", None, counts={"read": 16_000, "requests": 40}))
        expect(live).not_to_contain_text("12,000 of 16,000")
        assert window.page.evaluate("window.loadedOnce")
