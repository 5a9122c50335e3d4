"""Records on their way out: streamed as JSON, or gathered for a table, CSV or Parquet."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from ..errors import SetupError
from .messages import note
from .options import RecordFormat

if TYPE_CHECKING:
    from ..catalog.reports import Report as AskedReport
    from ..catalog.rest import RecordType
    from ..project.books import Results

MOST_ROWS = 1_000
"""Rows of a table; who wants more wants a file."""

GUESSED_COLUMNS = 8
"""Columns of a table about which the catalog says nothing."""


def write_records(
    results: Results, chosen: RecordFormat, output: Path | None = None, fields: Sequence[str] = ()
) -> None:
    """Write what a query finds."""
    match chosen:
        case RecordFormat.TABLE:
            _print_table(results, fields)
        case RecordFormat.PARQUET:
            _write_parquet(results, output, fields)
        case RecordFormat.CSV:
            with _opened(output) as file:
                _write_csv(results, file, fields)
        case RecordFormat.JSON | RecordFormat.JSONL:
            with _opened(output) as file:
                _write_json(results, file, lines=chosen is RecordFormat.JSONL)


@contextmanager
def _opened(output: Path | None) -> Iterator[TextIO]:
    """Standard output, or a file that is whole or absent."""
    if output is None:
        yield sys.stdout
        return
    part = output.with_name(f".{output.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as file:
            yield file
        part.replace(output)
    except OSError as error:
        raise SetupError(f"{output} cannot be written: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)


# ---- JSON


def _write_json(results: Results, file: TextIO, *, lines: bool) -> None:
    """Each record as QuickBooks wrote it; with several types, each under the name of its type."""
    several = len(results.query.types) != 1
    texts = (
        _named(text, page.type) if several else text for page in results.pages() for text in page.texts()
    )
    if lines:
        file.writelines(f"{text}\n" for text in texts)
        return
    file.write("[")
    file.writelines(f",\n{text}" if number else f"\n{text}" for number, text in enumerate(texts))
    file.write("\n]\n")


def _named(text: str, type_name: str) -> str:
    return f'{{"{type_name}":{text}}}'


# ---- tables


def _print_table(results: Results, fields: Sequence[str]) -> None:
    from .cells import column_texts
    from .reports import print_columns

    name = _only_type(results, "table")
    records = list(islice(results, MOST_ROWS + 1))
    paths = list(fields) or _columns_for(name, records)
    columns = {path: [_value_at(record, path) for record in records[:MOST_ROWS]] for path in paths}
    numbers = [path for path, values in columns.items() if _are_numbers(values)]
    if records:
        print_columns({path: column_texts(values) for path, values in columns.items()}, numbers)
    _note_how_many(len(records))


def _note_how_many(found: int) -> None:
    if found > MOST_ROWS:
        note(f"Only the first {MOST_ROWS:,} are shown; --format csv, jsonl or parquet writes all of them.")
    else:
        note(f"{found:,} record{'' if found == 1 else 's'}.")


def _only_type(results: Results, chosen: str) -> str:
    types = results.query.types
    if len(types) == 1:
        return types[0]
    raise SetupError(
        f"Records of several types do not fit into one {chosen}.",
        advice="Name one type, such as books:Invoice, or choose --format json or jsonl.",
    )


def _are_numbers(values: Sequence[Any]) -> bool:
    from decimal import Decimal

    present = [value for value in values if value is not None]
    return bool(present) and all(type(value) in (int, Decimal) for value in present)


def _value_at(record: Any, path: str) -> Any:
    from ..operations import values_at

    if path in record and not isinstance(record[path], dict):
        return record[path]
    found = list(values_at(record, path))
    return found[0] if len(found) == 1 else found or None


def _columns_for(name: str, records: Sequence[Any]) -> list[str]:
    """What to show of a type when nobody says: what the catalog calls its name, party, total and balance."""
    from ..catalog.reports import is_report, report
    from ..catalog.rest import record_type, type_names
    from ..protocols.table_names import column_name, table_name

    if any("row_type" in record for record in records):
        return [each for each in _used_columns(records) if each not in ("row", "row_type", "row_value")]
    if is_report(name):
        return _report_columns(report(name), records)
    if any("EditSequence" in record for record in records):
        return _desktop_columns(records)
    if any("edit_sequence" in record for record in records):
        return _mirrored_desktop_columns(records)
    if name in type_names():
        return default_columns(record_type(name))
    known = next((kind for kind in type_names() if table_name(kind) == name), None)
    if known is not None:
        return [column_name(path.split(".")) for path in default_columns(record_type(known))]
    return _used_columns(records)[:GUESSED_COLUMNS]


_OF_DESKTOP = (
    *("TxnID", "ListID", "RefNumber", "FullName", "Name", "TxnDate", "DueDate"),
    *(
        "CustomerRef.FullName",
        "VendorRef.FullName",
        "PayeeEntityRef.FullName",
        "EntityRef.FullName",
        "AccountType",
    ),
    *("Subtotal", "TotalAmount", "AmountDue", "Amount", "Balance", "BalanceRemaining", "IsActive"),
)


def _desktop_columns(records: Sequence[Any]) -> list[str]:
    """The fields by which people know a record of QuickBooks Desktop, as far as these have them."""
    names = [path for path in _OF_DESKTOP if any(path.split(".")[0] in record for record in records)]
    return [path for path in names if path != "Name" or "FullName" not in names]


def _mirrored_desktop_columns(records: Sequence[Any]) -> list[str]:
    """The same in a mirror, where each has a column of its own."""
    from ..protocols.table_names import column_name

    used = _used_columns(records)
    names = [name for path in _OF_DESKTOP if (name := column_name(path.split("."))) in used]
    return [name for name in names if name != "name" or "full_name" not in names]


def _report_columns(asked: AskedReport, records: Sequence[Any]) -> list[str]:
    """An amount with its place; of detail reports all that is told, but for ids."""
    if not asked.is_detail:
        return ["section", "label", "column", "amount"]
    used = [name for name in _used_columns(records) if name not in ("id", "kind", "group")]
    return [name for name in used if not name.endswith("_id")]


def default_columns(kind: RecordType) -> list[str]:
    """The fields by which people know a record of this type."""
    head = [str(kind.head[key]) for key in ("number", "name") if key in kind.head]
    party = [f"{kind.head['party']}.name"] if "party" in kind.head else []
    sums = [str(kind.head[key]) for key in ("total", "balance") if key in kind.head]
    usual = ["DocNumber", "TxnDate"] if kind.kind == "transaction" else []
    wanted = dict.fromkeys(["Id", *head, *usual, *party, *sums, *(["Active"] if kind.kind == "list" else [])])
    return [path for path in wanted if kind.field(path) is not None]


def _used_columns(records: Sequence[Any]) -> list[str]:
    return list(
        dict.fromkeys(name for record in records for name, value in record.items() if value is not None)
    )


# ---- CSV and Parquet


def _write_csv(results: Results, file: TextIO, fields: Sequence[str]) -> None:
    from .cells import text_of

    header = _header_table(results, "CSV file", fields)
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(header.column_names)
    for batch in header.to_batches():
        columns = [batch.column(name).to_pylist() for name in header.column_names]
        writer.writerows([text_of(value) for value in row] for row in zip(*columns, strict=True))


def _write_parquet(results: Results, output: Path | None, fields: Sequence[str]) -> None:
    import duckdb

    _only_type(results, "Parquet file")
    if output is None:
        raise SetupError("Parquet cannot be shown.", advice="Name a file with --output FILE.")
    rows = _header_table(results, "Parquet file", fields)
    part = output.with_name(f".{output.name}.part")
    place = str(part).replace("'", "''")
    try:
        with duckdb.connect() as database:
            database.register("records", rows)
            database.execute(f"COPY records TO '{place}' (FORMAT parquet)")
        part.replace(output)
    except (duckdb.IOException, OSError) as error:
        raise SetupError(f"{output} cannot be written: {error}") from error
    finally:
        part.unlink(missing_ok=True)
    note(f"{rows.num_rows:,} records are in {output}.")


def _header_table(results: Results, chosen: str, fields: Sequence[str]) -> Any:
    """One row per record, nested parts left out; every column that any record has, or those asked for."""
    import arro3.core as arrow

    from ..protocols.table_names import column_name, table_name

    name = _only_type(results, chosen)
    tables = results.tables()
    header = tables.get(name) if name in tables else tables.get(table_name(name))
    if header is None:
        return arrow.Table.from_pydict({})
    if not fields:
        return header
    prefixes = [path if path in header.column_names else column_name(path.split(".")) for path in fields]
    return header.select([c for prefix in prefixes for c in _columns_of(header.column_names, prefix)])


def _columns_of(columns: Sequence[str], field: str) -> list[str]:
    """The column of a field, or those of its parts, as a reference has."""
    return [field] if field in columns else [c for c in columns if c.startswith(f"{field}_")]
