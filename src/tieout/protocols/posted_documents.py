"""Documents as other systems send them: JSON, one or a list, or JSON Lines; and whether their bytes are signed. No I/O."""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import Any

from ..errors import RemoteProtocolError, TieoutError
from . import exact_json

_MARK = b"\xef\xbb\xbf"
"""The byte order mark of UTF-8."""

_ADVICE = "Send one JSON object, a list of them, or one on each line."


class NoJson(RemoteProtocolError):
    """What came is in another language, such as HTML."""


def is_signed(body: bytes, signature: str, key: str) -> bool:
    """Whether whoever has the key signed exactly these bytes: HMAC-SHA256 in hexadecimal or base64, `sha256=` before it or not."""
    text = signature.strip().removeprefix("sha256=")
    try:
        given = bytes.fromhex(text) if len(text) == 64 else base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return hmac.compare_digest(given, hmac.digest(key.encode(), body, "sha256"))


def read_documents(body: bytes) -> list[dict[str, Any]]:
    """The documents of a body, numbers exact; RemoteProtocolError names the one that cannot be read, and then none counts."""
    text = body.removeprefix(_MARK).strip()
    if not text:
        raise RemoteProtocolError("The body is empty.", advice=_ADVICE)
    if text[:1] == b"<":
        raise NoJson("This is HTML or XML, and JSON is wanted.", advice=_ADVICE)
    try:
        found = exact_json.decode(text)
    except TieoutError as error:
        lines = _lines(text)
        if lines is None:
            raise RemoteProtocolError(
                f"This is not JSON, or not all of it: {_why(error)}", advice=_ADVICE
            ) from error
        return lines
    documents = found if isinstance(found, list) else [found]
    if not documents:
        raise RemoteProtocolError("The list has no document.", advice=_ADVICE)
    return [_checked(each, f"Document {number}") for number, each in enumerate(documents, 1)]


def _lines(text: bytes) -> list[dict[str, Any]] | None:
    """The documents of JSON Lines; None where the first line is no JSON either."""
    documents: list[dict[str, Any]] = []
    for number, line in enumerate(text.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            documents.append(_checked(exact_json.decode(line), f"Line {number}"))
        except TieoutError as error:
            if not documents:
                return None
            raise RemoteProtocolError(
                f"Line {number} is not JSON, or not all of it: {_why(error)}", advice=_ADVICE
            ) from error
    return documents


def _why(error: TieoutError) -> str:
    """The complaint of `exact_json.decode`, which speaks of answers, about what was sent to us."""
    return str(error).replace("The answer", "it", 1)


def _checked(found: Any, place: str) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise RemoteProtocolError(f"{place} is no JSON object.", advice=_ADVICE)
    try:
        exact_json.encode(found)
    except TieoutError as error:
        raise RemoteProtocolError(f"{place} cannot be kept exactly: {error}", advice=error.advice) from error
    return found
