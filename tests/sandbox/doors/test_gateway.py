"""The limits over the wire; their arithmetic is proved in test_throttle and test_metering."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import httpx2
import pytest

from tieout.protocols.rest_faults import find_fault
from tieout.sandbox.server import running_sandbox

from .clients import gateway_fault, signed_in

QUERY = {"query": "select count(*) from Customer"}


@pytest.fixture
def levers(sandbox):
    with httpx2.Client(base_url=f"{sandbox.base_url}/sandbox", timeout=60) as client:
        yield client


@pytest.fixture
def stopped():
    """Limits on, on a clock that stands still: the sandbox's own answers take no time."""
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    with running_sandbox("empty", throttle=True, clock=lambda: noon) as one:
        yield one


def statuses(client, calls):
    return [client.get("/preferences").status_code for _ in range(calls)]


def test_without_the_switch_a_test_runs_as_fast_as_it_can(company):
    assert set(statuses(company, 30)) == {200}


def test_the_eleventh_call_of_a_second_is_refused_until_the_clock_moves(stopped):
    with signed_in(stopped) as company:
        assert statuses(company, 11) == [200] * 10 + [429]
        stopped.control.advance_clock(1)
        assert statuses(company, 1) == [200]


def test_a_refusal_speaks_json_and_xml(stopped):
    with signed_in(stopped) as company:
        statuses(company, 10)
        told = company.get("/preferences")
        in_xml = company.get("/preferences", headers={"Accept": "application/xml"})
    assert gateway_fault(told) == (429, "3001")
    assert "retry-after" not in told.headers
    assert in_xml.status_code == 429
    assert find_fault(in_xml.content, in_xml.headers["content-type"]).first.code == "3001"
    assert told.headers["intuit_tid"] != in_xml.headers["intuit_tid"]


@pytest.mark.parametrize(
    ("path", "token", "status", "code"),
    [("{realm}", "x" * 30, 401, "3200"), ("{realm}", "short", 401, "3200"), ("12345", "", 403, "3100")],
)
def test_strangers_are_told_so_in_xml_too(sandbox, path, token, status, code):
    bearer = {"Authorization": f"Bearer {token or sandbox.keys.access_token}", "Accept": "text/xml"}
    path = path.format(realm=sandbox.realm)
    answer = httpx2.get(f"{sandbox.base_url}/v3/company/{path}/preferences", headers=bearer)
    fault = find_fault(answer.content, answer.headers["content-type"])
    assert (answer.status_code, fault.first.code) == (status, code)


def test_the_old_status_is_a_switch(stopped):
    stopped.control.limit({"status": 403})
    with signed_in(stopped) as company:
        statuses(company, 10)
        assert gateway_fault(company.get("/preferences")) == (403, "3001")


def test_limits_are_switched_over_the_wire(levers, company):
    assert levers.post("/limits", json={"throttle": True, "each_query": True}).status_code == 200
    assert 429 in statuses(company, 40)
    assert levers.get("/limits").json()["throttle"] is True
    levers.post("/limits", json={"throttle": False})
    assert set(statuses(company, 20)) == {200}


def test_reads_stop_when_the_month_is_used_up_and_writes_do_not(levers, sandbox, company):
    levers.post("/limits", json={"throttle": True, "used": 499_999})
    assert company.get("/query", params=QUERY).status_code == 200
    assert gateway_fault(company.get("/query", params=QUERY)) == (429, "3001")
    assert company.post("/customer", json={"DisplayName": "Ann"}).status_code == 200
    assert levers.get("/limits").json()["core_plus"]["used"] == {sandbox.keys.client_id: 500_000}
    sandbox.control.advance_clock(3600)
    levers.post("/limits", json={"throttle": False})
    assert company.get("/query", params=QUERY).status_code == 401


def test_another_application_signs_in_with_keys_and_limits_of_its_own(stopped):
    other = httpx2.post(f"{stopped.base_url}/sandbox/applications").json()
    web = httpx2.Client(
        base_url=stopped.base_url, auth=(other["client_id"], other["client_secret"]), timeout=60
    )
    asked = {
        "client_id": other["client_id"],
        "redirect_uri": stopped.keys.redirect_uri,
        "response_type": "code",
        "scope": "com.intuit.quickbooks.accounting",
        "approve": stopped.realm,
    }
    with web, signed_in(stopped) as company:
        code = dict(httpx2.URL(web.get("/connect/oauth2", params=asked).headers["location"]).params)["code"]
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": asked["redirect_uri"]}
        issued = web.post("/oauth2/v1/tokens/bearer", data=form).json()
        assert statuses(company, 11)[-1] == 429
        company.headers["Authorization"] = f"Bearer {issued['access_token']}"
        assert statuses(company, 11) == [200] * 10 + [429]


def test_tokens_belong_to_the_application_that_they_were_given_to(sandbox):
    other = httpx2.post(f"{sandbox.base_url}/sandbox/applications").json()
    form = {"grant_type": "refresh_token", "refresh_token": sandbox.keys.refresh_token}
    with httpx2.Client(
        base_url=sandbox.base_url, auth=(other["client_id"], other["client_secret"]), timeout=60
    ) as web:
        assert web.post("/oauth2/v1/tokens/bearer", data=form).json()["error"] == "invalid_grant"
        revoked = web.post("/v2/oauth2/tokens/revoke", data={"token": sandbox.keys.refresh_token})
        assert revoked.status_code == 400


def test_a_call_that_takes_more_than_120_seconds_is_given_up_and_done_all_the_same(sandbox, company):
    sandbox.control.add_faults([{"on": "write", "do": "slow", "seconds": 121}])
    began = time.perf_counter()
    with ThreadPoolExecutor(1) as elsewhere:
        waiting = elsewhere.submit(company.post, "/customer", json={"DisplayName": "Ann"})
        while not sandbox.control.requests:
            time.sleep(0.01)
        sandbox.control.advance_clock(60)
        time.sleep(0.1)
        assert not waiting.done()
        while not waiting.done():  # it may have begun to wait only now
            sandbox.control.advance_clock(30)
            time.sleep(0.05)
        assert waiting.result(60).status_code == 504
    assert time.perf_counter() - began < 100, "nobody waits two minutes"
    assert company.get("/query", params=QUERY).json()["QueryResponse"]["totalCount"] == 1


@pytest.mark.parametrize(
    "sent",
    [
        [],
        {"throtle": True},
        {"throttle": 1},
        {"status": 500},
        {"used": -1},
        {"used": 1, "client_id": "nobody"},
    ],
)
def test_wrong_limits_are_explained(levers, sent):
    answer = levers.post("/limits", json=sent)
    assert (answer.status_code, bool(answer.json()["error"])) == (400, True)
