"""The engine, as the rest of the runtime sees it: tasks in lanes, and what became of each.

A lane is a company: of the tasks in one lane one is under way at a time, on whichever machine. A task that takes long does a
part, says that there is more, and goes to the end of its lane. The engine remembers progress; history is the journal's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

Progress = Literal["unknown", "queued", "under way", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Task:
    """A run of a process for a company, or a part of it."""

    id: str
    """The same task is never done twice, however often it is given."""
    lane: str
    process: str
    company: str = ""
    part: int = 1
    """Which part of a long run it is."""
    asks_zone: bool = False
    """Not to run the process, but to ask its company for its time zone."""


@dataclass(frozen=True, slots=True)
class Part:
    """What became of a task: counts, never data, for the engine keeps them."""

    counts: Mapping[str, int]
    more: bool = False
    """Whether the rest of it waits for its turn."""


Work = Callable[[Task], Part]


class Engine(Protocol):
    """Does tasks. One process has one engine; any number of processes share what is to be done."""

    def run(self, work: Work) -> None:
        """Do tasks from now on, on threads of its own."""
        ...

    def enqueue(self, task: Task) -> None:
        """Put a task at the end of its lane; nothing happens when it was given before."""
        ...

    def hurry(self, on: bool) -> None:
        """Whether much is waiting, so that workers look for it more often."""
        ...

    def status(self, task: str) -> Progress:
        """How far a task is, by its id; the parts of a long run are told as one."""
        ...

    def unfinished(self) -> set[str]:
        """The ids of all tasks that are queued or under way."""
        ...

    def cancel(self, task: str) -> None:
        """Take a task that has not begun out of its lane."""
        ...

    def take_over(self) -> int:
        """Put what dead workers had under way back into its lanes; how many tasks."""
        ...

    def purge(self) -> int:
        """Forget what ended long ago; how many tasks."""
        ...

    def stop(self) -> None:
        """Begin nothing more, and wait a little for what is under way."""
        ...
