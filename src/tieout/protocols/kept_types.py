"""What a mirror must know of a record type, whichever QuickBooks it comes from.

A `Layout` is how one kind of QuickBooks lays its records out in tables; each kind's connection has one, and hands it
to the destination. A destination knows no catalog.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from .table_names import column_name, table_name


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a table names records of other types: the columns of their ids and of what they are called."""

    table: str
    id: str
    name: str
    targets: frozenset[str] = frozenset()
    """Record types that may be named."""
    type: str = ""
    """The column that tells which one, where there are several whose ids repeat."""


class KeptType(Protocol):
    """A record type as a mirror keeps it. Columns are named as `table_names` does it."""

    @property
    def name(self) -> str: ...

    @property
    def key(self) -> tuple[str, ...]:
        """The fields that identify a record: `("Id",)`."""

    @property
    def called(self) -> tuple[str, ...]:
        """Columns that hold what a record is called, the first that there is; none for what no other record names."""

    @property
    def parent(self) -> str:
        """The column with the id of the record above it, whose full name begins its own; empty where there is none."""

    @property
    def totals(self) -> Mapping[str, str]:
        """The columns whose sums two sides must agree on, by what they are: `{"total": "total_amt"}`."""

    @property
    def fleeting(self) -> frozenset[str]:
        """Columns that are new at each reading, such as the address of an attachment, which lives some minutes."""

    @property
    def inside(self) -> tuple[str, ...]:
        """The members of which one holds the whole record, if the wire wraps it in one."""

    def __hash__(self) -> int: ...

    def declared_tables(self) -> Mapping[str, Any]:
        """Empty Arrow tables by name, with the columns that are there from the start."""

    def fields_beside(self, path: str) -> Iterable[str]:
        """The names of the fields in the same shape as the one at a dotted path."""

    def page_again(self, records: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
        """Tables of what `_extra` held of some records, read with today's catalog; None where that is not done."""


class Layout(Protocol):
    """The record types of one kind of QuickBooks, as tables."""

    @property
    def fingerprint(self) -> str:
        """A short word that changes when any fact about the types does."""

    @property
    def account_columns(self) -> tuple[str, ...]:
        """What the tie-out asks of an account: id, name, classification, sub-type, active, currency, balance."""

    def kept(self, name: str) -> KeptType:
        """A record type by its name; SetupError when there is none."""

    def references_to(self, target: str) -> Sequence[Reference]:
        """Wherever records of a type may be named."""


def key_columns(of: KeptType) -> tuple[str, ...]:
    """The columns of a record's key in the table of headers."""
    return tuple(column_name((name,)) for name in of.key)


def owner_columns(of: KeptType) -> tuple[str, ...]:
    """The columns of a record's key in the tables of its parts: `invoice_id`."""
    return tuple(f"{table_name(of.name)}_{column}" for column in key_columns(of))
