"""How long `tieout --help` takes, beside a Python that does nothing: medians of eleven, taken in turns.

python -m bench.start
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

ASKED = 0.25
"""Seconds."""

ROUNDS = 11


def seconds(*words: str) -> float:
    """One start."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *words], capture_output=True, check=True)
    return time.perf_counter() - began


def start_times() -> dict[str, float]:
    """Medians: of Python alone, and of the help."""
    taken = [(seconds("-c", "pass"), seconds("-m", "tieout", "--help")) for _ in range(ROUNDS)]
    python, helped = (round(statistics.median(times), 3) for times in zip(*taken, strict=True))
    return {"python": python, "help": helped}


if __name__ == "__main__":
    found = start_times()
    print(
        f"tieout --help: {found['help']:.3f} s (asked: ≤ {ASKED}), of which Python itself {found['python']:.3f} s"
    )
