"""QuickBooks Desktop from the command line, at its sandbox."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tieout.sandbox.desktop.company import DesktopCompany
from tieout.sandbox.desktop.door import running_desktop
from tieout.sandbox.desktop.small_company import small_company

from .conftest import Result, call


@pytest.fixture
def desktop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Result]]:
    with running_desktop(small_company(DesktopCompany())) as running:
        (tmp_path / "tieout.toml").write_text(
            '[connection.books]\nkind = "desktop"\nsandbox = "${QUICKBOOKS_SANDBOX}"\n', "utf-8"
        )
        monkeypatch.setenv("QUICKBOOKS_SANDBOX", running.address)
        monkeypatch.chdir(tmp_path)
        yield call


def test_it_is_checked_and_examined(desktop: Callable[..., Result]) -> None:
    assert "QuickBooks Premier" in desktop("check").stdout
    examined = desktop("doctor", "books", "--format", "json")
    assert examined.exit_code == 0
    assert {row["state"] for row in json.loads(examined.stdout)} == {"ok"}


def test_what_a_message_carries_is_told_as_the_file_speaks_it(desktop: Callable[..., Result]) -> None:
    told = desktop("types", "books:Invoice")
    assert told.exit_code == 0, told.stderr
    assert "InvoiceAddRq" in told.stdout
    assert "qbXML US 16.0; `--message add` lists the elements of one." in told.stderr
    elements = desktop("types", "books:Invoice", "--message", "add", "--format", "json").stdout
    assert elements == desktop("types", "qbxml:Invoice", "--message", "add", "--format", "json").stdout
    assert "Did you mean Invoice?" in desktop("types", "books:Invoce").stderr


def test_what_desktop_does_not_print_is_said_to_be_printed_online(desktop: Callable[..., Result]) -> None:
    told = desktop("act", "books:Invoice", "pdf", "1")
    assert (told.exit_code, "QuickBooks Online alone prints a pdf" in told.stderr) == (2, True)


def test_a_mirrors_records_are_shown_by_what_people_know_them_by(
    desktop: Callable[..., Result], tmp_path: Path
) -> None:
    with (tmp_path / "tieout.toml").open("a", encoding="utf-8") as file:
        file.write('[connection.warehouse]\nkind = "duckdb"\npath = "w.duckdb"\n')
        file.write('[process.mirror]\nfrom = "books:*"\nto = "warehouse:"\ndo = "put"\n')
    assert desktop("run", "mirror").exit_code == 0
    header, _, *rows = desktop("query", "warehouse:customer").stdout.splitlines()
    assert header.split() == ["list_id", "full_name", "balance", "is_active"]
    assert any("Elm Bakery" in row for row in rows)


def test_the_doctor_fails_where_something_is_missing(
    desktop: Callable[..., Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUICKBOOKS_SANDBOX", "tcp://127.0.0.1:1?token=x")
    examined = desktop("doctor", "books")
    assert examined.exit_code == 1
    assert "not ok" in examined.stdout
    assert "tieout sandbox desktop" in examined.stdout


def test_records_are_shown_by_what_people_know_them_by(desktop: Callable[..., Result]) -> None:
    shown = desktop("query", "books:Invoice", "--where", "CustomerRef.FullName = 'Elm Bakery'").stdout
    assert "RefNumber" in shown
    assert "1004" in shown
    lines = desktop("query", "books:Invoice", "--format", "jsonl").stdout.splitlines()
    assert len(lines) == 120
    assert '"Subtotal":' in lines[0]


def test_a_record_is_added(desktop: Callable[..., Result]) -> None:
    Path("new.json").write_text('{"Name": "Ann"}', "utf-8")
    assert desktop("add", "books:Customer", "new.json").exit_code == 0
    assert "Ann" in desktop("query", "books:Customer", "--where", "Name = 'Ann'").stdout


def test_a_company_file_is_connected_by_command(desktop: Callable[..., Result]) -> None:
    address = os.environ["QUICKBOOKS_SANDBOX"]
    connected = desktop("connect", "larch", "--sandbox", address)
    assert connected.exit_code == 0, connected.stderr
    assert "Larch & Daughters" in connected.stdout
    assert '[connection.larch]\nkind = "desktop"' in Path("tieout.toml").read_text("utf-8")


MIRROR = """
[connection.warehouse]
kind = "duckdb"
path = "warehouse.duckdb"

[process.mirror]
from = "books:*"
to = "warehouse:"
do = "put"
only = "changed"
"""


def test_a_company_file_is_mirrored_and_tied_out(desktop: Callable[..., Result]) -> None:
    with Path("tieout.toml").open("a", encoding="utf-8") as file:
        file.write(MIRROR)
    ran = desktop("run", "mirror")
    assert ran.exit_code == 0, ran.stderr
    verified = desktop("verify", "mirror", "--format", "json")
    assert verified.exit_code == 0, verified.stderr
    found = json.loads(verified.stdout)
    assert found["agrees"]
    assert found["trial_balance"]["accounts"] > 0
    kept = desktop("query", "warehouse:invoice", "--format", "jsonl").stdout.splitlines()
    assert len(kept) == 120


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        told = call("sandbox", "desktop", "--company", "empty", "--port", taken.getsockname()[1])
    assert told.exit_code == 2
    assert "The sandbox cannot listen on port" in told.stderr
    assert "Choose another port" in told.stderr


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--track", "colour"), "Stock has no 'colour' numbers"),
        (("--expiration-dates",), "those of serial or lot numbers"),
        (("--track", "lot", "--version", "10.0"), "has no serial or lot numbers"),
        (("--multicurrency", "--version", "7.0"), "has no multi-currency"),
    ],
)
def test_features_that_cannot_be_turned_on_are_told(options: tuple[str, ...], told: str) -> None:
    refused = call("sandbox", "desktop", "--company", "empty", *options)
    assert refused.exit_code == 2
    assert told in refused.stderr
