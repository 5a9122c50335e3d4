"""`tieout rerun`: documents of an earlier run once more, as they were or corrected."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import AsFormat, Format, ProjectFile, open_project


def rerun(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run of a process, as `tieout runs` lists it.")],
    refused: Annotated[bool, typer.Option("--refused", help="Only what was refused in it.")] = False,
    only: Annotated[
        str, typer.Option(metavar="KEY", help="Only the document with this key.", show_default=False)
    ] = "",
    corrected: Annotated[
        Path | None,
        typer.Option(
            "--with",
            metavar="FILE",
            help="Corrected documents, JSON, JSON Lines or CSV, in the place of those with the same key.",
            show_default=False,
        ),
    ] = None,
    drop: Annotated[
        bool, typer.Option("--drop", help="Give up what is held of it instead: it is not tried again.")
    ] = False,
    chosen: AsFormat = Format.TABLE,
    project: ProjectFile = None,
) -> None:
    """Run documents of an earlier run again.

    They are mapped anew and written once; those that were done already are left alone. No watermark moves.
    """
    from .reports import Report, show
    from .run_flow import document_of, drop_held, end_with, print_run, rerun_documents, row_of

    with open_project(project) as opened:
        if drop:
            drop_held(opened, run, only)
            return
        again, troubled = rerun_documents(opened, run, refused=refused, only=only, corrected=corrected)
        show(
            Report(
                [row_of(case) for case in troubled],
                document_of(again, troubled),
                lambda: print_run(again, troubled),
            ),
            chosen,
        )
    end_with([again])
