"""A worker that writes down when each run begins and ends: one line of JSON each, in a file that it shares with other workers.

    python -m bench.witnessed_worker PROJECT_FILE WITNESS_FILE

Prints `ready` when it has begun, and stops when its input ends.
Times are of the clock that all processes of a machine share. A line is written at once and whole, so a kill loses none.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tieout.project import Project
from tieout.runtime.tracing import Note, Tracer
from tieout.runtime.worker import working


def witness(file: Path) -> Tracer:
    """Writes down what a worker does. `counts` of a run that was not wanted any more are empty."""
    lines = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def write(what: str, told: Mapping[str, Any]) -> None:
        line = {"what": what, "at": time.monotonic(), "pid": os.getpid(), **told}
        os.write(lines, json.dumps(line).encode() + b"\n")

    @contextmanager
    def span(_name: str, told: Mapping[str, Any]) -> Iterator[Note]:
        write("begun", told)
        yield lambda counts: write("ended", {**told, "counts": dict(counts)})

    return span


def main(project_file: str, witness_file: str) -> None:
    with Project.read(Path(project_file)) as project, working(project, trace=witness(Path(witness_file))):
        print("ready", flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
