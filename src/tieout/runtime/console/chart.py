"""A number over time as a picture; measures in units of the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

WIDTH, HEIGHT = 840, 200
LEFT, RIGHT, TOP, BOTTOM = 60, 20, 24, 36


@dataclass(frozen=True, slots=True)
class Point:
    x: float
    y: float
    value: int
    at: str


@dataclass(frozen=True, slots=True)
class Chart:
    points: Sequence[Point]
    line: str
    """The way from point to point, for a path."""
    most: int
    first: str
    last: str
    """Days at both ends."""
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    top: int = TOP
    floor: int = HEIGHT - BOTTOM


def chart(values: Sequence[tuple[str, int]]) -> Chart | None:
    """Numbers by time, the oldest first; None where there are fewer than two."""
    if len(values) < 2:
        return None
    times = [datetime.fromisoformat(at).timestamp() for at, _ in values]
    span = max(times[-1] - times[0], 1.0)
    most = max((value for _, value in values), default=0)
    points = [
        Point(
            round(LEFT + (time - times[0]) / span * (WIDTH - LEFT - RIGHT), 1),
            round(HEIGHT - BOTTOM - value / max(most, 1) * (HEIGHT - TOP - BOTTOM), 1),
            value,
            at,
        )
        for time, (at, value) in zip(times, values, strict=True)
    ]
    line = "M" + " L".join(f"{each.x} {each.y}" for each in points)
    return Chart(points, line, most, values[0][0][:10], values[-1][0][:10])
