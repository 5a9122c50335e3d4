"""Other processes for the tests of this folder: each says "ready" once it is where the test wants it."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager


def start(program: str, *arguments: object) -> subprocess.Popen[str]:
    """A Python process that runs the text of a program."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program), *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@contextmanager
def standing(program: str, *arguments: object) -> Iterator[subprocess.Popen[str]]:
    """A process that has said "ready"; killed at the end if it still lives."""
    with start(program, *arguments) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()
