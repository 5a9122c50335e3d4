"""The legacy Online Edition from the command line, at its sandbox: connected, mirrored, tied out, written to once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tieout.catalog.qbxml import newest
from tieout.sandbox.desktop.company import DesktopCompany
from tieout.sandbox.desktop.small_company import small_company
from tieout.sandbox.online_legacy.gateway import APPLICATION, new_company
from tieout.sandbox.online_legacy.server import GatewayServer, running_gateway

from .conftest import PROCESS, Result, call


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GatewayServer]:
    monkeypatch.chdir(tmp_path)
    with running_gateway(small_company(new_company())) as server:
        yield server


def connect(server: GatewayServer, monkeypatch: pytest.MonkeyPatch) -> Result:
    monkeypatch.setenv("TIEOUT_CONNECTION_TICKET", server.gateway.book.connect().ticket)
    return call(
        *("connect", "books", "--kind", "online-legacy", "--url", server.address),
        *("--application-login", APPLICATION.login, "--client-id", APPLICATION.id),
    )


def owe(company: DesktopCompany) -> None:
    """Buy something on account."""
    company.add("Vendor", {"Name": "Quarry Supplies"})
    expense = {"AccountRef": {"FullName": "Office Supplies"}, "Amount": Decimal("40.00")}
    company.add("Bill", {"VendorRef": {"FullName": "Quarry Supplies"}, "ExpenseLineAdd": [expense]})


def pay(company: DesktopCompany) -> None:
    """Pay it, in a way that the Online Edition does not tell."""
    bill = next(iter(company.all_of("Bill")))
    said = {
        "PayeeEntityRef": {"FullName": "Quarry Supplies"},
        "BankAccountRef": {"FullName": "Checking"},
        "IsToBePrinted": False,
        "AppliedToTxnAdd": [{"TxnID": bill["TxnID"], "PaymentAmount": Decimal("40.00")}],
    }
    company.edition, legacy = newest("US"), company.edition
    company.add("BillPaymentCheck", said)
    company.edition = legacy


def test_connecting_keeps_the_ticket_out_of_the_file(
    server: GatewayServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = connect(server, monkeypatch)
    assert done.exit_code == 0, done.stderr
    assert "closed the legacy QuickBooks Online Edition to new users in May 2014" in done.stderr
    assert "Larch & Daughters" in done.stdout
    assert "TGT-" not in Path("tieout.toml").read_text("utf-8") + done.stdout + done.stderr


def test_a_missing_application_is_asked_for(server: GatewayServer) -> None:
    refused = call("connect", "books", "--kind", "online-legacy", "--url", server.address)
    assert refused.exit_code != 0
    assert "--application-login" in refused.stderr
    assert not Path("tieout.toml").exists()


def test_a_company_is_mirrored_followed_and_tied_out(
    server: GatewayServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = server.gateway.company
    owe(company)
    assert connect(server, monkeypatch).exit_code == 0
    with Path("tieout.toml").open("a", encoding="utf-8") as file:
        file.write(PROCESS)
    assert call("run", "mirror").exit_code == 0
    pay(company)
    company.delete("Invoice", next(iter(company.all_of("Invoice")))["TxnID"])
    assert call("run", "mirror").exit_code == 0
    vendors = call("query", "warehouse:vendor", "--format", "jsonl").stdout.splitlines()
    assert [Decimal(str(json.loads(each)["balance"])) for each in vendors] == [Decimal(0)]
    verified = call("verify", "mirror", "--format", "json")
    assert verified.exit_code == 0, verified.stdout
    found = json.loads(verified.stdout)
    assert found["agrees"]
    assert {each["type"]: each["count_mirror"] for each in found["types"]}["Invoice"] == 119


def test_a_file_of_records_is_written_once(
    server: GatewayServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert connect(server, monkeypatch).exit_code == 0
    (tmp_path / "new.json").write_text('[{"Name": "Zelkova Mill"}, {"Name": "Yew Yard"}]', "utf-8")
    server.gateway.conduct.plan([{"do": "drop-after-commit"}])
    for _ in range(2):
        added = call("add", "books:Customer", "new.json")
        assert added.exit_code == 0, added.stderr
    names = [each["Name"] for each in server.gateway.company.all_of("Customer")]
    assert (names.count("Zelkova Mill"), names.count("Yew Yard")) == (1, 1)
