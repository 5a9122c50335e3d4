"""Progress on standard error: a bar while something can be seen moving, silence when nobody looks."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .messages import console

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from ..connections.base import News
    from ..processes.sync import SyncReport, Watcher
    from ..processes.verify import Agreement


@contextmanager
def mirroring(title: str) -> Iterator[Watcher]:
    """A watcher of a run: one bar per large type, one for all the small ones together."""
    with _progress() as progress:
        yield _Mirroring(progress, title)


@contextmanager
def tying_out(title: str, types: int) -> Iterator[tuple[Watcher, Callable[[Agreement], None]]]:
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
    """Called with each change of a run."""

    def __init__(self, progress: Progress, title: str) -> None:
        self._progress = progress
        self._title = title
        self._small = progress.add_task(title, total=None)
        self._bars: dict[str, TaskID] = {}
        self._totals: Counter[TaskID] = Counter()
        self._read: Counter[TaskID] = Counter()

    def __call__(self, change: News, _report: SyncReport) -> None:
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
        for bar in (self._small, *self._bars.values()):
            self._progress.update(bar, visible=False)

    def _expect(self, name: str, rows: int) -> None:
        if rows >= LARGE and name not in self._bars:
            self._bars[name] = self._progress.add_task(name, total=0)
        bar = self._bars.get(name, self._small)
        self._totals[bar] += rows
        self._progress.update(bar, total=self._totals[bar])

    def _advance(self, name: str, rows: int) -> None:
        bar = self._bars.get(name, self._small)
        self._read[bar] += rows
        self._progress.update(bar, completed=self._read[bar])
        if self._read[bar] > self._totals[bar] > 0:  # more came meanwhile, or again
            self._progress.update(bar, total=self._read[bar])
        if bar == self._small:
            self._progress.update(bar, description=f"{self._title} {name}")


@contextmanager
def _progress() -> Iterator[Progress]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(
        *columns, console=console(stderr=True), disable=not sys.stderr.isatty(), transient=True
    ) as progress:
        yield progress


@contextmanager
def counting(title: str) -> Iterator[Callable[[], None]]:
    """To be called with each record written; how many there will be, nobody knows before."""
    with _progress() as progress:
        bar = progress.add_task(title, total=None)
        yield lambda: progress.advance(bar)
