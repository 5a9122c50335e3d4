"""Answers of qbXML as Arrow tables: one of headers, one per repeated part, decimals exact, in memory that stays.

    for each in RetReader(ret).pages(pieces):
        Answered(status, iterator …) · then pages of whole records, as soon as they are complete

Records in the form that QuickBooks writes are taken apart by expressions (`qbxml_forms`) that match all of a record or nothing,
and their texts must be what qbXML means by their type. Any other record is read with care, and what has no column goes into `_extra`
under its JSON Pointer; the rest is written anew in that form. Which elements a company uses, and which there are besides that the
catalog does not know, is learned from the records that were odd.
Times with an offset are instants; a time without one, which QuickBooks does not write, is taken for UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any

import arro3.core as arrow

from ..catalog.qbxml.actions import message
from ..catalog.qbxml.rets import Ret
from ..errors import RemoteProtocolError
from . import exact_json
from .flat_tables import ALTERNATING, TEXT, Columns, Path, flatten_parts
from .qbxml_columns import Node, columns_of
from .qbxml_cutting import InForm, Records, cut_answers
from .qbxml_fitting import Fitting
from .qbxml_forms import Form, Groups, characters, extras_of, written
from .qbxml_learned import Learned, Unknown, gap_of
from .qbxml_questions import PARTIES
from .qbxml_reader import Answered, read_answers
from .qbxml_reader import Ret as RetRead
from .seen_members import Projection
from .table_names import column_name, part_position, part_table_name, table_name

ROWS = 5_000
"""Records of a page."""

_ENOUGH = 8
"""Odd records from which the next ones' form is learned; an expression takes as long to make as some of them to read."""

_LINE_FIELDS = ("TxnLineID", "Desc", "Quantity", "Amount")

Extra = Mapping[str, Any]


@dataclass(slots=True)
class Run:
    """Some records: their markup, taken apart where they had a form, and as it was written anew where they had none."""

    raw: bytes
    count: int
    in_form: InForm | None
    written: str = ""
    extras: Sequence[Extra] = ()


class RetReader:
    """Reads records of one Ret; remembers which members QuickBooks uses."""

    def __init__(self, ret: Ret) -> None:
        self.ret = ret
        self._columns = columns_of(ret)
        self._closing = f"</{ret.name}>".encode()
        self._lock = Lock()
        self._learned = Learned(self._columns.members, Projection())
        self._form: Form | None = None
        self._odd = 0
        """Odd records since the form was made."""

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

    def take(self, raw: bytes, most: int) -> Records | None:
        """The records with which these bytes begin and that have the form of those before, `most` at most."""
        form = self._form
        if self._odd >= _ENOUGH:
            form = self._form_of_all()
        end = raw.rfind(self._closing) + len(self._closing)
        if form is None or end < len(self._closing):
            return None
        raw = raw[:end]
        text = characters(raw)
        if text is None:
            return None
        rows, end = form.match(text, most)
        if not rows:
            return None
        if end < len(text):
            parts = raw.split(self._closing, len(rows))
            raw = self._closing.join((*parts[:-1], b""))
        return Records(self.ret.name, raw, len(rows), InForm(form, rows))

    def run(self, records: Records) -> Run:
        """Some records, ready to become tables."""
        if records.in_form is None:
            taken = self.take(records.raw, records.count)
            if taken is not None and taken.raw == records.raw:
                records = taken
        if records.in_form is None:
            return self._with_care(records.raw)
        return Run(records.raw, records.count, records.in_form)

    def tables(self, runs: Sequence[Run]) -> dict[str, Any]:
        """The records of runs as Arrow tables by name."""
        for fitting in self._more_and_more_careful(runs):
            tables = self._tables(fitting, self._form_of_all())
            if tables is not None:
                return tables
        raise RemoteProtocolError(f"Records of {self.ret.kind.name} cannot be read into columns.")

    def _more_and_more_careful(self, runs: Sequence[Run]) -> Iterator[Sequence[Run]]:
        """Runs as they are; those with care of which a value is not of its column's type; all with care."""
        yield runs
        form = self._form_of_all()
        yield [run if self._tables([run], form) is not None else self._with_care(run.raw) for run in runs]
        yield [self._with_care(run.raw) for run in runs]

    def _tables(self, runs: Sequence[Run], form: Form) -> dict[str, Any] | None:
        """The tables; None where a record does not have this form, or a value not its column's type."""
        rows: list[Groups] = []
        for run in runs:
            own = _rows(run, form)
            if own is None:
                return None
            rows += own
        columns = form.columns(rows)
        if columns is None:
            return None
        extras: list[Extra] = []
        if form.learned.unknown or any(run.extras for run in runs):
            kept = [extra for run in runs for extra in run.extras or [{}] * run.count]
            extras = [
                {**one, **other} for one, other in zip(kept, extras_of(columns, len(rows)), strict=True)
            ]
        return _flat(self.ret, columns, extras if any(extras) else ())

    def _form_of_all(self) -> Form:
        """The form of everything that was seen so far."""
        with self._lock:
            if self._form is None or self._form.learned is not self._learned:
                self._form = Form(self.ret.name, self._learned)
            self._odd = 0
            return self._form

    def _with_care(self, raw: bytes) -> Run:
        seen = Projection()
        fitting = Fitting(self._columns, seen)
        fits = [fitting.fit(record) for record in self.records(raw)]
        # a record's own name within it is never learned: closing tags of that name tell how many records there are
        unknown = [each for each in fitting.unknown if each.name != self.ret.name]
        learned = self._learn(seen, unknown, gap_of(raw), len(fits))
        members, name = self._columns.members, self.ret.name
        gap = "\n" if learned.gap else ""
        anew = "".join(f"<{name}>{gap}{written(each, members, gap)}</{name}>{gap}" for each in fits)
        return Run(raw, len(fits), None, anew, fitting.extras if any(fitting.extras) else ())

    def _learn(self, seen: Projection, unknown: Iterable[Unknown], gap: str, odd: int) -> Learned:
        with self._lock:
            self._learned = self._learned.with_more(seen, unknown, gap)
            self._odd += odd
            return self._learned


