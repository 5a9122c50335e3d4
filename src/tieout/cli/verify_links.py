"""`tieout verify CONNECTION`: does each linked record still exist, with the total it was written with?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from .exit_codes import DISAGREES
from .messages import note
from .options import Format

if TYPE_CHECKING:
    from ..processes.verify_links import LinkCheck
    from ..project import Project


def verify_links(project: Project, name: str, chosen: Format) -> None:
    """Hold the links of a connection against QuickBooks; exit code 1 when one does not agree."""
    from ..processes.verify_links import check_links
    from .reports import Report, print_rows, show

    with project.connection(name) as connection:
        checks = list(check_links(connection, project.journal))
    wrong = [each for each in checks if each.problem]
    rows = [_row(each) for each in checks]
    show(Report(rows, rows, lambda: print_rows([_row(each) for each in wrong])), chosen)
    if not wrong:
        note(
            f"Of {len(checks):,} linked record{'' if len(checks) == 1 else 's'} of {name}, all are in QuickBooks as written."
        )
        return
    note(f"{len(wrong):,} of {len(checks):,} links of {name} do not agree.")
    note(
        f"→ `tieout settle {name} --forget TYPE:KEY` releases one whose record was deleted; it may then be added again."
    )
    raise typer.Exit(DISAGREES)


def _row(check: LinkCheck) -> dict[str, Any]:
    link = check.link
    return {
        "type": link.type,
        "key": link.key,
        "id": link.record_id,
        "written": link.total,
        "is": check.total,
        "run": link.run,
        "why": check.problem,
    }
