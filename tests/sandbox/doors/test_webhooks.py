"""Webhooks over real sockets, from a write to the subscriber and back."""

import base64
import hashlib
import hmac
import json
import time
from datetime import datetime

import httpx2
import pytest

from tieout.errors import SetupError
from tieout.sandbox.doors.webhooks import RETRIES
from tieout.sandbox.server import running_sandbox

from .inbox import open_inbox


@pytest.fixture
def inbox():
    with open_inbox() as opened:
        yield opened


@pytest.fixture
def subscribe(sandbox, inbox):
    """Subscribes the inbox, gathering nothing unless it is asked to."""

    def make(**settings):
        return sandbox.control.webhooks.subscribe({"url": inbox.url, "gather_seconds": 0, **settings})

    return make


def customer(company, name="Ann"):
    return company.post("/customer", json={"DisplayName": name}).json()["Customer"]


def until(holds):
    """Wait for something that another thread does."""
    end = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.005)


def test_a_write_arrives_as_a_signed_cloud_event(subscribe, inbox, company, sandbox):
    token = subscribe(verifier_token="s3cret").verifier_token
    made = customer(company)
    posted = inbox.next()
    signed = hmac.new(token.encode(), posted.body, hashlib.sha256).digest()
    assert posted.headers["intuit-signature"] == base64.b64encode(signed).decode()
    assert posted.headers["content-type"].startswith("application/json")
    for name in ("intuit-t-id", "intuit-created-time", "intuit-notification-schema-version"):
        assert posted.headers[name]
    [event] = posted.events
    assert event["type"] == "qbo.customer.created.v1"
    assert (event["intuitentityid"], event["intuitaccountid"]) == (made["Id"], sandbox.realm)
    assert (event["specversion"], event["data"]) == ("1.0", {})
    assert event["source"].startswith("intuit.")
    assert len(event["time"].partition(".")[2]) == len("123456789Z")


def test_an_update_has_no_data_as_recorded(subscribe, inbox, company):
    made = customer(company)
    subscribe()
    company.post("/customer", json={**made, "sparse": True, "CompanyName": "Ann & Co"})
    [event] = inbox.next().events
    assert event["type"] == "qbo.customer.updated.v1"
    assert "data" not in event
    assert "datacontenttype" not in event


def test_the_envelope_of_before(subscribe, inbox, company, sandbox):
    subscribe(format="legacy")
    made = customer(company)
    [told] = json.loads(inbox.next().body)["eventNotifications"]
    assert told["realmId"] == sandbox.realm
    [entity] = told["dataChangeEvent"]["entities"]
    assert datetime.fromisoformat(entity.pop("lastUpdated")).tzinfo
    assert entity == {"name": "Customer", "id": made["Id"], "operation": "Create"}


def test_sending_is_told(subscribe, inbox, sandbox, company):
    ann = company.post("/customer", json={"DisplayName": "Ann"}).json()["Customer"]
    accounts = sandbox.company.books.store("Account")
    income = next(each.id for each in accounts if each.record["AccountType"] == "Income")
    service = {"Name": "Hour", "Type": "Service", "IncomeAccountRef": {"value": income}}
    hour = company.post("/item", json=service).json()["Item"]
    line = {
        "Amount": 5,
        "DetailType": "SalesItemLineDetail",
        "SalesItemLineDetail": {"ItemRef": {"value": hour["Id"]}},
    }
    invoice = company.post("/invoice", json={"CustomerRef": {"value": ann["Id"]}, "Line": [line]}).json()
    subscribe()
    sent = company.post(f"/invoice/{invoice['Invoice']['Id']}/send", params={"sendTo": "ann@books.example"})
    assert sent.status_code == 200
    assert inbox.next().types == ["qbo.invoice.emailed.v1"]


@pytest.mark.parametrize("word", ["void", "voided"])
def test_both_spellings_of_a_void(subscribe, inbox, sandbox, word):
    subscribe(void_word=word)
    happening = {"realm": sandbox.realm, "type": "Transfer", "id": "7", "event": "voided"}
    sandbox.control.webhooks.happen(happening)
    assert inbox.next().types == [f"qbo.transfer.{word}.v1"]


