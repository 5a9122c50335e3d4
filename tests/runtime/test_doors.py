"""What programs find at the server: webhooks, runs, readiness, metrics. Asked over the program's own interface, without a port."""

import hmac
import json
from dataclasses import dataclass

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from tests.cli.conftest import connected

from tieout.project import Project
from tieout.runtime.project_doors import doors_of
from tieout.sandbox.doors.webhook_messages import Event, Subscription, body_of, headers_of
from tieout.state.agenda import Agenda
from tieout.state.times import utc_now

from .conftest import MIRROR

TOKEN, KEY = "a verifier token", "0123456789abcdef0123456789abcdef"
PROCESSES = (
    MIRROR
    + "webhooks = true\n"
    + MIRROR.partition("[process")[1]
    + MIRROR.partition("[process")[2].replace("mirror", "other")
)


@dataclass
class Served:
    client: TestClient
    agenda: Agenda
    realm: str

    def tell(self, *events, form="cloudevents", **headers):
        subscription = Subscription(url="http://x", verifier_token=TOKEN, format=form)
        body = body_of(subscription, events)
        signed = {**headers_of(subscription, body, utc_now(), "t"), **headers}
        return self.client.post("/webhooks/quickbooks", content=body, headers=signed)

    def due(self):
        return {each.process for each in self.agenda.entries() if each.due}


@pytest.fixture
def served(shop, tmp_path):
    file = connected(tmp_path, shop, PROCESSES)
    file.write_text(f'webhook_token = "{TOKEN}"\nrun_key = "{KEY}"\n' + file.read_text())
    with Project.read(file) as project:
        realm = project.connections["books"].company
        agenda = Agenda(project.state)
        agenda.enter([("mirror", realm, realm), ("other", realm, realm)], None)
        program = Starlette(routes=[route for door in doors_of(project) for route in door.routes()])
        with TestClient(program) as client:
            yield Served(client, agenda, realm)


def customer(realm, number="1", verb="updated", **more):
    return Event(realm, "Customer", number, verb, utc_now(), **more)


@pytest.mark.parametrize("form", ["cloudevents", "legacy"])
def test_what_a_webhook_tells_makes_its_processes_due_once(served, form):
    event = customer(served.realm)
    assert served.tell(event, form=form).json() == {"events": 1}
    assert served.due() == {"mirror"}
    served.agenda.plan([(each, None) for each in served.agenda.entries()])
    assert served.tell(event, form=form).json() == {"events": 0}  # replayed
    assert served.due() == set()


def test_a_wrong_signature_stores_nothing(served):
    refused = served.tell(customer(served.realm), **{"intuit-signature": "AAAA"})
    assert refused.status_code == 401
    assert (
        served.tell(customer(served.realm), **{"intuit-signature": "no base64 ü".encode()}).status_code == 401
    )
    assert served.due() == set()


def test_an_unknown_company_is_taken_and_runs_nothing(served):
    assert served.tell(customer("4711")).json() == {"events": 1}
    assert served.due() == set()


@pytest.mark.parametrize("body", [b"[]]", b"{}", b"[1]", b'[{"type": "x"}]', b"[" * 100_000])
def test_what_is_signed_and_no_webhook_is_refused(served, body):
    from tieout.sandbox.doors.webhook_messages import signature

    answer = served.client.post(
        "/webhooks/quickbooks", content=body, headers={"intuit-signature": signature(TOKEN, body)}
    )
    assert answer.status_code == 400


def test_ten_megabytes_are_not_read(served):
    assert served.client.post("/webhooks/quickbooks", content=b"x" * 10_000_000).status_code == 413


def test_a_run_is_asked_for_with_the_key_or_signed_with_it(served):
    body = json.dumps({"process": "other"}).encode()
    asked = served.client.post("/runs", content=body, headers={"authorization": f"Bearer {KEY}"})
    assert (asked.status_code, asked.json()) == (
        202,
        {"asked": [{"process": "other", "company": served.realm}]},
    )
    assert served.due() == {"other"}
    signature = hmac.digest(KEY.encode(), body, "sha256").hex()
    assert (
        served.client.post(
            "/runs", content=body, headers={"x-tieout-signature": f"sha256={signature}"}
        ).status_code
        == 202
    )


@pytest.mark.parametrize(
    "headers",
    [{}, {"authorization": "Bearer "}, {"authorization": f"Bearer {KEY}x"}, {"x-tieout-signature": ""}],
)
def test_nobody_else_starts_runs_or_looks(served, headers):
    assert served.client.post("/runs", content=b'{"process": "other"}', headers=headers).status_code == 401
    assert served.client.get("/runs", headers=headers).status_code == 401
    assert served.due() == set()


@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        (b"", "names no process"),
        (b"[]", "names no process"),
        (b'{"process": "mirrer"}', "Did you mean mirror"),
        (b'{"process": "mirror", "company": "1"}', "not about 1"),
    ],
)
def test_what_cannot_be_run_is_said(served, body, complaint):
    answer = served.client.post("/runs", content=body, headers={"authorization": f"Bearer {KEY}"})
    assert answer.status_code == 400
    assert complaint in answer.json()["error"]


def test_how_everything_stands(served):
    (mirror, _) = served.client.get("/runs", headers={"authorization": f"Bearer {KEY}"}).json()["runs"]
    assert (mirror["process"], mirror["state"], mirror["counts"]) == ("mirror", "idle", {})
    assert served.client.get("/ready").json() == {"ready": True}
    text = served.client.get("/metrics").text
    assert 'tieout_companies{process="mirror",state="idle",outcome="none"} 1\n' in text


def test_environments_know_nothing_of_each_other(served):
    test = Agenda(served.agenda._state, environment="test")
    assert test.entries() == []
    test.pause()
    assert served.agenda.pauses() == []
