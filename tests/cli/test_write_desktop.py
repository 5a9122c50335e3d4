"""Writing to QuickBooks Desktop from the command line, each record once, at its sandbox."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tieout.sandbox.desktop.company import DesktopCompany
from tieout.sandbox.desktop.door import DesktopServer, running_desktop
from tieout.sandbox.desktop.small_company import small_company

from .conftest import Result, call

ORDERS = """\
order_no,CustomerRef.FullName,TxnDate,InvoiceLineAdd.1.ItemRef.FullName,InvoiceLineAdd.1.Quantity,InvoiceLineAdd.1.Rate
1,Elm Bakery,2026-11-01,Planning,1,10.50
2,Nobody,2026-11-01,Planning,2,10.50
3,Fir Bakery,2026-11-02,Delivery,1,25
"""


@pytest.fixture
def door() -> Iterator[DesktopServer]:
    with running_desktop(small_company(DesktopCompany())) as running:
        yield running


@pytest.fixture
def run(door: DesktopServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    (tmp_path / "tieout.toml").write_text(
        f'documents = "keep"\n[connection.books]\nkind = "desktop"\nsandbox = "{door.address}"\n', "utf-8"
    )
    monkeypatch.chdir(tmp_path)

    def checked(*words: str, code: int = 0) -> Result:
        result = call(*words)
        assert result.exit_code == code, result.output
        return result

    return checked


Run = Callable[..., Result]


def invoices(door: DesktopServer) -> int:
    return len(list(door.company.all_of("Invoice")))


def test_orders_of_a_csv_file_become_invoices_once(run: Run, door: DesktopServer) -> None:
    Path("orders.csv").write_text(ORDERS, "utf-8")
    planned = run("add", "books:Invoice", "orders.csv", "--key", "order_no", "--plan")
    assert "3 to add" in planned.stderr
    assert invoices(door) == 120
    first = run(
        "add", "books:Invoice", "orders.csv", "--key", "order_no", "--refused", "refused.jsonl", code=1
    )
    assert "3140" in first.output
    assert invoices(door) == 122
    refused = json.loads(Path("refused.jsonl").read_text("utf-8"))
    assert refused["order_no"] == "2"
    run("add", "books:Invoice", "orders.csv", "--key", "order_no", code=1)
    refused["CustomerRef"] = {"FullName": "Elm Garage"}
    Path("refused.jsonl").write_text(json.dumps(refused), "utf-8")
    run("add", "books:Invoice", "refused.jsonl", "--key", "order_no")
    assert invoices(door) == 123
    assert "order_no" not in str(list(door.company.all_of("Invoice"))[-1])
    assert "all are in QuickBooks as written" in run("verify", "books").stderr


def test_a_record_is_modified_voided_and_deleted_by_its_key(run: Run, door: DesktopServer) -> None:
    Path("orders.csv").write_text(ORDERS, "utf-8")
    run("add", "books:Invoice", "orders.csv", "--key", "order_no", code=1)
    run("modify", "books:Invoice", '{"order_no": "1", "PONumber": "77"}', "--key", "order_no")
    record: Any = next(each for each in door.company.all_of("Invoice") if each.get("PONumber") == "77")
    differing = run("modify", "books:Invoice", f'{{"Id": "{record["TxnID"]}", "Memo": "x"}}', "--plan").stdout
    assert "Memo" in differing
    run("void", "books:Invoice", "--id", record["TxnID"], "--yes")
    run("delete", "books:Invoice", "--id", record["TxnID"], "--yes")
    assert invoices(door) == 121
    assert "not in QuickBooks any more" in run("verify", "books", code=1).stdout
    run("settle", "books", "--forget", "Invoice:order_no=1")
    run("put", "books:Customer", '{"Name": "Elm Bakery", "CompanyName": "Elm"}')
    (elm,) = [each for each in door.company.all_of("Customer") if each["FullName"] == "Elm Bakery"]
    assert elm["CompanyName"] == "Elm"
    run("act", "books:Customer", "deactivate", elm["ListID"])
    (elm,) = [each for each in door.company.all_of("Customer") if each["FullName"] == "Elm Bakery"]
    assert elm["IsActive"] is False
    assert "void books:Invoice" in run("runs").stdout


def test_what_nobody_can_tell_is_settled_by_a_person(run: Run, door: DesktopServer) -> None:
    project = Path("tieout.toml")
    project.write_text(project.read_text("utf-8") + "marks = false\n", "utf-8")
    Path("orders.csv").write_text("\n".join(ORDERS.splitlines()[:2]), "utf-8")
    door.company.message_sets.remembers = False
    door.conduct.plan([{"do": "drop-after-commit", "after": 1}])  # the first message set writes the FileID
    run("add", "books:Invoice", "orders.csv", "--key", "order_no", code=4)
    (found,) = json.loads(run("settle", "books", "--format", "json").stdout)
    made = list(door.company.all_of("Invoice"))[-1]["TxnID"]
    assert made in [each["TxnID"] for each in found["quickbooks"]]
    run("settle", "books", found["change"], "--is", made)
    assert "1 of them before" in run("add", "books:Invoice", "orders.csv", "--key", "order_no").stderr
    assert invoices(door) == 121


def test_documents_are_kept_without_numbers_of_cards_and_accounts(run: Run) -> None:
    run(
        "add",
        "books:Vendor",
        '{"Name": "Bank", "AccountNumber": "4711-0815", "VendorTaxIdent": "12-3456789"}',
    )
    (made,) = json.loads(run("runs", "--format", "json").stdout)
    kept = run("runs", made["run"], "--documents").output
    assert "VendorAddRq" in kept
    assert "4711-0815" not in kept
    assert "12-3456789" not in kept


def test_the_web_connector_of_a_known_file_gets_its_file_id(run: Run, door: DesktopServer) -> None:
    run("add", "books:Customer", '{"Name": "Ann"}')
    (mark,) = door.company.extensions.of_company
    told = json.loads(run("check", "books", "--format", "json").stdout)
    assert told[0]["file_id"] == mark["DataExtValue"]
    words = (
        "--kind",
        "web-connector",
        "--url",
        "https://books.example.com",
        "--company-file",
        door.company.file,
    )
    run("connect", "far", *words, "--format", "json")
    assert mark["DataExtValue"] in Path("far.qwc").read_text("utf-8")


def test_another_file_is_taken_for_the_right_one_when_a_person_says_so(run: Run, door: DesktopServer) -> None:
    run("add", "books:Customer", '{"Name": "Ann"}')
    door.company.extensions.of_company.clear()  # a backup from before
    refused = run("add", "books:Customer", '{"Name": "Ben"}', code=2)
    assert "--accept-file" in refused.output
    run("check", "books", "--accept-file")
    run("add", "books:Customer", '{"Name": "Ben"}')
    assert {"Ann", "Ben"} <= {each["Name"] for each in door.company.all_of("Customer")}
