"""The keys that a map spells out, held against the catalog when the map is loaded: before any document is read."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from ..catalog.nearest import did_you_mean
from ..errors import SetupError
from .maps import JsonataMap

NamesAt = Callable[[Sequence[str]], Collection[str] | None]
"""The fields that records of a type may have below a path; None where nobody knows, as below what is no field itself."""


def refuse_unknown_keys(made: JsonataMap, type_name: str, names_at: NamesAt) -> None:
    """SetupError with file, line and the nearest name for a key that records of this type do not have."""
    for position, path in made.literal_keys:
        *outer, name = path
        known = names_at(outer)
        # below a key that is refused itself, or a value whose kind the record's own check knows, there is nothing to say
        if known is not None and name not in known:
            inside = ".".join((type_name, *outer))
            raise SetupError(
                f"{made.name}, line {made.line(position)}: {inside} has no field {name!r}.{did_you_mean(name, known)}",
                advice=f"`tieout types` lists the fields of {type_name}.",
            )
