"""What people read besides results: all of it goes to standard error."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ..errors import TieoutError

if TYPE_CHECKING:
    from rich.console import Console

UNLIMITED = 10_000
"""Characters of a cell that is not cut, and of a line that nobody looks at on a screen."""


def note(text: str) -> None:
    """Say something."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def show_error(error: TieoutError) -> None:
    """The message, and what to do about it."""
    if sys.stderr.isatty():
        from rich.text import Text

        console(stderr=True).print(Text.assemble(("Error: ", "bold red"), str(error)), soft_wrap=True)
    else:
        note(f"Error: {error}")
    if error.advice:
        note(f"→ {error.advice}")


def console(*, stderr: bool = False) -> Console:
    """A console of rich: as wide as the screen; lines that go to a file or a pipe are never folded, so that they can be searched."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else UNLIMITED
    return Console(file=stream, highlight=False, markup=False, emoji=False, width=width)
