"""Request bodies, read strictly: what JSON leaves open (a key twice, NaN, half a character) is refused here."""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

from .refusals import Refusal, refused


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object that a body is; numbers with a point are Decimals."""
    try:
        found = _DECODER.decode(body.decode("utf-8-sig"))
        json.dumps(found, default=str, ensure_ascii=False).encode()  # refuses half of a surrogate pair
    except (ValueError, RecursionError, InvalidOperation) as error:
        raise unreadable(str(error)) from None
    if not isinstance(found, dict):
        raise unreadable("the request is not a JSON object")
    return found


def unreadable(reason: str) -> Refusal:
    """What a body gets that cannot be read as the JSON of a record."""
    return refused(
        2010,
        "Request has invalid or unsupported property",
        f"Property Name:failed to parse json object; {reason} is unsupported or invalid",
    )


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(n for n in names if names.count(n) > 1)} given twice")
    return members


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"the number {word}")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=Decimal, parse_constant=_no_number)
