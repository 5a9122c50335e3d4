"""What the codes of QuickBooks Desktop mean, and what to do about each.

Three families: the `statusCode` of an answer (`status_codes.toml`), the HRESULT of a call that gave no answer
(`hresults.toml`), and the codes of the Web Connector's log (`web_connector_codes.toml`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class CodeFact:
    """One code."""

    code: str
    means: str
    error: str
    """The name of the class in `tieout.errors` that it is raised as; empty where it is no error."""
    retry: bool
    """Whether the same request may succeed later, unchanged."""
    advice: str
    """What to do, and who, in one sentence."""
    severity: str = "Error"
    retry_when_locked: bool = False
    """Whether it may succeed later when its text says that somebody holds the record."""
    verified: bool = True
    """False where the number is known from other people's tables alone."""


_RANGES = (
    (499, CodeFact("", "For your information", "", False, "Nothing needs to be done.", "Info")),
    (999, CodeFact("", "Done with a warning", "", False, "Read the text for what was left out.", "Warn")),
    (1999, CodeFact("", "The system failed", "Unreachable", True, "Try again; then restart QuickBooks.")),
    (
        2999,
        CodeFact("", "Sign-on failed", "Unauthorized", False, "Check the connection in the project file."),
    ),
    (
        3099,
        CodeFact("", "A value has a wrong form", "Invalid", False, "Correct the field that the text names."),
    ),
    (9099, CodeFact("", "Refused", "Invalid", False, "Read the text for the reason and correct the record.")),
    (
        9199,
        CodeFact(
            "",
            "A macro name is wrong, or the request that defines it failed",
            "Invalid",
            False,
            "Correct the request that defines the macro; each name is defined once, before it is used.",
        ),
    ),
)
"""QuickBooks' ranges of status codes, each by its last; what is beyond them is a refusal."""

_UNKNOWN_HRESULT = CodeFact(
    "",
    "Windows or QuickBooks failed with a code that is not in the table",
    "OutcomeUnknown",
    False,
    "Restart QuickBooks; what was being written is looked up before it is sent again.",
)
_UNKNOWN_CONNECTOR_CODE = CodeFact(
    "",
    "The Web Connector says something that is not in the table",
    "Unreachable",
    True,
    "Look at the lines before it in the Web Connector's log.",
)


def status_fact(code: int | str, text: str = "") -> CodeFact:
    """What a statusCode means; `text`, its message, tells a lock that passes from a refusal that stays."""
    number = int(code)
    fact = _statuses().get(str(number)) or replace(_of_range(number), code=str(number))
    if fact.retry_when_locked and is_locked(text):
        return replace(fact, error="Busy", retry=True, advice=str(_read("status_codes")["locked"]["advice"]))
    return fact


def is_locked(text: str) -> bool:
    """Whether a status message says that somebody holds the record or its list."""
    folded = text.casefold()
    return any(words in folded for words in _lock_words())


def status_facts() -> tuple[CodeFact, ...]:
    """Every status code of the table, ascending."""
    return tuple(_statuses().values())


def hresult_fact(code: int) -> CodeFact:
    """What an HRESULT means, given as COM gives it (signed) or as people write it (0x80040400)."""
    text = f"0x{code & 0xFFFFFFFF:08X}"
    return _hresults().get(text) or replace(_UNKNOWN_HRESULT, code=text)


def hresult_facts() -> tuple[CodeFact, ...]:
    """Every HRESULT of the table."""
    return tuple(_hresults().values())


def connector_fact(code: str) -> CodeFact:
    """What a code such as `QBWC1012` means."""
    return _connector_codes().get(code) or replace(_UNKNOWN_CONNECTOR_CODE, code=code)


def connector_facts() -> tuple[CodeFact, ...]:
    """Every code of the Web Connector, ascending."""
    return tuple(_connector_codes().values())


def _of_range(number: int) -> CodeFact:
    return next((fact for last, fact in _RANGES if number <= last), _RANGES[-2][1])


@cache
def _read(name: str) -> Mapping[str, Any]:
    return MappingProxyType(tomllib.loads(files(__package__).joinpath(f"{name}.toml").read_text("utf-8")))


@cache
def _statuses() -> Mapping[str, CodeFact]:
    return _facts(_read("status_codes")["codes"])


@cache
def _lock_words() -> tuple[str, ...]:
    return tuple(words.casefold() for words in _read("status_codes")["locked"]["texts"])


@cache
def _hresults() -> Mapping[str, CodeFact]:
    return _facts(_read("hresults"))


@cache
def _connector_codes() -> Mapping[str, CodeFact]:
    return _facts(_read("web_connector_codes"))


def _facts(table: Mapping[str, Mapping[str, Any]]) -> Mapping[str, CodeFact]:
    return MappingProxyType({code: _fact(code, row) for code, row in table.items()})


def _fact(code: str, row: Mapping[str, Any]) -> CodeFact:
    return CodeFact(
        code=code,
        means=row["means"],
        error=row["error"],
        retry=row.get("retry", False) is True,
        advice=row["advice"],
        severity=row.get("severity", "Error"),
        retry_when_locked=row.get("retry", False) == "locked",
        verified=not row.get("unverified", False),
    )
