"""What people are reached and charged by: addresses in the mail and on the web, numbers of cards."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from ...catalog.rest import Field, RecordType, record_type
from . import refusals
from .records import Record

_EMAIL = re.compile(r"[^@\s,]+@[^@\s,]+\.[^@\s,]+")
_WEBSITE = re.compile(r"(https?://)?[\w-]+(\.[\w-]+)+([:/?#]\S*)?", re.IGNORECASE)
_CARD = re.compile(r"\d{13,19}")
_CHECKED = ("Address", "URI", "Number")


def check(found: RecordType, record: Record) -> None:
    """Refuse malformed addresses (2210, 2200) and card numbers that are not masked (6530)."""
    _check(found.name, "", record, "")


def _check(type_name: str, shape: str, part: Record, place: str) -> None:
    leading = _leading_to_contacts(type_name, shape)
    if leading.keys().isdisjoint(part):
        return
    for name, declared in leading.items():
        value = part.get(name)
        if not value:
            continue
        if declared.is_shape:
            for item in value if declared.many else (value,):
                _check(type_name, declared.type, item, f"{place}{name}.")
        else:
            _check_text(f"{place}{name}", name, value)


@cache
def _leading_to_contacts(type_name: str, shape: str) -> Mapping[str, Field]:
    """The fields of a type, or of a shape in it, that are such texts or may hold some."""
    found = record_type(type_name)
    fields = found.shape(shape) if shape else found.fields
    return {name: declared for name, declared in fields.items() if _leads(found, declared, ())}


def _leads(found: RecordType, declared: Field, above: tuple[str, ...]) -> bool:
    if not declared.is_shape:
        return declared.name in _CHECKED and declared.type in ("str", "uri")
    within = (*above, declared.type)
    return declared.type not in above and any(
        _leads(found, inner, within) for inner in found.shape(declared.type).values()
    )


def _check_text(path: str, name: str, value: str) -> None:
    if name == "Address" and not all(map(_EMAIL.fullmatch, re.split(r"\s*,\s*", value))):
        raise refusals.invalid_email(path, value)
    if name == "URI" and not _WEBSITE.fullmatch(value):
        raise refusals.invalid_website(path, value)
    if name == "Number" and _CARD.fullmatch(re.sub(r"[ -]", "", value)):
        raise refusals.raw_card_number(path)
