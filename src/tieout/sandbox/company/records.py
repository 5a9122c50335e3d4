"""Records as the sandbox keeps them: prepared bytes for the wire, values when a rule needs them.

A page of a thousand records is a thousand prepared byte strings joined, so answering costs next to nothing.
Records of big companies are kept as bytes alone and read back on the rare occasion that somebody looks inside.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from copy import deepcopy
from datetime import datetime
from typing import Any

import msgspec

from ...protocols import exact_json

Record = dict[str, Any]


def id_of(record: Record) -> str:
    """The record's id; one type spells it with a small letter."""
    return str(record.get("Id") or record.get("id") or "")


class StoredRecord:
    """One record; either side of it, values or bytes, is made from the other when it is asked for."""

    __slots__ = ("_encoded", "_record", "active", "id", "updated")

    def __init__(self, record: Record, updated: datetime, *, encoded: bytes | None = None) -> None:
        self._encoded = encoded
        self._record: Record | None = record
        self.id: str = id_of(self.contents)
        self.active: bool = record.get("Active", True) is not False
        self.updated = updated
        """When it last changed, to the second."""

    @property
    def record(self) -> Record:
        """The values; read anew each time where only bytes are kept, so that looking costs no memory."""
        return exact_json.decode(self.encoded) if self._record is None else self._record

    def copy(self) -> Record:
        """The values anew, to be changed."""
        return exact_json.decode(self.encoded) if self._record is None else deepcopy(self._record)

    @property
    def contents(self) -> Record:
        """The fields: a recurring transaction keeps them one level down, under the name of what it repeats."""
        record = self.record
        return record if id_of(record) else next(iter(record.values()))

    @property
    def encoded(self) -> bytes:
        encoded = self._encoded
        if encoded is None:
            encoded = self._encoded = exact_json.encode_exact(self._record)
        return encoded

    def compute(self, name: str, value: Any) -> None:
        """Set a computed field; such a change moves neither SyncToken nor LastUpdatedTime."""
        record = self.record
        if record.get(name) != value:
            record[name] = value
            self._record = record
            self._encoded = None

    def rewrite(self, record: Record) -> None:
        """Take other values that are no change to QuickBooks: what a reference says of another record's name."""
        frozen = self._record is None
        self._record, self._encoded = record, None
        if frozen:
            self.freeze()

    def glimpse(self, decoder: msgspec.json.Decoder[msgspec.Struct]) -> Record:
        """Some fields only, without reading the rest where only bytes are kept."""
        if self._record is not None:
            return self.contents
        row = decoder.decode(self.encoded)
        parts = ((name, getattr(row, name)) for name in row.__struct_fields__)
        return {name: exact_json.decode(raw) for name, raw in parts if raw}

    def freeze(self) -> None:
        """Keep the bytes alone, for companies with many records."""
        _ = self.encoded
        self._record = None


class Store:
    """All records of one type, in the order of their ids."""

    def __init__(self, type_name: str) -> None:
        self.type = type_name
        self.deleted: dict[str, datetime] = {}
        """When records went away, by id, last deleted last."""
        self._by_id: dict[str, StoredRecord] = {}
        self.get: Callable[[str], StoredRecord | None] = self._by_id.get
        """The record with an id."""
        self._by_name: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._below: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._places: dict[str, tuple[str, str]] = {}
        """Under which name and below which record list records are found, in lower case and by id."""
        self._all: list[StoredRecord] | None = None
        self._active: list[StoredRecord] | None = None

    def __len__(self) -> int:
        return len(self._by_id)

    def __iter__(self) -> Iterator[StoredRecord]:
        return iter(self._by_id.values())

    def put(self, stored: StoredRecord) -> None:
        """Add a record, or take the place of the one with its id."""
        self._by_id[stored.id] = stored
        self._place(stored)
        self._all = self._active = None

    def remove(self, id_: str, when: datetime) -> None:
        del self._by_id[id_]
        self._displace(id_)
        self.deleted[id_] = when
        self._all = self._active = None

    def named(self, name: str) -> Iterator[StoredRecord]:
        """Those whose own name this is, in any case."""
        return (self._by_id[id_] for id_ in self._by_name.get(name.casefold(), ()))

    def below(self, parent: str) -> Iterator[StoredRecord]:
        """Those that name this record as their parent."""
        return (self._by_id[id_] for id_ in tuple(self._below.get(parent, ())))

    def _place(self, stored: StoredRecord) -> None:
        record = stored.record
        name = record.get("DisplayName") or record.get("Name")
        if name is None:
            return
        self._displace(stored.id)
        place = str(name).casefold(), str(record.get("ParentRef", {}).get("value", ""))
        self._places[stored.id] = place
        self._by_name[place[0]][stored.id] = None
        self._below[place[1]][stored.id] = None

    def _displace(self, id_: str) -> None:
        place = self._places.pop(id_, None)
        if place:
            self._by_name[place[0]].pop(id_, None)
            self._below[place[1]].pop(id_, None)

    def everything(self) -> list[StoredRecord]:
        """Inactive records included."""
        if self._all is None:
            self._all = list(self._by_id.values())
        return self._all

    def active(self) -> list[StoredRecord]:
        if self._active is None:
            self._active = [stored for stored in self if stored.active]
        return self._active
