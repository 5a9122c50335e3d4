"""Records in JSON, JSON Lines and CSV, one by one with their places. No I/O: lines of bytes come in, records go out.

A record that cannot be read is handed on as what is wrong with it, so that it does not keep the others from being read.
Numbers with a point are Decimals. In CSV a column is a dotted path (`BillAddr.City`, `Line.1.Amount`), every value a text,
and an empty cell says nothing.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

import msgspec

from ..errors import Invalid, SetupError

FileFormat = Literal["json", "jsonl", "csv"]

EXPLANATION = "_"
"""Members whose names begin so are ours and say something about a record; they are not part of it."""

_ENDINGS: Mapping[str, FileFormat] = {
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
}
_VALUES = msgspec.json.Decoder(float_hook=Decimal)
_UNDECODED = re.compile("[\udc80-\udcff]")
"""What a byte becomes that is not of the encoding (`surrogateescape`)."""


@dataclass(frozen=True, slots=True)
class Given:
    """A record and where it stands, or why it cannot be read."""

    place: str
    record: Mapping[str, Any] = field(default_factory=dict)
    error: Invalid | None = None


def format_of(name: str, beginning: bytes) -> FileFormat:
    """What a file holds, by its ending, or else by how it begins."""
    ending = _ENDINGS.get(f".{name.lower().rpartition('.')[2]}")
    begins = beginning.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if ending == "csv" or (ending is None and begins not in (b"{", b"[")):
        return "csv"
    if begins == b"[":
        return "json"
    first_line = beginning.lstrip().partition(b"\n")[0]
    return "jsonl" if ending == "jsonl" or _is_whole(first_line) else "json"


def read_json(body: bytes, name: str) -> Iterator[Given]:
    """A list of records, or a single one."""
    try:
        found = _VALUES.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SetupError(
            f"{name} is not JSON: {_complaint(error)}.",
            advice="Correct it; where each line is a record of its own, call the file .jsonl.",
        ) from error
    records = found if isinstance(found, list) else [found]
    for number, record in enumerate(records, 1):
        yield _as_given(f"{name}, record {number}", record)


def read_json_lines(lines: Iterable[bytes], name: str) -> Iterator[Given]:
    """A record on each line; empty lines are nothing."""
    for number, line in enumerate(lines, 1):
        text = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
        if not text.strip():
            continue
        place = f"{name}, line {number}"
        try:
            found = _VALUES.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            yield Given(place, error=_unreadable(place, f"this is not JSON: {_complaint(error)}"))
            continue
        yield _as_given(place, found)


def read_csv(lines: Iterable[bytes], name: str, encoding: str = "utf-8") -> Iterator[Given]:
    """A record in each row, its columns named by the first."""
    texts = _decoded(lines, name, encoding)
    first = next(texts, "")
    rows = csv.reader(_again(first, texts), delimiter=_delimiter(first), strict=True)
    columns = [column.strip() for column in next(rows, [])]
    _check_columns(columns, name)
    while True:
        place = f"{name}, line {rows.line_num + 1}"
        try:
            row = next(rows, None)
        except csv.Error as error:
            yield Given(place, error=_unreadable(place, f"this is no row of CSV: {error}"))
            continue
        if row is None:
            return
        if any(cell.strip() for cell in row):
            yield _row(place, columns, row, encoding)


def _row(place: str, columns: list[str], row: list[str], encoding: str) -> Given:
    if len(row) != len(columns):
        told = f"it has {len(row)} cells, and the first line names {len(columns)} columns"
        return Given(place, error=_unreadable(place, told))
    record: dict[str, Any] = {}
    for column, cell in zip(columns, row, strict=True):
        if _UNDECODED.search(cell):
            shown = cell.encode(encoding, "surrogateescape").decode("ascii", "backslashreplace")
            told = f"{column} is not in {encoding}: {shown}"
            advice = "Say which it is: a file from Excel on Windows is most often `--encoding windows-1252`."
            return Given(place, error=Invalid(f"{place}: {told}.", element=column, advice=advice))
        if cell.strip():
            _put(record, column.split("."), cell.strip())
    return Given(place, record)


def _put(record: dict[str, Any], path: list[str], cell: str) -> None:
    """A cell in its place; a number in a path counts the items of a list from 1."""
    node: Any = record
    for at, part in enumerate(path):
        last = at == len(path) - 1
        inside: Any = cell if last else ([] if path[at + 1].isdecimal() else {})
        if isinstance(node, list):
            index = int(part) - 1
            node.extend({} for _ in range(index + 1 - len(node)))
            if last or not node[index]:
                node[index] = inside
            node = node[index]
        else:
            node = node.setdefault(part, inside)


def _check_columns(columns: list[str], name: str) -> None:
    if not any(columns):
        raise SetupError(f"{name} names no columns in its first line.", advice="Name a field in each column.")
    for column in columns:
        if not column or columns.count(column) > 1:
            told = f"names the column {column} twice" if column else "has a column without a name"
            raise SetupError(f"{name} {told}.", advice="Give each column the name of one field.")
        if any(part == "0" for part in column.split(".")):
            raise SetupError(f"{name}: {column} counts from 0.", advice="Count lines from 1: Line.1.Amount.")


def _decoded(lines: Iterable[bytes], name: str, encoding: str) -> Iterator[str]:
    for number, line in enumerate(lines):
        if number == 0 and line[:2] in (b"\xff\xfe", b"\xfe\xff") and encoding == "utf-8":
            raise SetupError(f"{name} is in UTF-16.", advice="Save it as UTF-8, or as CSV UTF-8 in Excel.")
        text = line.removeprefix(b"\xef\xbb\xbf") if number == 0 else line
        try:
            yield text.decode(encoding, "surrogateescape")
        except LookupError as error:
            raise SetupError(
                f"There is no encoding {encoding!r}.", advice="One is utf-8, another windows-1252."
            ) from error


def _again(first: str, rest: Iterable[str]) -> Iterator[str]:
    yield first
    yield from rest


def _delimiter(first: str) -> str:
    """Commas, or what stands between the columns where Excel speaks another language."""
    return max((",", ";", "\t"), key=first.count)


def _as_given(place: str, found: Any) -> Given:
    if not isinstance(found, dict):
        return Given(place, error=_unreadable(place, f"a record is an object, not {type(found).__name__}"))
    return Given(place, {name: value for name, value in found.items() if not name.startswith(EXPLANATION)})


def _unreadable(place: str, told: str) -> Invalid:
    return Invalid(f"{place}: {told}.", advice="Correct it and run the same command again.")


def _is_whole(line: bytes) -> bool:
    try:
        _VALUES.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    return True


def _complaint(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return str(error).removeprefix("JSON is malformed: ")
