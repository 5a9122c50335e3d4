"""A project with a mirror and customers on their way into books, served, with a browser that is signed in."""

from __future__ import annotations

import csv
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.cli.conftest import call, connected
from tests.runtime.serving import serving

from tieout.project import Project
from tieout.runtime.callback_door import CALLBACK
from tieout.runtime.console.sign_ins import SignIns
from tieout.runtime.project_doors import doors_of
from tieout.runtime.server import Place
from tieout.sandbox.server import running_sandbox
from tieout.state.access import Access

from .browser import Browser

SCRIPT = "<script>alert('x')</script>"
PICTURE = '"><img src=x onerror=alert(1)>'
REFUSED = f"Ann: {SCRIPT}"  # QuickBooks takes no colon in a name

PROCESSES = """
[connection.warehouse]
kind = "duckdb"
path = "warehouse.duckdb"

[connection.inbox]
kind = "files"
path = "inbox"
quiet_seconds = 0

[process.mirror]
from = "books:Customer"
to = "warehouse:"
do = "put"
only = "changed"

[process.customers]
from = "inbox:customers.csv"
to = "books:Customer"
do = "add"
key = "number"
map = "customer.jsonata"
track = { number = "number", name = "DisplayName" }
"""

MAP = '{ "DisplayName": name, "Notes": notes }'


@dataclass
class Served:
    project: Project
    url: str
    sign_ins: SignIns
    browser: Browser
    stranger: Browser
    """Another one, which is not signed in."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("console")
    with running_sandbox("small-shop") as shop:
        file = connected(folder, shop, PROCESSES)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = int(free.getsockname()[1])
        back = f'[connection.books]\nredirect_uri = "http://localhost:{port}{CALLBACK}"'
        text = file.read_text("utf-8").replace("[connection.books]", back)
        file.write_text(f'documents = "keep"\n{text}', "utf-8")
        (folder / "customer.jsonata").write_text(MAP, "utf-8")
        (folder / "inbox").mkdir()
        with (folder / "inbox" / "customers.csv").open("w", encoding="utf-8", newline="") as rows:
            csv.writer(rows).writerows(
                [("number", "name", "notes"), (1, f"Bob {SCRIPT}", PICTURE), (2, REFUSED, PICTURE)]
            )
        made = call("connect", "desk", "--kind", "web-connector", "--project", file)
        assert made.exit_code == 0, made.stderr
        ran = call("run", "customers", "--project", file)
        assert ran.exit_code == 1, ran.stderr
        with (
            Project.read(file) as project,
            serving(
                *doors_of(project, sign_ins := SignIns(Access(project.state))), place=Place(port=port)
            ) as server,
        ):
            browser, stranger = Browser(server.url), Browser(server.url)
            browser.send(browser.get(f"/console/sign-in?token={sign_ins.new_token()}").one("form"))
            assert browser.status == 200
            yield Served(project, server.url, sign_ins, browser, stranger)
            browser.client.close()
            stranger.client.close()


@pytest.fixture
def browser(served: Served) -> Browser:
    return served.browser
