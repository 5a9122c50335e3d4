"""The page of the reference that the declarations of settings write."""

from __future__ import annotations

from dataclasses import MISSING
from typing import Any

from tieout.project import (
    FILE_NAME,
    KINDS,
    FlowSettings,
    ProcessSettings,
    Setting,
    WholeProjectSettings,
    settings_of,
)


def page() -> str:
    """Every setting of the project file."""
    kinds = [
        _section(f'connection.NAME]` with `kind = "{kind}"`', declared) for kind, declared in KINDS.items()
    ]
    whole = _section("", WholeProjectSettings).replace("## `[", "## The whole project", 1)
    processes = [
        _section("process.NAME]` that keeps a mirror", ProcessSettings),
        _section("process.NAME]` that brings documents over", FlowSettings),
    ]
    parts = [_lead(), whole, *kinds, *processes]
    return "\n\n".join(parts) + "\n"


def _lead() -> str:
    return (
        f"# Settings of {FILE_NAME}\n\n"
        "Any text may hold `${NAME}`, which stands for the variable NAME of the environment. Secrets are never in this "
        "file: `tieout connect` asks for them and keeps them in the vault."
    )


def _section(title: str, declared: Any) -> str:
    rows = [_row(setting) for setting in settings_of(declared)]
    table = ["| setting | value | when absent | what it does |", "|---|---|---|---|", *rows]
    return "\n\n".join(
        [f"## `[{title}", declared.SUMMARY, *(["\n".join(table)] if rows else ["No settings."])]
    )


def _row(setting: Setting) -> str:
    cells = (f"`{setting.key}`", _value(setting), _absent(setting), setting.help)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _value(setting: Setting) -> str:
    if setting.choices:
        return ", ".join(f'`"{choice}"`' for choice in setting.choices)
    example = f", such as `{setting.example}`" if setting.example else ""
    return setting.type_words + example


def _absent(setting: Setting) -> str:
    if setting.secret:
        return "asked for, and kept in the vault"
    if setting.default is MISSING:
        return "required"
    return f"`{_toml(setting.default)}`" if setting.default not in ("", ()) else ""


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)
