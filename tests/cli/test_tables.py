"""What people read: tables of a width that can be foretold, times to the second, and words where there is nothing."""

import json
import re
import sqlite3

import pytest

from .conftest import call

AT = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
"""A time as a table shows it."""


@pytest.fixture
def file(tmp_path):
    (tmp_path / "inbox").mkdir()
    file = tmp_path / "tieout.toml"
    file.write_text('[connection.inbox]\nkind = "files"\npath = "inbox"\n')
    return file


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["companies"], "Nothing has run unattended yet: start `tieout serve`."),
        (["companies", "17"], "Nothing has run unattended for 17 yet: start `tieout serve`."),
        (["companies", "--alerts"], "Nothing needs a person."),
        (["types", "inbox"], "inbox is empty: it has no types yet."),
        (["runs"], "Nothing was written yet."),
        (["keys"], "There is no key yet: `tieout keys NAME --role viewer` makes one."),
    ],
)
def test_nothing_is_told_in_words_and_to_programs_as_nothing(file, words, told):
    shown = call(*words, "--project", file)
    assert (shown.exit_code, shown.stdout, shown.stderr) == (0, "", f"{told}\n")
    assert call(*words, "--project", file, "--format", "json").stdout == "[]\n"


def test_times_are_shown_to_the_second_and_told_to_programs_whole(file):
    call("users", "amy", "--role", "viewer", "--project", file)
    call("keys", "shop", "--role", "viewer", "--project", file)
    for words, row in (("users", f"amy    viewer   {AT}"), ("keys", f"shop   viewer   {AT}")):
        lines = call(words, "--project", file).stdout.splitlines()
        assert re.fullmatch(row, lines[-1]), lines
        assert re.search(
            r"T\d\d:\d\d:\d\d\.\d+\+00:00", call(words, "--project", file, "--format", "csv").stdout
        )


def test_a_key_and_a_password_that_are_replaced_are_told_to_be_good_no_more(file):
    for words, told in (
        ("keys", "The key that amy had before"),
        ("users", "The password that amy had before"),
    ):
        first = call(words, "amy", "--role", "viewer", "--project", file)
        again = call(words, "amy", "--role", "viewer", "--project", file)
        assert "before" not in first.stderr
        assert f"{told} is good no more" in again.stderr


def test_a_key_is_never_cut(file, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    shown = call("keys", "a program of a long name", "--role", "viewer", "--project", file)
    assert re.search(r"tieout_[\w-]{43}$", shown.stdout, re.MULTILINE)


@pytest.fixture
def refused(file):
    """A project in which a record with a long value was refused; what the command said."""
    with sqlite3.connect(file.parent / "shop.db") as database:
        database.execute("create table orders (id integer primary key, name text not null)")
    file.write_text('[connection.shop]\nkind = "sql"\nurl = "sqlite:///shop.db"\n')
    return call("add", "shop:orders", f'{{"id": 1, "{"n" * 300}": 1}}', "--project", file)


@pytest.mark.parametrize("columns", [None, "40", "400"])
def test_a_table_in_a_pipe_has_a_line_for_each_row_and_nothing_is_cut(file, refused, monkeypatch, columns):
    monkeypatch.delenv("COLUMNS", raising=False)
    if columns is not None:
        monkeypatch.setenv("COLUMNS", columns)
    run = json.loads(call("runs", "--project", file, "--format", "json").stdout)[0]["run"]
    shown = call("runs", run, "--project", file).stdout
    lines = shown.splitlines()
    assert any("n" * 300 in line for line in lines)
    assert all(line == line.rstrip() for line in lines)
    assert lines[1] == "─" * 120
    assert "…" not in shown
    assert (
        f"{run}   add shop:orders" in call("runs", "--project", file).stdout
    )  # what is copied stays in one piece


def test_a_refusal_tells_its_place_once_and_of_no_map(refused):
    assert refused.exit_code == 1
    assert refused.stderr.count("the record given, record 1") == 1
    assert "→ The columns are id, name.\n" in refused.stderr
    assert "map" not in refused.stderr


def test_what_is_no_json_begins_no_run(file, refused):
    before = call("runs", "--project", file, "--format", "json").stdout
    for verb in ("add", "modify", "put", "delete"):
        told = call(verb, "shop:orders", '{"id": 1', "--project", file, *["--yes"] * (verb == "delete"))
        assert told.exit_code == 2
        assert "the record given is not JSON" in told.stderr
        assert ".jsonl" not in told.stderr
    (file.parent / "orders.csv").write_text("id,id\n1,2\n")
    assert call("add", "shop:orders", file.parent / "orders.csv", "--project", file).exit_code == 2
    assert call("runs", "--project", file, "--format", "json").stdout == before
