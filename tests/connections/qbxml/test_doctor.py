"""The doctor's lines about the machine: what is wrong with session, user, programs, file and rights, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tieout.connections.base import Finding
from tieout.connections.qbxml.connection import open_desktop
from tieout.sandbox.desktop.company import DesktopCompany
from tieout.sandbox.desktop.door import DesktopServer, running_desktop

FILE = r"C:\QuickBooks\larch.qbw"


@pytest.fixture
def door() -> Iterator[DesktopServer]:
    with running_desktop(DesktopCompany(file=FILE)) as running:
        yield running


def examined(door: DesktopServer, company_file: str = "", **surroundings: Any) -> dict[str, Finding]:
    door.machine.change(surroundings)
    with open_desktop("books", sandbox=door.address, file=company_file) as books:
        return {each.point: each for each in books.examine()}


def test_everything_is_in_order(door: DesktopServer) -> None:
    found = examined(door)
    assert {each.state for each in found.values()} == {"ok"}
    assert list(found) == [
        "worker",
        "COM library",
        "Windows session",
        "Windows user",
        "QuickBooks",
        "company file",
        "rights",
        "session",
        "product",
        "qbXML",
        "file mode",
        "unattended access",
        "personal data",
    ]
    assert found["company file"].told == FILE


@pytest.mark.parametrize(
    ("facts", "point", "state", "told", "advice"),
    [
        ({"session": 0}, "Windows session", "not ok", "as services do", "signed-in user"),
        ({"station": "Service-0x0-3e7$"}, "Windows session", "not ok", "Service-0x0", "signed-in user"),
        ({"session": None}, "Windows session", "cannot tell", "does not see", ""),
        ({"user": None}, "Windows user", "cannot tell", "does not see", ""),
        (
            {"processes": [{"name": "QBW32.EXE", "session": 3}]},
            "QuickBooks",
            "not ok",
            "session 3, and tieout in session 1",
            "the user who has QuickBooks open",
        ),
        (
            {"processes": [{"name": "qbw.exe", "session": 1}] * 2},
            "QuickBooks",
            "cannot tell",
            "2 times",
            "Close all but",
        ),
        ({"processes": []}, "QuickBooks", "ok", "does not run", ""),
        ({"processes": None}, "QuickBooks", "cannot tell", "does not see", ""),
        (
            {"processes": [{"name": "QBWebConnector.exe", "session": 1}]},
            "other programs",
            "cannot tell",
            "QBWebConnector.exe",
            "schedules",
        ),
        ({"file": {"read_only": True}}, "rights", "not ok", "attribute read-only", "Take it off"),
        ({"file": {"reading": 5}}, "rights", "not ok", "not be read", "permissions of the folder"),
        (
            {"file": {"writing": 5, "on_share": True}},
            "rights",
            "not ok",
            "not be written to",
            "permissions of the share",
        ),
        ({"file": {"adding_beside": 5}}, "rights", "not ok", r"added to C:\QuickBooks", "right to modify"),
        ({"file": {"writing": 32}}, "rights", "ok", "in use", ""),
        ({"file": {"reading": 1392, "writing": 1392}}, "rights", "cannot tell", "error 1392", ""),
        ({"file": None}, "rights", "cannot tell", "does not see", ""),
        ({"file": {"reading": 53, "writing": 53}}, "company file", "not ok", "cannot be reached", "SHARE"),
        ({"file": {"on_share": True}}, "company file", "ok", "on a share", ""),
    ],
)
def test_what_is_seen_becomes_a_line(
    door: DesktopServer, facts: dict[str, Any], point: str, state: str, told: str, advice: str
) -> None:
    found = examined(door, FILE, **facts)[point]
    assert (found.state, told in found.told, advice in found.advice) == (state, True, True), found


@pytest.mark.parametrize(
    ("file", "told"),
    [
        (r"C:\QuickBooks\nothing.qbw", "is not there"),
        (r"C:\QuickBooks\larch.qbb", "backup"),
        (r"C:\QuickBooks\larch.qb2024", "Mac"),
    ],
)
def test_a_file_that_is_none_is_told_with_its_reason(door: DesktopServer, file: str, told: str) -> None:
    found = examined(door, file)["company file"]
    assert found.state == "not ok"
    assert told in found.told
    assert found.advice
