"""What workers wrote down, held against what must be so: nothing done twice, no company overlapping itself, every lane fair."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import mean, quantiles


@dataclass(frozen=True, slots=True)
class Run:
    """A run as its worker wrote it down; what a kill cut off ended with the kill."""

    company: str
    begun: float
    ended: float
    read: int | None
    """Records; None when it was cut off, or had been done by another."""


def runs_in(file: Path, killed: Mapping[int, float], since: float) -> list[Run]:
    """The runs that began after a moment; `killed` says when each killed process was last alive."""
    begun: dict[tuple[int, str, int], float] = {}
    found = []
    for line in map(json.loads, file.read_text("utf-8").splitlines()):
        key = line["pid"], line["task"], line["part"]
        if line["what"] == "begun":
            begun[key] = line["at"]
        else:
            found.append(Run(line["company"], begun.pop(key), line["at"], line["counts"].get("read")))
    companies = {task: task.split("/")[1] for _, task, _ in begun}
    for (pid, task, _), at in begun.items():
        found.append(Run(companies[task], at, killed.get(pid, float("inf")), None))
    return [each for each in found if each.begun >= since]


def overlaps(runs: Iterable[Run]) -> int:
    """How often a run of a company began before the one before it had ended."""
    by_company: defaultdict[str, list[Run]] = defaultdict(list)
    for each in sorted(runs, key=lambda run: run.begun):
        by_company[each.company].append(each)
    return sum(later.begun < before.ended for mine in by_company.values() for before, later in pairwise(mine))


def twice(runs: Iterable[Run]) -> int:
    """How many companies had more than one run that came to its end."""
    done = Counter(each.company for each in runs if each.read is not None)
    return sum(count > 1 for count in done.values())


def unfairness(runs: Iterable[Run], asked: float) -> float:
    """The 95th percentile of waiting by its mean, for the runs that came to their end; 1.9 where lanes take their turns exactly."""
    waits = [each.begun - asked for each in runs if each.read is not None]
    return quantiles(waits, n=20)[-1] / mean(waits)
