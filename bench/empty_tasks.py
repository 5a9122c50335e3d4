"""The engine's own speed: tasks that do nothing, each in a lane of its own.

    python -m bench.empty_tasks POSTGRES_URL NAME COUNT

Prints `ready` when it takes tasks. With a COUNT it waits for a line, hands over so many, no more at once than a worker does, and
prints the seconds until the last was done. With 0 it only takes tasks, until its input ends.
"""

from __future__ import annotations

import sys
import time
from collections import deque

from tieout.runtime.durable_engine import DurableEngine
from tieout.runtime.engine import Part, Task
from tieout.state.postgres import PostgresState

AHEAD = 500


def main(url: str, name: str, count: int) -> None:
    engine = DurableEngine(url, PostgresState(url).exclusive, schema=f"empty_{name}")
    engine.run(lambda _task: Part({}))
    print("ready", flush=True)
    if count:
        sys.stdin.readline()
        began = time.perf_counter()
        _hand_over(engine, count)
        print(time.perf_counter() - began, flush=True)
    sys.stdin.read()
    engine.stop()


def _hand_over(engine: DurableEngine, count: int) -> None:
    left = deque(range(count))
    engine.hurry(True)
    while True:
        under_way = len(engine.unfinished())
        if not left and not under_way:
            return
        for _ in range(min(len(left), AHEAD - under_way)):
            number = left.popleft()
            engine.enqueue(Task(f"task {number}", f"company {number}", "none"))
        time.sleep(0.5)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
