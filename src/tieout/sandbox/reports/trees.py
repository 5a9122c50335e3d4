"""Amounts of nested lists: accounts under accounts, customers under customers, each parent with its total."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ..company.books import Books
from .figures import Figures, added
from .rendering import Cell, Row, Section


@dataclass(frozen=True, slots=True)
class Branch:
    """A list record with amounts of its own, of records below it, or both."""

    id: str
    name: str
    own: Figures
    below: tuple[Branch, ...]

    @property
    def total(self) -> Figures:
        return added((branch.total for branch in self.below), self.own)

    def rows(self) -> Row | Section:
        """A line; with others below it a section."""
        cells = [Cell(self.name, self.id), *self.own.cells()]
        if not self.below:
            return Row(cells)
        summary = [Cell(f"Total {self.name}"), *self.total.cells()]
        return Section(cells, [branch.rows() for branch in self.below], summary)


def grow(
    books: Books, type_name: str, sums: Mapping[str, Figures], none: Figures, *, field: str = "Name"
) -> tuple[Branch, ...]:
    """The records that have amounts, under the parents that they have, by name."""
    records = {id_: books.find(type_name, id_) or {} for id_ in sums}
    parents = {id_: _parent(record) for id_, record in records.items()}
    for parent in list(_ancestors(books, type_name, parents.values())):
        records.setdefault(parent, books.find(type_name, parent) or {})
        parents.setdefault(parent, _parent(records[parent]))

    def under(parent: str) -> tuple[Branch, ...]:
        children = sorted(
            (id_ for id_, above in parents.items() if above == parent),
            key=lambda id_: str(records[id_].get(field, "")).casefold(),
        )
        return tuple(
            Branch(id_, str(records[id_].get(field, "")), sums.get(id_, none), under(id_)) for id_ in children
        )

    return under("")


def _parent(record: Mapping[str, dict[str, str]]) -> str:
    return record.get("ParentRef", {}).get("value", "")


def _ancestors(books: Books, type_name: str, ids: Iterable[str]) -> Iterator[str]:
    for id_ in ids:
        while id_:
            yield id_
            id_ = _parent(books.find(type_name, id_) or {})
