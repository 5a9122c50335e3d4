"""Locks between processes, held by the operating system: they end with their holder, however it dies."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from filelock import FileLock, Timeout

from ..errors import Busy, SetupError
from .files import make_folder

WAIT = 10.0
"""Seconds to wait for another process before giving up."""


@contextmanager
def held(folder: Path, name: str, *, timeout: float = 0) -> Iterator[None]:
    """Hold the lock `name`; Busy, naming the process that has it, when it is not free within `timeout` seconds."""
    base = make_folder(folder) / "locks" / quote(name, safe=" ")
    # Windows lets nobody read a locked file, so the holder signs in a file of its own.
    signature = base.with_name(f"{base.name}.holder")
    lock = FileLock(base.with_name(f"{base.name}.lock"))
    try:
        base.parent.mkdir(exist_ok=True)
        lock.acquire(timeout=timeout)
    except Timeout as error:
        raise _busy(name, signature) from error
    except OSError as error:
        raise SetupError(
            f"{base.parent} cannot be used: {error.strerror}.",
            advice="Make it a folder that you may write to.",
        ) from error
    try:
        with suppress(OSError):  # the disk is full: it only helps whoever finds the lock taken
            signature.write_text(str(os.getpid()), "ascii")
        yield
    finally:
        with suppress(OSError):  # Windows removes no file that somebody reads just now
            signature.unlink(missing_ok=True)
        lock.release()


def _busy(name: str, signature: Path) -> Busy:
    holder = _read_holder(signature)
    return Busy(
        f"{name} is held by {holder}.",
        advice=f"Wait until {holder} has finished, then try again; nothing was lost.",
    )


def _read_holder(signature: Path) -> str:
    try:
        return f"process {int(signature.read_text('ascii'))}"
    except (OSError, ValueError):  # just taken, or just given back
        return "another process"
