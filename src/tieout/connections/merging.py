"""When somebody else changed a record meanwhile, and lines that a change names: what every kind that writes judges alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..errors import Invalid, Stale

Fields = Mapping[str, Any]


def collisions(names: Iterable[str], before: Fields, now: Fields, is_so: Callable[[str], bool]) -> list[str]:
    """Fields that we set and somebody else changed since we read them, unless they are by now what we want."""
    return [name for name in names if before.get(name) != now.get(name) and not is_so(name)]


def both_versions(
    what: str,
    names: Sequence[str],
    *,
    before: Fields,
    now: Fields,
    wanted: Fields,
    code: str,
    record: Fields | None,
    tid: str = "",
) -> Stale:
    """The refusal of a change that collides, with all three values of each field."""
    told = "; ".join(
        f"{name} was {said(before, name)}, is {said(now, name)} now, and was to be {said(wanted, name)}"
        for name in names
    )
    return Stale(
        f"{what}: somebody else changed it meanwhile: {told}.",
        advice="Decide which of the two is right, and change it once more if it is yours.",
        code=code,
        element=names[0],
        record=record,
        tid=tid,
    )


def other_version(
    what: str,
    stamp: str,
    *,
    theirs: str,
    ours: str,
    there: str,
    code: str,
    record: Fields | None,
    tid: str = "",
) -> Stale:
    """The refusal of a change whose caller named the version that it is for."""
    return Stale(
        f"{what} has {stamp} {theirs} by now, yours is for {ours}: somebody else changed it meanwhile."
        + (f" There, {there}." if there else ""),
        advice=f"Read it again and apply the change to what is there now, or leave {stamp} out.",
        code=code,
        element=stamp,
        record=record,
        tid=tid,
    )


def said(record: Fields | None, name: str) -> str:
    """A field's value for people, short."""
    value = (record or {}).get(name)
    if isinstance(value, Mapping):
        value = next((value[key] for key in ("value", "FullName", "ListID") if key in value), value)
    text = "nothing" if value is None else str(value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def check_named_lines(
    named: Sequence[str], there: Iterable[str], *, what: str, element: str, new: str
) -> None:
    """Invalid where a change names a line twice, or one that the record does not have; `new` says how one is added."""
    twice = next((each for each in named if named.count(each) > 1), None)
    place = element.partition(".")[0]
    if twice is not None:
        raise Invalid(
            f"{place}: the change names line {twice} twice.", element=element, advice="Say all of it in one."
        )
    known = list(there)
    unknown = sorted(set(named) - set(known))
    if unknown:
        raise Invalid(
            f"{place}: {what} has no line {unknown[0]}.",
            element=element,
            advice=f"Its lines are {', '.join(known) or 'none'}; {new}.",
        )
