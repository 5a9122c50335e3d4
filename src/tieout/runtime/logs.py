"""The log of servers and workers: lines for people, or one JSON object a line for programs. What a line is about stands in `extra={"fields": …}`."""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path

from ..errors import SetupError

_LONGEST = 10_000_000
"""Bytes of a log file."""


class JsonLines(logging.Formatter):
    """One object a line: time, level, logger, message, and the fields of the line."""

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return json.dumps(told, default=str, ensure_ascii=False)


class Seldom(logging.Filter):
    """Of what one place of a program says again and again, lets a line pass once a minute; of several lines, the first."""

    def __init__(self, every: float = 60.0) -> None:
        super().__init__()
        self._every = every
        self._passed: dict[tuple[str, int], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        place, now = (record.pathname, record.lineno), time.monotonic()
        if now - self._passed.get(place, float("-inf")) < self._every:
            return False
        self._passed[place] = now
        record.msg, record.args = record.getMessage().partition("\n")[0], None
        record.exc_info = None
        return True


@contextmanager
def writing_the_log(*, as_json: bool, file: Path | None = None) -> Iterator[None]:
    """Write the log to standard error, or to a file that begins anew when it is long; four older ones are kept.

    At the end all is as it was: a test runner closes the stream that standard error was.
    """
    handler: logging.Handler = logging.StreamHandler(sys.stderr)
    if file is not None:
        try:
            handler = RotatingFileHandler(file, maxBytes=_LONGEST, backupCount=4, encoding="utf-8")
        except OSError as error:
            raise SetupError(
                f"The log cannot be written to {file}: {error.strerror}.",
                advice="Name a file that you may write to.",
            ) from error
    handler.setFormatter(
        JsonLines() if as_json else logging.Formatter("%(asctime)s %(levelname)s %(message)s")
    )
    root, requests = logging.getLogger(), logging.getLogger("httpx2")
    levels = root.level, requests.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    requests.setLevel(logging.WARNING)
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.close()
        root.setLevel(levels[0])
        requests.setLevel(levels[1])
