"""A company file in the sandbox, written to with a journal on the disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from tieout.connections.qbxml.connection import QbxmlConnection, open_desktop
from tieout.operations import Change, Outcome, Query
from tieout.processes.write import identified, write_changes
from tieout.sandbox.desktop.company import DesktopCompany
from tieout.sandbox.desktop.door import DesktopServer, running_desktop
from tieout.sandbox.desktop.small_company import small_company
from tieout.state.database import State, open_state
from tieout.state.journal import Journal


@dataclass
class Desk:
    """A sandbox, a connection to it, and the journal."""

    door: DesktopServer
    books: QbxmlConnection
    state: State

    @property
    def journal(self) -> Journal:
        return Journal(self.state)

    def write(self, *changes: Change, again: bool = False) -> dict[str, Outcome]:
        """The outcomes, by the key or type of each change."""
        writing = write_changes(
            self.books, identified(changes, by_contents=True), self.journal, name="test", again=again
        )
        return {each.change.key or each.change.type: each for each in writing}

    def one(self, change: Change) -> Outcome:
        (outcome,) = self.write(change).values()
        return outcome

    def all_of(self, type_name: str) -> list[dict[str, Any]]:
        return [record for page in self.books.read(Query((type_name,))) for record in page.records()]

    def fails(self, *faults: dict[str, Any]) -> None:
        self.door.conduct.plan(list(faults))


@contextmanager
def desk(folder: Path, **settings: Any) -> Iterator[Desk]:
    """A small company, with nothing waited for."""
    with (
        running_desktop(small_company(DesktopCompany())) as door,
        open_state(folder) as state,
        open_desktop("books", sandbox=door.address, sleep=lambda _: None, **settings) as books,
    ):
        yield Desk(door, books, state)


def invoice(number: str = "", **more: Any) -> dict[str, Any]:
    named = {"RefNumber": number} if number else {}
    line = {"ItemRef": {"FullName": "Planning"}, "Quantity": 2, "Rate": Decimal("10.50")}
    return {"CustomerRef": {"FullName": "Elm Bakery"}, **named, "InvoiceLineAdd": [line], **more}
