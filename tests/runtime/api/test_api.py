"""What programs find under `/api`, against the project that the console's tests serve."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx2
import msgspec
import pytest
from tests.runtime.console.conftest import Served, served
from tests.runtime.serving import serving

from tieout.project import Project
from tieout.runtime.api.door import OPENAPI
from tieout.runtime.api.endpoint import API
from tieout.runtime.api.endpoints import ENDPOINTS
from tieout.runtime.project_doors import doors_of
from tieout.state.access import Access, Role
from tieout.state.agenda import Agenda, Ended
from tieout.state.mirrors_by_hand import MirrorsByHand
from tieout.state.run_progress import RunProgress

__all__ = ["served"]


class Program:
    """A program with a key."""

    def __init__(self, served: Served, role: Role) -> None:
        key = served.sign_ins.access.new_key(f"a {role}", role)
        self.client = httpx2.Client(
            base_url=f"{served.url}{API}", headers={"authorization": f"Bearer {key}"}, timeout=60
        )

    def get(self, path: str, **query: str) -> Any:
        answer = self.client.get(path, params=query)
        assert answer.status_code == 200, answer.text
        return json.loads(answer.text, parse_float=Decimal)

    def post(self, path: str, body: Any = None) -> Any:
        answer = self.client.post(path, json=body)
        assert answer.status_code in (200, 202), answer.text
        return answer.json()


@pytest.fixture
def viewer(served: Served) -> Iterator[Program]:
    program = Program(served, "viewer")
    with program.client:
        yield program


@pytest.fixture
def operator(served: Served) -> Iterator[Program]:
    program = Program(served, "operator")
    with program.client:
        yield program


@pytest.fixture
def admin(served: Served) -> Iterator[Program]:
    program = Program(served, "admin")
    with program.client:
        yield program


@pytest.fixture
def ran(viewer: Program) -> str:
    """The run of the console's fixture, of which one document was refused."""
    (run,) = [each for each in viewer.get("/runs", process="customers") if each["documents"].get("in") == 2]
    return str(run["id"])


def test_all_that_can_be_looked_at_is_as_it_is_described(served: Served, admin: Program, ran: str) -> None:
    record = admin.get("/records/books/Customer", limit="1")["records"][0]["Id"]
    words = {
        "name": "customers",
        "process": "mirror",
        "run": ran,
        "connection": "books",
        "type": "Customer",
        "id": record,
    }
    needed = {"/documents": {"where": "state = 'refused'"}}
    looked = [each for each in ENDPOINTS if each.method == "GET"]
    for each in looked:
        told = admin.client.get(each.path.format(**words), params=needed.get(each.path, {}))
        assert told.status_code == 200, (each.path, told.text)
        msgspec.json.decode(told.content, type=each.answer)
    assert len(looked) > 12


def test_nobody_calls_without_a_key_that_may(served: Served, viewer: Program) -> None:
    words = dict.fromkeys(("name", "process", "run", "connection", "type", "id"), "x")
    for each in ENDPOINTS:
        path = f"{served.url}{API}{each.path.format(**words)}"
        for headers in ({}, {"authorization": "Bearer tieout_guessed"}, {"authorization": "Basic eDp5"}):
            answer = httpx2.request(each.method, path, headers=headers)
            assert answer.status_code == 401, path
            assert answer.json()["advice"]
        if each.role != "viewer":
            refused = viewer.client.request(each.method, each.path.format(**words))
            assert (refused.status_code, "a viewer" in refused.json()["error"]) == (403, True)


def test_a_revoked_key_is_good_no_more(served: Served) -> None:
    key = served.sign_ins.access.new_key("gone", "admin")
    headers = {"authorization": f"Bearer {key}"}
    assert httpx2.get(f"{served.url}{API}/processes", headers=headers).status_code == 200
    served.sign_ins.access.remove_key("gone")
    assert httpx2.get(f"{served.url}{API}/processes", headers=headers).status_code == 401


