"""Writing through a Web Connector while it, the server or the writer is killed: nothing twice, nothing lost."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.runtime.places import Place

from tieout.sandbox.desktop.company import DesktopCompany
from tieout.sandbox.desktop.door import DesktopServer, running_desktop
from tieout.sandbox.desktop.small_company import small_company

ORDERS = 60
PER_SET = 5
KILLS = 12


@pytest.fixture
def desktop() -> Iterator[DesktopServer]:
    with running_desktop(small_company(DesktopCompany())) as running:
        yield running


@pytest.fixture
def place(tmp_path: Path, desktop: DesktopServer) -> Place:
    found = Place(tmp_path, desktop.address)
    found.connect()
    found.set(f"requests_per_set = {PER_SET}", "patience = 30", "timeout = 30")
    orders = [
        {
            "order": f"W-{number}",
            "CustomerRef": {"FullName": "Elm Bakery"},
            "RefNumber": f"W-{number}",
            "InvoiceLineAdd": [{"ItemRef": {"FullName": "Planning"}, "Quantity": 2, "Rate": 10.5}],
        }
        for number in range(ORDERS)
    ]
    (tmp_path / "orders.json").write_text(json.dumps(orders), "utf-8")
    return found


WRITE = ("add", "books:Invoice", "orders.json", "--key", "order")


def written(desktop: DesktopServer) -> Counter[str]:
    numbers = (str(record.get("RefNumber", "")) for record in desktop.company.all_of("Invoice"))
    return Counter(number for number in numbers if number.startswith("W-"))


def assert_each_once(desktop: DesktopServer) -> None:
    found = written(desktop)
    assert {number for number, count in found.items() if count > 1} == set()
    assert len(found) == ORDERS


def test_orders_are_written_and_not_again(place: Place, desktop: DesktopServer) -> None:
    with place.serving(), place.calling():
        done = place.run(*WRITE)
        assert done.returncode == 0, done.stderr
        assert_each_once(desktop)
        again = place.run(*WRITE)
        assert again.returncode == 0, again.stderr
    assert_each_once(desktop)


@pytest.mark.parametrize(
    "fault",
    [
        "loses-the-answer:4",
        "answers-late:4",
        "answers-twice:4",
        "killed-before-processing:4",
        "killed-after-processing:4",
    ],
)
def test_a_lost_answer_is_asked_for_by_the_writer_itself(
    place: Place, desktop: DesktopServer, fault: str
) -> None:
    with place.serving(), place.calling("--fault", fault) as robot:
        writer = place.start(*WRITE)
        if fault.startswith("killed"):
            assert robot.wait(30) == 9
            robot = place.start(*place.web_connector("--every", "10"))
        try:
            _, said = writer.communicate(timeout=90)
        finally:
            robot.kill()
            robot.communicate()
    assert writer.returncode == 0, said
    assert_each_once(desktop)


@pytest.mark.timeout(300)
def test_kills_of_every_side(place: Place, desktop: DesktopServer) -> None:
    file = place.folder / "tieout.toml"
    file.write_text(file.read_text("utf-8").replace(f"_per_set = {PER_SET}", "_per_set = 1"), "utf-8")
    chance = random.Random(7)
    kills = Counter[str]()
    with place.serving():
        pass  # takes a port that stays the same
    deadline = time.monotonic() + 240
    server = robot = writer = None
    try:
        while time.monotonic() < deadline:
            if server is None or server.poll() is not None:
                server = place.start("serve", "--port", str(place.port), "--format", "json")
                assert server.stdout is not None
                server.stdout.readline()
            if robot is None or robot.poll() is not None:
                robot = place.start(*place.web_connector("--every", "5"))
            if writer is None:
                writer = place.start(*WRITE)
            time.sleep(chance.uniform(0.4, 1.6) if sum(kills.values()) < KILLS else 5)
            if writer.poll() is not None:
                writer.communicate()
                if writer.returncode == 0:
                    break
                writer = None
            elif sum(kills.values()) < KILLS:
                name, victim = chance.choice([("server", server), ("robot", robot), ("writer", writer)])
                victim.kill()
                victim.communicate()
                kills[name] += 1
                writer = None if name == "writer" else writer
    finally:
        for each in (server, robot, writer):
            if each is not None:
                each.kill()
                each.communicate()
    assert_each_once(desktop)
    assert sum(kills.values()) >= 5, kills
