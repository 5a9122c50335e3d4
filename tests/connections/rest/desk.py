"""Somebody at a desk: a connection to a sandbox's company, and the journal of what is written there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from tieout.connections.rest import OnlineConnection, open_online, sign_in_at_sandbox
from tieout.operations import Change, Outcome, PlannedChange, Query
from tieout.processes.write import Writing, identified, planned_changes, write_changes
from tieout.sandbox.server import Sandbox
from tieout.state.database import open_state
from tieout.state.journal import Journal
from tieout.state.meter import Meter
from tieout.state.vault import Vault


@dataclass(frozen=True)
class Desk:
    sandbox: Sandbox
    connection: OnlineConnection
    journal: Journal

    def writing(self, *changes: Change, **settings: Any) -> Writing:
        with_ids = identified(changes, by_contents=settings.pop("by_contents", False))
        return write_changes(self.connection, with_ids, self.journal, **{"name": "test", **settings})

    def write(self, *changes: Change, **settings: Any) -> list[Outcome]:
        """What became of these, in the order in which they were given."""
        found = list(self.writing(*changes, **settings))
        places = {each.place: at for at, each in enumerate(changes)}
        return sorted(found, key=lambda each: places[each.change.place])

    def do(self, change: Change, **settings: Any) -> dict[str, Any]:
        """The record after a change that succeeds."""
        (outcome,) = self.write(change, **settings)
        return dict(outcome.raise_unless_done().record or {})

    def plan(self, *changes: Change) -> list[PlannedChange]:
        return list(planned_changes(self.connection, identified(changes, by_contents=False), self.journal))

    def all(self, type_name: str) -> list[dict[str, Any]]:
        return [record for page in self.connection.read(Query((type_name,))) for record in page.records()]

    def now(self, type_name: str, record_id: str) -> dict[str, Any]:
        """A record as the company has it."""
        return dict(self.sandbox.company.read(type_name, record_id).record)

    def behind_our_back(self, type_name: str, record_id: str, **fields: Any) -> dict[str, Any]:
        """Somebody else changes a record."""
        stamp = {"Id": record_id, "SyncToken": self.now(type_name, record_id)["SyncToken"]}
        return dict(self.sandbox.company.update(type_name, {**stamp, "sparse": True, **fields}).record)

    def writes(self) -> list[str]:
        """The writes that arrived, as `invoice void` or `batch`; reads left out."""
        return [told for told, _ in self._arrived()]

    def request_ids(self) -> list[str]:
        return [params["requestid"] for _, params in self._arrived()]

    def _arrived(self) -> Iterator[tuple[str, dict[str, str]]]:
        for call in self.sandbox.control.requests:
            params = dict(parse_qsl(call.params))
            if call.method == "POST" and "requestid" in params:
                name = call.path.partition("/company/")[2].partition("/")[2]
                yield f"{name} {params.get('operation', '')}".strip(), params


@contextmanager
def at_desk(folder: Path, sandbox: Sandbox, **settings: Any) -> Iterator[Desk]:
    """Sign in at a sandbox and open its company; nothing waits."""
    vault = Vault(folder / "vault.db", b"k" * 32)
    signed_in = sign_in_at_sandbox(sandbox.base_url)
    signed_in.keep(vault)
    journal_settings = settings.pop("journal", {})
    with open_state(folder) as state:
        defaults = {"company": signed_in.realm, "limits": False, "sleep": lambda _: None}
        connection = open_online(
            "books", base_url=sandbox.base_url, vault=vault, meter=Meter(state), **{**defaults, **settings}
        )
        with connection:
            yield Desk(sandbox, connection, Journal(state, **journal_settings))


def line(amount: str | None = "10.00", item: str = "5", **fields: Any) -> dict[str, Any]:
    """A line of a sale; `5` is an item of small-shop that nobody counts."""
    detail = {
        name: fields.pop(name) for name in ("UnitPrice", "Qty", "ServiceDate", "ClassRef") if name in fields
    }
    made: dict[str, Any] = {"SalesItemLineDetail": {"ItemRef": {"value": item}, **detail}, **fields}
    return made if amount is None else {"Amount": Decimal(amount), **made}


def invoice(*lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"CustomerRef": {"value": "2"}, "Line": list(lines) or [line()], **fields}
