"""Finding documents of all runs by what they are known by, newest run first, however many there are.

Tracked fields and parts of keys stand in an index of their own, so an equation with one of them is answered at once. Any other
predicate is tried on one document after another; how many at most is said by whoever asks, and told is where it was left off.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ..operations import Compare, Predicate, conjuncts, holds
from .database import State
from .document_fields import enter_fields, indexed
from .process_log import KNOWN, RunDocument
from .watermarks import Watermarks

Place = tuple[str, str]
"""A run and a document of it."""

_ENTERED = "document_fields"
"""The watermark of a state whose documents are all in the index: those of before there was one are entered by the first search."""
_BATCH = 1000
_TOO_MANY = 1000
"""Documents with the same value that are not told apart from more."""


@dataclass(frozen=True, slots=True)
class Found:
    """A part of what fits."""

    documents: list[RunDocument]
    looked: int
    """How many were looked at for it."""
    left_off: Place | None
    """The document that was looked at last, when there are more; None at the end."""


class DocumentSearch:
    """The documents of all runs."""

    def __init__(self, state: State) -> None:
        self._state = state

    def find(
        self,
        predicate: Predicate,
        *,
        after: Place | None = None,
        most: int | None = None,
        looks: int | None = None,
    ) -> Found:
        """The next documents that fit, behind the one where an earlier search left off; at most so many, among so many."""
        self._enter_those_of_before()
        found: list[RunDocument] = []
        looked = 0
        for document in self._from(after, self._equation(predicate)):
            looked += 1
            after = document.run, document.document
            if holds(predicate, document.searched) is True:
                found.append(document)
            if len(found) == most or looked == looks:
                break
        else:
            after = None
        return Found([self._whole(each) for each in found], looked, after)

    def has_field(self, name: str) -> bool:
        """Whether any document has a tracked field, or a part of its key, of this name."""
        self._enter_those_of_before()
        return bool(self._state.rows("document_of_field", field=name))

    def fields(self) -> Iterator[str]:
        """The names of all tracked fields and parts of keys; the index is asked from one to the next, and not read through."""
        self._enter_those_of_before()
        name = ""
        while found := self._state.rows("next_document_field", field=name):
            name = str(found[0][0])
            yield name

    def _equation(self, predicate: Predicate) -> dict[str, str]:
        """The field and the value that fewest documents have, of those that all that fit must have; empty without such."""
        wanted = [
            {"field": part.field, "value": indexed(str(part.value))}
            for part in conjuncts(predicate)
            if isinstance(part, Compare) and part.op == "=" and part.field not in KNOWN
        ]
        if len(wanted) < 2:
            return wanted[0] if wanted else {}
        return min(
            wanted, key=lambda each: int(self._state.value("count_documents_with", most=_TOO_MANY, **each))
        )

    def _from(self, after: Place | None, equation: dict[str, str]) -> Iterator[RunDocument]:
        """Documents without what they say; those that the index names where there is an equation."""
        name = "documents_with" if equation else "documents"
        while True:
            rows = (
                self._state.rows(f"newest_{name}", most=_BATCH, **equation)
                if after is None
                else self._state.rows(
                    f"{name}_before", run=after[0], document=after[1], most=_BATCH, **equation
                )
            )
            for row in rows:
                document = RunDocument(*row)
                yield document
                after = document.run, document.document
            if len(rows) < _BATCH:
                return

    def _whole(self, document: RunDocument) -> RunDocument:
        rows = self._state.rows("run_document", run=document.run, document=document.document)
        return RunDocument(*rows[0])

    def _enter_those_of_before(self) -> None:
        """Enter the documents of a state that was made before there was an index; one that was cut off is done again."""
        marks = Watermarks(self._state)
        if (marks.get(_ENTERED) or {}).get("whole"):
            return
        batch: list[RunDocument] = []
        for document in self._from(None, {}):
            batch.append(document)
            if len(batch) == _BATCH:
                self._enter(batch)
                batch = []
        self._enter(batch)
        marks.set(_ENTERED, {"whole": True})

    def _enter(self, documents: Iterable[RunDocument]) -> None:
        with self._state.transaction():
            enter_fields(self._state, documents)
