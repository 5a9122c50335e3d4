"""Several currencies in a company file of QuickBooks Desktop: written, mirrored and tied out from the command line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tieout.sandbox.desktop.company import DesktopCompany
from tieout.sandbox.desktop.door import DesktopServer, running_desktop
from tieout.sandbox.desktop.small_company import fill

from .conftest import Result, call

PROJECT = """
[connection.books]
kind = "desktop"
sandbox = "{address}"

[connection.warehouse]
kind = "duckdb"
path = "warehouse.duckdb"

[process.mirror]
from = "books:*"
to = "warehouse:"
do = "put"
only = "changed"
"""
CUSTOMERS = "Name,CurrencyRef.FullName\nKlee,Euro\nMoore,\n"
INVOICES = """\
no,CustomerRef.FullName,ExchangeRate,InvoiceLineAdd.1.Desc,InvoiceLineAdd.1.Amount
1,Klee,1.1234567,Work,100.10
2,Klee,,Work,50
3,Moore,,Work,30
4,Moore,1.2,Work,30
"""


@pytest.fixture
def door() -> Iterator[DesktopServer]:
    with running_desktop(fill(DesktopCompany(multicurrency=True))) as running:
        yield running


@pytest.fixture
def run(door: DesktopServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    (tmp_path / "tieout.toml").write_text(PROJECT.format(address=door.address), "utf-8")
    monkeypatch.chdir(tmp_path)

    def checked(*words: str, code: int = 0) -> Result:
        result = call(*words)
        assert result.exit_code == code, result.output
        return result

    return checked


def test_foreign_invoices_are_written_mirrored_and_tied_out(
    run: Callable[..., Result], door: DesktopServer
) -> None:
    Path("customers.csv").write_text(CUSTOMERS, "utf-8")
    Path("invoices.csv").write_text(INVOICES, "utf-8")
    run("add", "books:Customer", "customers.csv")
    refused = run("add", "books:Invoice", "invoices.csv", "--key", "no", code=1)
    assert "3210" in refused.output
    run("modify", "books:Invoice", '{"no": "2", "ExchangeRate": 1.2}', "--key", "no")
    assert "all are in QuickBooks as written" in run("verify", "books").stderr
    written = list(door.company.all_of("Invoice"))
    assert [each["ExchangeRate"] for each in written] == [Decimal("1.1234567"), Decimal("1.2"), 1]
    run("run", "mirror")
    verified = json.loads(run("verify", "mirror", "--format", "json").stdout)
    assert (verified["agrees"], verified["trial_balance"]["accounts"] > 0) == (True, True)
    assert "1 in other currencies are not compared" in run("verify", "mirror").stderr
    fields = "currency_ref_full_name,exchange_rate,balance_remaining_in_home_currency"
    kept = run(
        "query", "warehouse:invoice", "--fields", fields, "--order", "exchange_rate", "--format", "jsonl"
    )
    rows = [json.loads(line, parse_float=Decimal) for line in kept.stdout.splitlines()]
    assert [
        [Decimal(value) if name != "currency_ref_full_name" else value for name, value in row.items()]
        for row in rows
    ] == [
        ["US Dollar", Decimal(1), Decimal(30)],
        ["Euro", Decimal("1.1234567"), Decimal("112.46")],
        ["Euro", Decimal("1.2"), Decimal(60)],
    ]
