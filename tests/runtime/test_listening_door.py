"""Documents that others send: stored before they are answered, each once, and nothing of what is refused."""

import base64
import gzip
import hmac
from dataclasses import dataclass
from decimal import Decimal

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tieout.errors import SetupError
from tieout.operations import Query
from tieout.project import Project
from tieout.runtime.arriving_documents import ArrivingDocuments
from tieout.runtime.project_doors import doors_of
from tieout.state.agenda import Agenda, Ended

KEY = "0123456789abcdef0123456789abcdef"
ORDERS = Query(("order",))
PROJECT = f"""
[connection.shop]
kind = "http"
listen = ["order", "refund"]
listen_key = "{KEY}"
id_field = "no"

[connection.signed]
kind = "http"
listen = ["order"]
listen_key = "{KEY}"
signature_header = "X-Shop-Signature"
largest = 1000

[connection.asked]
kind = "http"
base_url = "https://shop.example"

[connection.store]
kind = "memory"

[process.orders]
from = "shop:order"
to = "store:Order"
key = "no"
"""


@dataclass
class Served:
    client: TestClient
    project: Project

    def send(self, body, to="shop/order", **headers):
        headers = {"authorization": f"Bearer {KEY}", **headers}
        return self.client.post(f"/in/{to}", content=body, headers=headers)

    def sign(self, body, signature):
        return self.client.post("/in/signed", content=body, headers={"x-shop-signature": signature})

    def waiting(self, type_name="order"):
        with self.project.connection("shop") as shop:
            return [record for page in shop.read(Query((type_name,))) for record in page.records()]


@pytest.fixture
def served(tmp_path):
    (tmp_path / "tieout.toml").write_text(PROJECT)
    with Project.read(tmp_path / "tieout.toml", {}) as project:
        program = Starlette(routes=[route for door in doors_of(project) for route in door.routes()])
        with TestClient(program) as client:
            yield Served(client, project)


def test_looking_at_the_address_says_in_json_that_documents_are_posted(served):
    for path in ("/in/shop", "/in/nothing/order"):
        answer = served.client.get(path)
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
        assert answer.json() == {
            "error": "Documents are sent here with POST, not GET.",
            "advice": "Post them as JSON.",
        }


@pytest.mark.parametrize(
    ("body", "numbers"),
    [
        (b'{"no": 1, "total": 12.10}', [1]),
        (b'\xef\xbb\xbf[{"no": 1}, {"no": 2}]', [1, 2]),
        (b'{"no": 1}\n\n{"no": 2}\r\n{"no": 3}\n', [1, 2, 3]),
    ],
)
def test_one_document_a_list_or_lines(served, body, numbers):
    answer = served.send(body)
    assert (answer.status_code, answer.json()["new"]) == (202, len(numbers))
    assert len(set(answer.json()["ids"])) == len(numbers)
    assert [each["no"] for each in served.waiting()] == numbers
    assert served.waiting("refund") == []


def test_numbers_stay_exact(served):
    served.send(b'{"no": 1, "total": 12345678901234567890.10}')
    assert served.waiting()[0]["total"] == Decimal("12345678901234567890.10")


@pytest.mark.parametrize(
    ("body", "status", "complaint"),
    [
        (b"", 400, "The body is empty"),
        (b" \n", 400, "The body is empty"),
        (b"[]", 400, "no document"),
        (b"<!doctype html><html><body>Sign in</body></html>", 415, "HTML or XML"),
        (b'{"no": 1, "lines": [', 400, "not JSON, or not all of it"),
        (b'{\n  "no": 1,\n  "li', 400, "not JSON, or not all of it"),
        (b'{"no": 1}\n{"no": 2}\n{"no":', 400, "Line 3 is not JSON"),
        (b'[{"no": 1}, 7]', 400, "Document 2 is no JSON object"),
        (b'{"no": 1}\n[2]', 400, "Line 2 is no JSON object"),
        (b'"order"', 400, "Document 1 is no JSON object"),
        (b'{"total": 1e999}', 400, ""),
        (b'{"total": NaN}', 400, "not JSON"),
        (b'{"name": "\xff"}', 400, "not JSON"),
        (b"[" * 100_000, 400, "not JSON"),
    ],
)
def test_what_cannot_be_read_is_said_and_nothing_of_it_is_kept(served, body, status, complaint):
    answer = served.send(body)
    assert answer.status_code == status
    assert complaint in answer.json()["error"]
    assert served.waiting() == []


