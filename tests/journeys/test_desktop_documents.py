"""Documents that become records of QuickBooks Desktop."""

from __future__ import annotations

import json

import pytest

from tieout.errors import Unauthorized
from tieout.project import Project
from tieout.project.flows import run_flow
from tieout.sandbox.desktop.company import DesktopCompany
from tieout.sandbox.desktop.door import running_desktop
from tieout.sandbox.desktop.small_company import small_company

PROJECT = """
[connection.books]
kind = "desktop"
sandbox = "{address}"

[connection.inbox]
kind = "files"
path = "inbox"
quiet_seconds = 0

[process.invoices]
from = "inbox:orders"
map = "order_to_invoice.jsonata"
to = "books:Invoice"
do = "put"
key = "no"

[process.new-invoices]
from = "inbox:orders"
map = "order_to_invoice.jsonata"
to = "books:Invoice"
do = "add"
key = "no"
batch = 1

[process.customers]
from = "inbox:orders"
map = "order_to_customer.jsonata"
to = "books:Customer"
do = "add"
exists = "skip"
key = "no"
"""
INVOICE = """{
  "CustomerRef": {"FullName": who}, "RefNumber": "J" & no, "TxnDate": "2026-11-01",
  "InvoiceLineAdd": items.{"ItemRef": {"FullName": "Planning"}, "Quantity": qty, "Rate": 10.5}
}"""


@pytest.fixture
def door():
    with running_desktop(small_company(DesktopCompany())) as door:
        yield door


@pytest.fixture
def project(door, tmp_path):
    (tmp_path / "inbox").mkdir()
    (tmp_path / "order_to_invoice.jsonata").write_text(INVOICE)
    (tmp_path / "order_to_customer.jsonata").write_text('{"Name": who}')
    (tmp_path / "tieout.toml").write_text(PROJECT.format(address=door.address))
    with Project.read(tmp_path / "tieout.toml") as project:
        yield project


def give(project, *orders):
    (project.path.parent / "inbox" / "orders.json").write_text(json.dumps(orders))


def test_the_one_line_of_a_map_is_a_list_of_one(project):
    for quantities in ([2], [1, 3], [5]):
        give(project, {"no": "1", "who": "Elm Bakery", "items": [{"qty": each} for each in quantities]})
        assert run_flow(project, "invoices").counts["done"] == 1
        with project.books("books") as books:
            (found,) = books.query("Invoice", where="RefNumber = 'J1'")
        assert [line["Quantity"] for line in found["InvoiceLineRet"]] == quantities


def test_names_that_are_there_are_found_in_any_case(project):
    give(project, {"no": "1", "who": "elm BAKERY"}, {"no": "2", "who": "Oak Bakery"})
    assert run_flow(project, "customers").counts["done"] == 2
    with project.books("books") as books:
        found = [each["Name"] for each in books.query("Customer")]
    assert "Oak Bakery" in found
    assert "elm BAKERY" not in found


def test_a_quickbooks_that_dies_in_the_middle_and_lets_nobody_in_gets_the_rest_later(project, door):
    before = len(list(door.company.all_of("Invoice")))
    give(project, *({"no": str(n), "who": "Elm Bakery", "items": [{"qty": n}]} for n in range(1, 5)))

    def goes_away(_case):
        door.lives += 1
        door.conduct.enter("not-authorized")

    with pytest.raises(Unauthorized) as gone:
        run_flow(project, "new-invoices", watch=goes_away)
    assert gone.value.advice
    door.conduct.enter("ready")
    assert run_flow(project, "new-invoices").counts["out"] == 4 - 1
    assert run_flow(project, "new-invoices").counts["out"] == 0
    assert len(list(door.company.all_of("Invoice"))) == before + 4
