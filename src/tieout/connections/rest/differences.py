"""What a body would make different in the record that is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .line_merging import SUBTOTAL

_NOTHING: tuple[Any, ...] = (None, "", {}, [])


def differences(body: Mapping[str, Any], before: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """What a body would make different: dotted place, value now, value then."""
    ignored = ("Id", "SyncToken", "sparse")
    return [
        each
        for name, value in body.items()
        if name not in ignored
        for each in _differing(name, _without_subtotals(before.get(name)), value)
    ]


def emptied(
    told: Mapping[str, Any], before: Mapping[str, Any], place: str = ""
) -> list[tuple[str, Any, Any]]:
    """What a change sets to nothing that is there: fields, and parts of lines that are named by their ids."""
    found: list[tuple[str, Any, Any]] = []
    for name, value in told.items():
        now = before.get(name)
        if value is None and now not in _NOTHING:
            found.append((f"{place}{name}", now, None))
        elif name.endswith("LineDetail") and isinstance(value, Mapping) and isinstance(now, Mapping):
            found += emptied(value, now, f"{place}{name}.")
        elif name == "Line" and isinstance(value, list) and isinstance(now, list):
            there = {line["Id"]: line for line in now if line.get("Id")}
            for line in value:
                if isinstance(line, Mapping) and line.get("Id") in there:
                    found += emptied(line, there[line["Id"]], f"{place}Line.{line['Id']}.")
    return found


def _without_subtotals(value: Any) -> Any:
    """QuickBooks makes the lines of subtotals itself; none is ever sent."""
    if not isinstance(value, list):
        return value
    return [each for each in value if not (isinstance(each, Mapping) and each.get("DetailType") == SUBTOTAL)]


def _differing(place: str, now: Any, then: Any) -> Iterator[tuple[str, Any, Any]]:
    if isinstance(then, Mapping) and then and isinstance(now, Mapping | None):
        for name, value in then.items():
            if not (name == "name" and "value" in then):  # QuickBooks writes the names of references itself
                yield from _differing(f"{place}.{name}", (now or {}).get(name), value)
    elif isinstance(then, list) and isinstance(now, list):
        if len(now) != len(then):
            yield f"{place} (how many)", len(now), len(then)
        for at, value in enumerate(then):
            yield from _differing(f"{place}.{at + 1}", now[at] if at < len(now) else None, value)
    elif not _same(now, then):
        yield place, now, then


def _same(now: Any, then: Any) -> bool:
    if now in _NOTHING and then in _NOTHING:
        return True
    return bool(now == then) or (str(now) == str(then) and not isinstance(then, bool))
