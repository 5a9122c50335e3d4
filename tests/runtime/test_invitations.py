"""A firm lets its clients sign in: by links, by tokens from elsewhere, one by one; who is signed in is told."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from tests.cli.conftest import call
from tests.runtime.serving import serving

from tieout.connections.rest import sign_in_at_sandbox
from tieout.project import Project
from tieout.project.following import FollowedProject
from tieout.project.signed_in import clients_of, vault_identity
from tieout.runtime.callback_door import CALLBACK
from tieout.runtime.invitations import GOOD_FOR, Invitations
from tieout.runtime.project_doors import doors_of
from tieout.runtime.server import Server
from tieout.sandbox.server import Sandbox, running_sandbox
from tieout.state.agenda import Agenda, Ended
from tieout.state.times import utc_now

FIRM = """
[connection.books]
kind = "online"
company = "{{realm}}"
base_url = "{url}"
client_id = "{client_id}"
redirect_uri = "{back}"

[connection.firm]
kind = "sql"
url = "sqlite:///firm.db"

[connection.warehouse]
kind = "duckdb"
path = "{{realm}}.duckdb"

[process.mirror]
from = "books:Customer"
to = "warehouse:"
do = "put"
companies = "firm:select realm from clients"
"""


@dataclass
class Firm:
    file: Path
    sandbox: Sandbox
    server: Server
    project: Project

    @property
    def realms(self):
        return sorted(self.sandbox.companies)

    def connect(self, *words, code=0):
        told = call("connect", "books", *words, "--project", self.file, "--format", "json")
        assert told.exit_code == code, told.stderr
        return {row["company"]: row for row in json.loads(told.stdout)} if told.stdout else told.stderr

    def follow(self, link, realm):
        """What a client sees after following a link and choosing a company at Intuit."""
        with httpx2.Client() as browser:
            away = browser.get(link)
            assert away.status_code == 303, away.text
            chosen = httpx2.URL(away.headers["location"]).copy_merge_params({"approve": realm})
            return browser.get(browser.get(chosen).headers["location"])


@pytest.fixture
def firm(tmp_path, monkeypatch):
    file = tmp_path / "tieout.toml"
    file.write_text("")
    with running_sandbox(["small-shop", "empty"]) as sandbox:
        monkeypatch.setenv("TIEOUT_CLIENT_SECRET", sandbox.keys.client_secret)
        with sqlite3.connect(tmp_path / "firm.db") as database:
            database.execute("create table clients (realm text)")
            database.executemany("insert into clients values (?)", [(realm,) for realm in sandbox.companies])
        database.close()
        with Project.read(file) as empty:
            followed = FollowedProject(empty)
            with serving(*doors_of(empty, followed=followed)) as server:
                back = f"{server.url}{CALLBACK}"
                file.write_text(
                    FIRM.format(url=sandbox.base_url, client_id=sandbox.keys.client_id, back=back)
                )
                assert any(followed.look() for _ in range(3))
                yield Firm(file, sandbox, server, followed.now)


def test_clients_let_the_firm_in_by_links(firm):
    one, other = firm.realms
    assert {row["signed_in"] for row in firm.connect().values()} == {"no"}
    links = firm.connect("--links")
    assert links[one]["link"].startswith(f"{firm.server.url}/connect/")
    agenda = Agenda(firm.project.state)
    agenda.enter([("mirror", one, one)], None)
    (waiting,) = agenda.entries()
    agenda.queue([(waiting, "t")])
    agenda.end(agenda.begin("mirror", one, "t"), Ended("waiting", None, "Nobody has signed in."))

    wrong = firm.follow(links[one]["link"], other)
    assert wrong.status_code == 400
    assert "another company" in wrong.text
    assert {row["signed_in"] for row in firm.connect().values()} == {"no"}

    assert "connected" in firm.follow(links[one]["link"], one).text
    assert {company: row["signed_in"] for company, row in firm.connect().items()} == {one: "yes", other: "no"}
    assert agenda.entries()[0].due  # what waited for it begins
    assert list(firm.connect("--links")) == firm.realms
    assert "link" not in firm.connect("--links")[one]
    rows = json.loads(call("companies", "--project", firm.file, "--format", "json").stdout)
    assert [(row["company"], row["signed_in"]) for row in rows] == [(one, "yes")]
    with firm.project.connection("firm"):  # the tokens work
        assert vault_identity(clients_of(firm.project, "books")[one]) in firm.project.vault.identities()


def test_a_link_that_was_changed_or_is_too_old_leads_nowhere(firm):
    one, _ = firm.realms
    link = firm.connect("--links")[one]["link"]
    other = "A" if link[-20] != "A" else "B"
    for changed in (link[:-4], f"{link[:-20]}{other}{link[-19:]}", f"{firm.server.url}/connect/x"):
        assert httpx2.get(changed).status_code == 404
    late = Agenda(firm.project.state, lambda: utc_now() + GOOD_FOR + timedelta(minutes=1))
    token = link.rpartition("/")[2]
    with pytest.raises(Exception, match="too old"):
        Invitations(FollowedProject(firm.project), late).begin(token)


def test_a_link_of_a_client_that_left_is_no_longer_needed(firm):
    one, _ = firm.realms
    link = firm.connect("--links")[one]["link"]
    with sqlite3.connect(firm.file.parent / "firm.db") as database:
        database.execute("delete from clients where realm = ?", (one,))
    database.close()
    gone = httpx2.get(link)
    assert gone.status_code == 404
    assert "no longer needed" in gone.text


def test_what_a_browser_brings_back_is_taken_once(firm):
    one, _ = firm.realms
    away = httpx2.get(firm.connect("--links")[one]["link"])
    chosen = httpx2.URL(away.headers["location"]).copy_merge_params({"approve": one})
    back = httpx2.get(chosen).headers["location"]
    assert httpx2.get(back).status_code == 200
    assert httpx2.get(back).status_code == 404


def test_tokens_from_elsewhere_are_taken_over_each_by_itself(firm):
    one, other = firm.realms
    tokens = firm.file.parent / "tokens.csv"
    grant = sign_in_at_sandbox(firm.sandbox.base_url, company=one).grant
    tokens.write_text(f"realm,refresh_token\n{one},{grant.refresh_token}\n{other},wrong\n99,x\n")
    rows = firm.connect("--tokens", tokens, code=1)
    assert (rows[one]["signed_in"], rows[other]["signed_in"]) == ("yes", "no")
    assert "refused the token" in rows[other]["why"]
    assert "not among the companies" in rows["99"]["why"]
    tokens.write_text(f"realm,refresh_token\n{one},{grant.refresh_token}\n")
    assert firm.connect("--tokens", tokens)[one]["signed_in"] == "yes"  # again, which changes nothing
    assert grant.refresh_token not in firm.file.read_text()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "has no rows"),
        ("realm\n1\n", "line 2: realm or refresh_token is missing"),
        ("realm,refresh_token\n1,\n", "line 2"),
        (None, "cannot be read"),
    ],
)
def test_a_file_of_tokens_with_a_mistake_is_refused_whole(firm, text, complaint):
    tokens = firm.file.parent / "tokens.csv"
    if text is not None:
        tokens.write_text(text)
    assert complaint in firm.connect("--tokens", tokens, code=2)


def test_one_by_one_and_all_at_a_sandbox(firm):
    one, other = firm.realms
    grant = sign_in_at_sandbox(firm.sandbox.base_url, company=one).grant
    rows = firm.connect("--company", one, "--refresh-token", grant.refresh_token)
    assert {company: row["signed_in"] for company, row in rows.items()} == {one: "yes", other: "no"}
    assert "not among the companies" in firm.connect("--company", "99", "--refresh-token", "x", code=2)
    rows = firm.connect("--sandbox", firm.sandbox.base_url)
    assert {row["signed_in"] for row in rows.values()} == {"yes"}
    assert 'company = "{realm}"' in firm.file.read_text()  # it stays a connection of many


def test_a_client_is_signed_out_by_itself_though_it_has_left(firm):
    one, other = firm.realms
    firm.connect("--sandbox", firm.sandbox.base_url)
    refused = call("connect", "books", "--sign-out", "--project", firm.file)
    assert "--company ID" in refused.stderr
    with sqlite3.connect(firm.file.parent / "firm.db") as database:
        database.execute("delete from clients where realm = ?", (one,))
    database.close()
    done = call("connect", "books", "--sign-out", "--company", one, "--project", firm.file)
    assert done.exit_code == 0, done.stderr
    assert [identity for identity in firm.project.vault.identities() if identity.startswith("online")] == [
        vault_identity(clients_of(firm.project, "books")[other])
    ]


def test_links_need_a_server_that_browsers_come_back_to(firm):
    firm.file.write_text(firm.file.read_text().replace(CALLBACK, "/elsewhere"))
    assert "do not come back" in firm.connect("--links", code=2)


def test_a_connection_of_many_that_no_process_fills_is_said(firm):
    firm.file.write_text(firm.file.read_text().partition("[process")[0])
    assert "no process says which" in firm.connect(code=2)
