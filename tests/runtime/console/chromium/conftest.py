"""Chromium, driven by Playwright, signed in at the console; it reaches nothing but this machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page, Playwright, sync_playwright
from tests.runtime.console.conftest import Served

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), "")
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
)
PATIENCE = 60_000
"""Milliseconds that a page may take on a slow machine."""
AUDIT = (Path(__file__).parent / "audit.js").read_text("utf-8")

MODES = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 900}},
    "narrow": {"color_scheme": "light", "viewport": {"width": 360, "height": 740}},
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if CHROMIUM:
        return
    missing = pytest.mark.skip(reason="NO CHROMIUM: run tests/runtime/console/chromium/prepare.sh")
    for each in items:
        if Path(__file__).parent in each.path.parents:
            each.add_marker(missing)


@dataclass
class Screen:
    """A browser window at the console, which notes whatever a page complains of."""

    page: Page
    url: str
    shots: Path
    mode: str
    complaints: list[str]

    def open(self, address: str) -> None:
        answer = self.page.goto(f"{self.url}/console{address}")
        assert answer is not None
        assert answer.ok, f"{address}: {answer.status}"

    def picture(self, name: str) -> None:
        """Keep a picture of the whole page, where TIEOUT_SCREENSHOTS says so."""
        if self.shots.is_dir():
            self.page.screenshot(path=self.shots / f"{name}-{self.mode}.png", full_page=True)

    def problems(self) -> list[str]:
        """What a keyboard, a screen reader or weak eyes miss, what is cut off, and what the page complained of."""
        found = [*self.page.evaluate(AUDIT), *self.complaints]
        self.complaints.clear()
        return found

    def press(self, name: str) -> None:
        """A button, by its name."""
        self.page.get_by_role("button", name=name, exact=True).click()


@pytest.fixture(scope="module")  # not longer: while it is there, no other event loop runs in this thread
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="module")
def chromium(playwright: Playwright) -> Iterator[Chromium]:
    # The sandbox of Chromium needs user namespaces, which containers seldom have; it sees our own pages only.
    started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", *QUIET])
    yield started
    started.close()


@contextmanager
def screen(
    chromium: Chromium,
    served: Served,
    mode: str = "light",
    user: tuple[str, str] | None = None,
    **more: object,
) -> Iterator[Screen]:
    """A window that is signed in, by a link of the server or as a user with a password."""
    context: BrowserContext = chromium.new_context(**{**MODES[mode], **more})  # type: ignore[arg-type]
    context.set_default_timeout(PATIENCE)
    try:
        page = context.new_page()
        complaints: list[str] = []
        page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        shots = Path(os.environ.get("TIEOUT_SCREENSHOTS", "/nowhere"))
        made = Screen(page, served.url, shots, mode, complaints)
        if user is None:
            page.goto(f"{served.url}/console/sign-in?token={served.sign_ins.new_token()}")
        else:
            page.goto(f"{served.url}/console/sign-in")
            page.get_by_label("Name").fill(user[0])
            page.get_by_label("Password").fill(user[1])
        made.press("Sign in")
        page.get_by_role("heading", name="Overview").wait_for()
        yield made
    finally:
        context.close()
