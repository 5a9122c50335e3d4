"""How far a run under way has come, as it is committed for those who look."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Self


@dataclass(frozen=True, slots=True)
class RunProgress:
    """What a run did so far, over all its parts."""

    counts: Mapping[str, int]
    """Of a mirror read, gone and requests; of documents in, out, refused …"""
    expected: int = 0
    """How many records will have been read at the end, as far as QuickBooks told; 0 where it told nothing."""
    type: str = ""
    """The record type that it is at."""
    ended: Mapping[str, int] = field(default_factory=dict)
    """The counts of its parts that have ended: a part whose worker died is counted anew from there."""

    @classmethod
    def read(cls, text: str) -> Self | None:
        """As the agenda keeps it; None where nothing is told."""
        return cls(**json.loads(text)) if text else None

    def written(self) -> str:
        return json.dumps(asdict(self))

    @property
    def words(self) -> str:
        """In a line: `12,345 of 98,000 read, 3 gone, 14 requests, at Invoice`."""
        told = [
            f"{count:,}{f' of {self.expected:,}' if name == 'read' and self.expected else ''} {name}"
            for name, count in self.counts.items()
            if count or (name == "read" and self.expected)
        ]
        return ", ".join([*told, *([f"at {self.type}"] if self.type else [])])


def together(runs: Sequence[RunProgress]) -> RunProgress | None:
    """Several runs as one; None of none. What all of them expect is known where each knows it."""
    if len(runs) < 2:
        return runs[0] if runs else None
    counts: Mapping[str, int] = {}
    for each in runs:
        counts = added(counts, each.counts)
    return RunProgress(counts, sum(each.expected for each in runs) if all(r.expected for r in runs) else 0)


def added(one: Mapping[str, int], other: Mapping[str, int]) -> dict[str, int]:
    """Counts of two parts together."""
    return {name: one.get(name, 0) + other.get(name, 0) for name in dict.fromkeys((*one, *other))}
