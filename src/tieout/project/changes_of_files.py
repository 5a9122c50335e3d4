"""Records of a file as changes, with the keys that they are known by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from ..connections.base import Record
from ..errors import Invalid
from ..operations import Change, Outcome
from ..processes.write import identified
from ..protocols.record_files import Given

Make = Callable[[Mapping[str, Any], str, str], Change]
"""A change of a record, its key and its place."""


@dataclass(frozen=True, slots=True)
class FileOfChanges:
    """What to do with the records of a file."""

    make: Make
    is_field: Callable[[str], bool] = lambda _path: False
    """Whether QuickBooks knows such a field."""
    key: str = ""
    """The field that makes a record the same one; one that QuickBooks does not know is kept here and not sent."""

    def changes(self, given: Iterable[Given]) -> Iterator[Change | Outcome]:
        """A change for each record; for one that cannot be read, its refusal."""
        return identified(map(self._change, given), by_contents=True)

    def _change(self, given: Given) -> Change | Outcome:
        if given.error is not None:
            return _refused(self.make({}, "", given.place), given.error)
        record = dict(given.record)
        key = self._key(record)
        if self.key and not key:
            told = f"{given.place}: {self.key} is empty or missing, and it is the key."
            error = Invalid(told, element=self.key, advice="Give every record its key.", record=given.record)
            return _refused(self.make(record, "", given.place), error)
        return self.make(record, key, given.place)

    def _key(self, record: Record) -> str:
        if not self.key:
            return ""
        value: Any = record
        for part in self.key.split("."):
            value = value.get(part) if isinstance(value, Mapping) else None
        if not self.is_field(self.key):
            record.pop(self.key, None)
        return "" if value in (None, "") or isinstance(value, Mapping | list) else f"{self.key}={value}"


def _refused(change: Change, error: Invalid) -> Outcome:
    named = replace(change, id=sha256(f"{change.place}\0{error}".encode()).hexdigest()[:32])
    return Outcome(change=named, state="refused", error=error)
