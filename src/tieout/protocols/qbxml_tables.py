"""Answers of qbXML as Arrow tables: one of headers, one per repeated part, decimals exact, in memory that stays.

    for each in RetReader(ret).pages(pieces):
        Answered(status, iterator …) · then pages of whole records, as soon as they are complete

The bytes of records become JSON by a few passes in C (`qbxml_json`), and arrow-rs reads that straight into columns. Each run of
records is audited: its members must equal the values that arrived, and texts must be what qbXML means by their type. A run that
does not add up is read again with care, record by record, and what has no column goes into `_extra` under its JSON Pointer.
Times with an offset are instants; a time without one, which QuickBooks does not write, is taken for UTC.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

import arro3.compute as compute
import arro3.core as arrow

from ..catalog.qbxml.actions import message
from ..catalog.qbxml.rets import Ret
from ..errors import RemoteProtocolError
from . import rest
from .flat_tables import ALTERNATING, SCALE, TEXT, Path, Rows, flatten_parts, read_columns
from .qbxml_columns import CHECKED, COLUMN_TYPES, Node, columns_of, note_members, struct_of
from .qbxml_cutting import Records, cut_answers
from .qbxml_fitting import PATTERNS, Fitting
from .qbxml_json import Rewriting, Rewritten, joined
from .qbxml_questions import PARTIES
from .qbxml_reader import Answered, read_answers
from .qbxml_reader import Ret as RetRead
from .seen_members import Projection, copied, merge
from .table_names import column_name, part_position, part_table_name, table_name

ROWS = 5_000
"""Records of a page."""

_MORE_DIGITS_THAN_SCALE = re.compile(rb"\.\d{%d}" % (SCALE + 1))
_LINE_FIELDS = ("TxnLineID", "Desc", "Quantity", "Amount")

Extras = Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class _Decoded:
    """A run of records as columns, and what did not fit in them."""

    rows: Rows
    extras: Extras | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """Some records as they came, and as JSON where they have the form that QuickBooks writes."""

    records: Records
    rewritten: Rewritten | None


class RetReader:
    """Reads records of one Ret; remembers which members QuickBooks uses."""

    def __init__(self, ret: Ret) -> None:
        self.ret = ret
        self._columns = columns_of(ret)
        self._rewriting = Rewriting(ret.name, self._columns.repeated)
        self._seen = Projection()
        self._lock = Lock()

    def pages(self, pieces: Iterable[bytes], *, rows: int = ROWS) -> Iterator[Answered | QbxmlTablePage]:
        """The answer's status, then its records in pages of `rows` at most; RemoteProtocolError where it is no whole qbXML."""
        return tables_of(pieces, self._only, rows=rows)

    def _only(self, name: str) -> RetReader:
        if name != self.ret.name:
            raise RemoteProtocolError(f"The answer holds {name} where {self.ret.name} belongs.")
        return self

    def records(self, raw: bytes) -> list[dict[str, Any]]:
        """The records of a run, as `qbxml_reader` reads them."""
        asked = message(self.ret.kind, "read", self.ret.edition)
        assert asked is not None  # else there were no Ret
        around = asked.kind.message(asked.verb, "Rs")
        document = (
            f"<QBXML><QBXMLMsgsRs><{around}>".encode(),
            raw,
            f"</{around}></QBXMLMsgsRs></QBXML>".encode(),
        )
        events = read_answers(document, self.ret.edition)
        return [dict(event.record) for event in events if isinstance(event, RetRead)]

    def run(self, records: Records) -> Run:
        """Some records, ready to be decoded."""
        return Run(records, self._rewriting.rewrite(records.raw))

    def tables(self, runs: Sequence[Run]) -> dict[str, Any]:
        """The records of runs as Arrow tables by name."""
        written = [run.rewritten for run in runs if run.rewritten is not None]
        if len(written) == len(runs):
            rows = self._decode(joined(written))
            if rows is not None:
                return _flat(self.ret, _Decoded(rows))
        return _joined([_flat(self.ret, self._decode_run(run)) for run in runs])

    def _decode_run(self, run: Run) -> _Decoded:
        rows = self._decode(run.rewritten) if run.rewritten is not None else None
        return _Decoded(rows) if rows is not None else self._decode_with_care(run.records.raw)

    def _decode(self, rewritten: Rewritten) -> Rows | None:
        """The records as columns; None where they must be read with care."""
        rows = self._read(rewritten)
        if rows is None and b':""' in rewritten.raw:
            with_nulls = self._rewriting.with_nulls(rewritten)
            if with_nulls is None:
                return None
            rewritten = with_nulls
            rows = self._read(rewritten)
        if rows is None and self._learn(rewritten.raw):
            rows = self._read(rewritten)
        return rows

    def _learn(self, raw: bytes) -> bool:
        """Note the members of records that are JSON; whether they are, with a member that is new."""
        try:
            records = rest.decode(raw)
        except RemoteProtocolError:
            return False
        seen = copied(self._seen)
        note_members(self._columns.members, records, seen)
        new = seen != self._seen
        self._remember(seen)
        return new

    def _remember(self, seen: Projection) -> None:
        with self._lock:
            merged = copied(self._seen)
            merge(merged, seen)
            self._seen = merged

    def _read(self, rewritten: Rewritten) -> Rows | None:
        """The records as columns, or None where anything would be lost or bent."""
        if not self._seen or _MORE_DIGITS_THAN_SCALE.search(rewritten.raw):
            return None
        rows = read_columns(rewritten.raw, struct_of(self._columns.members, self._seen))
        if rows is None or rows.members != rewritten.members:
            return None
        return rows if _typed(rows, self._columns.nodes) else None

    def _decode_with_care(self, raw: bytes) -> _Decoded:
        seen = copied(self._seen)
        fitting = Fitting(self._columns, seen)
        fits = [fitting.fit(record) for record in self.records(raw)]
        self._remember(seen)
        rows = read_columns(rest.encode(fits), struct_of(self._columns.members, self._seen))
        if rows is None or not _typed(rows, self._columns.nodes):
            raise RemoteProtocolError(f"Records of {self.ret.kind.name} cannot be read into columns.")
        return _Decoded(rows, fitting.extras if any(fitting.extras) else None)


