"""What `import tieout` gives, and what it leaves alone."""

from __future__ import annotations

import inspect
import io
import subprocess
import sys
import textwrap
from contextlib import redirect_stdout
from decimal import Decimal

import pytest

import tieout
from tieout import errors
from tieout.sandbox.server import running_sandbox

HEAVY = ("httpx2", "duckdb", "arro3", "msgspec", "starlette", "cryptography", "sqlite3", "rich", "typer")


@pytest.fixture(scope="module")
def sandbox():
    with running_sandbox("empty") as running:
        running.company.create("Customer", {"DisplayName": "Maison d'Aïn"})
        for number in range(3):
            running.company.create("Customer", {"DisplayName": f"Customer {number}", "CompanyName": "Shop"})
        yield running


def keys(sandbox, tmp_path, **others):
    return {
        "base_url": sandbox.base_url,
        "company": sandbox.realm,
        "client_id": sandbox.keys.client_id,
        "client_secret": sandbox.keys.client_secret,
        "refresh_token": sandbox.keys.refresh_token,
        "folder": tmp_path / "state",
        **others,
    }


def test_importing_imports_nothing_else():
    code = "import sys, tieout\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()).isdisjoint(HEAVY)


def test_all_is_flat_sorted_and_true():
    assert tieout.__all__ == sorted(tieout.__all__)
    assert not any("." in name or name.startswith("_") for name in tieout.__all__)
    for name in tieout.__all__:
        assert getattr(tieout, name).__name__ == name
    assert set(tieout.__all__) <= set(dir(tieout))


def test_every_error_is_at_the_front_door():
    found = {
        name
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if kind.__module__ == errors.__name__
    }
    assert found <= set(tieout.__all__)
    assert all(getattr(tieout, name) is getattr(errors, name) for name in found)


def test_what_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'conect'"):
        _ = tieout.conect


def test_the_program_of_the_docstring_runs():
    assert tieout.__doc__ is not None
    lines = [line for line in tieout.__doc__.splitlines() if line.startswith("    ") or not line.strip()]
    program = textwrap.dedent("\n".join(lines)).strip()
    assert len(program.splitlines()) <= 10
    with redirect_stdout(io.StringIO()) as said:
        exec(compile(program, "docstring", "exec"), {})
    assert said.getvalue().startswith("Harbor Lane Goods has ")
    owed = next(line for line in said.getvalue().splitlines() if line.startswith("owed: "))
    assert Decimal(owed.removeprefix("owed: ")) > 0


def test_books_at_a_sandbox(sandbox):
    with tieout.connect(sandbox=sandbox.base_url) as books:
        assert books.check().company == sandbox.company.name
        assert books.count("Customer", where="companyname = 'Shop'") == 3
        found = books.query("Customer", where="DisplayName LIKE '%Aïn'")
        (record,) = found
        assert books.get("Customer", record["Id"])["DisplayName"] == "Maison d'Aïn"
        assert found.tables()["customer"].column("display_name").to_pylist() == ["Maison d'Aïn"]
        assert "Invoice" in books.types()


def test_keys_alone_open_books_and_the_tokens_that_follow_are_kept(sandbox, tmp_path):
    with tieout.connect(**keys(sandbox, tmp_path)) as books:
        assert books.count("Customer") == 4
    sandbox.control.forget_requests()
    with tieout.connect(**keys(sandbox, tmp_path)) as books:
        assert books.count("Customer") == 4
    assert [call.path for call in sandbox.control.requests if "token" in call.path] == []
    assert sandbox.keys.refresh_token.encode() not in (tmp_path / "state" / "vault.db").read_bytes()


def test_another_refresh_token_is_taken_over(sandbox, tmp_path):
    with tieout.connect(**keys(sandbox, tmp_path)):
        pass
    with pytest.raises(tieout.Unauthorized, match="refused the token"):
        tieout.connect(**keys(sandbox, tmp_path, refresh_token="RT1-other"))
    with tieout.connect(**keys(sandbox, tmp_path, refresh_token="")) as books:
        assert books.count("Customer") == 4


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ({"company": ""}, "company must be given too"),
        ({"client_id": "", "client_secret": ""}, "client_id and client_secret"),
        ({"kind": "duckdb"}, "not 'duckdb'"),
    ],
)
def test_keys_that_are_missing_are_named(sandbox, tmp_path, words, told):
    with pytest.raises(tieout.SetupError, match=told):
        tieout.connect(**keys(sandbox, tmp_path, **words))
    assert not (tmp_path / "state").exists()


def test_a_project_is_opened_by_file_or_folder(tmp_path, monkeypatch):
    file = tmp_path / "tieout.toml"
    file.write_text('[connection.books]\nkind = "memory"\n')
    monkeypatch.chdir(tmp_path)
    for named in (None, file, tmp_path, str(file)):
        with tieout.open_project(named) as project:
            assert list(project.connections) == ["books"]
        with tieout.connect("books", project=named) as books:
            assert books.name == "books"
    with pytest.raises(tieout.SetupError, match="Did you mean books"):
        tieout.connect("boks")
