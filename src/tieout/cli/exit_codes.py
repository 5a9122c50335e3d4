"""What a command ends with: one number for each kind of ending, and never a traceback unless asked for.

0    done
1    something was refused, or does not agree
2    the call or the project file is wrong
3    not reachable, or not signed in
4    sent, and nobody knows what became of it
5    a fault of ours
130  interrupted
"""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from ..errors import (
    ConnectionFailed,
    LocalProtocolError,
    OutcomeUnknown,
    RemoteProtocolError,
    SetupError,
    TieoutError,
)
from .messages import note, show_error

DISAGREES = 1
WRONG_CALL = 2
NOT_REACHED = 3
UNKNOWN = 4
OUR_FAULT = 5
INTERRUPTED = 130

_CODES = (
    (SetupError, WRONG_CALL),
    (LocalProtocolError, WRONG_CALL),
    (ConnectionFailed, NOT_REACHED),
    (RemoteProtocolError, NOT_REACHED),  # what answered was not QuickBooks, or not all of it
    (OutcomeUnknown, UNKNOWN),
)


def code_of(error: TieoutError) -> int:
    """The number that a command ends with when this stopped it."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), DISAGREES)


@contextmanager
def exits(*, debug: bool = False) -> Iterator[None]:
    """Turn whatever stops a command into a message and a number."""
    try:
        yield
    except TieoutError as error:
        show_error(error)
        if debug:
            note(traceback.format_exc())
        raise typer.Exit(code_of(error)) from error
    except (KeyboardInterrupt, typer.Abort):
        note("Interrupted; what was committed before is kept.")
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:
        _forget_output()  # whoever read us, such as `head`, has seen enough
        raise typer.Exit from None
    except (typer.Exit, typer.TyperException):
        raise
    except Exception as error:
        _confess(error, debug=debug)
        raise typer.Exit(OUR_FAULT) from error


def _confess(error: Exception, *, debug: bool) -> None:
    note(f"This is a fault of tieout itself, not yours: {type(error).__name__}: {error}")
    if debug:
        note(traceback.format_exc())
    try:
        where = f"the file {_kept(traceback.format_exc())}"
    except OSError:  # the disk is full
        where = "what `tieout --debug` shows of it"
    note(f"→ Please report it{_tracker()}, with {where}. Nothing was lost.")


def _kept(text: str) -> Path:
    with tempfile.NamedTemporaryFile(
        "w", prefix="tieout-fault-", suffix=".txt", encoding="utf-8", delete=False
    ) as file:
        file.write(text)
    return Path(file.name)


def _tracker() -> str:
    """Where to report, as the package's own facts say it."""
    from importlib.metadata import metadata

    told = (url.partition(", ") for url in metadata("tieout").get_all("Project-URL") or ())
    found = {label.casefold(): url for label, _, url in told}
    return f" at {found['issues']}" if "issues" in found else ""


def _forget_output() -> None:
    """Point standard output at nothing, or Python complains once more when it flushes at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
