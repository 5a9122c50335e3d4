"""A company file behind a Web Connector, from `connect` to `query`: server, Web Connector and commands are processes of their own."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.runtime.places import Place

from tieout.sandbox.desktop.company import DesktopCompany
from tieout.sandbox.desktop.door import running_desktop
from tieout.sandbox.desktop.small_company import INVOICES, small_company
from tieout.state.database import open_state


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    with running_desktop(small_company(DesktopCompany())) as running:
        found = Place(tmp_path, running.address)
        found.connect()
        yield found


def test_connect_says_what_a_person_needs(place: Place) -> None:
    assert place.made.keys() == {"user", "password", "url", "qwc"}
    assert Path(place.made["qwc"]).read_bytes().count(place.made["user"].encode()) == 1
    assert place.made["password"] not in (place.folder / "tieout.toml").read_text("utf-8")
    again = place.run("connect", "books", "--kind", "web-connector")
    assert again.returncode == 0
    assert [line[:2] for line in again.stdout.splitlines() if line[:1].isdigit()] == [
        "1.",
        "2.",
        "3.",
        "4.",
        "5.",
    ]
    assert place.made["user"] in again.stdout
    assert place.made["password"] not in again.stdout
    with open_state(place.folder / ".tieout") as state:
        assert state.value("connector_owner")


def test_a_company_is_checked_and_queried(place: Place) -> None:
    with place.serving(), place.calling():
        checked = place.run("check", "books", "--format", "json")
        assert checked.returncode == 0, checked.stderr
        (told,) = json.loads(checked.stdout)
        assert (told["place"], told["web_connector"], told["qbxml"]) == (
            "Larch & Daughters",
            "2.3.0.215",
            "16.0",
        )
        assert "Waiting for the Web Connector" in checked.stderr
        found = place.run("query", "books:Invoice", "--format", "jsonl")
        assert len(found.stdout.splitlines()) == INVOICES, found.stderr


MIRROR = """
[connection.warehouse]
kind = "duckdb"
path = "warehouse.duckdb"

[process.mirror]
from = "books:*"
to = "warehouse:"
do = "put"
only = "changed"
"""


def test_a_whole_company_is_mirrored_and_tied_out(place: Place) -> None:
    place.set(MIRROR)
    with place.serving(), place.calling() as robot:
        for words in (("run", "mirror"), ("run", "mirror"), ("verify", "mirror")):
            done = place.run(*words)
            assert done.returncode == 0, done.stderr
        assert "agree to the last cell" in done.stderr
        time.sleep(6)  # until the last session is over
        robot.terminate()
        said, _ = robot.communicate()
    visits = [visit for visit in map(json.loads, said.splitlines()) if visit["ending"] != "nothing to do"]
    assert {visit["ending"] for visit in visits} == {"done"}
    assert 1 <= len(visits) <= 3  # a command never needs two


def test_a_mirror_while_both_sides_are_killed_and_started_again(place: Place) -> None:
    place.set(MIRROR)
    with place.serving() as server, place.calling("--fault", "killed-after-processing:3") as robot:
        first = place.start("run", "mirror")
        assert robot.wait(60) == 9
        server.kill()
    with place.serving(), place.calling():
        _, said = first.communicate(timeout=60)
        assert first.returncode in (0, 3), said  # it may have waited for the next call
        done = place.run("run", "mirror")
        assert done.returncode == 0, done.stderr
        assert "agree to the last cell" in place.run("verify", "mirror").stderr


def test_two_commands_share_a_session(place: Place) -> None:
    with place.serving(), place.calling():
        both = [
            place.start("query", f"books:{name}", "--format", "jsonl") for name in ("Invoice", "Customer")
        ]
        lines = [len(each.communicate(timeout=60)[0].splitlines()) for each in both]
        assert lines == [INVOICES, 52]


def test_without_a_call_there_is_a_word_on_what_to_do(place: Place) -> None:
    place.set("patience = 1")
    refused = place.run("query", "books:Invoice")
    assert refused.returncode == 3
    assert "The Web Connector has never called" in refused.stderr
    assert "Update Selected" in refused.stderr
    with place.serving():
        wanted = place.run(*place.web_connector("--once"))
        assert json.loads(wanted.stdout)["ending"] != "nothing to do"


def test_a_program_does_not_wait(place: Place) -> None:
    program = "import tieout\ntry:\n tieout.open_project().books('books').count('Invoice')\nexcept tieout.Busy as e: print(e)"
    said = subprocess.run(
        [sys.executable, "-c", program],
        cwd=place.folder,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert "has never called" in said.stdout, said.stderr


@pytest.mark.parametrize(
    ("words", "ending", "told"),
    [
        (("--password", "wrong"), "not let in", "QBWC1040"),
        (("--fault", "wrong-file"), "failed", "belongs to another connection"),
        (("--fault", "dialog"), "failed", "0x80040414"),
    ],
)
def test_what_the_person_at_quickbooks_reads(
    place: Place, words: tuple[str, ...], ending: str, told: str
) -> None:
    with place.serving():
        waiting = place.start("query", "books:Customer")
        visit: dict[str, object] = {}
        for _ in range(20):
            visit = json.loads(place.run(*place.web_connector("--once", *words)).stdout)
            if visit["ending"] != "nothing to do":
                break
        waiting.kill()
        waiting.communicate()
        assert visit["ending"] == ending
        assert told in str(visit["told"])


def test_quickbooks_that_starts_late_is_waited_for(place: Place) -> None:
    with place.serving(), place.calling("--fault", "closed"):
        found = place.run("query", "books:Customer", "--format", "jsonl")
        assert len(found.stdout.splitlines()) == 52, found.stderr


def test_whoever_waits_learns_why_quickbooks_did_not_open(place: Place) -> None:
    with place.serving(), place.calling("--fault", "dialog"):
        refused = place.run("query", "books:Customer")
        assert refused.returncode == 3
        assert "0x80040414" in refused.stderr


@pytest.mark.parametrize("fault", ["answers-twice:1", "answers-twice:3"])
def test_answers_that_come_twice_change_nothing(place: Place, fault: str) -> None:
    with place.serving(), place.calling("--fault", fault):
        found = place.run("query", "books:Invoice", "--format", "jsonl")
        assert len(found.stdout.splitlines()) == INVOICES, found.stderr


@pytest.mark.parametrize(
    "fault",
    ["killed-before-processing:2", "killed-after-processing:2", "answers-late:2", "loses-the-answer:2"],
)
def test_a_web_connector_that_vanishes_is_told_of_and_the_next_one_answers(place: Place, fault: str) -> None:
    with place.serving(), place.calling("--fault", fault) as robot:
        first = place.start("query", "books:Invoice", "--format", "jsonl")
        if fault.startswith("killed"):
            assert robot.wait(30) == 9
            robot = place.start(*place.web_connector("--every", "10"))
        try:
            _, said = first.communicate(timeout=60)
            assert first.returncode == 3, said
            found = place.run("query", "books:Invoice", "--format", "jsonl")
            assert len(found.stdout.splitlines()) == INVOICES, found.stderr
        finally:
            robot.kill()
            robot.communicate()


def test_a_server_that_is_killed_goes_on_where_it_was(place: Place) -> None:
    with place.serving() as server:
        server.kill()
        server.wait()
        with place.calling():
            waiting = place.start("query", "books:Invoice", "--format", "jsonl")
            with place.serving():
                out, said = waiting.communicate(timeout=60)
                assert len(out.splitlines()) == INVOICES, said
