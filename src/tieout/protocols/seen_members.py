"""Which members of records were seen so far: pages decode to the columns of these only."""

from __future__ import annotations


class Projection(dict[str, "Projection"]):
    """The members seen so far, as a tree of names."""


def copied(seen: Projection) -> Projection:
    """The same tree, to be changed without the other."""
    return Projection({name: copied(below) for name, below in seen.items()})


def merge(into: Projection, new: Projection) -> None:
    """Add what the other has seen."""
    for name, below in new.items():
        merge(into.setdefault(name, Projection()), below)
