"""Runs and checks on a company of their own, which changes under them."""

import json
import shutil
import subprocess
import sys
from decimal import Decimal

import duckdb
import pytest

from tieout.sandbox.server import running_sandbox
from tieout.state.locks import held

from .conftest import call, connected

ONLY_TWO = """
[connection.warehouse]
kind = "duckdb"
path = "warehouse.duckdb"

[process.mirror]
from = "books:*"
to = "warehouse:"
do = "put"
only = "changed"
except = ["Customer.Notes", TYPES]

[process.customers]
from = "books:Customer"
to = "warehouse:"
do = "put"
"""
KEPT = ("Customer", "Term", "Account")


def without_others():
    """Most types left out, so that the tests are quick."""
    from tieout.catalog.rest import type_names

    others = ", ".join(f'"{name}"' for name in type_names() if name not in KEPT)
    return ONLY_TWO.replace("TYPES", others)


@pytest.fixture(scope="module")
def shop():
    with running_sandbox("empty") as sandbox:
        for name in ("Amber", "Cedar"):
            sandbox.company.create("Customer", {"DisplayName": name, "Notes": "private"})
        yield sandbox


@pytest.fixture(scope="module")
def first(shop, tmp_path_factory):
    """A project whose mirror has been filled once."""
    folder = tmp_path_factory.mktemp("first")
    file = connected(folder, shop, without_others())
    run = call("run", "mirror", "--project", file, "--format", "json")
    assert run.exit_code == 0, run.stderr
    assert json.loads(run.stdout)["first"] is True
    return folder


@pytest.fixture
def file(first, tmp_path):
    """A copy of it."""
    shutil.copytree(first, tmp_path / "project")
    return tmp_path / "project" / "tieout.toml"


def spoil(file, statement):
    with duckdb.connect(str(file.with_name("warehouse.duckdb"))) as database:
        database.execute(statement)


def test_only_what_changed_is_read(shop, file):
    again = call("run", "mirror", "--project", file)
    assert (again.exit_code, again.stdout) == (0, "")
    # CDC tells of all types that are left; one more asks for what moves balances without being told of
    assert again.stderr == "mirror: nothing changed (2 requests).\n"
    shop.company.create("Customer", {"DisplayName": f"New {file}"[:100].replace("/", " ")})
    report = json.loads(call("run", "mirror", "--project", file, "--format", "json").stdout)
    assert report["read"].keys() == {"Customer"}
    assert report["gone"] == {}


def test_a_type_is_read_afresh_and_a_misspelt_one_refused(file):
    report = json.loads(
        call("run", "mirror", "--again", "Term", "--project", file, "--format", "json").stdout
    )
    assert report["read"]["Term"] >= 5
    assert "Account" not in report["read"]
    refused = call("run", "mirror", "--again", "Trm", "--project", file)
    assert refused.exit_code == 2
    assert "Did you mean Term?" in refused.stderr


def test_everything_is_read_when_asked_for(file):
    report = json.loads(call("run", "mirror", "--everything", "--project", file, "--format", "json").stdout)
    assert set(report["read"]) == set(KEPT)


def test_a_plan_names_types_and_tables_and_sends_nothing(shop, file):
    shop.control.forget_requests()
    lines = call("run", "mirror", "--plan", "--project", file, "--format", "jsonl").stdout.splitlines()
    rows = {row["type"]: (row["to"], row["reads"]) for row in map(json.loads, lines)}
    assert rows == {name: (name.lower(), "what changed") for name in KEPT}
    assert shop.control.requests == []


def test_all_runs_each_process(file):
    result = call("run", "all", "--project", file, "--format", "json")
    assert result.exit_code == 0, result.stderr
    assert [each["process"] for each in json.loads(result.stdout)] == ["mirror", "customers"]


def test_fields_that_are_left_out_are_nowhere(file):
    spoil(file, "SELECT 1")
    with duckdb.connect(str(file.with_name("warehouse.duckdb")), read_only=True) as database:
        assert "notes" not in [row[0] for row in database.execute("DESCRIBE customer").fetchall()]
        assert "private" not in str(database.execute("SELECT * FROM customer").fetchall())


def test_a_misspelt_process_is_told_the_nearest(file):
    for verb in ("run", "verify"):
        result = call(verb, "miror", "--project", file)
        assert result.exit_code == 2
        assert "Did you mean mirror?" in result.stderr


def test_a_run_that_is_under_way_is_in_the_way(file):
    with held(file.parent / ".tieout", "run:mirror"):
        result = call("run", "mirror", "--project", file)
    assert result.exit_code == 3
    assert "held by process" in result.stderr


def test_both_sides_agree(file):
    result = call("verify", "mirror", "--project", file, "--format", "json")
    assert result.exit_code == 0, result.stderr
    verdict = json.loads(result.stdout, parse_float=Decimal)
    assert verdict["agrees"] is True
    assert {row["type"]: row["count_mirror"] for row in verdict["types"]}.keys() == set(KEPT)
    assert verdict["requests_to_catch_up"] > 0
    assert "✓" in call("verify", "mirror", "--project", file).stdout


def test_a_wrong_cell_is_found_and_named(file):
    spoil(file, "UPDATE customer SET balance = 7.25 WHERE display_name = 'Amber'")
    result = call("verify", "mirror", "--no-catch-up", "--project", file, "--format", "json")
    assert result.exit_code == 1, result.stderr
    verdict = json.loads(result.stdout, parse_float=Decimal)
    (difference,) = [each for each in verdict["differences"] if each["place"] == "balance"]
    assert difference["type"] == "Customer"
    assert (difference["QuickBooks"], difference["mirror"]) == ("0.00", "7.25")
    assert verdict["requests_to_catch_up"] == 0
    table = call("verify", "mirror", "--no-catch-up", "--project", file)
    assert "✗" in table.stdout
    assert "7.25" in table.stdout
    assert "Does not tie out: Customer differs" in table.stderr
    assert "→ `tieout run mirror --again Customer` puts right what differs." in table.stderr
    call("run", "mirror", "--again", "Customer", "--project", file)
    assert call("verify", "mirror", "--no-catch-up", "--project", file).exit_code == 0


def test_a_missing_record_is_found(file):
    spoil(file, "DELETE FROM term WHERE name = 'Net 30'")
    result = call("verify", "mirror", "--no-catch-up", "--project", file, "--format", "csv")
    assert result.exit_code == 1
    (row,) = [line for line in result.stdout.splitlines() if line.startswith("Term,")]
    assert row.endswith(",1,false")


HOLDER = """
import duckdb, sys
database = duckdb.connect(sys.argv[1])
print("open", flush=True)
sys.stdin.read()
"""


def test_a_file_that_someone_else_has_open_is_told(file):
    path = file.with_name("warehouse.duckdb")
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        result = call(
            "run", "mirror", "--again", "Term", "--project", file
        )  # with nothing new it stays closed
        assert holder.stdin is not None
        holder.stdin.close()
    assert result.exit_code == 3
    assert str(holder.pid) in result.stderr
    assert "nothing was lost" in result.stderr
    assert call("run", "mirror", "--project", file).exit_code == 0


def test_a_mirror_of_a_newer_format_is_refused(file):
    spoil(file, "UPDATE _tieout_mirror SET format = 99")
    result = call("run", "mirror", "--project", file)
    assert result.exit_code == 2
    assert "newer" in result.stderr