def test_from_elsewhere_keys_are_taken_over_https_only(tmp_path: Any) -> None:
    (tmp_path / "tieout.toml").write_text("", "utf-8")
    with Project.read(tmp_path / "tieout.toml") as project, serving(*doors_of(project)) as server:
        key = Access(project.state).new_key("there", "viewer")
        elsewhere = {"authorization": f"Bearer {key}", "x-forwarded-for": "203.0.113.9"}
        address = f"{server.url}{API}/runs"
        assert httpx2.get(address, headers={**elsewhere, "x-forwarded-proto": "http"}).status_code == 403
        assert httpx2.get(address, headers={**elsewhere, "x-forwarded-proto": "https"}).json() == []


def test_a_process_is_paused_resumed_and_planned(operator: Program) -> None:
    assert not operator.get("/processes/mirror")["is_paused"]
    operator.post("/processes/mirror/pause")
    assert operator.get("/processes/mirror")["is_paused"]
    operator.post("/processes/mirror/resume", {"company": ""})
    assert not operator.get("/processes/mirror")["is_paused"]
    assert [step["what"] for step in operator.get("/processes/mirror/plan")] == ["Customer"]


def test_what_no_worker_has_entered_is_told_so(operator: Program) -> None:
    answer = operator.client.post("/processes/mirror/run", json={})
    assert answer.status_code == 400
    assert "is not about any company" in answer.json()["error"]


def test_a_refused_document_is_corrected_and_sent_again(operator: Program, ran: str) -> None:
    (held,) = operator.get(f"/runs/{ran}/documents", only="refused")
    given = json.loads(held["given"])
    wrong = operator.client.post(
        f"/runs/{ran}/again", json={"document": held["document"], "corrected": {**given, "number": "9"}}
    )
    assert wrong.status_code == 400
    corrected = {**given, "name": "Ann of the API"}
    again = operator.post(f"/runs/{ran}/again", {"document": held["document"], "corrected": corrected})
    assert again["states"] == {held["document"]: "done"}
    (customer,) = operator.get("/records/books/Customer", where="DisplayName = 'Ann of the API'")["records"]
    assert [each["run"] for each in operator.get("/documents", record=f"Customer:{customer['Id']}")] == [
        again["run"]
    ]


def test_a_connection_is_examined(operator: Program) -> None:
    told = operator.post("/connections/books/check")
    assert {each["state"] for each in told["findings"]} >= {"ok"}
    assert operator.post("/connections/warehouse/check")["company"]


def test_amounts_keep_their_digits(viewer: Program) -> None:
    records = viewer.get("/records/books/Invoice", limit="5")["records"]
    assert all(isinstance(each["TotalAmt"], Decimal | int) for each in records)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/processes/nothing", 404),
        ("/runs/nothing", 404),
        ("/records/nothing/Customer", 404),
        ("/records/books/Custommer", 400),
        ("/records/books/Customer/999999", 404),
        ("/records/books/Customer?limit=0", 400),
        ("/records/books/Customer?wher=x", 400),
        ("/records/books/Customer?where=DisplayNam='x'", 400),
        ("/documents", 400),
        ("/documents?where=numbr='2'", 400),
        ("/documents?record=Customer", 400),
        ("/nothing", 404),
    ],
)
def test_what_is_not_there_is_refused_in_words(viewer: Program, path: str, status: int) -> None:
    answer = viewer.client.get(path)
    assert answer.status_code == status, answer.text
    assert answer.json()["error"]
    assert answer.json()["advice"]


def test_a_method_that_an_address_does_not_have_is_refused_in_words(viewer: Program) -> None:
    answer = viewer.client.put("/processes")
    assert (answer.status_code, answer.json()["error"]) == (
        404,
        "PUT /api/processes is no address of the API.",
    )


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"document": 5}', b"{}", b"[" * 100_000])
def test_a_body_that_is_none_is_refused(operator: Program, ran: str, body: bytes) -> None:
    answer = operator.client.post(f"/runs/{ran}/again", content=body)
    assert (answer.status_code, "body" in answer.json()["error"]) == (400, True)


def test_a_body_that_is_too_long_is_not_read(operator: Program, ran: str) -> None:
    assert operator.client.post(f"/runs/{ran}/again", content=b"x" * 2_000_000).status_code == 413


