"""The command line in this process, at a sandbox that all its tests read from and none writes to."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tieout.cli import app
from tieout.sandbox.server import Sandbox, running_sandbox

PROCESS = """
[connection.warehouse]
kind = "duckdb"
path = "warehouse.duckdb"

[process.mirror]
from = "books:*"
to = "warehouse:"
do = "put"
only = "changed"
"""

Tieout = Callable[..., Result]


def call(*words: object) -> Result:
    """What a command does; its output and its messages are apart."""
    return CliRunner().invoke(app, [str(word) for word in words], prog_name="tieout")


def connected(folder: Path, sandbox: Sandbox, processes: str = PROCESS) -> Path:
    """A project that is signed in to a sandbox; the path of its file."""
    file = folder / "tieout.toml"
    signed_in = call("connect", "books", "--sandbox", sandbox.base_url, "--project", file)
    assert signed_in.exit_code == 0, signed_in.stderr
    file.write_text(file.read_text("utf-8") + processes, "utf-8")
    return file


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox("small-shop") as running:
        yield running


@pytest.fixture(scope="session")
def project_folder(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    connected(folder, sandbox)
    return folder


@pytest.fixture(scope="session")
def mirrored(project_folder: Path) -> Path:
    """The project's folder, its mirror filled."""
    run = call("run", "mirror", "--project", project_folder / "tieout.toml")
    assert run.exit_code == 0, run.stderr
    return project_folder


@pytest.fixture
def tieout(project_folder: Path) -> Iterator[Tieout]:
    """Call a command in the project's folder."""
    before = Path.cwd()
    os.chdir(project_folder)
    yield call
    os.chdir(before)


@pytest.fixture
def unused_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
