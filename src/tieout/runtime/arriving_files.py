"""Files that appear: a process that names some runs soon after one of them has arrived whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from ..project import Project
from ..state.agenda import Agenda

_LOOKED_EVERY = timedelta(seconds=2)


@dataclass
class ArrivingFiles:
    """Looks for files. `step` is called again and again.

    A file that is as it was at the last look is whole. What was there is remembered, so a file counts once, or again when it was
    changed; whoever dies between asking for a run and remembering asks once more, which is harmless.
    """

    project: Project
    agenda: Agenda
    _looked: datetime | None = field(default=None, init=False)
    _before: dict[str, dict[str, str]] = field(default_factory=dict, init=False)

    def step(self) -> None:
        now = self.agenda.clock()
        if self._looked is not None and abs(now - self._looked) < _LOOKED_EVERY:
            return
        self._looked = now
        for process, settings in self.project.processes.items():
            if settings.on_file:
                self._look(process, settings.on_file)

    def _look(self, process: str, pattern: str) -> None:
        found = _found(self.project.path.parent, pattern)
        before = self._before.get(process, {})
        self._before[process] = found
        whole = {name: stamp for name, stamp in found.items() if before.get(name) == stamp}
        known = self.project.watermarks.get(self._key(process)) or {}
        if any(known.get(name) != stamp for name, stamp in whole.items()):
            self.agenda.ask(process)
        kept = {name: stamp for name, stamp in {**known, **whole}.items() if name in found}
        if kept != known:
            self.project.watermarks.set(self._key(process), kept)

    def _key(self, process: str) -> str:
        environment = f"@{self.project.environment}" if self.project.environment else ""
        return f"files of {process}{environment}"


def _found(folder: Path, pattern: str) -> dict[str, str]:
    """The files that fit, each with its size and time."""
    place = Path(pattern).expanduser()
    root, glob = (
        (Path(place.anchor), str(place.relative_to(place.anchor)))
        if place.is_absolute()
        else (folder, pattern)
    )
    told = {}
    for each in root.glob(glob):
        try:
            stat = each.stat()
        except OSError:
            continue  # it has gone meanwhile
        if each.is_file():
            told[str(each)] = f"{stat.st_size} {stat.st_mtime_ns}"
    return told
