"""A DuckDB file whose maker died before it was one: DuckDB never opens it again, and there is nothing in it.

A new file is its three headers of 4,096 bytes, written one after the other (duckdb.org/docs/current/internals/storage); rows come
after them. What is shorter and begins as DuckDB's does, or with nothing at all, holds no row.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

HEADERS = 3 * 4096
_MAGIC = slice(8, 12)


def remove_unfinished(path: Path) -> bool:
    """Take such a file away, unless somebody is making it just now; whether it was taken away."""
    try:
        if path.stat().st_size >= HEADERS:
            return False
        with path.open("r+b") as file, suppress(BlockingIOError):
            _lock(file.fileno())
            start = file.read(HEADERS)
            # Whoever had the lock before us may have put a whole file in its place.
            same = os.path.samestat(os.fstat(file.fileno()), path.stat())
            if same and len(start) < HEADERS and start[_MAGIC] in (b"", b"DUCK"):
                if os.name == "nt":
                    file.close()  # Windows removes no open file, and lets nobody else open one that DuckDB has
                path.unlink()
                return True
    except OSError:  # not ours to repair: whoever opens it says why
        pass
    return False


def _lock(file: int) -> None:
    """DuckDB's own lock on the file; BlockingIOError when another process has it."""
    if os.name != "nt":
        import fcntl

        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
