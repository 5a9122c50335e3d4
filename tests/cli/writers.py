"""For tests of commands that write: a project of each test's own, at a sandbox of the module's own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from typer.testing import CliRunner, Result

from tieout.cli import app
from tieout.sandbox.doors.control import LoggedCall
from tieout.sandbox.server import Sandbox, running_sandbox

from .conftest import connected

NUMBERS = count(1)


@pytest.fixture(scope="module")
def shop() -> Iterator[Sandbox]:
    with running_sandbox(["small-shop", "empty"]) as running:
        yield running


@pytest.fixture
def desk(shop: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a project, and where we are."""
    connected(tmp_path, shop)
    monkeypatch.chdir(tmp_path)
    shop.control.forget_requests()
    yield tmp_path
    shop.control.clear_faults()


def writes(shop: Sandbox) -> list[LoggedCall]:
    """The writes that arrived."""
    return [each for each in shop.control.requests if "requestid" in dict(parse_qsl(each.params))]


def fresh(stem: str = "Ann") -> str:
    """A text that nothing has yet."""
    return f"{stem} {next(NUMBERS)}"


def read(text: str) -> Any:
    return json.loads(text, parse_float=Decimal)


def typed(*words: object, given: str | None = None, code: int = 0) -> Result:
    """What a command says, after it ended as it should."""
    result = CliRunner().invoke(app, [str(word) for word in words], prog_name="tieout", input=given)
    assert result.exit_code == code, f"{result.exit_code}: {result.stdout}{result.stderr}{result.exception!r}"
    return result


def documents(result: Result) -> list[Any]:
    return [read(line) for line in result.stdout.splitlines()]


def invoice(**more: Any) -> dict[str, Any]:
    line = {"Amount": 10, "SalesItemLineDetail": {"ItemRef": "5"}}
    return {"CustomerRef": "2", "Line": [line], "PrivateNote": fresh("note"), **more}


def added(type_name: str, record: dict[str, Any]) -> Any:
    """The outcome of adding a record."""
    result = typed("add", f"books:{type_name}", json.dumps(record), "--format", "jsonl")
    return documents(result)[0]
