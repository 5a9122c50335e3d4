"""Progress on standard error: a bar while something can be seen moving, silence when nobody looks."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .messages import console

if TYPE_CHECKING:
    from rich.progress import Progress

    from ..connections.base import Change
    from ..processes.verify import Agreement


@contextmanager
def mirroring(title: str) -> Iterator[Callable[[Change], None]]:
    """A watcher of a run: one bar per large type, one for all the small ones together."""
    with _progress() as progress:
        yield _Mirroring(progress, title)


@contextmanager
def tying_out(
    title: str, types: int
) -> Iterator[tuple[Callable[[Change], None], Callable[[Agreement], None]]]:
    """Watchers of a check: of the run that comes first, and of the comparing, one step per record type."""
    with _progress() as progress:
        catching_up = _Mirroring(progress, title)
        comparing = progress.add_task("Comparing", total=types)

        def watch(agreement: Agreement) -> None:
            catching_up.hide()
            progress.update(comparing, advance=1, description=f"Comparing {agreement.type}")

        yield catching_up, watch


LARGE = 1_000
"""Rows from which a type has a bar of its own."""


class _Mirroring:
    def __init__(self, progress: Progress, title: str) -> None:
        self._progress = progress
        self._title = title
        self._rest = progress.add_task(title, total=None)
        self._total = 0
        self._own: dict[str, Any] = {}
        self._read: Counter[str] = Counter()

    def __call__(self, change: Change) -> None:
        from ..connections.base import Expected, Gone, Mark, Notice

        match change:
            case Expected(name, rows):
                self._expect(name, rows)
            case Gone() | Mark() | Notice():
                return
            case page:
                self._advance(page.type, len(page))

    def hide(self) -> None:
        """It is done; something else is to be seen now."""
        self._progress.update(self._rest, visible=False)

    def _expect(self, name: str, rows: int) -> None:
        if rows >= LARGE:
            self._own[name] = self._progress.add_task(name, total=rows)
        else:
            self._total += rows
            self._progress.update(self._rest, total=self._total)

    def _advance(self, name: str, rows: int) -> None:
        self._read[name] += rows
        bar = self._own.get(name, self._rest)
        self._progress.update(bar, advance=rows)
        if bar == self._rest:
            self._progress.update(bar, description=f"{self._title} {name}")


@contextmanager
def _progress() -> Iterator[Progress]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(
        *columns, console=console(stderr=True), disable=not sys.stderr.isatty(), transient=True
    ) as progress:
        yield progress
