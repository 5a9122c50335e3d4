"""Writers that are killed at random moments, and what came of it."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from abc import ABC, abstractmethod
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from tieout.connections.base import Connection
from tieout.operations import Change
from tieout.processes.write import write_changes
from tieout.state.journal import Journal


@dataclass(slots=True)
class Result:
    """What came of it."""

    records: int = 0
    kills: int = 0
    once: int = 0
    twice: int = 0
    lost: int = 0
    seconds: float = 0.0
    requests: int = 0
    told: list[str] = field(default_factory=list)

    def line(self) -> str:
        return (
            f"{self.records:,} records, {self.kills} kills survived, {self.requests:,} requests in {self.seconds:.0f} s: "
            f"{self.once:,} written once, {self.twice} twice, {self.lost} lost"
        )


class Writers(ABC):
    """Children, forked warm, that run one command again and again until it comes to its end."""

    __slots__ = ()

    @abstractmethod
    def opened(self) -> AbstractContextManager[tuple[Connection, Journal]]:
        """The connection that is written to, and the journal."""

    def written(self, changes: list[Change], kills: int, chance: random.Random) -> int:
        """Run the command until it comes to its end; how often it was killed before."""
        survived = 0
        while self._run(changes, chance.uniform(0.02, 0.3) if survived < kills else None):
            survived += 1
        return survived

    def _run(self, changes: list[Change], kill_after: float | None) -> bool:
        """One child; whether it was killed at work."""
        child = os.fork()
        if child == 0:
            os._exit(self._write(changes))
        if kill_after is not None:
            time.sleep(kill_after)
            if os.waitpid(child, os.WNOHANG) == (0, 0):
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
                return True
            return False
        _, status = os.waitpid(child, 0)
        if os.waitstatus_to_exitcode(status) != 0:
            raise RuntimeError(f"the command ended with {os.waitstatus_to_exitcode(status)}")
        return False

    def _write(self, changes: list[Change]) -> int:
        """In the child: the command, as often as it takes when QuickBooks sends it away."""
        for _ in range(40):
            try:
                with self.opened() as (connection, journal):
                    writing = write_changes(connection, changes, journal, name="faults", command="faults")
                    bad = [outcome for outcome in writing if outcome.state != "done"]
                if not bad:
                    return 0
                sys.stderr.write(f"{len(bad)} not done, such as {bad[0].error!r}\n")
            except Exception as error:
                sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return 3
