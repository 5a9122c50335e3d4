"""What the connections of a project to many companies share: made when it is first needed, closed with the project."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Protocol, TypeVar


class _Closes(Protocol):
    def close(self) -> None: ...


Kept = TypeVar("Kept", bound=_Closes)


class Shared:
    """Things by name. Threads share it."""

    def __init__(self) -> None:
        self._kept: dict[str, _Closes] = {}
        self._lock = Lock()

    def get(self, name: str, make: Callable[[], Kept]) -> Kept:
        """The thing of this name, which is of the kind that `make` makes."""
        with self._lock:
            if name not in self._kept:
                self._kept[name] = make()
            return self._kept[name]  # type: ignore[return-value]  # a name stands for one kind

    def close(self) -> None:
        with self._lock:
            while self._kept:
                self._kept.popitem()[1].close()
