"""What a command ends with, in processes of their own where the ending itself is the matter."""

import inspect
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from tieout import errors
from tieout.cli.exit_codes import code_of, exits
from tieout.errors import TieoutError


def run(*words, cwd, **others):
    return subprocess.run(
        [sys.executable, "-m", "tieout", *words], cwd=cwd, capture_output=True, text=True, **others
    )


CODES = {
    2: {"SetupError", "LocalProtocolError"},
    3: {"ConnectionFailed", "Unreachable", "Busy", "Unauthorized", "RemoteProtocolError"},
    4: {"OutcomeUnknown"},
}


@pytest.mark.parametrize(
    "kind", [k for _, k in inspect.getmembers(errors, inspect.isclass) if issubclass(k, TieoutError)]
)
def test_every_error_has_its_code(kind):
    expected = next((code for code, names in CODES.items() if kind.__name__ in names), 1)
    assert code_of(kind()) == expected


def ends_with(error, **settings):
    with pytest.raises(typer.Exit) as ended, exits(**settings):
        raise error
    return ended.value.exit_code


def test_an_error_is_its_message_and_its_advice(capsys):
    assert ends_with(errors.Busy("The file is open.", advice="Close it.")) == 3
    assert capsys.readouterr() == ("", "Error: The file is open.\n→ Close it.\n")


def test_a_fault_of_ours_is_told_on_a_full_disk_too(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    assert ends_with(ZeroDivisionError("by zero")) == 5
    assert "`tieout --debug` shows" in capsys.readouterr().err


def test_a_fault_of_ours_keeps_its_traceback_in_a_file(capsys):
    assert ends_with(ZeroDivisionError("by zero")) == 5
    told = capsys.readouterr().err
    assert "a fault of tieout itself" in told
    assert "Traceback" not in told
    found = re.search(r"with the file (\S+\.txt)", told)
    assert found is not None
    kept = Path(found[1])
    assert "ZeroDivisionError: by zero" in kept.read_text("utf-8")
    kept.unlink()


def test_the_traceback_is_shown_when_asked_for(capsys):
    ends_with(errors.SetupError("wrong"), debug=True)
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize("ending", [KeyboardInterrupt(), typer.Abort()])
def test_an_interrupt_is_130(ending, capsys):
    assert ends_with(ending) == 130
    assert capsys.readouterr().err.startswith("Interrupted")


@pytest.mark.parametrize(
    "words",
    [("qery",), ("query",), ("query", "books:Invoice", "--limt", "1"), ("run", "x", "--format", "xml")],
)
def test_a_wrong_call_is_2_and_says_nothing_on_standard_output(words, tmp_path):
    done = run(*words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr


def test_without_a_project_it_says_how_to_make_one(tmp_path):
    done = run("query", "books:Invoice", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert "There is no tieout.toml" in done.stderr
    assert "tieout init" in done.stderr


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[conection.books]\nkind = "online"\n', "Did you mean connection?"),
        ('[connection.w]\nkind = "dukdb"\npath = "w"\n', "Did you mean duckdb?"),
        ('[connection.w]\nkind = "duckdb"\npth = "w"\n', "Did you mean path?"),
        ('[process.m]\nfrom = "boks:*"\nto = "w:"\ndo = "put"\n', "There is no connection 'boks'"),
    ],
)
def test_a_wrong_project_file_is_2_and_names_the_place(text, told, tmp_path):
    (tmp_path / "tieout.toml").write_text(text)
    done = run("check", cwd=tmp_path)
    assert done.returncode == 2
    assert told in done.stderr
    assert "tieout.toml, line" in done.stderr


def test_output_and_messages_are_apart(project_folder):
    done = run("count", "books:Invoice", "--format", "json", cwd=project_folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["count"] > 100


def test_a_reader_that_stops_early_is_no_fault(project_folder):
    reader = [sys.executable, "-c", "import sys; sys.stdin.readline()"]
    command = [sys.executable, "-m", "tieout", "query", "books:Invoice", "--format", "jsonl"]
    with subprocess.Popen(
        command, cwd=project_folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as writer:
        subprocess.run(reader, stdin=writer.stdout, check=True)
        assert writer.stdout is not None
        writer.stdout.close()
        assert writer.stderr is not None
        told = writer.stderr.read()
    assert (writer.returncode, told) == (0, "")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for one process alone")
def test_a_desktop_sandbox_stops_at_once_with_130(tmp_path):
    command = [sys.executable, "-m", "tieout", "sandbox", "desktop", "--company", "empty", "--format", "json"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        ready = json.loads(running.stdout.readline())
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=20)
    assert running.returncode == 130
    assert set(ready) == {"sandbox", "company"}


def test_a_sandbox_stops_at_once_with_130(tmp_path):
    command = [sys.executable, "-m", "tieout", "sandbox", "online", "--company", "empty", "--format", "json"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        assert running.stdout is not None
        ready = json.loads(running.stdout.readline())
        running.send_signal(signal.SIGINT)
        _, told = running.communicate(timeout=20)
    assert running.returncode == 130
    assert set(ready) == {
        "base_url",
        "company",
        "client_id",
        "client_secret",
        "redirect_uri",
        "access_token",
        "refresh_token",
    }
    assert "Traceback" not in told
