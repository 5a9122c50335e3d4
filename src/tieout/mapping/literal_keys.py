"""The keys that a map spells out, held against the catalog when the map is loaded: before any document is read."""

from __future__ import annotations

from ..catalog.nearest import did_you_mean
from ..catalog.rest import RecordType
from ..errors import SetupError
from .maps import JsonataMap


def refuse_unknown_keys(made: JsonataMap, kind: RecordType) -> None:
    """SetupError with file, line and the nearest name for a key that records of this type do not have."""
    for position, path in made.literal_keys:
        *outer, name = path
        shape = kind.fields
        if outer:
            declared = kind.field(".".join(outer))
            inner = kind.inner(declared) if declared is not None else None
            if (
                inner is None
            ):  # its outer key is refused, or it is a value whose kind the record's own check knows
                continue
            shape = inner
        if name not in shape:
            inside = f"{kind.name}.{'.'.join(outer)}" if outer else kind.name
            raise SetupError(
                f"{made.name}, line {made.line(position)}: {inside} has no field {name!r}.{did_you_mean(name, shape)}",
                advice=f"`tieout types` lists the fields of {kind.name}.",
            )
