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
_MARK = b"\xef\xbb\xbf"
"""The byte order mark of UTF-8, as Excel writes it."""
_OTHER_MARKS = (b"\xff\xfe", b"\xfe\xff")
MOST_LINES = 10_000
"""Lines of one transaction (limits)."""


@dataclass(frozen=True, slots=True)
class Given:
    """A record and where it stands, or why it cannot be read."""

    place: str
    record: Mapping[str, Any] = field(default_factory=dict)
    error: Invalid | None = None


def format_of(name: str, beginning: bytes) -> FileFormat:
    """What a file holds, by its ending, or else by how it begins."""
    ending = _ENDINGS.get(f".{name.lower().rpartition('.')[2]}")
    text = beginning.removeprefix(_MARK).lstrip()
    begins = text[:1]
    if ending == "csv" or (ending is None and begins not in (b"{", b"[")):
        return "csv"
    if begins == b"[":
        return "json"
    first_line = text.partition(b"\n")[0]
    return "jsonl" if ending == "jsonl" or _is_whole(first_line) else "json"


def read_json(body: bytes, name: str) -> Iterator[Given]:
    """A list of records, or a single one."""
    try:
        found = _VALUES.decode(_without_mark(body, name))
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
        text = _without_mark(line, name) if number == 1 else line
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
    columns = _columns(rows, name, encoding)
    while True:
        begins = rows.line_num + 1
        place = f"{name}, line {begins}"
        try:
            row = next(rows, None)
        except csv.Error as error:
            if rows.line_num > begins:  # a quote that is never closed takes what follows with it
                place = f"{name}, lines {begins} to {rows.line_num}"
            yield Given(place, error=_unreadable(place, f"this is no row of CSV: {error}"))
            continue
        if row is None:
            return
        if any(cell.strip() for cell in row):
            yield _row(place, columns, row, encoding)


_OTHER_ENCODING = (
    "Say which it is: a file from Excel on Windows is most often in windows-1252, `encoding` of the connection or `--encoding` of "
    "the command."
)


def csv_columns(lines: Iterable[bytes], name: str, encoding: str = "utf-8") -> list[str]:
    """The columns that the first line names."""
    first = next(_decoded(lines, name, encoding), "")
    return _columns(csv.reader([first], delimiter=_delimiter(first), strict=True), name, encoding)


def _row(place: str, columns: list[str], row: list[str], encoding: str) -> Given:
    if len(row) != len(columns):
        told = f"it has {len(row)} cells, and the first line names {len(columns)} columns"
        return Given(place, error=_unreadable(place, told))
    record: dict[str, Any] = {}
    for column, cell in zip(columns, row, strict=True):
        if _UNDECODED.search(cell):
            shown = cell.encode(encoding, "surrogateescape").decode("ascii", "backslashreplace")
            told = f"{column} is not in {encoding}: {shown}"
            advice = _OTHER_ENCODING
            return Given(place, error=Invalid(f"{place}: {told}.", element=column, advice=advice))
        if cell.strip() and not column.startswith(EXPLANATION):
            _put(record, column.split("."), cell.strip())
    return Given(place, _without_gaps(record))


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


def _without_gaps(node: Any) -> Any:
    """Lists without the items that no cell says anything of."""
    if isinstance(node, dict):
        return {name: _without_gaps(part) for name, part in node.items()}
    return [_without_gaps(part) for part in node if part != {}] if isinstance(node, list) else node


def _columns(rows: Iterator[list[str]], name: str, encoding: str) -> list[str]:
    try:
        columns = [column.strip() for column in next(rows, [])]
    except csv.Error as error:
        raise SetupError(
            f"{name}: its first line is no row of CSV: {error}.",
            advice="Save it as CSV UTF-8, with the names of the fields in the first line.",
        ) from error
    if any(map(_UNDECODED.search, columns)):
        raise SetupError(
            f"{name}: its first line is not in {encoding}.",
            advice=_OTHER_ENCODING,
        )
    if not columns:
        raise SetupError(
            f"{name} is empty, or begins with an empty line.",
            advice="Name a field in each column of its first line.",
        )
    if not any(columns):
        raise SetupError(f"{name} names no columns in its first line.", advice="Name a field in each column.")
    _check_columns(columns, name)
    return columns


def _check_columns(columns: list[str], name: str) -> None:
    for column in columns:
        if not column or columns.count(column) > 1:
            told = f"names the column {column} twice" if column else "has a column without a name"
            raise SetupError(f"{name} {told}.", advice="Give each column the name of one field.")
        counts = [int(part) for part in column.split(".") if part.isdecimal()]
        if 0 in counts:
            raise SetupError(f"{name}: {column} counts from 0.", advice="Count lines from 1: Line.1.Amount.")
        if max(counts, default=0) > MOST_LINES:
            raise SetupError(
                f"{name}: {column} counts to {max(counts)}.",
                advice=f"A record has {MOST_LINES:,} lines at most.",
            )
        _refuse_overlap(column, columns, name)


def _refuse_overlap(column: str, columns: list[str], name: str) -> None:
    """A field is a value, a list or an object, and no two of them."""
    parts = column.split(".")
    for other in columns:
        others = other.split(".")
        if other != column and others[: len(parts)] == parts:
            raise SetupError(
                f"{name}: {other} lies inside {column}.", advice="Take one of the two columns out."
            )
        same = next((at for at, pair in enumerate(zip(parts, others, strict=False)) if pair[0] != pair[1]), 0)
        if same and parts[same].isdecimal() != others[same].isdecimal():
            raise SetupError(
                f"{name}: {column} and {other} do not go together.",
                advice="Where lines are counted, count them in each of their columns: Line.1.Amount.",
            )


def _without_mark(beginning: bytes, name: str) -> bytes:
    if beginning[:2] in _OTHER_MARKS:
        raise SetupError(f"{name} is in UTF-16.", advice="Save it as UTF-8, or as CSV UTF-8 in Excel.")
    return beginning.removeprefix(_MARK)


def _decoded(lines: Iterable[bytes], name: str, encoding: str) -> Iterator[str]:
    _check_encoding(encoding)
    for number, line in enumerate(lines):
        text = _without_mark(line, name) if number == 0 and encoding == "utf-8" else line
        yield text.decode(encoding, "surrogateescape")


def _check_encoding(encoding: str) -> None:
    try:
        breaks = "\n".encode(encoding)
    except LookupError as error:
        raise SetupError(
            f"There is no encoding {encoding!r}.", advice="One is utf-8, another windows-1252."
        ) from error
    if breaks != b"\n":
        raise SetupError(
            f"A file in {encoding} is not read.", advice="Save it as UTF-8, or as CSV UTF-8 in Excel."
        )


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
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True


def _complaint(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return str(error).removeprefix("JSON is malformed: ")
