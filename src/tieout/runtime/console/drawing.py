"""A process as a picture: from → map → to, with counts on the ways between; measures in units of the picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, ROW = 190, 64, 92
LEFT, MIDDLE, RIGHT = 10, 325, 640
LONGEST = 23
"""Characters that fit into a box."""


@dataclass(frozen=True, slots=True)
class Box:
    x: int
    y: int
    title: str
    """What it says whole."""
    label: str
    word: str
    """What it is, above the label."""


@dataclass(frozen=True, slots=True)
class Way:
    """An arrow between two boxes, with what went along it."""

    path: str
    tip: str
    x: int
    y: int
    label: str


@dataclass(frozen=True, slots=True)
class Drawing:
    boxes: Sequence[Box]
    ways: Sequence[Way]
    refused: str
    """What went no further, below the map."""
    so_far: str
    """How far a run under way has come, below the map."""
    share: float | None
    """How much of all that, from 0 to 1; None where nobody knows."""
    height: int
    width: int = RIGHT + WIDTH + LEFT


def drawing(
    source: str,
    maps: Sequence[str],
    targets: Sequence[str],
    counted: tuple[str, str, str],
    so_far: str = "",
    share: float | None = None,
) -> Drawing:
    """The picture; `counted` says what came in, what went out and what was refused."""
    came_in, went_out, refused = counted
    rows = max(len(targets), 1)
    middle = 20 + (rows - 1) * ROW // 2
    named = ", ".join(dict.fromkeys(maps)) or "as it is"
    boxes = [_box(LEFT, middle, source, "from"), _box(MIDDLE, middle, named, "map")]
    ways = [_way(LEFT + WIDTH, middle, MIDDLE, middle, came_in)]
    for number, target in enumerate(targets):
        y = 20 + number * ROW
        boxes.append(_box(RIGHT, y, target, "to"))
        ways.append(_way(MIDDLE + WIDTH, middle, RIGHT, y, went_out if number == 0 else ""))
    return Drawing(boxes, ways, refused, so_far, share, 20 + rows * ROW + 20)


def _box(x: int, y: int, text: str, word: str) -> Box:
    return Box(x, y, text, text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…", word)


def _way(x: int, y: int, to_x: int, to_y: int, label: str) -> Way:
    y, to_y, end = y + HEIGHT // 2, to_y + HEIGHT // 2, to_x - 10
    half = (x + end) // 2
    tip = f"M{end} {to_y - 6} L{to_x - 1} {to_y} L{end} {to_y + 6} Z"
    return Way(f"M{x} {y} C{half} {y} {half} {to_y} {end} {to_y}", tip, half, min(y, to_y) - 9, label)
