"""What stands around the messages: the envelopes of a message set and their attributes, and the sign-on; facts in `_envelope.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from .editions import Edition, when
from .shapes import Names, Shape, shape_from


@cache
def envelope(name: str, edition: Edition) -> Shape:
    """An envelope or a part of the sign-on in one edition: `QBXMLMsgsRq`, `SignonTicketRqType`; KeyError for any other."""
    return shape_from(name, _facts()["shapes"][name], _names(), edition)


def envelope_names(edition: Edition) -> tuple[str, ...]:
    """Those that an edition has."""
    return tuple(name for name, text in _facts()["shapes"].items() if _lives(text, edition))


def _lives(text: str, edition: Edition) -> bool:
    first = text.split(maxsplit=1)[0]
    return not first.startswith("@") or edition in when(first[1:])


@cache
def _names() -> Names:
    facts = _facts()
    return Names(own={}, words=facts["fields"], attributes=facts["attributes"], values=facts["values"])


@cache
def _facts() -> Mapping[str, Mapping[str, Any]]:
    text = files(__package__).joinpath("_envelope.toml").read_text("utf-8")
    return MappingProxyType(tomllib.loads(text))
