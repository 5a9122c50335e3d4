"""Links held against QuickBooks: each linked record still exists, with the total it was written with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ..connections.base import Connection
from ..operations import In, Query
from ..state.journal import Journal
from ..state.journal_records import Link

AT_ONCE = 250
"""Ids in one question."""


@dataclass(frozen=True, slots=True)
class LinkCheck:
    """One link, and what is wrong with it; nothing when all is well."""

    link: Link
    problem: str = ""
    total: Decimal | None = None
    """The record's total now."""


def check_links(connection: Connection, journal: Journal) -> Iterator[LinkCheck]:
    """Every link of a connection's company, in few requests."""
    by_type: dict[str, list[Link]] = {}
    for link in journal.links(connection.identity):
        by_type.setdefault(link.type, []).append(link)
    for type_name, links in by_type.items():
        for at in range(0, len(links), AT_ONCE):
            yield from _checked(connection, type_name, links[at : at + AT_ONCE])


def _checked(connection: Connection, type_name: str, links: Sequence[Link]) -> Iterator[LinkCheck]:
    id_field = connection.id_field_of(type_name)
    wanted = In(id_field, tuple(sorted({link.record_id for link in links})))
    there = {
        str(record[id_field]): record
        for page in connection.read(Query((type_name,), wanted))
        for record in page.records()
    }
    for link in links:
        record = there.get(link.record_id)
        if record is None:
            yield LinkCheck(link, "it is not in QuickBooks any more")
            continue
        now = connection.total_of(type_name, record)
        if link.total is not None and now is not None and now != link.total:
            yield LinkCheck(link, f"its total is {now}, and {link.total} was written", now)
        else:
            yield LinkCheck(link, total=now)