@pytest.mark.parametrize("key", ["deletedid", "deletedId"])
def test_both_spellings_of_what_a_merge_took_away(subscribe, inbox, sandbox, key):
    subscribe(deleted_id_key=key)
    merge = {"realm": sandbox.realm, "type": "Customer", "id": "1", "event": "merged", "deleted_id": "27"}
    url = f"{sandbox.base_url}/sandbox/webhooks/events"
    assert httpx2.post(url, json=merge).status_code == 200
    [event] = inbox.next().events
    assert (event["type"], event["data"]) == ("qbo.customer.merged.v1", {key: "27"})


def test_a_merge_in_the_envelope_of_before(subscribe, inbox, sandbox):
    subscribe(format="legacy")
    merge = {"realm": sandbox.realm, "type": "Customer", "id": "1", "event": "merged", "deleted_id": "27"}
    sandbox.control.webhooks.happen(merge)
    [entity] = json.loads(inbox.next().body)["eventNotifications"][0]["dataChangeEvent"]["entities"]
    assert (entity["operation"], entity["deletedId"]) == ("Merge", "27")


def test_events_are_gathered_into_one_delivery(subscribe, inbox, company, sandbox):
    subscribe(gather_seconds=300)
    for name in ("Ann", "Bob", "Cy"):
        customer(company, name)
    assert inbox.is_quiet()
    sandbox.control.advance_clock(300)
    assert inbox.next().types == ["qbo.customer.created.v1"] * 3


def test_two_companies_share_a_delivery():
    settings = {"gather_seconds": 60, "format": "legacy"}
    with open_inbox() as inbox, running_sandbox(["empty", "small-shop"]) as sandbox:
        sandbox.control.webhooks.subscribe({"url": inbox.url, **settings})
        first, second = sandbox.companies.values()
        sign_in(sandbox, second.realm)
        for company in (first, second, first):
            company.create("Customer", {"DisplayName": f"Ann {company.realm} {time.monotonic_ns()}"})
        sandbox.control.advance_clock(60)
        told = json.loads(inbox.next().body)["eventNotifications"]
    assert {each["realmId"]: len(each["dataChangeEvent"]["entities"]) for each in told} == {
        first.realm: 2,
        second.realm: 1,
    }


def sign_in(sandbox, realm):
    keys = sandbox.keys
    asked = {
        "client_id": keys.client_id,
        "redirect_uri": keys.redirect_uri,
        "response_type": "code",
        "scope": "com.intuit.quickbooks.accounting",
        "approve": realm,
    }
    with httpx2.Client(
        base_url=sandbox.base_url, auth=(keys.client_id, keys.client_secret), timeout=60
    ) as web:
        code = dict(httpx2.URL(web.get("/connect/oauth2", params=asked).headers["location"]).params)["code"]
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": keys.redirect_uri}
        assert web.post("/oauth2/v1/tokens/bearer", data=form).status_code == 200


def test_what_is_not_acknowledged_comes_again_on_schedule(subscribe, inbox, company, sandbox):
    subscribe()
    inbox.answers = [500, 503, 302, 404, 204] + [500] * 5
    customer(company)
    first = inbox.next()
    for number, wait in enumerate([*RETRIES, RETRIES[-1], RETRIES[-1]], 1):
        until(lambda number=number: len(pending(sandbox)[0]["attempts"]) == number)
        sandbox.control.advance_clock(wait - 5)
        assert inbox.is_quiet(0.1)
        sandbox.control.advance_clock(5)
        again = inbox.next()
        assert (again.body, again.headers["intuit-t-id"]) == (first.body, first.headers["intuit-t-id"])
    until(lambda: not pending(sandbox))
    [state] = sandbox.control.webhooks.state
    assert state["acknowledged"][0]["attempts"] == [
        "500",
        "503",
        "302",
        "404",
        "204",
        "500",
        "500",
        "500",
        "500",
        "500",
        "200",
    ]


def pending(sandbox):
    return sandbox.control.webhooks.state[0]["pending"]


def test_a_failed_delivery_holds_nothing_up_unless_that_is_switched_on(subscribe, inbox, company, sandbox):
    subscribe()
    inbox.answers = [500]
    customer(company, "Ann")
    inbox.next()
    bob = customer(company, "Bob")
    assert inbox.next().events[0]["intuitentityid"] == bob["Id"]
    until(lambda: len(pending(sandbox)) == 1)