def test_ten_megabytes_are_not_read(served):
    assert served.send(b'{"note": "' + b"x" * 10_000_000 + b'"}').status_code == 413
    assert served.client.post("/in/signed", content=b"x" * 1001).status_code == 413


def test_a_compressed_body_is_not_taken(served):
    answer = served.send(gzip.compress(b'{"no": 1}'), **{"content-encoding": "gzip"})
    assert (answer.status_code, served.waiting()) == (415, [])


@pytest.mark.parametrize("shown", ["", "Bearer", f"Bearer {KEY}x", f"Basic {KEY}", KEY, "Bearer ü".encode()])
def test_without_the_key_nothing_is_taken(served, shown):
    answer = served.send(b'{"no": 1}', authorization=shown)
    assert answer.status_code == 401
    assert "Authorization: Bearer KEY" in answer.json()["error"]
    assert served.waiting() == []


def test_a_signature_is_of_the_bytes(served):
    body = b'{"no":  1}'
    digest = hmac.digest(KEY.encode(), body, "sha256")
    for signature in (digest.hex(), f"sha256={digest.hex()}", base64.b64encode(digest).decode()):
        assert served.sign(body, signature).status_code == 202
        refused = served.sign(b'{"no": 1}', signature)
        assert refused.status_code == 401
        assert "X-Shop-Signature" in refused.json()["error"]
    for signature in ("", "no base64 ü".encode(), "z" * 64, KEY):
        assert served.sign(body, signature).status_code == 401
    assert served.send(body, "signed").status_code == 401  # the key itself is not enough


@pytest.mark.parametrize(
    ("to", "complaint"),
    [
        ("shopp/order", "no connection of this name"),
        ("asked/order", "no connection of this name"),
        ("shop/invoice", "order, refund"),
        ("shop", "order, refund"),
    ],
)
def test_what_nobody_takes_is_not_found(served, to, complaint):
    answer = served.send(b'{"no": 1}', to)
    assert answer.status_code == 404
    assert complaint in answer.json()["error"]


def test_a_document_that_waits_already_is_the_same_one(served):
    first = served.send(b'{"no": 1, "total": 5}').json()
    assert served.send(b'{"no": 1, "total": 5}').json() == {"ids": first["ids"], "new": 0}
    assert served.send(b'[{"no": 1, "total": 5}, {"no": 2}]').json()["new"] == 1
    assert len(served.waiting()) == 2


def test_a_newer_version_waits_for_the_next_run_and_the_old_one_again_is_news(served):
    for total in (5, 6, 5):
        assert served.send(b'{"no": 1, "total": %d}' % total).json()["new"] == 1
    with served.project.connection("shop") as shop:
        for total in (5, 6, 5):
            pages = list(shop.read(ORDERS))
            assert [each["total"] for page in pages for each in page.records()] == [total]
            shop.dealt_with(ORDERS)
    assert served.waiting() == []


def test_documents_without_an_id_are_known_by_what_they_say(served):
    assert served.send(b'[{"note": "a"}, {"note": "a"}, {"note": "b"}]').json()["new"] == 2
    assert len(served.waiting()) == 2


def test_a_request_that_is_repeated_gets_the_same_answer_even_after_it_was_dealt_with(served):
    first = served.send(b'{"no": 1}', **{"idempotency-key": "k-1"}).json()
    with served.project.connection("shop") as shop:
        list(shop.read(ORDERS))
        shop.dealt_with(ORDERS)
    again = served.send(b'{"no": 1}', **{"idempotency-key": "k-1"})
    assert (again.status_code, again.json()) == (202, {"ids": first["ids"], "new": 0})
    other = served.send(b'{"no": 2}', **{"idempotency-key": "k-1"})
    assert (other.status_code, served.waiting()) == (422, [])
    assert "with another body" in other.json()["error"]


