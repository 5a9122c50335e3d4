"""Documents in a file, to try things on or to run again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ..errors import SetupError
from ..protocols.record_files import format_of, read_csv, read_json, read_json_lines


def read_documents(file: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Each document of a JSON, JSON Lines or CSV file with its place; SetupError for one that cannot be read."""
    try:
        body = file.read_bytes()
    except OSError as error:
        raise SetupError(f"{file} cannot be read: {error.strerror}.") from error
    lines = body.splitlines(keepends=True)
    match format_of(file.name, body[:10_000]):
        case "csv":
            found = read_csv(lines, file.name)
        case "jsonl":
            found = read_json_lines(lines, file.name)
        case _:
            found = read_json(body, file.name)
    for given in found:
        if given.error is not None:
            raise SetupError(str(given.error), advice=given.error.advice)
        yield given.place, given.record
