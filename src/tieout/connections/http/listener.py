"""The kind `http` the other way round: documents that others send, which wait in the state until a process has dealt with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...catalog.nearest import did_you_mean
from ...errors import SetupError
from ...operations import Query
from ...protocols import exact_json
from ...state.arrivals import Arrivals
from ..base import Connection, Health, Page, Record, Supports
from ..row_page import PlacedRecord, pages


class ListeningConnection(Connection):
    """What was sent and waits, by type. It takes no changes: whoever sent a document is not told more than its id."""

    supports = Supports()

    def __init__(self, name: str, types: Sequence[str], arrivals: Arrivals, *, id_field: str = "id") -> None:
        self.name = name
        self.id_field = id_field
        self._types = types
        self._arrivals = arrivals
        self._read: dict[str, list[str]] = {}
        """By type, the ids of what the first reading handed over."""

    @property
    def identity(self) -> str:
        return f"http:in/{self.name}"

    def check(self) -> Health:
        waiting = {name: sum(1 for _ in self._arrivals.waiting(name)) for name in self._types}
        return Health(f"/in/{self.name}", {f"waiting {name}": count for name, count in waiting.items()})

    def types(self) -> Sequence[str]:
        return sorted(self._types)

    def read(self, query: Query) -> Iterator[Page]:
        """The documents that wait, in the order in which they came.

        Of two with one id the second waits for the next reading: it may say something newer, and a process takes one at a time.
        """
        for name in query.types or self.types():
            if name not in self._types:
                raise SetupError(
                    f"{self.name} takes no {name!r} in.{did_you_mean(name, self._types)}",
                    advice="Name it in `listen` of the connection.",
                )
            yield from pages(name, self._waiting(name), query)

    def _waiting(self, type_name: str) -> Iterator[Record]:
        names: set[str] = set()
        read: list[str] = []
        self._read.setdefault(type_name, read)  # a later reading only looks something up
        for each in self._arrivals.waiting(type_name):
            if each.name in names:
                continue
            names.add(each.name)
            read.append(each.id)
            yield PlacedRecord(
                f"{self.name}:{type_name}, {each.id}", exact_json.decode(each.document.encode())
            )

    def dealt_with(self, query: Query, /) -> None:
        """What was read first is done, or kept by the process."""
        for name in query.types:
            self._arrivals.dealt_with(self._read.pop(name, []))
