"""The worker beside QuickBooks, started as a process of its own: `com_worker.py` under a Python of QuickBooks' bitness."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, cast

from ...errors import SetupError
from .frames import Link
from .host import TIMEOUT, Host

SCRIPT = Path(__file__).with_name("com_worker.py")

FAREWELL = 10.0
"""Seconds for a worker to end its session before it is killed."""


def worker_host(command: Sequence[str], *, timeout: float = TIMEOUT, script: str = "") -> Host:
    """A worker under the Python that `command` starts; it ends with the host."""
    try:
        worker = subprocess.Popen(  # noqa: S603 - a Python that the project file names
            [*command, script or str(SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
    except OSError as error:
        raise SetupError(
            f"{command[0]} cannot be started: {error.strerror}.",
            advice="Name in `python` a Python of QuickBooks' bitness: 32-bit up to QuickBooks 2021, 64-bit from 2022.",
        ) from error
    assert worker.stdin is not None
    assert worker.stdout is not None
    incoming, outgoing = cast(BinaryIO, worker.stdout), cast(BinaryIO, worker.stdin)

    def close() -> None:
        with suppress(OSError):  # it may have gone already
            outgoing.close()
        try:
            worker.wait(FAREWELL)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.wait()
        incoming.close()

    def cut() -> None:
        worker.kill()

    link = Link(incoming, outgoing, name=f"the worker {command[0]}", cut=cut, close=close)
    return Host(link, timeout=timeout)
