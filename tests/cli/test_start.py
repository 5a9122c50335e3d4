"""What answers at once must not import what it does not need."""

import subprocess
import sys

HEAVY = (
    "rich",
    "httpx2",
    "duckdb",
    "arro3",
    "msgspec",
    "starlette",
    "uvicorn",
    "cryptography",
    "sqlite3",
    "tomlkit",
)


def imported_by(program):
    code = f"import sys\n{program}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_help_needs_little_more_than_typer():
    program = """
import io, contextlib
from tieout.cli import app
with contextlib.redirect_stdout(io.StringIO()):
    app(["--help"], standalone_mode=False)
"""
    assert imported_by(program).isdisjoint(HEAVY)


def test_help_names_every_verb():
    done = subprocess.run(
        [sys.executable, "-m", "tieout", "--help"], capture_output=True, text=True, check=True
    )
    verbs = [
        "demo",
        "sandbox",
        "connect",
        "check",
        "types",
        "query",
        "get",
        "count",
        "run",
        "verify",
        "add",
        "modify",
        "put",
        "delete",
        "void",
        "act",
        "runs",
        "settle",
        "raw",
        "init",
    ]
    assert all(f"\n  {verb} " in done.stdout for verb in verbs)
    assert "..." not in done.stdout.partition("Commands:")[2]  # every first line fits
