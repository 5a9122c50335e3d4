"""What was learned of a Ret's records from those that were read with care: the members that a company uses, and where they stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from .qbxml_columns import Node
from .seen_members import Projection, copied, merge

ANY_SPACE = r"[ \t\n]*"
"""The gap where not all elements have the same space between them, as an expression."""

MOST_UNKNOWN = 50
"""Unknown elements that are learned of a Ret; somebody might make up new ones for ever."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """An element with a text that the catalog does not know: in what it stands, and behind which other one."""

    inside: tuple[str, ...]
    name: str
    behind: str


@dataclass(frozen=True, slots=True)
class Learned:
    """The members of records, the catalog's in its order; those that were seen; and what stands between elements."""

    members: Mapping[str, Node]
    seen: Projection
    gap: str = ""
    unknown: int = 0

    def with_more(self, seen: Projection, unknown: Iterable[Unknown], gap: str) -> Learned:
        """The same and what was seen of some more records; itself where nothing is new."""
        merged = copied(self.seen)
        merge(merged, seen)
        more = replace(self, seen=merged, gap=gap if not self.seen or gap == self.gap else ANY_SPACE)
        for each in unknown:
            more = more._with_unknown(each)
        return self if more == self else more

    def _with_unknown(self, new: Unknown) -> Learned:
        if self.unknown >= MOST_UNKNOWN:
            return self
        members = _placed(self.members, new.inside, new)
        if members == self.members:
            return self
        seen = copied(self.seen)
        below = seen
        for name in (*new.inside, new.name):
            below = below.setdefault(name, Projection())
        return replace(self, members=members, seen=seen, unknown=self.unknown + 1)


def gap_of(raw: bytes) -> str:
    """What stands between the first tags of markup."""
    between = raw[raw.find(b">") + 1 :].partition(b"<")[0].replace(b"\r\n", b"\n")
    return {b"": "", b"\n": "\n"}.get(between, ANY_SPACE)


def _placed(members: Mapping[str, Node], inside: Sequence[str], new: Unknown) -> Mapping[str, Node]:
    """Members with an unknown one behind that which it was seen behind, or behind more where it was seen there before."""
    if inside:
        first, *deeper = inside
        below = _placed(members[first].members or {}, deeper, new)
        return {**members, first: replace(members[first], members=below)}
    before = list(members)
    names = [name for name in before if name != new.name]
    at = names.index(new.behind) + 1 if new.behind in names else 0
    if new.name in members:
        at = max(at, before.index(new.name))
    names.insert(at, new.name)
    return {name: members.get(name, Node(is_known=False)) for name in names}
