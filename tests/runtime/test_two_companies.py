"""Runs that touch two companies hold both, in the order of their names: opposite ones neither meet nor wait for ever."""

from __future__ import annotations

import threading
from collections import Counter

import pytest

from tieout.connections.rest import sign_in_at_sandbox
from tieout.project import Project
from tieout.project.companies import Companies, parties_of
from tieout.runtime.performing import Performer
from tieout.runtime.worker import working
from tieout.sandbox.server import running_sandbox
from tieout.state.agenda import Agenda

from .conftest import eventually

BOOKS = """
[connection.{name}]
kind = "online"
company = "{realm}"
base_url = "{url}"
client_id = "x"
"""
PROCESS = """
[process.{name}]
from = "{source}:Customer"
to = "{target}:Customer"
do = "add"
key = "Id"
map = "{name}.jsonata"
"""
DESK = """
[connection.desk]
kind = "desktop"

[process.into-desk]
from = "b:Customer"
to = "desk:Customer"
do = "add"
key = "Id"
map = "into-desk.jsonata"
"""
WAYS = (("there", "a", "b"), ("back", "b", "a"), ("within", "a", "a"))


@pytest.fixture
def firm(tmp_path):
    """Two companies, with processes both ways."""
    with running_sandbox(["small-shop", "landscaping"]) as sandbox:
        a, b = sorted(sandbox.companies)
        text = "".join(
            BOOKS.format(name=name, realm=realm, url=sandbox.base_url) for name, realm in (("a", a), ("b", b))
        )
        for name, source, target in WAYS:
            text += PROCESS.format(name=name, source=source, target=target)
            (tmp_path / f"{name}.jsonata").write_text(f'{{ "DisplayName": "{name} " & Id & " of {source}" }}')
        (tmp_path / "into-desk.jsonata").write_text('{ "Name": DisplayName }')
        (tmp_path / "tieout.toml").write_text(text + DESK)
        with Project.read(tmp_path / "tieout.toml") as project:
            for realm in (a, b):
                sign_in_at_sandbox(sandbox.base_url, company=realm).keep(project.vault)
            yield project, sandbox


def test_opposite_runs_are_never_in_the_same_company_and_all_get_their_turn(firm, monkeypatch):
    monkeypatch.setattr("tieout.runtime.performing._LOCK_WAIT", 100.0)
    project, _ = firm
    performer = Performer(Companies(project), Agenda(project.state))
    inside: Counter[str] = Counter()
    guard, mistakes, turns = threading.Lock(), [], Counter()
    begin = threading.Barrier(5)

    def go(process):
        begin.wait(60)
        for _ in range(8):
            with performer._parties(project, process):
                companies = parties_of(project, process)
                with guard:
                    inside.update(companies)
                    mistakes.extend(each for each in companies if inside[each] > 1)
                threading.Event().wait(0.005)
                with guard:
                    inside.subtract(companies)
                    turns[process] += 1

    names = ("there", "back", "within", "into-desk", "back")
    threads = [threading.Thread(target=go, args=(each,)) for each in names]
    for each in threads:
        each.start()
    for each in threads:
        each.join(120)
        assert not each.is_alive()
    assert mistakes == []
    assert turns == {"there": 8, "back": 16, "within": 8, "into-desk": 8}


def test_companies_are_held_in_the_order_of_their_names(firm):
    project, sandbox = firm
    a, b = sorted(sandbox.companies)
    assert parties_of(project, "there") == parties_of(project, "back") == [a, b]
    assert parties_of(project, "within") == [a]
    assert parties_of(project, "into-desk") == sorted([b, "desk"])


def test_a_worker_does_both_ways_at_once(firm):
    project, sandbox = firm
    file = project.path
    file.write_text(file.read_text().partition("[connection.desk]")[0])
    with Project.read(file) as both, working(both, look=0.05) as worker:
        eventually(lambda: len(worker.agenda.entries()) == 3)
        worker.agenda.ask(by_person=True)
        eventually(lambda: all(each.succeeded for each in worker.agenda.entries()), within=120)
    for source, target in (("a", "b"), ("b", "a")):
        books = sandbox.companies[both.connections[target].company].books
        names = [str(s.record["DisplayName"]) for s in books.store("Customer")]
        assert [name for name in names if name.endswith(f" of {source}")]
