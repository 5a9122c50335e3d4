"""Writing to the project file: what is not meant stays as it is, comments too, and a mistake is never written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit

from ..state.files import replace_file
from .declaration import check_keys, read_value
from .file import ProjectFile, has_variable, kind_of, parse_file, read_file, without_kind


def write_connection(path: Path, name: str, settings: Mapping[str, Any]) -> None:
    """Add `[connection.NAME]`, or bring the one there up to date; the file is made when it is not there yet.

    `settings` are keys of the file, `kind` among them; None leaves a key out.
    """
    given = {key: value for key, value in settings.items() if value is not None}
    file = read_file(path) if path.exists() else parse_file(path, "")
    known = name in file.tables.get("connection", {})
    text = _replaced(file.text, name, given) if known else _appended(file.text, name, given)
    _refuse_mistakes(parse_file(path, text), name)
    replace_file(path, text.encode())


def _replaced(text: str, name: str, settings: Mapping[str, Any]) -> str:
    document = tomlkit.parse(text)
    table: Any = document["connection"][name]
    for key in [key for key in table if key not in settings]:
        del table[key]
    for key, value in settings.items():
        if table.get(key) != value:
            table[key] = value
    return document.as_string()


def _appended(text: str, name: str, settings: Mapping[str, Any]) -> str:
    table = tomlkit.dumps({"connection": {name: dict(settings)}})
    return f"{text.rstrip()}\n\n{table}" if text.strip() else table


def _refuse_mistakes(file: ProjectFile, written: str) -> None:
    """Judge the connection as it would be read; values with variables are for the environment of the reader."""
    for name, table, place in file.tables_under("connection"):
        if name == written:
            declared = check_keys(kind_of(table, place), without_kind(table), place)
            for key, value in without_kind(table).items():
                if not has_variable(value):
                    read_value(declared[key], value, place)