class QbxmlTablePage:
    """Some records of one type, raw until someone asks."""

    time: datetime | None = None
    """qbXML tells no time of the answer."""

    def __init__(self, reader: RetReader) -> None:
        self.type = reader.ret.kind.name
        self.ret = reader.ret.name
        self._reader = reader
        self._runs: list[Run] = []

    def take(self, records: Records) -> None:
        """Add some records."""
        self._runs.append(self._reader.run(records))

    def __len__(self) -> int:
        return sum(run.records.count for run in self._runs)

    def records(self) -> list[dict[str, Any]]:
        """The records with QuickBooks' own names, money as Decimal."""
        return [record for run in self._runs for record in self._reader.records(run.records.raw)]

    def tables(self) -> dict[str, Any]:
        """Arrow tables by name: `invoice`, `invoice_line`, …; `_extra` stands in the first where there is any."""
        return self._reader.tables(self._runs)

    def texts(self) -> list[str]:
        """Each record as JSON: what came is XML, which a database cannot look into."""
        return [str(rest.encode(record), "utf-8") for record in self.records()]


def tables_of(
    pieces: Iterable[bytes], ret_for: Callable[[str], RetReader], *, rows: int = ROWS
) -> Iterator[Answered | QbxmlTablePage]:
    """The answers of a whole set in their order, each with its pages; `ret_for` gives the reader of `InvoiceRet`."""
    page: QbxmlTablePage | None = None
    for each in cut_answers(pieces, rows):
        if page is not None and (isinstance(each, Answered) or each.name != page.ret):
            yield page
            page = None
        if isinstance(each, Answered):
            yield each
            continue
        page = page or QbxmlTablePage(ret_for(each.name))
        page.take(each)
        if len(page) >= rows:
            yield page
            page = None
    if page is not None:
        yield page