def _rows(run: Run, form: Form) -> list[Groups] | None:
    """The records of a run taken apart by a form; None where one does not have it."""
    if run.in_form is not None and run.in_form.form is form:
        return run.in_form.rows
    text = run.written or characters(run.raw)
    if text is None:
        return None
    rows, end = form.match(text)
    return rows if len(rows) == run.count and not text[end:].strip() else None


class QbxmlTablePage:
    """Some records of one type, raw until someone asks."""

    time: datetime | None = None
    """qbXML tells no time of the answer."""

    def __init__(self, reader: RetReader) -> None:
        self.type = reader.ret.kind.name
        self.ret = reader.ret.name
        self._reader = reader
        self._runs: list[Run] = []
        self._count = 0
        self._tables: dict[str, Any] | None = None

    def take(self, records: Records) -> None:
        """Add some records."""
        self._runs.append(self._reader.run(records))
        self._count += records.count

    def __len__(self) -> int:
        return self._count

    def records(self) -> list[dict[str, Any]]:
        """The records with QuickBooks' own names, money as Decimal."""
        return [record for run in self._runs for record in self._reader.records(run.raw)]

    def tables(self) -> dict[str, Any]:
        """Arrow tables by name: `invoice`, `invoice_line`, …; `_extra` stands in the first where there is any."""
        if self._tables is None:
            self._tables = self._reader.tables(self._runs)
            for run in self._runs:
                run.in_form = None  # what became tables is not kept twice
        return dict(self._tables)

    def texts(self) -> list[str]:
        """Each record as JSON: what came is XML, which a database cannot look into."""
        return [str(exact_json.encode(record), "utf-8") for record in self.records()]


def tables_of(
    pieces: Iterable[bytes], ret_for: Callable[[str], RetReader], *, rows: int = ROWS
) -> Iterator[Answered | QbxmlTablePage]:
    """The answers of a whole set in their order, each with its pages; `ret_for` gives the reader of `InvoiceRet`."""
    page: QbxmlTablePage | None = None
    for each in cut_answers(pieces, rows, lambda name, raw, most: ret_for(name).take(raw, most)):
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
    form = Form(ret.name, Learned(columns.members, _always_there(columns.members)))
    none = form.columns([])
    assert none is not None
    return _flat(ret, none, ())


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


def _flat(ret: Ret, rows: Columns, extras: Sequence[Extra]) -> dict[str, Any]:
    """Flat tables by name, the headers first. A part's rows carry its record's key and their position from 1."""
    header = table_name(ret.kind.name)
    columns = {column_name(at): column for at, column in rows.columns}
    if extras:
        texts = [str(exact_json.encode(extra), "utf-8") if extra else None for extra in extras]
        columns["_extra"] = arrow.Array(texts, TEXT)
    key = column_name((ret.key,))
    keys = {f"{header}_{key}": columns[key]} if key in columns else {}
    tables = {header: arrow.Table.from_pydict(columns)}

    def naming(path: Path) -> tuple[str, str]:
        return part_table_name(ret.kind.name, path), part_position(ret.kind.name, path)

    flatten_parts(rows, keys, naming, tables)
    return tables
