"""The journal: what was sent, what became of it, and which record of ours is which of QuickBooks'.

Before a request is sent it is committed here with all its members; when its answer is known, the outcomes and the links
are committed with its end. Whoever dies in between leaves an open request behind, and the next run finds out what became
of it before it sends anything. The engine of schedules may forget its progress; this is the history.
"""

from __future__ import annotations

import os
import secrets
import socket
import zlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime
from decimal import Decimal

from .database import State
from .journal_records import ChangeRecord, Link, RunRecord, link_of, total_text
from .journalled_run import JournalledRun
from .times import utc_now, written_time


class Journal:
    """The journal of every company. Threads share it."""

    def __init__(
        self,
        state: State,
        *,
        keep_documents: bool = False,
        redact: Callable[[bytes], bytes] = lambda body: body,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._state = state
        self._redact = redact
        self.keeps_documents = keep_documents
        self.clock = clock

    def exclusive(self, identity: str, *, wait: float = 0) -> AbstractContextManager[None]:
        """Keep other writers away from a company; Busy when one is still there after so many seconds."""
        return self._state.exclusive(f"writing to {identity}", wait=wait)

    def begin(
        self, identity: str, name: str, *, command: str = "", source: str = "", alone: bool = True
    ) -> JournalledRun:
        """A run begins; where it is alone, those of the same company that never ended were killed."""
        now = self.clock()
        run = f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"  # many runs may begin in one second
        with self._state.transaction():
            self._state.rows(
                "begin_run",
                id=run,
                title=name,
                identity=identity,
                command=command,
                source=source,
                host=socket.gethostname(),
                pid=os.getpid(),
                started=written_time(now),
            )
            if alone:
                self._state.rows("note_interrupted", identity=identity, id=run)
        return self._run(identity, run)

    def joined(self, run: str, identity: str) -> JournalledRun:
        """A run that has begun, writing to this company too."""
        return self._run(identity, run)

    def cancel(self, run: str) -> bool:
        """Let a run that is under way stop between two steps; whether there is one."""
        return bool(self._state.rows("cancel_run", id=run))

    def looking_at(self, identity: str) -> JournalledRun:
        """A run of a company that only looks: it begins nothing, and nothing is to be told to it."""
        return self._run(identity, "")

    def _run(self, identity: str, run: str) -> JournalledRun:
        keep = self.redacted if self.keeps_documents else None
        return JournalledRun(self._state, identity, run, clock=self.clock, keep=keep)

    def before(self, command: str, run: str) -> list[tuple[str, str, str]]:
        """Run, company and state of the runs of the same command, newest first."""
        return [
            (found, identity, state)
            for found, identity, state in self._state.rows("runs_of_command", command=command, id=run)
        ]

    def link(self, identity: str, type_name: str, key: str) -> Link | None:
        """The record that a key stands for."""
        return self._run(identity, "").link(type_name, key)

    def links(self, identity: str) -> list[Link]:
        """Every link of a company."""
        return [link_of(*row) for row in self._state.rows("links", identity=identity)]

    def forget(self, identity: str, type_name: str, key: str) -> bool:
        """Let a key stand for nothing, so that its record may be added again; whether there was such a link."""
        with self._state.transaction():
            there = self.link(identity, type_name, key) is not None
            self._state.rows("forget_link", identity=identity, type=type_name, key=key)
            self._state.rows("forget_changes_of_link", identity=identity, type=type_name, key=key)
        return there

    def runs(self, run: str = "", *, most: int = 50) -> list[RunRecord]:
        """The last runs, newest first; only this one when it is named."""
        return [RunRecord(*row) for row in self._state.rows("last_runs", id=run, most=most)]

    def changes(self, run: str, state: str = "") -> list[ChangeRecord]:
        """The changes of a run, all or those that ended in one way."""
        return [ChangeRecord(*row) for row in self._state.rows("changes_of_run", run=run, state=state)]

    def changes_page(self, run: str, *, held: bool, before: int, most: int) -> tuple[list[ChangeRecord], int]:
        """A part of the changes of a run, without their records, and how many there are; `held` leaves out those that were done."""
        rows = self._state.rows("changes_page", run=run, held=int(held), before=before, most=most)
        return [ChangeRecord(*row) for row in rows], self._state.value(
            "count_changes", run=run, held=int(held)
        )

    def unknown(self, identity: str) -> list[ChangeRecord]:
        """Changes of which nobody knows what became of them."""
        return [ChangeRecord(*row) for row in self._state.rows("unknown_changes", identity=identity)]

    def unknown_by_company(self) -> dict[str, int]:
        """How many changes of each company are unknown."""
        return {identity: int(count) for identity, count in self._state.rows("count_unknown_changes")}

    def settle(self, identity: str, change: ChangeRecord, *, record_id: str, total: Decimal | None) -> None:
        """A person found out what became of a change: this record, or nothing when there is none."""
        now = written_time(self.clock())
        done = bool(record_id)
        with self._state.transaction():
            self._state.rows(
                "settle_change",
                identity=identity,
                id=change.id,
                state="done" if done else "released",
                record_id=record_id,
                note="settled by a person",
                refusals=0 if done else 1,
                at=now,
            )
            if done and change.key:
                link = {"type": change.type, "key": change.key, "record_id": record_id}
                self._state.rows(
                    "set_link", identity=identity, **link, total=total_text(total), run="settled", at=now
                )

    def documents(self, run: str) -> list[tuple[str, str, str, bytes]]:
        """Request, time, way (`out`, `in`) and body of the documents of a run that were kept."""
        return [
            (request, at, way, zlib.decompress(body))
            for request, at, way, body in self._state.rows("documents_of_run", run=run)
        ]

    def purge_documents(self, before: datetime) -> None:
        """Forget the documents that are older."""
        self._state.rows("purge_documents", before=written_time(before))

    def redacted(self, body: bytes) -> bytes:
        """A document without what nobody should read in a journal, compressed."""
        return zlib.compress(self.without_secrets(body), 1)

    def without_secrets(self, body: bytes) -> bytes:
        """A document without what nobody should read in a journal."""
        return self._redact(body)