def test_what_was_not_read_is_not_forgotten(served):
    served.send(b'{"no": 1}')
    with served.project.connection("shop") as shop:
        list(shop.read(ORDERS))
        served.send(b'{"no": 2}')
        shop.dealt_with(ORDERS)
    assert [each["no"] for each in served.waiting()] == [2]


def test_what_is_only_looked_up_is_not_forgotten(served):
    served.send(b'{"no": 1}')
    served.send(b'{"no": 2}', "shop/refund")
    with served.project.connection("shop") as shop:
        list(shop.read(ORDERS))
        served.send(b'{"no": 3}')
        for asked in (ORDERS, Query(("refund",))):  # as `$find` of a map does it
            list(shop.read(asked))
        shop.dealt_with(ORDERS)
    assert [each["no"] for each in served.waiting()] == [3]
    assert [each["no"] for each in served.waiting("refund")] == [2]


def test_a_process_is_due_while_a_document_waits_but_not_again_after_it_failed(served):
    agenda = Agenda(served.project.state)
    agenda.enter([("orders", "", "process orders")], None)
    watch = ArrivingDocuments(served.project, agenda)

    def due():
        watch.step()
        return bool(agenda.entries()[0].due)

    assert not due()
    served.send(b'{"no": 1}', "shop/refund")
    assert not due()  # nobody reads those
    served.send(b'{"no": 1}')
    assert due()
    agenda.queue([(agenda.entries()[0], "task")])
    begun = agenda.begin("orders", "", "task")
    agenda.end(begun, Ended("failed", None))
    assert not due()
    served.send(b'{"no": 2}')
    assert due()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[connection.x]\nkind = "http"\n', "line 1: .*base_url is missing"),
        ('[connection.x]\nkind = "http"\nlisten = ["order"]\n', "listen_key is missing"),
        ('[connection.x]\nkind = "http"\nlisten = ["or der"]\n', "no name for a table"),
        ('[connection.x]\nkind = "http"\nlisten = ["order"]\nlisten_key = "short"\n', "can be guessed"),
        (PROJECT + '[process.b]\nfrom = "shopp:order"\nto = "store:X"\n', "Did you mean shop"),
        (PROJECT + '[process.b]\nfrom = "shop:ordr"\nto = "store:X"\n', "Did you mean order"),
        (PROJECT + '[process.b]\nfrom = "shop:order"\nto = "store:X"\n', "reads shop:order too"),
        (
            PROJECT + '[process.b]\nfrom = "shop:refund"\nto = "store:X"\nonly = "changed"\n',
            "not there any more",
        ),
    ],
)
def test_a_mistake_in_the_project_file_is_told_when_it_is_read(tmp_path, text, complaint):
    (tmp_path / "tieout.toml").write_text(text)
    with pytest.raises(SetupError, match=complaint):
        Project.read(tmp_path / "tieout.toml", {})


def test_without_the_variable_of_the_key_nothing_is_taken_and_nothing_breaks(tmp_path):
    (tmp_path / "tieout.toml").write_text(PROJECT.replace(f'"{KEY}"', '"${SHOP_KEY}"'))
    with Project.read(tmp_path / "tieout.toml", {}) as project:
        program = Starlette(routes=[route for door in doors_of(project) for route in door.routes()])
        with TestClient(program) as client:
            answer = client.post("/in/shop/order", content=b"{}", headers={"authorization": "Bearer "})
        assert (answer.status_code, answer.json()["error"]) == (503, "This connection is not set up yet.")
        ArrivingDocuments(project, Agenda(project.state)).step()


def test_the_key_comes_from_the_environment(tmp_path):
    (tmp_path / "tieout.toml").write_text(PROJECT.replace(f'"{KEY}"', '"${SHOP_KEY}"'))
    project = Project.read(tmp_path / "tieout.toml", {"SHOP_KEY": KEY})
    assert project.connections["shop"].listen_key == KEY
    assert KEY not in project.path.read_text()
