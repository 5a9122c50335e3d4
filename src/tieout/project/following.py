"""The project file as it is now, for what runs longer than an edit of it."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import replace
from hashlib import sha256
from threading import Lock
from typing import Any

from ..errors import SetupError
from . import Project

LOG = logging.getLogger("tieout.project")


class FollowedProject:
    """A project whose file is looked at again and again. Threads share it.

    `now` is the project as it was last read without a mistake; whoever has taken it finishes with it. What it remembers is
    the same as before. `mistake` is what is wrong with the file since, if anything is.
    """

    def __init__(self, project: Project) -> None:
        self.now = project
        self.mistake: SetupError | None = None
        self._judged = self._seen = b"not looked at"  # it may have changed since it was read
        self._lock = Lock()

    def look(self) -> bool:
        """Read the file again if it has changed; whether `now` is another project since. A mistake is logged, once.

        A file is whole when it is as it was at the last look.
        """
        with self._lock:
            before, self._seen = self._seen, _digest(self.now)
            if self._seen == self._judged or self._seen != before:
                return False
            self._judged = self._seen
            try:
                fresh = self._read()
            except SetupError as error:
                self.mistake = error
                LOG.warning(
                    "The project file was changed and cannot be used; what was read before goes on. %s %s",
                    error,
                    error.advice,
                )
                return False
            is_other = fresh != self.now
            if is_other or self.mistake is not None:
                LOG.info(
                    "The project file was read again: %s.",
                    "; ".join(_differences(self.now, fresh)) or "nothing that runs has changed",
                )
            self.mistake = None
            if is_other:
                self.now = fresh
            return is_other

    def _read(self) -> Project:
        old = self.now
        fresh = replace(Project.read(old.path, old.environ), say_waiting=old.say_waiting, shared=old.shared)
        fresh.refuse_unset()
        if fresh.whole.state != old.whole.state:
            raise SetupError(
                f"{old.path}: `state` names another place than before.",
                advice="Start tieout again: it keeps to one state for as long as it runs.",
            )
        fresh.__dict__["state"] = old.state
        return fresh


def _digest(project: Project) -> bytes:
    """Of the file; empty when it cannot be read."""
    try:
        return sha256(project.path.read_bytes()).digest()
    except OSError:
        return b""


def _differences(old: Project, fresh: Project) -> Iterator[str]:
    """What is new, changed or gone, in words."""
    pairs: tuple[tuple[str, Mapping[str, Any], Mapping[str, Any]], ...] = (
        ("connection", old.connections, fresh.connections),
        ("process", old.processes, fresh.processes),
    )
    for kind, before, after in pairs:
        for name in {**before, **after}:
            if before.get(name) != after.get(name):
                what = "is new" if name not in before else "is gone" if name not in after else "has changed"
                yield f"{kind} {name} {what}"
