import socket
import threading
from contextlib import suppress
from datetime import UTC, datetime

import httpx2
import pytest

from tieout.errors import SetupError
from tieout.sandbox.server import running_sandbox

from .clients import signed_in


def test_it_listens_on_this_machine_only_and_stops(sandbox):
    assert sandbox.base_url.startswith("http://127.0.0.1:")
    with running_sandbox("empty") as another:
        assert another.base_url != sandbox.base_url
        with signed_in(another) as client:
            assert client.get("/preferences").status_code == 200
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(f"{another.base_url}/sandbox/keys")


def test_it_leaves_no_thread_and_no_open_connection_behind():
    before = threading.active_count()
    with running_sandbox("empty") as sandbox:
        idle = socket.create_connection(("127.0.0.1", httpx2.URL(sandbox.base_url).port))
        idle.sendall(b"GET /sandbox/keys HTTP/1.1\r\nHost: x\r\n\r\n")
        assert _received_until(idle, b"]}").startswith(b"HTTP/1.1 200")
    with idle:
        assert idle.recv(1) == b""
    assert threading.active_count() == before


def _received_until(connection, end):
    received = b""
    while not received.endswith(end):
        received += connection.recv(65_536)
    return received


def test_a_slow_call_does_not_hold_it_up():
    with running_sandbox("empty", faults=[{"on": "read", "do": "slow", "seconds": 30}]) as sandbox:
        client = signed_in(sandbox)
        caller = threading.Thread(target=_ignoring_failure, args=(client,), daemon=True)
        caller.start()
        while not sandbox.control.requests:
            pass
    caller.join(5)
    assert not caller.is_alive()
    client.close()


def _ignoring_failure(client):
    with suppress(httpx2.TransportError):
        client.get("/preferences")


def test_it_stops_when_the_block_fails():
    with pytest.raises(ZeroDivisionError), running_sandbox("empty") as sandbox:
        1 / 0  # noqa: B018
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(sandbox.base_url)


def test_a_taken_port_is_a_clear_error(sandbox):
    port = httpx2.URL(sandbox.base_url).port
    with pytest.raises(SetupError, match=f"127.0.0.1 port {port}"), running_sandbox("empty", port):
        pass


@pytest.mark.parametrize(
    ("company", "complaint"),
    [("smal-shop", "Did you mean small-shop"), (["empty", "empty"], "different"), ([], "one")],
)
def test_a_company_that_is_not_there_is_a_clear_error(company, complaint):
    with pytest.raises(SetupError, match=complaint), running_sandbox(company):
        pass


def test_the_company_is_alive_and_its_clock_can_be_given():
    noon = datetime(2026, 3, 1, 20, tzinfo=UTC)
    with running_sandbox("empty", clock=lambda: noon) as sandbox, signed_in(sandbox) as client:
        made = sandbox.company.create("Customer", {"DisplayName": "Ann"})
        read = client.get(f"/customer/{made.id}").json()
        assert read["Customer"]["DisplayName"] == "Ann"
        assert read["Customer"]["MetaData"]["CreateTime"] == "2026-03-01T12:00:00-08:00"
        assert read["time"] == "2026-03-01T12:00:00.000-08:00"


def test_several_companies_have_ids_of_their_own():
    with running_sandbox(["small-shop", "empty"]) as sandbox:
        assert len(sandbox.companies) == 2
        assert sandbox.company.name == "Harbor Lane Goods"
