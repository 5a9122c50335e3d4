"""Which QuickBooks Desktop speaks which qbXML, and which products are refused; the table is `products.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from ..errors import SetupError
from .qbxml.editions import Edition, edition


@dataclass(frozen=True, slots=True)
class Release:
    """One year's QuickBooks, or a part of that year."""

    year: int
    release: str
    """`R7`: from that release on; `before R7`; empty for the whole year."""
    major: int
    """What HostRet's MajorVersion says."""
    newest: Mapping[str, Edition]
    """By country, the newest edition of qbXML that it takes."""
    derived: bool
    """Whether it was concluded from its neighbours and never seen."""


@dataclass(frozen=True, slots=True)
class Product:
    """A product that is supported."""

    name: str
    words: tuple[str, ...]
    flag: int
    """Its bit in AuthFlags."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A product that tieout does not work with, and how it is recognized."""

    name: str
    says: str
    advice: str
    product: tuple[str, ...] = ()
    country: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    type: str = ""

    def fits(self, product: str, country: str, file: str, kind: str) -> bool:
        """Whether any of what is known about a QuickBooks speaks for it."""
        return (
            any(_has_word(product, words) for words in self.product)
            or country.casefold() in (each.casefold() for each in self.country)
            or any(re.search(f"{ending}$", file, re.IGNORECASE) for ending in self.files)
            or (bool(kind) and kind == self.type)
        )


def refusal(*, product: str = "", country: str = "", file: str = "", kind: str = "") -> Refusal | None:
    """Why a QuickBooks is refused, by what is known of it: ProductName, Country, file name, QBType; else None."""
    return next((each for each in refusals() if each.fits(product, country, file, kind)), None)


def refuse_unsupported(*, product: str = "", country: str = "", file: str = "", kind: str = "") -> None:
    """Raise SetupError with the refusal's words where a QuickBooks is not supported."""
    found = refusal(product=product, country=country, file=file, kind=kind)
    if found is not None:
        raise SetupError(found.says, advice=found.advice)


def product_of(name: str) -> Product | None:
    """The supported product that a ProductName belongs to: `QuickBooks Premier: Nonprofit Edition 2012`."""
    return next((each for each in products() if all(_has_word(name, word) for word in each.words)), None)


def trade_of(name: str) -> str:
    """The trade that a ProductName is made for, or the empty string."""
    return next((trade for trade in _read()["trades"]["names"] if trade.casefold() in name.casefold()), "")


def _has_word(text: str, words: str) -> bool:
    return re.search(rf"\b{re.escape(words)}\b", text, re.IGNORECASE) is not None


@cache
def releases() -> tuple[Release, ...]:
    """Every release, oldest first."""
    return tuple(
        Release(
            year=row["year"],
            release=row.get("release", ""),
            major=row["major"],
            newest=MappingProxyType({c: edition(c, row[c]) for c in ("US", "CA", "UK") if c in row}),
            derived=row.get("derived", False),
        )
        for row in _read()["release"]
    )


def releases_of(major: int) -> tuple[Release, ...]:
    """The releases whose MajorVersion this is."""
    return tuple(each for each in releases() if each.major == major)


@cache
def products() -> tuple[Product, ...]:
    """The supported products; their trades are parts of them."""
    return tuple(
        Product(name=row["name"], words=tuple(row["words"]), flag=row["flag"]) for row in _read()["product"]
    )


@cache
def refusals() -> tuple[Refusal, ...]:
    """What is refused."""
    return tuple(
        Refusal(
            name=row["name"],
            says=row["says"],
            advice=row["advice"],
            product=tuple(row.get("product", ())),
            country=tuple(row.get("country", ())),
            files=tuple(row.get("files", ())),
            type=row.get("type", ""),
        )
        for row in _read()["refused"]
    )


@cache
def _read() -> Mapping[str, Any]:
    return MappingProxyType(tomllib.loads(files(__package__).joinpath("products.toml").read_text("utf-8")))
