"""The editions of qbXML, and the conditions by which the catalog's files say in which of them a fact holds.

An edition is a country and a version of the schema. `OE` is the retired QuickBooks Online Edition, which
spoke qbXML over HTTPS; Canada and the United Kingdom had no versions between 3.0 and 6.0.

A condition stands after `@`:

    8.0+  -3.0  6.0-7.0  9.0     from a version on, up to one, between two, in one; several with commas
    CA/UK                        in these countries; with versions after it: `CA/UK/-3.0`
    A;B                          where either holds: `US/7.0+;CA/UK/8.0+`
    online  common  …            what has a name, because it comes often: NAMED

Nothing after it means: everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from ...errors import SetupError
from ..nearest import did_you_mean

COUNTRIES = {
    "US": "the United States",
    "CA": "Canada",
    "UK": "the United Kingdom",
    "OE": "the retired QuickBooks Online Edition",
}

_FROM_6 = ("6.0", "7.0", "8.0", "9.0", "10.0", "11.0", "12.0", "13.0", "14.0", "15.0", "16.0")

VERSIONS = {
    "US": ("1.0", "1.1", "2.0", "2.1", "3.0", "4.0", "4.1", "5.0", *_FROM_6),
    "CA": ("2.0", "3.0", *_FROM_6),
    "UK": ("2.0", "3.0", *_FROM_6),
    "OE": ("2.0", "2.1", "3.0", "4.0", "6.0"),
}
"""The versions of each country, oldest first."""


NAMED = {
    "online": "OE",
    "desktop": "US/CA/UK",
    "separate": "CA/UK/-3.0",
    "common": "US/OE;CA/UK/6.0+",
    "separate-CA": "CA/-3.0",
    "separate-UK": "UK/-3.0",
}
"""Conditions with a name. Canada and the United Kingdom had lists, fields and taxes of their own up to 3.0 (`separate`), and have those
of the United States since 6.0 (`common`)."""


@dataclass(frozen=True, slots=True)
class Edition:
    """A country and a version of the schema."""

    country: str
    version: str

    @property
    def number(self) -> int:
        """The version in tenths, for comparing."""
        return tenths(self.version)

    @property
    def wire(self) -> str:
        """The version as a message's processing instruction spells it: `13.0`, and `CA3.0` before 6.0."""
        named = self.country in ("CA", "UK") and self.number < 60
        return f"{self.country}{self.version}" if named else self.version

    def __str__(self) -> str:
        return f"{self.country} {self.version}"


EDITIONS = tuple(Edition(country, version) for country, versions in VERSIONS.items() for version in versions)
"""Every edition, by country and age."""

EVERYWHERE = frozenset(EDITIONS)

_BY_NAME = {(each.country, each.version): each for each in EDITIONS}


def tenths(version: str) -> int:
    """A version as a number that sorts: 130 for `13.0`."""
    return int(version.replace(".", ""))


def edition(country: str, version: str) -> Edition:
    """The edition of this country and version; SetupError with the nearest valid word when there is none."""
    if country not in VERSIONS:
        raise SetupError(
            f"There is no qbXML of country {country!r}.{did_you_mean(country, VERSIONS)}",
            advice=f"Use one of: {', '.join(VERSIONS)}.",
        )
    found = _BY_NAME.get((country, version)) or _BY_NAME.get((country, f"{version}.0"))
    if found is None:
        raise SetupError(
            f"There is no qbXML {version} of {COUNTRIES[country]}. The nearest is {_nearest(country, version)}.",
            advice=f"Use one of: {', '.join(VERSIONS[country])}.",
        )
    return found


def edition_of(wire: str, country: str) -> Edition | None:
    """The edition that QuickBooks means by `CA3.0`, `13.0` and the like, in its country; None for a stranger's."""
    named = wire[:2].upper() if wire[:2].isalpha() else ""
    if named and named != country:
        return None
    return _BY_NAME.get((country, wire[2:] if named else wire))


def _nearest(country: str, version: str) -> str:
    digits = "".join(c for c in version if c.isdigit() or c == ".")
    try:
        wanted = float(digits)
    except ValueError:
        return VERSIONS[country][-1]
    return min(VERSIONS[country], key=lambda known: abs(float(known) - wanted))


def newest(country: str) -> Edition:
    """The newest edition of a country."""
    versions = VERSIONS.get(country, ("",))
    return edition(country, versions[-1])


@cache
def when(condition: str) -> frozenset[Edition]:
    """The editions in which a condition holds."""
    if not condition:
        return EVERYWHERE
    words = NAMED.get(condition, condition)
    return frozenset(each for part in words.split(";") for each in _part(part.strip()))


def _part(text: str) -> list[Edition]:
    words = [word for word in text.split("/") if word]
    countries = {word for word in words if word in VERSIONS}
    ranges = [_range(each) for word in words if word not in VERSIONS for each in word.split(",")]
    return [
        each
        for each in EDITIONS
        if (not countries or each.country in countries)
        and (not ranges or any(low <= each.number <= high for low, high in ranges))
    ]


def _range(text: str) -> tuple[int, int]:
    if text.endswith("+"):
        return tenths(text[:-1]), 999
    low, dash, high = text.partition("-")
    return tenths(low or "0"), tenths(high if dash else low)
