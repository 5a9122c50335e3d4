"""Options that several commands take, each said once."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import ContextVar
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ..project import Project


class Format(StrEnum):
    """How reports are written."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"


class RecordFormat(StrEnum):
    """How records are written."""

    TABLE = "table"
    JSON = "json"
    JSONL = "jsonl"
    CSV = "csv"
    PARQUET = "parquet"


class LogFormat(StrEnum):
    """How a log is written."""

    TEXT = "text"
    JSON = "json"


LogsAs = Annotated[
    LogFormat, typer.Option("--logs", help="How to write the log: lines to read, or one JSON object a line.")
]

LogFile = Annotated[
    Path | None,
    typer.Option(
        "--log-file",
        metavar="FILE",
        help="Write the log to this file instead of standard error; it begins anew when it is long, and four older ones are kept.",
        show_default=False,
    ),
]

ProjectFile = Annotated[
    Path | None,
    typer.Option(
        "--project",
        metavar="FILE",
        help="The project file; tieout.toml here or above when absent.",
        show_default=False,
    ),
]
AsFormat = Annotated[Format, typer.Option("--format", help="How to write the result.")]
AsRecords = Annotated[RecordFormat, typer.Option("--format", help="How to write the records.")]
Output = Annotated[
    Path | None,
    typer.Option("--output", metavar="FILE", help="Write to this file instead of standard output."),
]
Where = Annotated[
    str,
    typer.Option(
        metavar="PREDICATE",
        help="Only records that fit, as in SQL: \"Balance > 0 and TxnDate >= '2026-01-01'\".",
        show_default=False,
    ),
]
RecordAddress = Annotated[
    str,
    typer.Argument(
        metavar="CONNECTION:TYPE", help="Such as books:Invoice, or warehouse:invoice for a table."
    ),
]

project_file: ContextVar[Path | None] = ContextVar("project_file", default=None)
"""What `tieout --project FILE VERB` named."""


def open_project(named: Path | None) -> Project:
    """The project that the command is about."""
    from dataclasses import replace

    from ..project.connect import open_project as opened
    from .messages import note

    return replace(opened(named or project_file.get()), say_waiting=note)


def project_path(named: Path | None) -> Path:
    """Where the project file is, or is to be made."""
    from ..errors import SetupError
    from ..project.file import FILE_NAME, find_file

    chosen = named or project_file.get()
    if chosen is not None:
        return chosen / FILE_NAME if chosen.is_dir() else chosen
    try:
        return find_file(Path.cwd())
    except SetupError:
        return Path.cwd() / FILE_NAME


def in_environment(name: str) -> Callable[[], None]:
    """Mean an environment of the project file from now on; what is given back ends it."""
    from ..project.file import ENVIRONMENT_VARIABLE

    before = os.environ.get(ENVIRONMENT_VARIABLE)
    os.environ[ENVIRONMENT_VARIABLE] = name

    def end() -> None:
        if before is None:
            os.environ.pop(ENVIRONMENT_VARIABLE, None)
        else:
            os.environ[ENVIRONMENT_VARIABLE] = before

    return end


def writing_the_log(chosen: LogFormat, file: Path | None) -> AbstractContextManager[None]:
    """Write the log to standard error, which a service manager keeps, or to a file."""
    from ..runtime.logs import writing_the_log as writing

    return writing(as_json=chosen is LogFormat.JSON, file=file)
