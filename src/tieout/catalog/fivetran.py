"""What Fivetran's tables of QuickBooks Online are called and made of; the facts are in `fivetran.toml`, and its head explains them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from .rest import record_type

_IF = re.compile(r"if\((\w+)=(\w+),(\w+)\)")
_LINK = re.compile(r"link\(([\w|]+)\)")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of theirs, and what it is made of; of nothing where it is always empty."""

    name: str
    kind: str = "text"
    """text, decimal, date, moment, bool or int."""
    source: str = ""
    """A column of our table."""
    when: tuple[str, str] = ("", "")
    """Another column there, and the value that it must have."""
    links: tuple[str, ...] = ()
    """Types of transactions of which it names one."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table of theirs: records of a type, or parts of them."""

    name: str
    type_name: str
    columns: tuple[Column, ...]
    part: str = ""
    """What the parts' table is called behind its type."""
    owner: str = ""
    """Of parts: the column that names their record."""
    where: str = ""

    @property
    def order(self) -> str:
        """Of parts: the column that counts them."""
        return "index" if self.part else ""


@dataclass(frozen=True, slots=True)
class Address:
    """Where addresses are: a field of a type of records."""

    type_name: str
    field: str


ADDRESS = "address"
"""The table that gathers all addresses."""


@cache
def tables() -> Mapping[str, Table]:
    """Their tables by name, that of addresses aside."""
    facts = _facts()
    found = {name: _table(facts, name, told) for name, told in facts["tables"].items()}
    for owner, kind in facts["lines"].items():
        name = f"{owner}_line"
        told = {"of": _type_of(facts, owner), "part": "line", "columns": facts["lines_of"][kind]}
        found[name] = _table(facts, name, told)
    for type_name in facts["tax_lines"]["of"]:
        owner = next(name for name, told in facts["tables"].items() if told["of"] == type_name)
        told = {"of": type_name, "part": "txn_tax_detail_tax_line", "columns": facts["lines_of"]["tax"]}
        found[f"{owner}_tax_line"] = _table(facts, f"{owner}_tax_line", told)
    return dict(sorted(found.items()))


@cache
def addresses() -> tuple[Address, ...]:
    """Every place where an address may stand."""
    listed = _facts()["addresses"].items()
    return tuple(Address(type_name, field) for type_name, fields in listed for field in fields.split())


@cache
def address_columns() -> tuple[Column, ...]:
    """Of the table of addresses; a source is the end of a column's name."""
    return (Column("id", source="id"), *(Column(n, source=s) for n, s in _facts()["address"].items()))


@cache
def _facts() -> dict[str, Any]:
    return tomllib.loads(files(__package__).joinpath("fivetran.toml").read_text("utf-8"))


def _type_of(facts: Mapping[str, Any], table: str) -> str:
    return str(facts["tables"][table]["of"])


def _table(facts: Mapping[str, Any], name: str, told: Mapping[str, str]) -> Table:
    part = told.get("part", "")
    words = facts["part"] if part else facts["header"]
    record_type(told["of"])
    owner = ""
    if part:
        above = next(
            n for n, each in facts["tables"].items() if each["of"] == told["of"] and "part" not in each
        )
        owner = told.get("owner") or facts["owners"].get(name) or f"{above}_id"
    return Table(
        name, told["of"], tuple(_columns(told["columns"], words)), part, owner, told.get("where", "")
    )


def _columns(text: str, words: Mapping[str, str]) -> Iterator[Column]:
    for word in text.split():
        name, _, source = word.partition("=")
        yield _column(name, source or words[name])


def _column(name: str, source: str) -> Column:
    if match := _LINK.fullmatch(source):
        return Column(name, links=tuple(match[1].split("|")))
    if match := _IF.fullmatch(source):
        return Column(name, source=match[3], when=(match[1], match[2]))
    column, _, kind = source.partition(":")
    return Column(name, kind or "text", "" if column == "none" else column)
