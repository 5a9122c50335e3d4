"""JSON whose numbers are exact: what has a point or an exponent is a Decimal, any other an int, both ways.

Records stay the bytes that they came as for as long as nobody asks for their values: `split` and `join` cut arrays of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Any, TypeVar

import msgspec
from msgspec import Raw

from ..errors import LocalProtocolError, RemoteProtocolError

_DIGITS = 100
"""A number with more digits than this before or after its point is a mistake, or an attack."""

_NUMBERS = (Decimal, float)

_T = TypeVar("_T")

_VALUES = msgspec.json.Decoder(float_hook=Decimal)
_ITEMS = msgspec.json.Decoder(list[Raw])
_WRITER = msgspec.json.Encoder(decimal_format="number")


def decode(body: bytes | Raw) -> Any:
    """The values in a JSON text; a number with a point or an exponent is a Decimal, any other an int."""
    return read_with(_VALUES.decode, body)


def encode(value: Any) -> bytes:
    """The JSON text of values; Decimals as plain numbers, never with an exponent."""
    try:
        _check_numbers((value,))
        return encode_exact(value)
    except (TypeError, UnicodeEncodeError) as error:
        raise LocalProtocolError(f"This cannot be written as JSON: {error}.") from error
    except ArithmeticError:
        place, number = next(_inexact(value, "$"))
        raise LocalProtocolError(
            f"{place} is {number!r}, which cannot be written exactly.",
            advice="Give every number as an int or a finite Decimal, never as a float.",
        ) from None


def encode_exact(value: Any) -> bytes:
    """The same of values whose numbers are known to be ints and finite Decimals of a sensible size."""
    text = _WRITER.encode(value)
    # Only a number with an exponent, or a text that looks like one, is worth going through the values again.
    return _WRITER.encode(_plain(value)) if b"E+" in text or b"E-" in text else text


def _check_numbers(values: Iterable[Any]) -> None:
    """ArithmeticError at a number that is not exact."""
    for value in values:
        kind = type(value)
        if kind is str or kind is bool or kind is int:
            continue
        if kind is dict:
            _check_numbers(value.values())
        elif kind is Decimal:
            if not -_DIGITS <= value.adjusted() <= _DIGITS or not value.is_finite():
                raise ArithmeticError
        elif kind is list or kind is tuple:
            _check_numbers(value)
        elif isinstance(value, _NUMBERS) and not _is_exact(value):
            raise ArithmeticError


def _is_exact(value: Decimal | float) -> bool:
    return isinstance(value, Decimal) and value.is_finite() and -_DIGITS <= value.adjusted() <= _DIGITS


def _plain(value: Any) -> Any:
    """The same values with every Decimal written out."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return Raw(f"{value:f}") if isinstance(value, Decimal) else value


def _inexact(value: Any, place: str) -> Iterator[tuple[str, Any]]:
    """The numbers that are not exact, with their places."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _inexact(part, f"{place}.{key}")
    elif isinstance(value, list | tuple):
        for at, part in enumerate(value):
            yield from _inexact(part, f"{place}[{at}]")
    elif isinstance(value, _NUMBERS) and not _is_exact(value):
        yield place, value


def split(records: bytes | Raw) -> list[Raw]:
    """The elements of a raw JSON array, raw."""
    return read_with(_ITEMS.decode, records)


def join(records: Iterable[bytes]) -> bytes:
    """A raw JSON array of raw elements."""
    return b"".join((b"[", b",".join(records), b"]"))  # many times faster than % for large pages


def read_as(decoder: msgspec.json.Decoder[_T], body: bytes) -> _T:
    """What a decoder makes of an answer; RemoteProtocolError where the answer is not as expected."""
    return read_with(decoder.decode, body)


def read_with(decoder: Callable[[bytes | Raw], _T], body: bytes | Raw) -> _T:
    """What `decoder` makes of `body`; its complaints become ours, with the place."""
    try:
        return decoder(body)
    except msgspec.ValidationError as error:
        raise RemoteProtocolError(f"The answer is not as expected: {error}.") from error
    except UnicodeDecodeError as error:
        raise RemoteProtocolError(f"The answer is not UTF-8: {error}.") from error
    except msgspec.DecodeError as error:
        raise RemoteProtocolError(_unreadable(str(error), memoryview(body).nbytes)) from error
    except (ArithmeticError, RecursionError) as error:
        raise RemoteProtocolError("The answer holds a number too large or is nested too deeply.") from error


def _unreadable(complaint: str, length: int) -> str:
    if "truncated" in complaint:
        return f"The answer is cut off at byte {length:,}: the JSON goes on, but it was only that long."
    return f"The answer is not JSON: {complaint.removeprefix('JSON is malformed: ')}; it was {length:,} bytes long."
