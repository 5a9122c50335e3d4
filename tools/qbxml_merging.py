"""Merge the shapes of all editions into one list of slots each, and say in which editions a slot lives."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from qbxml_schema import Mark, Schema

from tieout.catalog.qbxml import VERSIONS, Edition
from tieout.catalog.qbxml.editions import NAMED, tenths

K = TypeVar("K")
V = TypeVar("V")


@dataclass
class Slot(Generic[K, V]):
    """A position of a shape, and what each edition that has it says of it."""

    key: K
    by_edition: dict[Edition, V] = field(default_factory=dict)


class Merged(Generic[K, V]):
    """The slots of one shape, merged edition by edition by their longest common subsequence."""

    def __init__(self) -> None:
        self.slots: list[Slot[K, V]] = []
        self._last: tuple[list[K], Edition] | None = None

    def add(self, edition: Edition, row: Sequence[tuple[K, V]]) -> None:
        keys = [key for key, _ in row]
        if self._last is not None and self._last[0] == keys:
            same = [slot for slot in self.slots if self._last[1] in slot.by_edition]
            for slot, (_, value) in zip(same, row, strict=True):
                slot.by_edition[edition] = value
        else:
            self.slots = _merged(self.slots, row, edition)
        self._last = keys, edition


def _merged(slots: list[Slot[K, V]], row: Sequence[tuple[K, V]], edition: Edition) -> list[Slot[K, V]]:
    lengths = _common_lengths([slot.key for slot in slots], [key for key, _ in row])
    found: list[Slot[K, V]] = []
    i = j = 0
    while i < len(slots) or j < len(row):
        if i < len(slots) and j < len(row) and slots[i].key == row[j][0]:
            slots[i].by_edition[edition] = row[j][1]
            found.append(slots[i])
            i, j = i + 1, j + 1
        elif j < len(row) and (i == len(slots) or lengths[i][j + 1] > lengths[i + 1][j]):
            found.append(Slot(row[j][0], {edition: row[j][1]}))
            j += 1
        else:  # of two equal ways, the older slot stands first
            found.append(slots[i])
            i += 1
    return found


def _common_lengths(ours: Sequence[object], theirs: Sequence[object]) -> list[list[int]]:
    """Lengths of the longest common subsequences of all tails."""
    lengths = [[0] * (len(theirs) + 1) for _ in range(len(ours) + 1)]
    for i in range(len(ours) - 1, -1, -1):
        for j in range(len(theirs) - 1, -1, -1):
            same = ours[i] == theirs[j]
            lengths[i][j] = lengths[i + 1][j + 1] + 1 if same else max(lengths[i + 1][j], lengths[i][j + 1])
    return lengths


def merged_slots(schemas: Mapping[Edition, Schema], name: str) -> list[Slot[Mark, object]]:
    """The slots of a shape; where brackets would cross, they are merged without telling them apart."""
    for named in (True, False):
        merged: Merged[Mark, object] = Merged()
        for edition, schema in schemas.items():
            if name in schema.shapes:
                row = [
                    (m if named or m.kind not in "()[]" else Mark(m.kind), c)
                    for m, c in schema.shapes[name].slots
                ]
                merged.add(edition, row)
        if not _brackets_cross(merged.slots, schemas):
            break
    return merged.slots


def _brackets_cross(slots: list[Slot[Mark, object]], editions: Collection[Edition]) -> bool:
    """Whether a bracket has different partners in different editions, or pairs overlap."""
    partner: dict[int, int] = {}
    for edition in editions:
        opened: list[int] = []
        for index, slot in enumerate(slots):
            if edition not in slot.by_edition:
                continue
            if slot.key.kind in "([":
                opened.append(index)
            elif slot.key.kind in ")]":
                start = opened.pop()
                if partner.setdefault(start, index) != index or partner.setdefault(index, start) != start:
                    return True
    pairs = [(a, b) for a, b in partner.items() if a < b]
    return any(a < c < b < d for a, b in pairs for c, d in pairs)


# ---- conditions


def condition(living: Collection[Edition], domain: Collection[Edition]) -> str:
    """The shortest words for these editions among those of a domain; empty for all of them."""
    if set(living) == set(domain):
        return ""
    countries = [c for c in VERSIONS if any(e.country == c for e in domain)]
    has = {
        c: [v for v in VERSIONS[c] if any((e.country, e.version) == (c, v) for e in domain)]
        for c in countries
    }
    wants = {
        c: [e for e in has[c] if any((x.country, x.version) == (c, e) for x in living)] for c in countries
    }
    versions = sorted({v for vs in has.values() for v in vs}, key=tenths)
    union = _ranges([v for v in versions if any(v in wants[c] for c in countries)], versions)
    candidates = [_ranges(wants[c], has[c]) for c in countries if wants[c]]
    for each in [*sorted(candidates, key=lambda ranges: len(_words(ranges))), union]:
        if _words(each) and all(_within(has[c], each) == wants[c] for c in countries):
            return _words(each)
    words = ";".join(_groups(wants, has, [*candidates, union]))
    return next((name for name, named in NAMED.items() if named == words), words)


Ranges = list[tuple[str, str]]


def _groups(
    wants: Mapping[str, list[str]], has: Mapping[str, list[str]], candidates: list[Ranges]
) -> list[str]:
    left = [c for c in wants if wants[c]]
    found = []
    while left:
        fitting = [([c for c in left if _within(has[c], each) == wants[c]], each) for each in candidates]
        countries, ranges = max(
            ((cs, each) for cs, each in fitting if cs), key=lambda pair: (len(pair[0]), -len(_words(pair[1])))
        )
        left = [c for c in left if c not in countries]
        found.append("/".join([*countries, *([_words(ranges)] if _words(ranges) else [])]))
    return found


def _ranges(wanted: list[str], versions: list[str]) -> Ranges:
    """Runs of neighbouring versions; an empty end is open."""
    found: Ranges = []
    start = None
    for index, version in enumerate(versions):
        if version in wanted and start is None:
            start = index
        if start is not None and (index + 1 == len(versions) or versions[index + 1] not in wanted):
            last = index + 1 == len(versions)
            found.append(("" if start == 0 else versions[start], "" if last else version))
            start = None
    return found


def _words(ranges: Ranges) -> str:
    return ",".join(
        f"{low}+" if low and not high else low if low == high else f"{low}-{high}"
        for low, high in ranges
        if low or high
    )


def _within(versions: list[str], ranges: Ranges) -> list[str]:
    return [
        v
        for v in versions
        if any((not a or tenths(v) >= tenths(a)) and (not b or tenths(v) <= tenths(b)) for a, b in ranges)
    ]