def declared_ret_tables(ret: Ret) -> dict[str, Any]:
    """Empty tables of the columns that are there before QuickBooks has sent anything.

    Those are the values at the top of a record and whom it is for, and a little of its lines; the others come when they are first seen.
    """
    columns = columns_of(ret)
    rows = read_columns(b"[]", struct_of(columns.members, _always_there(columns.members)))
    assert rows is not None
    typed = _typed(rows, columns.nodes)
    assert typed
    return _flat(ret, _Decoded(rows))


def _always_there(members: Mapping[str, Node]) -> Projection:
    there = Projection()
    for name, node in members.items():
        inside = node.members
        if inside is None:
            there[name] = Projection()
        elif name.startswith(ALTERNATING):
            there[name] = Projection(
                {kind: _named(below.members or {}, _LINE_FIELDS) for kind, below in inside.items()}
            )
        elif node.many and "TxnLineID" in inside:
            there[name] = _named(inside, _LINE_FIELDS)
        elif name in PARTIES:
            there[name] = _named(inside, ("ListID", "FullName"))
    return there


def _named(members: Mapping[str, Node], names: Iterable[str]) -> Projection:
    return Projection({name: Projection() for name in names if name in members})


# ---- columns


def _typed(rows: Rows, nodes: Mapping[Path, Node], path: Path = ()) -> bool:
    """Give columns that were read as texts their types; False where a text is none of it."""
    for index, (at, column) in enumerate(rows.columns):
        base = nodes[(*path, *at) if at != ("value",) or (*path, *at) in nodes else path].base
        if base in CHECKED:
            typed = _cast(column, base)
            if typed is None:
                return False
            rows.columns[index] = at, typed
        elif column.type == TEXT and compute.min(column).as_py() == "":
            return False
    return all(_typed(part.rows, nodes, (*path, *part.path)) for part in rows.parts)


def _cast(column: Any, base: str) -> Any:
    """A column from its texts, None where one is none of the base; of days and booleans there are few different ones."""
    if base in PATTERNS:
        texts = arrow.dictionary_dictionary(compute.dictionary_encode(column)).to_pylist()
        if not all(map(PATTERNS[base].fullmatch, texts)):
            return None
    typed = compute.cast(column, COLUMN_TYPES[base])
    return typed if typed.null_count == column.null_count else None


def _flat(ret: Ret, decoded: _Decoded) -> dict[str, Any]:
    """Flat tables by name, the headers first. A part's rows carry its record's key and their position from 1."""
    header = table_name(ret.kind.name)
    columns = {column_name(at): column for at, column in decoded.rows.columns}
    if decoded.extras is not None:
        texts = [str(rest.encode(extra), "utf-8") if extra else None for extra in decoded.extras]
        columns["_extra"] = arrow.Array(texts, TEXT)
    key = column_name((ret.key,))
    keys = {f"{header}_{key}": columns[key]} if key in columns else {}
    tables = {header: arrow.Table.from_pydict(columns)}

    def naming(path: Path) -> tuple[str, str]:
        return part_table_name(ret.kind.name, path), part_position(ret.kind.name, path)

    flatten_parts(decoded.rows, keys, naming, tables)
    return tables


def _joined(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The tables of all runs as one of each name; a column that a run has not is empty there."""
    if len(runs) == 1:
        return dict(runs[0])
    names = dict.fromkeys(name for tables in runs for name in tables)
    return {name: _chained([tables[name] for tables in runs if name in tables]) for name in names}


def _chained(tables: Sequence[Any]) -> Any:
    fields = {field.name: field for table in tables for field in table.schema}
    schema = arrow.Schema(list(fields.values()))
    batches = []
    for table in tables:
        here = set(table.column_names)
        empty = {n: arrow.Array([None] * table.num_rows, f.type) for n, f in fields.items() if n not in here}
        for batch in table.to_batches():
            columns = [empty[n] if n in empty else batch.column(n) for n in fields]
            batches.append(arrow.RecordBatch.from_arrays(columns, schema=schema))
    return arrow.Table.from_batches(batches, schema=schema)
