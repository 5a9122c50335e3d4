"""The mailbox of a company file behind a Web Connector: one process puts documents in and waits, another hands them over.

A document belongs to one session and to one visitor. It is handed over only while its visitor is there, at most once, and its
answer is taken only from the session that got it. What was handed over and is not answered when the session ends is lost:
nobody knows then whether it was done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from ..errors import SetupError
from .database import State
from .times import utc_now, written_time

PRESENT = timedelta(seconds=15)
"""Since when a visitor must have been seen for its documents to be handed over; it shows itself every few seconds."""
TALKING = timedelta(seconds=60)
"""For how long a visitor that does not wait may still come back with another document."""

GRACE = timedelta(seconds=5)
"""For how long a session is kept after the last visitor left: the next command need not wait for the next call."""

LetterState = Literal["put", "taken", "answered", "withdrawn", "lost"]


@dataclass(frozen=True, slots=True)
class Letter:
    """What became of a document."""

    state: LetterState
    hresult: str
    message: str


class Mailbox:
    """The mailbox of one user. Processes and threads share it."""

    def __init__(self, state: State, username: str, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._state = state
        self._username = username
        self._clock = clock

    # ---- for those who ask

    def visit(self, visitor: str) -> None:
        """Show that somebody is here."""
        self._state.rows(
            "visit_mailbox", username=self._username, visitor=visitor, seen=written_time(self._clock())
        )

    def leave(self, visitor: str) -> None:
        """Nothing more will be asked, unless the next command follows at once."""
        seen = written_time(self._clock() - TALKING + GRACE)
        self._state.rows("visit_mailbox", username=self._username, visitor=visitor, seen=seen)

    def want(self) -> None:
        """Have a session opened at the next call, though nobody waits for it."""
        self._state.rows("want_connector", username=self._username, wanted=written_time(self._clock()))

    def put(self, ticket: str, visitor: str, document: bytes) -> int:
        """Put a document in for this session; its number."""
        with self._state.transaction():
            self.visit(visitor)
            number = self._state.value("next_document_number", username=self._username)
            if number is None:
                raise SetupError(f"There is no user {self._username!r} of the Web Connector.")
            self._state.rows(
                "put_document",
                username=self._username,
                number=number,
                ticket=ticket,
                visitor=visitor,
                at=written_time(self._clock()),
                request=document,
            )
        return int(number)

    def letter(self, number: int) -> Letter:
        """What became of a document."""
        found = self._state.rows("document_state", username=self._username, number=number)
        return Letter(*found[0]) if found else Letter("withdrawn", "", "")

    def withdraw(self, number: int) -> bool:
        """Take a document back; False when it was handed over already."""
        return bool(self._state.rows("withdraw_document", username=self._username, number=number))

    def pieces(self, number: int) -> Iterator[bytes]:
        """The answer to a document, which is forgotten with its last piece."""
        piece = 0
        while True:
            body = self._state.value("answer_piece", username=self._username, number=number, piece=piece)
            if body is None:
                break
            yield body
            piece += 1
        self.forget(number)

    def forget(self, number: int) -> None:
        """A document whose end is known."""
        with self._state.transaction():
            self._state.rows("forget_answer", username=self._username, number=number)
            self._state.rows("forget_document", username=self._username, number=number)

    # ---- for the one who hands over

    def is_anybody_here(self, within: timedelta = TALKING) -> bool:
        """Whether anybody was seen so lately, and has not left."""
        since = written_time(self._clock() - within)
        return bool(self._state.value("mailbox_visitors", username=self._username, since=since))

    def waiting(self, ticket: str) -> int:
        """How many documents of a session are to be handed over, those without anybody who waits taken out."""
        self._state.rows(
            "withdraw_forsaken_documents",
            username=self._username,
            since=written_time(self._clock() - PRESENT),
        )
        return int(self._state.value("documents_waiting", username=self._username, ticket=ticket))

    def take(self, ticket: str) -> tuple[int, bytes] | None:
        """The next document of a session with its number; it is on its way when this returns."""
        found = self._state.rows("take_document", username=self._username, ticket=ticket)
        return (int(found[0][0]), bytes(found[0][1])) if found else None

    def answer(
        self, ticket: str, number: int, pieces: Iterable[bytes], *, hresult: str = "", message: str = ""
    ) -> bool:
        """Keep the answer to a document; False when it is none that this session has out."""
        with self._state.transaction():
            if not self._state.rows(
                "answer_document",
                username=self._username,
                number=number,
                ticket=ticket,
                hresult=hresult,
                message=message,
            ):
                return False
            for piece, body in enumerate(pieces):
                self._state.rows(
                    "keep_answer", username=self._username, number=number, piece=piece, body=body
                )
        return True

    def tidy(self, before: datetime) -> None:
        """Forget what nobody asks about any more."""
        with self._state.transaction():
            self._state.rows("forget_answers_before", username=self._username, before=written_time(before))
            self._state.rows("forget_documents_before", username=self._username, before=written_time(before))
            self._state.rows("forget_visitors_before", username=self._username, before=written_time(before))
