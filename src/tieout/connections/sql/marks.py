"""A table of marks in the database that is written to: which changes were made, committed with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import Column, Connection, DateTime, Engine, MetaData, String, Table, select
from sqlalchemy import inspect as inspected

from ...errors import SetupError, TieoutError
from ...operations import Outcome
from .database import explained, writing


class Marks:
    """The table `tieout_written`: a row for each change, with the transaction that made it and the row's key."""

    def __init__(self, engine: Engine, name: str, table: str, schema: str | None) -> None:
        self._engine = engine
        self._name = name
        self._table = Table(
            table,
            MetaData(schema=schema),
            Column("change_id", String(64), primary_key=True),
            Column("request", String(40), nullable=False, index=True),
            Column("record_id", String(255), nullable=False),
            Column("written_at", DateTime(timezone=True), nullable=False),
        )

    def make_table(self) -> None:
        """Make it when it is not there yet."""
        with explained(self._name):
            if inspected(self._engine).has_table(self._table.name, schema=self._table.schema):
                return
        try:
            with writing(self._engine, self._name) as database:
                self._table.create(database, checkfirst=True)
        except TieoutError as error:
            raise SetupError(
                f"{self._name} needs a table {self._table.name} for marks of what was written, and it cannot be made: {error}",
                advice="Let the user make tables, make this one for it, or name a schema where it may.",
            ) from error

    def of_changes(self, database: Connection, changes: Sequence[str]) -> dict[str, str]:
        """The keys of the rows that these changes made before."""
        if not changes:
            return {}
        table = self._table.c
        chosen = select(table.change_id, table.record_id).where(table.change_id.in_(changes))
        return {row[0]: row[1] for row in database.execute(chosen)}

    def of_request(self, database: Connection, request: str) -> dict[str, str]:
        """The changes that this transaction made, and their rows."""
        table = self._table.c
        chosen = select(table.change_id, table.record_id).where(table.request == request)
        return {row[0]: row[1] for row in database.execute(chosen)}

    def put(self, database: Connection, request: str, outcomes: Sequence[Outcome]) -> None:
        """Mark what was done in this transaction."""
        if not outcomes:
            return
        ids = [each.change.id for each in outcomes]
        database.execute(self._table.delete().where(self._table.c.change_id.in_(ids)))
        rows = [
            {
                "change_id": each.change.id,
                "request": request,
                "record_id": each.record_id,
                "written_at": datetime.now(UTC),
            }
            for each in outcomes
        ]
        database.execute(self._table.insert(), rows)
