"""QuickBooks that is busy, shut or dying, as a client meets it over the wire."""

from __future__ import annotations

import json
import socket
import struct
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tieout.errors import SetupError
from tieout.sandbox.desktop.company import DesktopCompany
from tieout.sandbox.desktop.conduct import STATES, read_faults
from tieout.sandbox.desktop.door import DesktopServer, running_desktop
from tieout.sandbox.desktop.small_company import fill

ADD = (
    '<?xml version="1.0"?><?qbxml version="13.0"?><QBXML><QBXMLMsgsRq newMessageSetID="{0}" onError="stopOnError">'
    "<CustomerAddRq><CustomerAdd><Name>{0}</Name></CustomerAdd></CustomerAddRq></QBXMLMsgsRq></QBXML>"
)


class Caller:
    """A client of the host protocol, and no more."""

    def __init__(self, address: str) -> None:
        place = urlsplit(address)
        self._socket = socket.create_connection((place.hostname or "", place.port or 0), timeout=10)
        self.call(do="hello", token=parse_qs(place.query)["token"][0])

    def call(self, **message: Any) -> dict[str, Any] | None:
        """The answer; None when the connection is gone."""
        content = json.dumps({"id": 1, **message}).encode()
        try:
            self._socket.sendall(struct.pack(">I", len(content)) + content)
            head = self._exactly(4)
            return dict(json.loads(self._exactly(struct.unpack(">I", head)[0])))
        except OSError:
            return None

    def close(self) -> None:
        self._socket.close()

    def opened(self, **how: Any) -> Any:
        answer = self.call(do="open", **how)
        assert answer is not None
        return answer.get("ticket") or answer["error"]["hresult"]

    def _exactly(self, size: int) -> bytes:
        got = b""
        while len(got) < size:
            part = self._socket.recv(size - len(got))
            if not part:
                raise OSError("gone")
            got += part
        return got


Visit = Callable[[DesktopServer], Caller]


@pytest.fixture
def door() -> Iterator[DesktopServer]:
    with running_desktop(fill(DesktopCompany())) as running:
        yield running


@pytest.fixture
def visit() -> Iterator[Visit]:
    callers: list[Caller] = []

    def come(door: DesktopServer) -> Caller:
        callers.append(Caller(door.address))
        return callers[-1]

    yield come
    for each in callers:
        each.close()


def there(door: DesktopServer) -> list[str]:
    return [each["Name"] for each in door.company.all_of("Customer")]


@pytest.mark.parametrize("state", STATES)
def test_each_state_refuses_sessions_with_its_hresult(door: DesktopServer, visit: Visit, state: str) -> None:
    caller = visit(door)
    assert caller.call(do="control", state=state) is not None
    assert caller.opened(mode="multi") == STATES[state][0]
    caller.call(do="control", state="ready")
    assert "-" in caller.opened(mode="multi")


def test_a_file_in_single_user_mode_is_open_to_whoever_asks_for_that(
    door: DesktopServer, visit: Visit
) -> None:
    door.conduct.enter("single-user")
    assert "-" in visit(door).opened(mode="auto")


def test_another_file_than_the_open_one_is_refused(door: DesktopServer, visit: Visit) -> None:
    caller = visit(door)
    assert caller.opened(file=r"C:\Other\shop.qbw") == "0x8004040A"
    assert "-" in caller.opened(file=door.company.file.upper())


@pytest.mark.parametrize(
    ("deed", "done"), [("drop-before-commit", False), ("drop-after-commit", True)], ids=str
)
def test_the_connection_drops_at_the_set_named(
    door: DesktopServer, visit: Visit, deed: str, done: bool
) -> None:
    caller = visit(door)
    caller.call(do="control", faults=[{"do": deed, "after": 1}])
    ticket = caller.opened()
    assert caller.call(do="process", ticket=ticket, xml=ADD.format("first")) is not None
    assert caller.call(do="process", ticket=ticket, xml=ADD.format("second")) is None
    assert ("second" in there(door)) is done


def test_when_quickbooks_dies_every_session_is_gone(door: DesktopServer, visit: Visit) -> None:
    one, other = visit(door), visit(door)
    one_ticket, other_ticket = one.opened(), other.opened()
    door.conduct.plan([{"do": "kill", "requests": 0}])
    for caller, ticket in ((one, one_ticket), (other, other_ticket)):
        answer = caller.call(do="process", ticket=ticket, xml=ADD.format("lost"))
        assert answer is not None
        assert answer["error"]["hresult"] == "0x800706BA"
    assert there(door) == []
    assert "-" in one.opened()


def test_a_dialog_keeps_open_sessions_from_working(door: DesktopServer, visit: Visit) -> None:
    caller = visit(door)
    ticket = caller.opened()
    door.conduct.enter("dialog-open")
    answer = caller.call(do="process", ticket=ticket, xml=ADD.format("x"))
    assert answer is not None
    assert answer["error"]["hresult"] == "0x80040414"


def test_the_memory_outlives_the_door(door: DesktopServer, visit: Visit) -> None:
    caller = visit(door)
    caller.call(do="process", ticket=caller.opened(), xml=ADD.format("kept"))
    with running_desktop(door.company) as another:
        caller = visit(another)
        answer = caller.call(do="process", ticket=caller.opened(), xml=ADD.format("kept"))
        assert answer is not None
        assert 'messageSetStatusCode="0"' in answer["xml"]
    assert there(door) == ["kept"]


@pytest.mark.parametrize(
    "entry",
    [
        {"do": "explode"},
        {"do": "kill", "afetr": 1},
        {"do": "hang", "seconds": -1},
        {"do": "kill", "after": "x"},
        7,
    ],
)
def test_a_mistake_in_the_plan_is_named(entry: object) -> None:
    with pytest.raises(SetupError, match="Fault 1"):
        read_faults([entry])
