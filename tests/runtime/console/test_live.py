"""Pages that go on telling: made once for all who look, and no thread is held by anybody who does."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import pytest

from tieout.errors import SetupError
from tieout.runtime.console.addresses import LIVE, PAGES
from tieout.runtime.console.door import COOKIE
from tieout.runtime.console.live_pages import LivePages

from .browser import Browser, read
from .conftest import Served

BROWSERS = 50


class Stream:
    """A browser's connection to a page that is live."""

    def __init__(self, browser: Browser, address: str) -> None:
        url = urlsplit(str(browser.client.base_url))
        self._socket = socket.create_connection((url.hostname, url.port), timeout=60)
        cookie = browser.client.cookies[COOKIE]
        self._socket.sendall(
            f"GET {address} HTTP/1.1\r\nHost: {url.netloc}\r\nCookie: {COOKIE}={cookie}\r\n"
            "Accept: text/event-stream\r\n\r\n".encode()
        )
        self._had = ""

    def until(self, text: str) -> str:
        """All that came, once this is in it; an AssertionError when the stream ends or nothing comes for a minute."""
        while text not in self._had:
            piece = self._socket.recv(65536)
            assert piece, f"the stream ended without {text!r}: {self._had[-500:]}"
            self._had += piece.decode()
        return self._had

    def close(self) -> None:
        self._socket.close()


@contextmanager
def streams(browser: Browser, *addresses: str) -> Iterator[list[Stream]]:
    with ExitStack() as stack:
        opened = [Stream(browser, address) for address in addresses]
        for each in opened:
            stack.callback(each.close)
        yield opened


def test_fifty_browsers_see_a_run_begin_and_end_and_hold_no_thread(served: Served, browser: Browser) -> None:
    journal = served.project.journal
    with streams(browser, *["/console/runs"] * BROWSERS) as looking:
        for each in looking:
            assert "text/event-stream" in each.until("event: message")
        threads = threading.active_count()
        run = journal.begin("the company of the live test", "live-test")
        for each in looking:
            row = each.until(f'id="run-{run.id}"').rpartition(f'id="run-{run.id}"')[2]
            assert "running" in row
        assert browser.get("/console/search").one("h1").text == "Search documents"
        # One makes the page, one looks whether sessions go on, and one answered this browser.
        assert threading.active_count() <= threads + 3
        run.end()
        for each in looking:
            each.until("finished")


def test_a_run_tells_how_far_it_is(served: Served, browser: Browser) -> None:
    run = served.project.journal.begin("another company of the live test", "live-test")
    with streams(browser, f"/console/runs/{run.id}") as (stream,):
        assert "running" in stream.until("</dl>")
        run.end("stopped", "The disk is full.")
        stream.until("Stopped: The disk is full.")
    page = browser.get(f"/console/runs/{run.id}")
    assert page.one("dd", **{"aria-live": "polite"}).text == "stopped"


def test_a_stream_ends_with_its_session(served: Served) -> None:
    other = Browser(served.url)
    with other.client:
        other.send(other.get(f"/console/sign-in?token={served.sign_ins.new_token()}").one("form"))
        with streams(other, "/console/runs") as (stream,):
            stream.until("event: message")
            other.send(other.get("/console").one("form", action="/console/sign-out"))
            stream.until("\r\n0\r\n\r\n")  # the last piece


def test_nobody_looks_without_a_session(served: Served) -> None:
    answer = served.stranger.client.get(
        "/console/runs", headers={"accept": "text/event-stream"}, follow_redirects=False
    )
    assert answer.status_code == 303


def test_pages_that_are_live_have_the_script_and_others_have_none(browser: Browser) -> None:
    for path in PAGES:
        if "{" in path:
            continue
        page = browser.get(f"/console{path}")
        if browser.status == 404:
            continue  # what it is about stands in the rest of its address
        assert len(page.all("script")) == (path in LIVE), path
        assert len(page.all("div", id="live")) == (path in LIVE), path
    for path in ("/processes/mirror", "/processes/customers"):
        assert len(browser.get(f"/console{path}").all("script")) == 1


def test_a_live_part_is_whole_html_without_forms(browser: Browser) -> None:
    for path in ("", "/runs", "/processes/mirror", "/processes/customers"):
        with streams(browser, f"/console{path}") as (stream,):
            event = stream.until("\n\n").rpartition("event: message\n")[2]
        lines = [line.removeprefix("data: ") for line in event.split("\n") if line.startswith("data: ")]
        part = read("\n".join(lines))
        assert part.text
        assert part.all("form") == []  # forms belong to one session, and what is live to all


def looking(live: LivePages, address: str, made: list[str], versions: int) -> asyncio.Task[list[str]]:
    """A browser that leaves after so many events."""

    async def look() -> list[str]:
        got: list[str] = []

        async def goes_on() -> bool:
            return len(got) < versions

        def make() -> str:
            made.append(address)
            return f"<p>{len(made) // 3}</p>"

        events: AsyncIterator[str] = live.events(address, make, goes_on)
        async for each in events:
            got.append(each)  # noqa: PERF401 - `goes_on` looks at it
        return got

    return asyncio.ensure_future(look())


def test_a_page_is_made_once_for_all_who_look_and_sent_when_it_changed() -> None:
    made: list[str] = []

    async def go() -> list[list[str]]:
        live = LivePages(every=0.001)
        told = await asyncio.gather(*(looking(live, "/runs", made, versions=2) for _ in range(BROWSERS)))
        assert live.lookers == 0
        return told

    told = asyncio.run(go())
    assert len(told) == BROWSERS
    assert all(first.startswith("event: message\ndata: <p>") and first != second for first, second in told)
    # Each is made a few times until it changed twice, and not once for each who looks.
    assert len(made) < BROWSERS


@pytest.mark.parametrize(
    "error", [SetupError("The state is away.", advice="Start it."), ValueError("a fault")]
)
def test_a_page_that_cannot_be_made_says_so_and_goes_on(error: Exception) -> None:
    asked = 0

    async def go() -> list[str]:
        got: list[str] = []

        async def goes_on() -> bool:
            return len(got) < 2

        def make() -> str:
            nonlocal asked
            asked += 1
            if asked < 3:
                raise error
            return "<p>well\nagain</p>"

        live = LivePages(every=0.001)
        async for each in live.events("/runs", make, goes_on):
            got.append(each)  # noqa: PERF401 - `goes_on` looks at it
        return got

    trouble, well = asyncio.run(go())
    assert trouble.startswith("event: trouble\ndata: This page is not up to date")
    assert ("Start it." in trouble) == isinstance(error, SetupError)
    assert well == "event: message\ndata: <p>well\ndata: again</p>\n\n"
