"""What a request changed, told once it is done: the record that was meant, and those that changed with it.

Nobody listening costs nothing. Computed balances are no changes: they move no stamp.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

Listener = Callable[[str, str, str], None]
"""Takes the type and id of a record, and what became of it: created updated deleted voided emailed merged."""


class ChangeLog:
    """The changes of one company."""

    def __init__(self) -> None:
        self._listeners: list[Listener] = []
        self._noted: dict[tuple[str, str], str] | None = None

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)

    def note(self, type_name: str, id_: str, verb: str) -> None:
        """Remember a change until its request is done; what a record was first, it stays."""
        if self._noted is not None and (verb == "deleted" or (type_name, id_) not in self._noted):
            self._noted[type_name, id_] = verb

    def tell(self, type_name: str, id_: str, verb: str) -> None:
        """Tell of something at once."""
        for listener in self._listeners:
            listener(type_name, id_, verb)

    @contextmanager
    def request(self, meant: tuple[str, str] = ("", ""), verb: str = "") -> Iterator[None]:
        """Tell what is noted inside the block at its end, of one record by another verb; nothing when it fails."""
        if self._noted is not None or not self._listeners:
            yield
            return
        self._noted = {}
        try:
            yield
            noted = self._noted
        finally:
            self._noted = None
        for key, noted_verb in noted.items():
            self.tell(*key, verb if key == meant else noted_verb)
