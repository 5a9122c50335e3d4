"""`tieout state`: what tieout remembers, brought from a file to Postgres and back; its backups."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .messages import note
from .options import AsFormat, Format, ProjectFile, open_project

if TYPE_CHECKING:
    from ..state.moving import Moved

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def state() -> None:
    """Bring what tieout remembers to another place, or back it up."""


@app.command()
def move(
    back: Annotated[
        bool, typer.Option("--back", help="From Postgres into the file, on this machine.")
    ] = False,
    chosen: AsFormat = Format.TABLE,
    project: ProjectFile = None,
) -> None:
    """Bring what .tieout/state.db holds to the Postgres that `state` of the project file names.

    Journal, links, the documents of processes, cursors, the agenda, users and keys: all of it, compared row by row, or nothing. Nobody
    may be at work on either side. Sign-ins go along. Called again after it was cut off, it ends what was begun.
    """
    from ..project.moving_state import move_to_file, move_to_postgres

    with open_project(project) as opened:
        if back:
            moved = move_to_file(opened)
            _show(moved, chosen)
            note(f"→ Take the line `state` out of {opened.path}; until then tieout refuses to run.")
        else:
            moved, file = move_to_postgres(opened)
            _show(moved, chosen)
            note(f"The file is {file} now, and is needed no more.")
            _ = opened.vault  # which takes the sign-ins along


@app.command("set-aside")
def set_aside(project: ProjectFile = None) -> None:
    """Let the Postgres that `state` names do without what .tieout/state.db holds.

    The file stays as it is. What was written by it is not known in Postgres, and is written again when it is asked for.
    """
    from ..project.moving_state import leave_aside

    with open_project(project) as opened:
        file, postgres = leave_aside(opened)
    note(f"The state at {postgres} does without what {file} holds.")


@app.command()
def backup(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the copies go; made when absent.")],
    project: ProjectFile = None,
) -> None:
    """Copy state.db and vault.db of .tieout to another folder, while anybody is at work.

    Each copy is of one moment, and whole before it takes the place of an older one. The vault's key is not among them. A copy says when
    it was made: put back, it knows that something may have been written since.
    """
    from ..errors import SetupError
    from ..state.backups import back_up
    from ..state.times import utc_now

    with open_project(project) as opened:
        if opened.whole.state:
            raise SetupError(
                "The state is in Postgres, which has backups of its own.",
                advice="`pg_dump -n tieout`; once that was restored: `tieout state restored`.",
            )
        for each in back_up(opened.folder, folder, utc_now()):
            note(f"{each} is written.")


@app.command()
def restored(
    complete: Annotated[
        bool,
        typer.Option("--complete", help="All that was written before the restore was asked for again since."),
    ] = False,
    project: ProjectFile = None,
) -> None:
    """Say that the state was put back from an older backup.

    From then on whatever is to be added is looked up in QuickBooks first, by its number, name or mark, and linked where it is there. A copy
    that `tieout state backup` made says so by itself. --complete ends it.
    """
    from ..state.backups import say_complete, say_restored

    with open_project(project) as opened:
        if complete:
            say_complete(opened.state)
            note("What is added is looked up no more.")
        else:
            at = say_restored(opened.state)
            note(
                f"What was written since {at:%Y-%m-%d %H:%M} UTC may be missing: what is to be added is looked up first."
            )


def _show(moved: Moved, chosen: Format) -> None:
    from .reports import Report, show

    rows = [{"table": table, "rows": count} for table, count in moved.rows.items()]
    show(Report(rows), chosen)
    total = sum(moved.rows.values())
    if moved.before:
        note(f"All {total} rows of {moved.source} had come to {moved.target} before, and are the same.")
    else:
        note(
            f"{total} rows of {moved.source} are in {moved.target} now, and were compared with what was sent."
        )
