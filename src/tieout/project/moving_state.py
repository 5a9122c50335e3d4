"""A project's state brought to the Postgres that its file names, or back from there, while nobody is at work with either."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from ..errors import Busy, SetupError
from ..state.database import STATE_FILE, LocalState, State, local_state
from ..state.moving import Moved, move, set_aside
from ..state.times import utc_now
from ..state.vault import open_shared_vault, open_vault
from . import Project, open_postgres

_WAIT = 2.0
"""Seconds for a command that is just ending."""


def move_to_postgres(project: Project) -> tuple[Moved, Path]:
    """Bring what `.tieout/state.db` holds to Postgres; what came, and where the file is now. Sign-ins follow when the vault is opened.

    SetupError, and nothing moved, where that is not possible; Busy when anybody has either of them open.
    """
    with _both(project) as (file, postgres):
        moved = move(file, postgres, utc_now())
        file.close()  # no file that is open can be renamed in Windows
        return moved, _renamed(file.path)


def move_to_file(project: Project) -> Moved:
    """Bring what Postgres holds back into `.tieout/state.db`, and the sign-ins into the vault's file. Errors as above."""
    with _both(project, fresh=True) as (file, postgres):
        shared = open_shared_vault(project.folder, project.environ, postgres)
        open_vault(project.folder, project.environ).take_in(shared)
        return move(postgres, file, utc_now())


def leave_aside(project: Project) -> tuple[str, str]:
    """Let Postgres do without what `.tieout/state.db` holds; where both are."""
    _refuse_unnamed(project)
    with open_postgres(project.whole.state) as postgres, local_state(_folder_with_state(project)) as file:
        set_aside(file, postgres.place)
        return file.place, postgres.place


@contextmanager
def _both(project: Project, *, fresh: bool = False) -> Iterator[tuple[LocalState, State]]:
    """The file, which may be made `fresh`, and Postgres, both without anybody else."""
    _refuse_unnamed(project)
    folder = project.folder if fresh else _folder_with_state(project)
    try:
        with (
            open_postgres(project.whole.state, alone=True, wait=_WAIT) as postgres,
            local_state(folder, alone=True, wait=_WAIT) as file,
        ):
            yield file, postgres
    except Busy as error:
        raise Busy(
            f"Somebody is at work, and nothing was moved: {error}",
            advice="Stop `tieout serve`, all workers and all that runs, on every machine, then try again.",
        ) from error


def _refuse_unnamed(project: Project) -> None:
    if not project.whole.state:
        raise SetupError(
            f"{project.path} names no Postgres.",
            advice='Write `state = "postgresql://…"` above its first table, and leave it there until this is done.',
        )


def _folder_with_state(project: Project) -> Path:
    """The folder `.tieout`, in which there is a state."""
    path = project.folder / STATE_FILE
    if path.exists():
        return project.folder
    moved = path.with_name(f"{STATE_FILE}.moved")
    if moved.exists():
        raise SetupError(
            f"What {path} remembered was moved before: the file is {moved}.", advice="Nothing is left to do."
        )
    raise SetupError(
        f"There is no {path}.", advice="Go to the machine and the folder where tieout was at work until now."
    )


def _renamed(path: Path) -> Path:
    """A file of SQLite under the first free name that says that it was moved."""
    names = (f"{path.name}.moved{'' if n == 1 else f'.{n}'}" for n in count(1))
    free = next(found for name in names if not (found := path.with_name(name)).exists())
    path.rename(free)
    return free
