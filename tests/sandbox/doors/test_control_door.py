import asyncio

import httpx2
import pytest
from starlette.applications import Starlette

from tieout.sandbox.doors.control_door import ControlDoor
from tieout.sandbox.doors.tokens import Application


@pytest.fixture
def levers(sandbox):
    with httpx2.Client(base_url=f"{sandbox.base_url}/sandbox", timeout=60) as client:
        yield client


def test_the_keys_are_enough_to_sign_in(levers, sandbox):
    keys = levers.get("/keys").json()
    assert keys == {
        "client_id": sandbox.keys.client_id,
        "client_secret": sandbox.keys.client_secret,
        "redirect_uri": sandbox.keys.redirect_uri,
        "companies": [{"realm": sandbox.realm, "name": "Blank Page Company"}],
    }


def test_calls_are_counted_but_not_the_levers(levers, company):
    company.get("/preferences", params={"minorversion": "75"})
    company.get("/nothing")
    [first, second] = levers.get("/requests").json()
    assert first["path"].endswith("/preferences")
    assert (first["method"], first["params"], first["status"]) == ("GET", "minorversion=75", 200)
    assert second["status"] == 404
    levers.delete("/requests")
    assert levers.get("/requests").json() == []


def test_faults_are_planned_and_taken_back(levers, company):
    assert levers.post("/faults", json=[{"on": "read", "times": "always", "do": "503"}]).status_code == 200
    assert company.get("/preferences").status_code == 503
    levers.delete("/faults")
    assert company.get("/preferences").status_code == 200


def test_the_clock_moves(levers, company):
    levers.post("/clock", json={"advance_seconds": 3601})
    assert company.get("/preferences").status_code == 401


@pytest.mark.parametrize("lever", ["expire", "revoke"])
def test_tokens_end(levers, company, lever):
    assert company.get("/preferences").status_code == 200
    levers.post(f"/tokens/{lever}")
    assert company.get("/preferences").status_code == 401


def test_an_expired_token_is_refreshed_and_a_revoked_one_is_not(levers, sandbox):
    def refresh():
        form = {"grant_type": "refresh_token", "refresh_token": sandbox.keys.refresh_token}
        secret = (sandbox.keys.client_id, sandbox.keys.client_secret)
        return levers.post(f"{sandbox.base_url}/oauth2/v1/tokens/bearer", data=form, auth=secret).status_code

    levers.post("/tokens/expire")
    assert refresh() == 200
    levers.post("/tokens/revoke")
    assert refresh() == 400


def test_rotation_is_switched(levers, sandbox):
    levers.post("/tokens/rotation", json={"always": True})
    form = {"grant_type": "refresh_token", "refresh_token": sandbox.keys.refresh_token}
    secret = (sandbox.keys.client_id, sandbox.keys.client_secret)
    answer = levers.post(f"{sandbox.base_url}/oauth2/v1/tokens/bearer", data=form, auth=secret)
    assert answer.json()["refresh_token"] != sandbox.keys.refresh_token


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/faults", b""),
        ("/faults", b"["),
        ("/faults", b"[" * 100_000),
        ("/faults", b'[{"on": "query", "do": "fly"}]'),
        ("/clock", b"{}"),
        ("/clock", b"[1]"),
        ("/clock", b'{"advance_seconds": "1"}'),
        ("/clock", b'{"advance_seconds": true}'),
        ("/clock", b'{"advance_seconds": NaN}'),
        ("/clock", b'{"advance_seconds": 1e300}'),
        ("/tokens/rotation", b'{"always": 1}'),
    ],
)
def test_a_wrong_lever_is_explained(levers, path, body):
    answer = levers.post(path, content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]


def test_other_machines_get_no_keys(sandbox):
    door = ControlDoor(sandbox.control, Application("id", "secret"), {})
    app = Starlette(routes=door.routes())
    transport = httpx2.ASGITransport(app, client=("192.0.2.7", 50_000))

    async def ask():
        async with httpx2.AsyncClient(transport=transport, base_url="http://sandbox") as client:
            return await client.get("/sandbox/keys")

    assert asyncio.run(ask()).status_code == 403
