"""What files hold: each format read into records with their places, and written from records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

from ...errors import SetupError
from ...protocols.record_files import Given, csv_columns, format_of, read_csv, read_json, read_json_lines
from ...protocols.record_tables import write_csv, write_json, write_json_lines
from ...protocols.record_xml import read_xml, whole_xml, write_document, write_xml
from ..row_page import plain

ENDINGS: Mapping[str, str] = {
    "csv": "csv",
    "tsv": "csv",
    "txt": "csv",
    "json": "json",
    "jsonl": "jsonl",
    "ndjson": "jsonl",
    "xml": "xml",
    "xlsx": "xlsx",
    "xlsm": "xlsx",
    "parquet": "parquet",
}
"""Formats by the ending of a file's name."""

ROWS = "rows"
"""The member of a document that holds the rows of a file which is one document."""


@dataclass(frozen=True, slots=True)
class Format:
    """How files are read and written."""

    named: str = ""
    """The format of all files; that of its ending for each where none is named."""
    encoding: str = "utf-8"
    records: str = ""
    """Where in JSON and XML the records are, as a dotted path."""
    sheet: str = ""
    whole: bool = False
    """Each file is one document."""

    def of(self, name: str) -> str:
        """The format of a file; empty when its ending says nothing."""
        return self.named or ENDINGS.get(name.lower().rpartition(".")[2], "")

    def read(self, file: BinaryIO, name: str) -> Iterator[Given]:
        """The records of a file, or the one that it is."""
        if self.whole:
            yield self._whole(file, name)
        else:
            yield from self._records(file, name)

    def _records(self, file: BinaryIO, name: str) -> Iterator[Given]:
        match self.of(name):
            case "csv":
                yield from read_csv(_lines(file), name, self.encoding)
            case "jsonl":
                yield from read_json_lines(file, name)
            case "json":
                yield from self._json(file.read(), name)
            case "xml":
                yield from read_xml(file.read(), name, self.records)
            case "xlsx":
                yield from _excel().read_excel(file, name, self.sheet)
            case "parquet":
                from .parquet import read_parquet

                yield from read_parquet(file, name)
            case _:
                raise SetupError(
                    f"{name}: nothing says what is in it.", advice='Name the format: format = "csv".'
                )

    def _json(self, body: bytes, name: str) -> Iterator[Given]:
        if not self.records:
            if format_of(name, body) == "jsonl":
                return read_json_lines(body.splitlines(), name)
            return read_json(body, name)
        return self._inside(body, name)

    def _inside(self, body: bytes, name: str) -> Iterator[Given]:
        for given in read_json(body, name):
            if given.error is not None:
                yield given
                continue
            found: Any = given.record
            for part in self.records.split("."):
                found = found.get(part) if isinstance(found, Mapping) else None
            if not isinstance(found, list):
                raise SetupError(
                    f"{name} has no list at {self.records}.", advice="Correct `records` of the connection."
                )
            for number, record in enumerate(found, 1):
                place = f"{name}, {self.records} {number}"
                yield Given(place, record) if isinstance(record, Mapping) else Given(place, {"value": record})

    def _whole(self, file: BinaryIO, name: str) -> Given:
        match self.of(name):
            case "xml":
                return Given(name, whole_xml(file.read(), name))
            case "json":
                found = list(read_json(file.read(), name))
                if len(found) == 1:
                    return Given(name, found[0].record, found[0].error)
                rows = found
            case _:
                rows = list(self._records(file, name))
        wrong = next((each for each in rows if each.error is not None), None)
        return wrong or Given(name, {ROWS: [dict(each.record) for each in rows]})

    def write(
        self, records: Sequence[Mapping[str, Any]], type_name: str, name: str, before: bytes | None = None
    ) -> bytes:
        """Records as a file of its format; `before` is the file that it replaces, whose columns stay."""
        known = [{key: plain(value) for key, value in each.items()} for each in records]
        match self.of(name):
            case "csv":
                columns = csv_columns(before.splitlines(keepends=True), name, self.encoding) if before else ()
                return write_csv(known, self.encoding, columns)
            case "jsonl":
                return write_json_lines(known)
            case "json":
                return write_json(known)
            case "xml":
                return write_xml(known, f"{type_name}s", type_name)
            case "xlsx":
                return bytes(_excel().write_excel(records, self.sheet))
            case "parquet":
                from .parquet import write_parquet

                return write_parquet(records, type_name)
        raise SetupError(
            f"Nothing says in which format {name} is to be written.", advice='Name it: format = "csv".'
        )

    def write_document(self, record: Mapping[str, Any], type_name: str, name: str) -> bytes:
        """A record as a file of its own; its `rows`, in formats that have nothing but rows."""
        known = {key: plain(value) for key, value in record.items()}
        match self.of(name):
            case "json" | "jsonl":
                return write_json_lines([known])
            case "xml":
                return write_document(known, type_name)
        rows = record[ROWS] if isinstance(record.get(ROWS), list) else [record]
        return self.write(rows, type_name, name)


def _lines(file: Iterable[bytes]) -> Iterator[bytes]:
    """Lines that end as in Windows, Unix or an old Mac, even in one file."""
    for line in file:
        yield from line.splitlines(keepends=True)


def _excel() -> Any:
    try:
        from . import excel
    except ModuleNotFoundError as error:
        raise SetupError(
            "What reads and writes Excel is not installed.",
            advice="Install it: pip install 'tieout[excel]'; or save the file as CSV UTF-8.",
        ) from error
    return excel
