"""Pages of a project in which every name is long and ten thousand companies run: whole, at 1280 pixels in light and 380 in dark colours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from playwright.sync_api import Browser as Chromium
from tests.runtime.console.browser import Browser
from tests.runtime.console.conftest import Served
from tests.runtime.serving import serving

from tieout.operations import Add, Outcome
from tieout.project import Project
from tieout.runtime.console.sign_ins import SignIns
from tieout.runtime.project_doors import doors_of
from tieout.state.access import Access
from tieout.state.agenda import Agenda, Ended
from tieout.state.meter import Meter
from tieout.state.process_log import ProcessLog, RunDocument, Settled, Standing
from tieout.state.tie_outs import TieOuts

from .conftest import screen

MANY = 10_000
LARGEST = 60_000
"""Bytes of a page."""
MIRROR = "mirror-of-all-the-books-of-every-client-of-the-firm-and-of-its-subsidiaries"
ORDERS = "orders-of-the-wholesale-shop-in-the-northern-districts-into-the-books"
BOOKS = "books-of-the-clients-in-the-northern-districts-and-on-the-islands"
COMPANY = "Gesellschaft-fuer-Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunterbeamte-{:05}"
USER = "annemarie.hollingsworth-featherstonehaugh@accounting.example.com"
WIDE = {"viewport": {"width": 1280, "height": 900}}
SMALL = {"viewport": {"width": 380, "height": 740}}
FILE = f"""
reads_per_month = 500000
reads_per_company = 1000

[connection.{BOOKS}]
kind = "online"
company = "{{realm}}"
client_id = "x"

[connection.one-company]
kind = "online"
company = "4620816365"
client_id = "x"

[connection.firm]
kind = "memory"

[connection.inbox]
kind = "files"
path = "inbox-of-the-wholesale-shop/{{realm}}"

[connection.warehouse]
kind = "duckdb"
path = "{{realm}}.duckdb"

[process.{MIRROR}]
from = "{BOOKS}:*"
to = "warehouse:"
do = "put"
only = "changed"
every = "1 hour"
companies = "firm:clients"

