"""A copy of an example's folder, and the commands that its guide tells."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import call

from tieout.project import Project
from tieout.sandbox.server import Sandbox, running_sandbox

EXAMPLES = Path(__file__).parents[2] / "examples"
A_MINUTE = 60


class Example:
    """A copy of a folder of examples/, in which commands are given."""

    def __init__(self, name: str, folder: Path) -> None:
        self.folder = folder / name
        shutil.copytree(EXAMPLES / name, self.folder)
        for file in self.folder.rglob("*"):
            _finish(file)

    def write(self, name: str, text: str) -> None:
        """A file that arrives, or comes again."""
        (self.folder / name).write_text(text, "utf-8")
        _finish(self.folder / name)

    def tieout(self, *words: object, code: int = 0) -> Any:
        """What a command does; it ends with `code`."""
        done = call(words[0], *words[1:], "--project", self.folder / "tieout.toml")
        assert done.exit_code == code, done.stdout + done.stderr
        return done

    def run(self, *words: object, code: int = 0) -> str:
        """Run a process; what it says of itself."""
        return str(self.tieout("run", *words, code=code).stderr)

    def connect(self, sandbox: Sandbox, name: str = "books") -> None:
        """Sign in to a company, as everybody begins."""
        self.tieout("connect", name, "--sandbox", sandbox.base_url)

    def project(self) -> Project:
        return Project.read(self.folder / "tieout.toml")


def _finish(file: Path) -> None:
    """Have a file look as if nobody were writing it any more."""
    written = time.time() - A_MINUTE
    os.utime(file, (written, written))


@pytest.fixture
def example(tmp_path: Path) -> Callable[[str], Example]:
    """A copy of the example of that name."""
    return lambda name: Example(name, tmp_path)


@pytest.fixture
def company() -> Iterator[Sandbox]:
    """The small shop."""
    with running_sandbox("small-shop") as running:
        yield running


def records(sandbox: Sandbox, kind: str) -> list[dict[str, Any]]:
    """All records of a type, as they stand in the company."""
    return [stored.record for stored in sandbox.company.books.store(kind)]
