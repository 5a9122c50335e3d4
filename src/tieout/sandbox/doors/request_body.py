"""Request bodies, read strictly: what JSON leaves open (a key twice, NaN, half a character) is refused here.

A body in XML becomes the values that its JSON form has, so that whatever comes after knows one form alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn, TypeVar

from ...errors import RemoteProtocolError
from ...protocols import rest_xml
from ..company.refusals import Refusal, refused
from .calls import XML_TYPES, Call

JSON_TYPE = "application/json"

_T = TypeVar("_T")


def read_record(call: Call, type_name: str) -> dict[str, Any]:
    """The record that a call carries, in the language that its Content-Type names."""
    if call.content_type in XML_TYPES:
        return read_xml_record(call.body, type_name)
    must_be_json(call)
    return read_object(call.body)


def read_batch(call: Call) -> dict[str, Any]:
    """The batch that a call carries."""
    if call.content_type in XML_TYPES:
        return _read_xml(rest_xml.read_batch_xml, call.body)
    must_be_json(call)
    return read_object(call.body)


def read_xml_record(body: bytes, type_name: str) -> dict[str, Any]:
    name, record = _read_xml(rest_xml.read_record_xml, body)
    if name != type_name:
        raise unreadable(name)
    return record


def must_be_json(call: Call) -> None:
    if call.content_type != JSON_TYPE:
        raise wrong_content_type(call.content_type, JSON_TYPE)


def wrong_content_type(sent: str, wanted: str, *, header: str = "Content-Type") -> Refusal:
    detail = f"{header} is {sent or 'missing'}; it must be {wanted}."
    return refused(1050, "Invalid Content Type", detail, element=header)


def _read_xml(read: Callable[[bytes], _T], body: bytes) -> _T:
    try:
        return read(body)
    except (RemoteProtocolError, ValueError) as error:  # expat knows no encodings of several bytes but UTF's
        raise refused(
            2010,
            "Request has invalid or unsupported property",
            f"Property Name:failed to parse xml document; {error}",
        ) from None


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object that a body is; numbers with a point are Decimals."""
    try:
        found = _DECODER.decode(body.decode("utf-8-sig"))
        if b"\\" in body:  # half of a surrogate pair can only come in by its number
            json.dumps(found, default=str, ensure_ascii=False).encode()
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
