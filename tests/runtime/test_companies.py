"""One process for many companies, listed in a table."""

import sqlite3
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import duckdb
import pytest

from tieout.connections.rest import sign_in_at_sandbox
from tieout.connections.rest.oauth import Application, Grant, identity_of, secret_of
from tieout.errors import SetupError
from tieout.project import Project
from tieout.project.companies import Companies
from tieout.runtime.worker import working
from tieout.sandbox.server import running_sandbox

from .conftest import eventually

FIRM = """
[connection.books]
kind = "online"
company = "{{realm}}"
base_url = "{url}"
client_id = "x"

[connection.firm]
kind = "sql"
url = "sqlite:///firm.db"

[connection.warehouse]
kind = "duckdb"
path = "{{name}}.duckdb"

[process.mirror]
from = "books:Customer"
to = "warehouse:"
do = "put"
only = "changed"
every = "1 hour"
companies = "firm:select realm, name from clients where active"
"""


@pytest.fixture
def firm(tmp_path):
    """The clients of a firm, and a project for all of them."""
    with sqlite3.connect(tmp_path / "firm.db") as database:
        database.execute("create table clients (realm text, name text, active int)")
    file = tmp_path / "tieout.toml"
    file.write_text(FIRM.format(url="http://127.0.0.1:9"))
    return file, database


def test_each_company_gets_its_own_mirror_and_is_counted(firm):
    file, database = firm
    with running_sandbox(["small-shop", "landscaping", "empty"]) as sandbox:
        file.write_text(FIRM.format(url=sandbox.base_url))
        with Project.read(file) as project:
            for number, realm in enumerate(sandbox.companies):
                sign_in_at_sandbox(sandbox.base_url, company=realm).keep(project.vault)
                database.execute("insert into clients values (?, ?, 1)", (realm, f"client-{number}"))
            database.execute("insert into clients values ('1', 'gone', 0)")
            database.commit()
            with working(project, look=0.1) as worker:
                eventually(lambda: sum(bool(e.succeeded) for e in worker.agenda.entries()) == 3, within=60)
                reads = project.meter.all(worker.agenda.clock())
            assert {f"books/{realm}" for realm in sandbox.companies} < set(reads)
            assert reads["books"] == sum(count for name, count in reads.items() if "/" in name)
    counts = []
    for number in range(3):
        with duckdb.connect(str(file.with_name(f"client-{number}.duckdb")), read_only=True) as kept:
            counts += kept.execute("select count(*) from customer").fetchall()
    assert len(set(counts)) == 3


def test_who_leaves_the_table_leaves_the_agenda(firm):
    file, database = firm
    database.execute("insert into clients values ('47', 'x', 1), ('48', 'y', 1)")
    database.commit()
    with Project.read(file) as project:
        companies = Companies(project)
        assert [company for _, company, _ in companies.rows()] == ["47", "48"]
        assert companies.project_of("mirror", "48").connections["warehouse"].path == "y.duckdb"
        database.execute("delete from clients where realm = '48'")
        database.commit()
        assert [company for _, company, _ in companies.rows()] == ["47"]
        with pytest.raises(SetupError, match="no longer among"):
            companies.project_of("mirror", "48")


@pytest.mark.parametrize("name", ["../../etc/x", "a'b", "a/b", "${HOME}"])
def test_a_value_that_leads_elsewhere_is_refused(firm, name):
    file, database = firm
    database.execute("insert into clients values ('47', ?, 1)", (name,))
    database.commit()
    with Project.read(file) as project, pytest.raises(SetupError, match="cannot stand in a setting"):
        Companies(project).project_of("mirror", "47")


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("{name}.duckdb", "all.duckdb", "All companies would meet in the connection warehouse"),
        ('companies = "firm:select', 'companies = "firn:select', "no connection 'firn'"),
        ('companies = "firm:select realm, name from clients where active"', "", "stands for many companies"),
    ],
)
def test_what_would_mix_companies_is_refused(firm, old, new, complaint):
    file, _ = firm
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))
    with pytest.raises(SetupError, match=complaint):
        Project.read(file)


def test_a_connection_of_many_is_not_opened_as_one(firm):
    with Project.read(firm[0]) as project, pytest.raises(SetupError, match="stands for many companies"):
        project.connection("books")


class _Counting(BaseHTTPRequestHandler):
    """Answers everything, and counts who connects."""

    protocol_version = "HTTP/1.1"
    connected = 0

    def setup(self):
        type(self).connected += 1
        super().setup()

    def do_GET(self):
        self.seen.append((self.headers["Authorization"], self.headers["Cookie"]))
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.send_header("Set-Cookie", "who=the-first; Path=/")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


def test_companies_share_an_http_connection_and_nothing_that_is_said_on_it(firm):
    file, database = firm
    handler = type("Handler", (_Counting,), {"seen": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        file.write_text(FIRM.format(url=url))
        with database:
            database.executemany("insert into clients values (?, ?, 1)", [("1", "one"), ("2", "two")])
        with Project.read(file) as project:
            companies = Companies(project)
            for realm in ("1", "2"):
                grant = Grant(f"token-{realm}", "refresh")
                secret = secret_of(Application("x", "y"), grant, datetime.now(UTC))
                project.vault.write(identity_of(url, realm), secret)
                with companies.project_of("mirror", realm).connection("books") as books:
                    books.raw("GET", "companyinfo/1")
        server.shutdown()
    assert handler.seen == [("Bearer token-1", None), ("Bearer token-2", None)]
    assert handler.connected == 1
