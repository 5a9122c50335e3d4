"""The page of the reference that the command line writes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from tieout.cli import app, exit_codes

_PLAIN_TYPE = re.compile(r" <(str|path|list\[str\])>")
"""What typer puts behind the names of arguments, and nobody needs to know."""


def page() -> str:
    """Every command with its arguments and options."""
    parts = [
        "# The command line",
        "Results go to standard output, everything else to standard error. `--format json` writes one document, "
        "`jsonl` one a line.",
        *_sections(get_command(app), "tieout"),
        "## Exit codes",
        _exit_codes(),
    ]
    return "\n\n".join(parts) + "\n"


def _sections(command: Any, name: str) -> Iterator[str]:
    context = command.context_class(command, info_name=name)
    yield f"## {name}"
    yield _prose(command.help or "")
    yield f"```\n{_usage(command, context)}\n```"
    rows = [
        record for parameter in command.get_params(context) if (record := parameter.get_help_record(context))
    ]
    yield _table(rows)
    for verb, inner in getattr(command, "commands", {}).items():
        yield from _sections(inner, f"{name} {verb}")


def _usage(command: Any, context: Any) -> str:
    return " ".join([context.info_name, *command.collect_usage_pieces(context)])


def _prose(text: str) -> str:
    """Paragraphs on a line each, as Markdown likes them."""
    return "\n\n".join(" ".join(part.split()) for part in re.split(r"\n\s*\n", text.strip()))


def _table(rows: list[tuple[str, str]]) -> str:
    lines = [f"| `{words}` | {' '.join(text.split())} |" for words, text in _escaped(rows)]
    return "\n".join(["| option | what it does |", "|---|---|", *lines])


def _escaped(rows: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for words, text in rows:
        yield _PLAIN_TYPE.sub("", words).replace("|", "\\|"), text.replace("|", "\\|")


def _exit_codes() -> str:
    lines = (exit_codes.__doc__ or "").splitlines()
    rows = [line.split(maxsplit=1) for line in lines if line[:1].isdigit()]
    return "\n".join(["| code | meaning |", "|---|---|", *(f"| {code} | {text} |" for code, text in rows)])
