"""Writing to the project file: what is not meant stays as it is, comments too, and a mistake is never written."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tomlkit

from ..state.files import replace_file
from .declaration import check_keys, read_value
from .file import (
    ENVIRONMENT,
    ENVIRONMENT_VARIABLE,
    ProjectFile,
    has_variable,
    kind_of,
    parse_file,
    read_file,
    without_kind,
)


def write_connection(
    path: Path, name: str, settings: Mapping[str, Any], environ: Mapping[str, str] = os.environ
) -> None:
    """Add `[connection.NAME]`, or bring the one there up to date; the file is made when it is not there yet.

    `settings` are keys of the file, `kind` among them; None leaves a key out. Where an environment is meant, what is
    different there goes into its table.
    """
    given = {key: value for key, value in settings.items() if value is not None}
    file = read_file(path) if path.exists() else parse_file(path, "")
    way = ["connection", name]
    if environment := environ.get(ENVIRONMENT_VARIABLE):
        base = file.tables.get("connection", {}).get(name, {})
        given = {key: value for key, value in given.items() if base.get(key) != value}
        way = [ENVIRONMENT, environment, *way]
    text = (
        _replaced(file.text, way, given) if _is_there(file.tables, way) else _appended(file.text, way, given)
    )
    _refuse_mistakes(parse_file(path, text).within(environ), name)
    replace_file(path, text.encode())


def _is_there(tables: Mapping[str, Any], way: Sequence[str]) -> bool:
    for key in way:
        if key not in tables:
            return False
        tables = tables[key]
    return True


def _replaced(text: str, way: Sequence[str], settings: Mapping[str, Any]) -> str:
    document = tomlkit.parse(text)
    table: Any = document
    for key in way:
        table = table[key]
    for key in [key for key in table if key not in settings]:
        del table[key]
    for key, value in settings.items():
        if table.get(key) != value:
            table[key] = value
    return document.as_string()


def _appended(text: str, way: Sequence[str], settings: Mapping[str, Any]) -> str:
    tables: dict[str, Any] = dict(settings)
    for key in reversed(way):
        tables = {key: tables}
    table = tomlkit.dumps(tables)
    return f"{text.rstrip()}\n\n{table}" if text.strip() else table


def _refuse_mistakes(file: ProjectFile, written: str) -> None:
    """Judge the connection as it would be read; values with variables are for the environment of the reader."""
    for name, table, place in file.tables_under("connection"):
        if name == written:
            declared = check_keys(kind_of(table, place), without_kind(table), place)
            for key, value in without_kind(table).items():
                if not has_variable(value):
                    read_value(declared[key], value, place)
