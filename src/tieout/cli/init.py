"""`tieout init`: a project file with a mirror in it, written from the declarations of its settings."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import SetupError
from .messages import note
from .options import AsFormat, Format
from .project_lines import Ask, line_of

if TYPE_CHECKING:
    from ..project import Setting

BOOKS, WAREHOUSE, PROCESS = "books", "warehouse", "mirror"

_SUGGESTED: Mapping[str, Mapping[str, Any]] = {
    WAREHOUSE: {"path": "warehouse.duckdb"},
    PROCESS: {"from": f"{BOOKS}:*", "to": f"{WAREHOUSE}:", "do": "put", "only": "changed"},
}
"""What a mirror needs; all other settings are shown as comments."""

_ASKED = frozenset({"path", "except", "raw", "group", "key"})


class Purpose(StrEnum):
    """What a new project is for."""

    MIRROR = "mirror"
    ORDERS = "orders"


def init(
    folder: Annotated[Path, typer.Argument(metavar="[FOLDER]", help="Where to write tieout.toml.")] = Path(),
    purpose: Annotated[
        Purpose,
        typer.Option("--for", help="A mirror in DuckDB, or orders of CSV files that become invoices."),
    ] = Purpose.MIRROR,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing.")] = False,
    chosen: AsFormat = Format.TABLE,
) -> None:
    """Write a project file to begin with.

    It mirrors QuickBooks Online into DuckDB, or with --for orders brings orders over, with a map to make your own. Settings are
    explained where they stand.
    """
    from ..project import FILE_NAME
    from ..state.files import replace_file
    from .init_orders import COLUMNS, MAP, MAP_TEXT, inbox_of, orders_text
    from .init_orders import PROCESS as ORDERS
    from .reports import Report, show

    path = folder / FILE_NAME
    if path.exists():
        raise SetupError(f"{path} is there already.", advice="Edit it, or name another folder.")
    ask = _keep if yes or not sys.stdin.isatty() else _ask
    for_orders = purpose is Purpose.ORDERS
    text = orders_text(ask) if for_orders else project_text(ask)
    folder.mkdir(parents=True, exist_ok=True)
    inbox = inbox_of(text) if for_orders else ""
    if for_orders and "://" not in inbox:
        (folder / inbox).mkdir(parents=True, exist_ok=True)
    if for_orders and not (folder / MAP).exists():
        replace_file(folder / MAP, MAP_TEXT.encode())
    replace_file(path, text.encode())
    told = {"path": str(path), "next": f"tieout connect {BOOKS}"}
    show(Report([told], told, lambda: typer.echo(path)), chosen)
    if for_orders:
        note(f"Orders go into {inbox}, as orders.csv with the columns {', '.join(COLUMNS)}.")
    note(f"Now sign in with `tieout connect {BOOKS}`, then `tieout run {ORDERS if for_orders else PROCESS}`.")


def project_text(ask: Ask) -> str:
    """The text of a project file with a mirror."""
    from ..project import DuckDBSettings, ProcessSettings

    parts = [
        f"# `tieout connect {BOOKS}` signs in and adds [connection.{BOOKS}] to this file.",
        _table(f"connection.{WAREHOUSE}", DuckDBSettings, {"kind": "duckdb"}, ask, _SUGGESTED[WAREHOUSE]),
        _table(f"process.{PROCESS}", ProcessSettings, {}, ask, _SUGGESTED[PROCESS]),
    ]
    return "\n\n".join(parts) + "\n"


def _table(
    title: str, declared: type, fixed: Mapping[str, Any], ask: Ask, suggested: Mapping[str, Any]
) -> str:
    from ..project import settings_of

    lines = [f"[{title}]", *(line_of(key, value) for key, value in fixed.items())]
    for setting in settings_of(declared):
        value = ask(setting, suggested.get(setting.key))
        lines += [
            f"# {setting.help}",
            line_of(setting.key, value) if value is not None else _example(setting),
        ]
    return "\n".join(lines)


def _example(setting: Setting) -> str:
    """The setting as a comment, ready to be used."""
    if setting.example:
        return f"# {setting.key} = {setting.example}"
    return f"# {line_of(setting.key, list(setting.default) if setting.type is tuple else setting.default)}"


def _keep(_setting: Setting, suggested: Any) -> Any:
    return suggested


def _ask(setting: Setting, suggested: Any) -> Any:
    """Ask at the terminal until the answer is one that the declaration takes; nothing leaves it out."""
    if setting.key not in _ASKED:
        return suggested
    while True:
        text = str(
            typer.prompt(setting.help, default=suggested or "", show_default=bool(suggested), err=True)
        )
        if not text.strip():
            return suggested
        try:
            value = setting.answer(text)
        except ValueError as error:
            note(str(error))
        else:
            return list(value) if isinstance(value, tuple) else value
