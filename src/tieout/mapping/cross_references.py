"""Cross-reference tables: what a value of one system is in the other. Exact, wildcard or regular expression; the first row wins.

A table has the columns `from` and `to`, and may have `match` with `exact` (when empty), `wildcard` (`SKU-*`, `?` is one
character) or `regex`, whose groups `to` may name as `\\1`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..catalog.nearest import did_you_mean
from ..errors import SetupError

COLUMNS = ("from", "to", "match")
MATCHES = ("exact", "wildcard", "regex")


@dataclass(frozen=True, slots=True)
class CrossReference:
    """A table, ready to be asked."""

    name: str
    exact: Mapping[str, tuple[int, str]]
    """Row and answer by value."""
    patterns: tuple[tuple[int, re.Pattern[str], str], ...]

    def find(self, value: str) -> str | None:
        """What stands for the value in the first row that fits."""
        row, answer = self.exact.get(value, (None, None))
        for number, pattern, to in self.patterns:
            if row is not None and number > row:
                break
            if match := pattern.fullmatch(value):
                return match.expand(to)
        return answer


def read_cross_reference(name: str, rows: Iterable[tuple[str, Mapping[str, Any]]]) -> CrossReference:
    """A table from its rows with their places; SetupError names the row that is wrong."""
    exact: dict[str, tuple[int, str]] = {}
    patterns: list[tuple[int, re.Pattern[str], str]] = []
    for number, (place, row) in enumerate(rows):
        for column in row:
            if column not in COLUMNS:
                raise SetupError(
                    f"{place}: a cross-reference table has no column {column!r}.{did_you_mean(column, COLUMNS)}",
                    advice="Its columns are from, to and match.",
                )
        value, to, match = (str(row.get(column, "")) for column in COLUMNS)
        if match in ("", "exact"):
            exact.setdefault(value, (number, to))
        elif match in MATCHES:
            patterns.append((number, _pattern(place, value, match), _template(to, match)))
        else:
            raise SetupError(
                f"{place}: match is {match!r}.{did_you_mean(match, MATCHES)}",
                advice="Write exact, wildcard or regex, or leave it empty.",
            )
    return CrossReference(name, exact, tuple(patterns))


def _pattern(place: str, value: str, match: str) -> re.Pattern[str]:
    if match == "wildcard":
        pieces = {"*": ".*", "?": "."}
        return re.compile("".join(pieces.get(c) or re.escape(c) for c in value), re.DOTALL)
    try:
        return re.compile(value, re.DOTALL)
    except re.error as error:
        raise SetupError(
            f"{place}: {value!r} is no regular expression: {error}.",
            advice="Correct it, or write wildcard in the column match.",
        ) from error


def _template(to: str, match: str) -> str:
    """Only a regular expression has groups that an answer can name."""
    return to if match == "regex" else to.replace("\\", "\\\\")
