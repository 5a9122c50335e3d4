"""What is known of QuickBooks Online's reports; the facts are in `reports.toml`, and its head explains them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from ..errors import SetupError
from .nearest import did_you_mean

NUMBERS = frozenset({"Sum", "Balance", "Running", "Rate"})


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a report can be asked."""

    name: str
    kind: str
    """`date`, `macro`, `ids`, `number`, `flag`, `text`, `columns` or `choice`."""
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DetailColumn:
    """One field of a detail report."""

    key: str
    title: str
    kind: str
    """`String`, `Date`, `Boolean`, or one of `NUMBERS`."""

    @property
    def is_number(self) -> bool:
        return self.kind in NUMBERS


@dataclass(frozen=True, slots=True)
class Report:
    """One report."""

    name: str
    title: str
    rows: str
    period: str
    default: str
    basis: bool
    countries: tuple[str, ...]
    not_in: tuple[str, ...]
    required: tuple[str, ...]
    typed_by_key: bool
    columns: tuple[str, ...]
    more: tuple[str, ...]
    parameters: Mapping[str, Parameter]

    @property
    def is_detail(self) -> bool:
        return self.rows == "detail"

    @property
    def has_range(self) -> bool:
        """Whether it covers a time that can be split in two."""
        return self.period == "range"

    def is_for(self, country: str) -> bool:
        """Whether companies of a country have it."""
        return country not in self.not_in and (not self.countries or country in self.countries)


@cache
def _read() -> Mapping[str, Any]:
    return tomllib.loads(files(__package__).joinpath("reports.toml").read_text("utf-8"))


@cache
def date_macros() -> tuple[str, ...]:
    """The names of periods that count from today."""
    return tuple(_read()["macros"]["names"])


@cache
def detail_columns() -> Mapping[str, DetailColumn]:
    """Every field that a detail report can show, by key."""
    declared = {key: text.split(" | ") for key, text in _read()["columns"].items()}
    return MappingProxyType({key: DetailColumn(key, title, kind) for key, (title, kind) in declared.items()})


@cache
def report_names() -> tuple[str, ...]:
    """Every report, sorted."""
    return tuple(sorted(_read()["reports"]))


def is_report(name: str) -> bool:
    """Whether a name, or another name that clients use, is a report's."""
    return name in _read()["reports"] or name in _aliases()


@cache
def report(name: str) -> Report:
    """The report of this name; SetupError with the nearest one when there is none."""
    if not is_report(name):
        raise SetupError(
            f"QuickBooks Online has no report {name!r}.{did_you_mean(name, report_names())}",
            advice=f"The reports are {', '.join(report_names())}.",
        )
    name = _aliases().get(name, name)
    return _report(name, _read()["reports"][name])


@cache
def _aliases() -> Mapping[str, str]:
    return {facts["alias"]: name for name, facts in _read()["reports"].items() if "alias" in facts}


def _report(name: str, facts: Mapping[str, Any]) -> Report:
    return Report(
        name=name,
        title=facts["title"],
        rows=facts["rows"],
        period=facts["period"],
        default=facts.get("default", ""),
        basis=facts.get("basis", False),
        countries=_words(facts, "countries"),
        not_in=_words(facts, "not_in"),
        required=_words(facts, "required"),
        typed_by_key=facts.get("typed_by_key", False),
        columns=_words(facts, "columns"),
        more=_words(facts, "more"),
        parameters=MappingProxyType({word: _parameter(word) for word in _words(facts, "parameters")}),
    )


def _words(facts: Mapping[str, Any], key: str) -> tuple[str, ...]:
    return tuple(facts.get(key, "").split())


def _parameter(name: str) -> Parameter:
    kind: str = _read()["parameters"][name]
    return Parameter(name, "choice", tuple(kind.split("|"))) if "|" in kind else Parameter(name, kind)