[process.{ORDERS}]
from = "inbox:orders-of-the-wholesale-shop-in-the-northern-districts-*.csv"
to = "{BOOKS}:Invoice"
do = "add"
key = "order_number_of_the_wholesale_shop"
map = "invoices-of-the-wholesale-shop-in-the-northern-districts.jsonata"
companies = "firm:clients"
"""
WHY = "CustomerRef.FullName: QuickBooks has no customer 'Hollingsworth-Featherstonehaugh & Daughters'. " * 2
TOLD = {
    "requests": 12,
    "types": [
        {
            "type": "ReimburseCharge",
            "counts": [1_200_000, 1_199_999],
            "total": ["1,234,567,891.89", "1,234,567,890.89"],
            "balance": ["1,234,567,890.00", "10.00"],
            "differing": 2,
            "agrees": False,
        }
    ],
    "differences": [["Invoice", "17", "Line[1].SalesItemLineDetail.ItemRef.value", "x" * 120, ""]],
    "not_served": {},
    "accounts": {
        "agrees": False,
        "count": 40,
        "day": "2026-11-27",
        "not_compared": "",
        "differing": [["Sales:" + "Northern districts and islands:" * 3, "1.00", "1.00", "2.00"]],
    },
}


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("long")
    (folder / "tieout.toml").write_text(FILE, "utf-8")
    (folder / "invoices-of-the-wholesale-shop-in-the-northern-districts.jsonata").write_text("{}", "utf-8")
    with Project.read(folder / "tieout.toml", {}) as project:
        access = Access(project.state)
        _fill(project, access)
        with serving(*doors_of(project, sign_ins := SignIns(access))) as server:
            browser, stranger = Browser(server.url), Browser(server.url)
            with browser.client, stranger.client:
                browser.send(browser.get(f"/console/sign-in?token={sign_ins.new_token()}").one("form"))
                yield Served(project, server.url, sign_ins, browser, stranger)


def _fill(project: Project, access: Access) -> None:
    now = datetime.now(UTC)
    agenda = Agenda(project.state)
    companies = [COMPANY.format(number) for number in range(MANY)]
    agenda.enter([(MIRROR, each, each) for each in companies], now + timedelta(hours=1))
    agenda.enter([(ORDERS, each, each) for each in companies[:30]], None)
    agenda.queue([(agenda.entries(process, companies[0])[0], process) for process in (MIRROR, ORDERS)])
    for process in (MIRROR, ORDERS):
        begun = agenda.begin(process, companies[0], process)
        assert begun is not None
        agenda.end(begun, Ended("failed", None, WHY, WHY, {"read": 1_234_567, "gone": 1}))
    for each in companies[:30]:
        agenda.alert(agenda.entries(MIRROR, each)[0], "failed", WHY, WHY)
        Meter(project.state, each).add(BOOKS, 900, now)
        Meter(project.state, each).add(BOOKS, 300, now.replace(day=1) - timedelta(days=3))
    for company in companies[:120]:
        log = ProcessLog(project.state, f"{ORDERS}/{company}")
        run = project.journal.begin(
            f"online:{company}@https://quickbooks.example.com", ORDERS, source="s" * 90
        )
        document = f"order_number_of_the_wholesale_shop={company}-2026-000017"
        tracked = json.dumps(
            {"name of the customer": "Hollingsworth-Featherstonehaugh & Daughters", "sum": "1.00"}
        )
        kept = RunDocument(
            run.id, document, log.process, "orders.csv, line 17", "refused", tracked, WHY, WHY, '{"a": 1}', "",
            now.isoformat(),
        )  # fmt: skip
        standing = Standing(document, "", "refused", run.id, kept.place, '{"a": 1}')
        log.settle(Settled(standings=[standing], documents=[kept]), run.id)
        unknown = Add(
            type="ReimburseCharge", record={"Memo": "m" * 300}, id=company, key=document, place=kept.place
        )
        run.note([Outcome(change=unknown, state="unknown")])
        run.end()
    for company in companies[:120]:
        TieOuts(project.state).keep(MIRROR, company, agrees=False, records=1, accounts=1, told=TOLD)
    for number in range(9):
        day = now - timedelta(days=number)
        kept_tie_outs = TieOuts(project.state, clock=lambda: day)  # noqa: B023 - used at once
        kept_tie_outs.keep(MIRROR, companies[0], agrees=False, records=number * 1000, accounts=3, told=TOLD)
    run = project.journal.begin("online:4620816365@https://quickbooks.example.com", ORDERS)
    kept_documents = [
        replace(kept, run=run.id, document=f"{kept.document}-{number}") for number in range(120)
    ]
    ProcessLog(project.state, ORDERS).settle(Settled(documents=kept_documents), run.id)
    run.end()
    access.set_user(USER, "operator", "x")
    access.new_key("nightly-export-of-everything-to-the-warehouse-of-the-holding", "viewer")
    for _ in range(3):
        access.begin_session(
            USER,
            "2001:0db8:85a3:0000:0000:8a2e:0370:7334 Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)",
        )


def _addresses(project: Project) -> dict[str, str]:
    company = COMPANY.format(0)
    run = project.journal.runs(most=1)[0].id
    (name, count) = next(iter(project.run_documents.held("").items()))
    (document,) = project.run_documents.held_page({name: count}, before=0, most=1)
    return {
        "overview": "",
        "runs": "/runs",
        "run": f"/runs/{run}",
        "document": f"/runs/{document.run}/document?id={quote(document.document)}",
        "search": "/search?where=state+%3D+'refused'",
        "mirror": f"/processes/{MIRROR}",
        "orders": f"/processes/{ORDERS}",
        "connection": f"/connections/{BOOKS}",
        "settle": "/settle",
        "settle-company": f"/settle?{urlencode({'process': ORDERS, 'company': company})}",
        "companies": "/companies",
        "companies-longest": f"/companies?company=G&process={MIRROR}&order=longest&page=3",
        "company": f"/company?name={company}",
        "tie-outs": "/tie-outs",
        "tie-out": f"/tie-outs/{MIRROR}?company={company}",
        "meter": "/meter",
        "people": "/people",
        "sessions": "/sessions",
    }


@pytest.mark.parametrize(("mode", "size"), [("light", WIDE), ("dark", SMALL)])
def test_long_names_break_nothing(
    firm: Served, chromium: Chromium, mode: str, size: dict[str, object]
) -> None:
    found: dict[str, list[str]] = {}
    width = size["viewport"]["width"]  # type: ignore[index]
    with screen(chromium, firm, mode, **size) as window:
        for name, address in _addresses(firm.project).items():
            window.open(address)
            window.picture(f"long-{name}-{width}")
            if problems := window.problems():
                found[address] = problems
    assert found == {}


def test_no_page_is_large_with_long_names(firm: Served) -> None:
    for address in _addresses(firm.project).values():
        firm.browser.get(f"/console{address}")
        assert firm.browser.status == 200, address
        assert firm.browser.answer is not None
        assert len(firm.browser.answer.content) < LARGEST, address