def test_users_keys_and_browsers_are_let_in_and_out(served: Served, admin: Program) -> None:
    made = admin.post("/users", {"name": "amy", "role": "operator"})
    secret = served.sign_ins.enter_by_password("amy", made["secret"], "a browser of Amy's")
    (hers,) = [each for each in admin.get("/sessions") if each["name"] == "amy"]
    assert (hers["role"], hers["browser"]) == ("operator", "a browser of Amy's")
    assert hers["id"] not in [each["id"] for each in admin.post("/sessions/end", {"id": hers["id"]})]
    assert served.sign_ins.visitor(secret) is None
    assert admin.post("/users/remove", {"name": "amy"}) == {"was_there": True}
    assert admin.post("/users/remove", {"name": "amy"}) == {"was_there": False}
    key = admin.post("/keys", {"name": "another", "role": "viewer"})["secret"]
    headers = {"authorization": f"Bearer {key}"}
    assert httpx2.get(f"{served.url}{API}/alerts", headers=headers).status_code == 200
    admin.post("/keys/remove", {"name": "another"})
    assert httpx2.get(f"{served.url}{API}/alerts", headers=headers).status_code == 401
    assert admin.client.post("/users", json={"name": "amy", "role": "owner"}).status_code == 400
    assert admin.client.post("/users", json={"name": "", "role": "viewer"}).status_code == 400


def test_what_is_unknown_is_found_out_and_settled(operator: Program) -> None:
    assert operator.get("/unknown/books") == operator.post("/unknown/books/find-out") == []
    answer = operator.client.post("/unknown/books/settle", json={"change": "x", "not_done": True})
    assert (answer.status_code, answer.json()["error"]) == (400, "x is no open change.")
    assert operator.client.post("/unknown/books/settle", json={"change": "x"}).status_code == 400


def test_a_tie_out_needs_a_worker_that_knows_the_mirror(operator: Program) -> None:
    assert operator.client.post("/tie-outs/mirror", json={}).status_code == 400
    assert operator.client.post("/tie-outs/customers", json={}).status_code == 400


def test_openapi_describes_every_endpoint(served: Served) -> None:
    told = httpx2.get(f"{served.url}{OPENAPI}").json()
    described = {(method.upper(), path) for path, methods in told["paths"].items() for method in methods}
    assert described == {(each.method, f"{API}{each.path}") for each in ENDPOINTS}
    schemas = told["components"]["schemas"]
    names = json.dumps(told).split("#/components/schemas/")[1:]
    assert {name.partition('"')[0] for name in names} <= set(schemas)
    operations = [each for methods in told["paths"].values() for each in methods.values()]
    assert len({each["operationId"] for each in operations}) == len(operations)


def test_what_is_under_way_tells_how_far_it_has_come(served: Served, viewer: Program) -> None:
    agenda, by_hand = Agenda(served.project.state), MirrorsByHand(served.project.state)
    agenda.enter([("mirror", "Acme", "Acme")], None)
    agenda.queue([(each, "t") for each in agenda.entries("mirror", "Acme")])
    entry = agenda.begin("mirror", "Acme", "t")
    assert entry is not None
    run = by_hand.begin("mirror", "")
    try:
        (state,) = viewer.get("/companies", process="mirror", company="Acme")
        assert (state["state"], state["so_far"]) == ("running", None)
        agenda.tell(entry, RunProgress({"read": 5, "gone": 0, "requests": 2}, 9, "Invoice"))
        (state,) = viewer.get("/companies", process="mirror", company="Acme")
        so_far = {"counts": {"read": 5, "gone": 0, "requests": 2}, "expected": 9, "type": "Invoice"}
        assert state["so_far"] == so_far
        (told,) = viewer.get("/processes/mirror")["by_hand"]
        assert (told["company"], told["state"], told["so_far"]) == ("", "running", None)
    finally:
        by_hand.end(run)
        agenda.end(entry, Ended("succeeded", None))
        agenda.leave(agenda.entries("mirror", "Acme"))
    assert viewer.get("/processes/mirror")["by_hand"] == []
