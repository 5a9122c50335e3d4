"""The folder `.tieout` and files that are whole or absent, never half written."""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path

from ..errors import SetupError


def make_folder(folder: Path) -> Path:
    """The folder, made for its owner alone, with all it holds kept out of Git."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        ignore = folder / ".gitignore"
        if not ignore.exists():
            replace_file(ignore, b"*\n")
    except OSError as error:
        raise SetupError(
            f"{folder} cannot be used: {error.strerror}.", advice="Make it a folder that you may write to."
        ) from error
    return folder


def replace_file(path: Path, content: bytes, *, private: bool = False) -> None:
    """Write a file so that a reader finds the old content or the new one; `private` is for its owner alone."""
    path = path.resolve()  # a link stays a link
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    fresh.touch(mode=0o600 if private else 0o666, exist_ok=False)
    try:
        _write_through(fresh, content)
        if path.exists() and not private:
            shutil.copymode(path, fresh)
        fresh.replace(path)
        _write_names_through(path.parent)
    finally:
        fresh.unlink(missing_ok=True)


def _write_names_through(folder: Path) -> None:
    """Let a new name outlive a power loss; Windows does that by itself, and some network disks cannot."""
    if os.name == "nt":
        return
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _write_through(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
