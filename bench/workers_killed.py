"""Workers of which the eldest is killed now and then, and another one started in its place."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import psutil


@dataclass
class Workers:
    """Workers of a project that write down what they do (`bench.witnessed_worker`)."""

    project_file: Path
    witness: Path
    count: int
    kill_every: float = 0
    """Seconds; 0 lets them live."""
    killed: dict[int, float] = field(default_factory=dict)
    """When each of those that were killed was last alive, by its process."""
    _alive: list[subprocess.Popen[bytes]] = field(default_factory=list)
    _spent: float = 0
    _over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def working(self) -> Iterator[Self]:
        for _ in range(self.count):
            self._start()
        for each in self._alive:
            assert each.stdout is not None
            each.stdout.readline()
        killer = threading.Thread(target=self._kill_now_and_then, daemon=True)
        killer.start()
        try:
            yield self
        finally:
            self._over.set()
            killer.join()
            for each in self._alive:
                each.communicate()

    def processor(self) -> float:
        """Seconds of processor that they have taken, those that were killed too."""
        return self._spent + sum(processor_of(each.pid) for each in self._alive)

    def _start(self) -> None:
        command = [sys.executable, "-m", "bench.witnessed_worker", str(self.project_file), str(self.witness)]
        pipe = subprocess.PIPE
        self._alive.append(subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL))

    def _kill_now_and_then(self) -> None:
        while self.kill_every and not self._over.wait(self.kill_every):
            victim = self._alive.pop(0)
            self._spent += processor_of(victim.pid)
            self.killed[victim.pid] = time.monotonic()
            victim.kill()
            victim.communicate()
            self._start()


def processor_of(pid: int) -> float:
    """Seconds that a process, and those of its children that have ended, have been on a processor."""
    try:
        return float(sum(psutil.Process(pid).cpu_times()[:4]))
    except psutil.NoSuchProcess:  # it ended just now, and counts with its parent
        return 0.0