def test_head_of_line_blocking(subscribe, inbox, company, sandbox):
    subscribe(blocking=True)
    inbox.answers = [500]
    ann = customer(company, "Ann")
    inbox.next()
    bob = customer(company, "Bob")
    assert inbox.is_quiet()
    sandbox.control.advance_clock(RETRIES[0])
    assert [inbox.next().events[0]["intuitentityid"] for _ in range(2)] == [ann["Id"], bob["Id"]]


def test_duplicates(subscribe, inbox, company):
    subscribe(duplicates=True)
    customer(company)
    first, second = inbox.next(), inbox.next()
    assert first.body == second.body
    assert inbox.is_quiet()


def test_reordering_brings_the_latest_first(subscribe, inbox, company, sandbox):
    subscribe(reorder=True, gather_seconds=60)
    ids = [customer(company, name)["Id"] for name in ("Ann", "Bob", "Cy")]
    sandbox.control.advance_clock(60)
    assert [inbox.next().events[0]["intuitentityid"] for _ in ids] == ids[::-1]


def test_only_the_types_that_were_asked_for(subscribe, inbox, company):
    subscribe(types=["Vendor"])
    customer(company)
    company.post("/vendor", json={"DisplayName": "Vera"})
    assert inbox.next().types == ["qbo.vendor.created.v1"]
    assert inbox.is_quiet()


def test_types_without_a_webhook_are_silent(subscribe, inbox, company):
    subscribe()
    assert company.post("/attachable", json={"Note": "n"}).status_code == 200
    assert inbox.is_quiet()


def test_nobody_is_told_about_a_company_that_disconnected(subscribe, inbox, sandbox):
    subscribe()
    sandbox.control.revoke_tokens()
    sandbox.company.create("Customer", {"DisplayName": "Ann"})
    assert inbox.is_quiet()


def test_a_subscriber_that_is_not_there_is_tried_again(sandbox, company):
    sandbox.control.webhooks.subscribe({"url": "http://127.0.0.1:9/", "gather_seconds": 0})
    customer(company)
    until(lambda: pending(sandbox) and pending(sandbox)[0]["attempts"] == ["ConnectError"])


def test_subscriptions_come_and_go_over_the_wire(sandbox, inbox, company):
    with httpx2.Client(base_url=f"{sandbox.base_url}/sandbox", timeout=60) as levers:
        made = levers.post("/webhooks", json={"url": inbox.url, "gather_seconds": 0}).json()
        assert len(made["verifier_token"]) > 20
        customer(company)
        inbox.next()
        until(lambda: levers.get("/webhooks").json()[0]["acknowledged"])
        levers.delete("/webhooks")
        assert levers.get("/webhooks").json() == []
    customer(company, "Bob")
    assert inbox.is_quiet()


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ([], "Send an object"),
        ({}, "missing required field"),
        ({"url": "ftp://127.0.0.1/"}, "http or https"),
        ({"url": "http://"}, "http or https"),
        ({"url": "http://127.0.0.1:99999999/"}, "http or https"),
        ({"url": "http://example.com/"}, "stay on this machine"),
        ({"url": "http://127.0.0.1.example.com/"}, "stay on this machine"),
        ({"url": "http://127.0.0.1/", "format": "xml"}, "cloudevents|Invalid enum"),
        ({"url": "http://127.0.0.1/", "typs": []}, "types"),
        ({"url": "http://127.0.0.1/", "types": ["Custmer"]}, "Customer"),
        ({"url": "http://127.0.0.1/", "gather_seconds": -1}, "gather_seconds"),
    ],
)
def test_a_wrong_subscription_is_explained(sandbox, settings, complaint):
    with pytest.raises(SetupError, match=complaint):
        sandbox.control.webhooks.subscribe(settings)
    assert sandbox.control.webhooks.state == []


def test_what_quickbooks_never_tells_is_not_told(sandbox):
    with pytest.raises(SetupError, match="created, updated"):
        sandbox.control.webhooks.happen({"realm": "1", "type": "Term", "id": "1", "event": "merged"})


def test_webhooks_leave_the_machine_only_when_that_is_allowed():
    away = [{"url": "https://example.com/webhooks"}]
    with pytest.raises(SetupError, match="stay on this machine"), running_sandbox("empty", webhooks=away):
        pass
    with running_sandbox("empty", webhooks=away, webhooks_anywhere=True) as sandbox:
        assert sandbox.control.webhooks.state[0]["url"] == away[0]["url"]
