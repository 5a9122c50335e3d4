"""`tieout demo`: the main job from nothing to a proof, on this machine alone."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import SetupError
from .demo_orders import TABLES
from .exit_codes import DISAGREES
from .init_orders import INBOX
from .messages import note
from .options import AsFormat, Format

if TYPE_CHECKING:
    from ..project import Project
    from ..project.runs import Run, TieOut
    from ..sandbox.server import Sandbox

FOLDER = Path("tieout-demo")
MADE_BY = "# Made by `tieout demo`, which makes it anew each time."
BOOKS, WAREHOUSE, PROCESS = "books", "warehouse", "mirror"
LATER_PORT = 8020
"""Where the last lines suggest to start a sandbox."""

_PROJECT = f"""\
{MADE_BY}

[connection.{WAREHOUSE}]
kind = "duckdb"
path = "warehouse.duckdb"

[process.{PROCESS}]
from = "{BOOKS}:*"
to = "{WAREHOUSE}:"
do = "put"
only = "changed"
"""


def demo(
    folder: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Where to put the project file and the mirror.")
    ] = FOLDER,
    invoices: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Mirror a company with so many invoices instead of the small shop.",
            show_default=False,
        ),
    ] = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the sandbox running until interrupted.")
    ] = False,
    chosen: AsFormat = Format.TABLE,
) -> None:
    """Mirror a sandbox company, bring orders in, and tie it out.

    The company is mirrored into DuckDB, things are changed in QuickBooks, orders from a CSV file become invoices, one of them
    after it was refused and corrected, only what changed is mirrored, and both sides are compared.
    """
    from ..sandbox.server import running_sandbox
    from .reports import Report, show
    from .verify import print_verdict

    began = time.monotonic()
    _clear(folder)
    step("QuickBooks Online starts on this machine")
    with running_sandbox("busy" if invoices else "small-shop", invoices=invoices) as sandbox:
        note(f"  {sandbox.company.name} is served at {sandbox.base_url}")
        with _connected(folder, sandbox) as project:
            first, orders, second, tied = _tell(project)
        seconds = round(time.monotonic() - began, 1)
        document = _document(folder, first, second, tied, seconds) | orders
        show(Report([document], document, lambda: print_verdict(tied)), chosen)
        note(f"\nAll of it took {seconds} s. {_next(folder)}")
        if keep:
            note(f"\nThe sandbox stays at {sandbox.base_url}. Stop it with Ctrl+C.")
            sandbox.serve_forever()
    if not tied.verdict.agrees:
        raise typer.Exit(DISAGREES)


def step(title: str) -> None:
    """Say what comes now."""
    note(f"\n● {title}")


def _clear(folder: Path) -> None:
    """Make room for a new demo where an earlier one was, and nowhere else."""
    file = folder / "tieout.toml"
    if file.is_file() and file.read_text("utf-8").startswith(MADE_BY):
        shutil.rmtree(folder / ".tieout", ignore_errors=True)
        shutil.rmtree(folder / INBOX, ignore_errors=True)
        for path in (file, *folder.glob("warehouse.duckdb*")):
            path.unlink()
    elif folder.exists() and any(folder.iterdir()):
        raise SetupError(
            f"{folder} is there already, and not from a demo.", advice="Name another folder with --folder."
        )
    folder.mkdir(parents=True, exist_ok=True)


@contextmanager
def _connected(folder: Path, sandbox: Sandbox) -> Iterator[Project]:
    """A project whose books are the sandbox's, signed in to as an application of yours would be."""
    from ..connections.rest import sign_in_at_sandbox
    from ..project import Project, write_connection

    path = folder / "tieout.toml"
    step("Signing in with OAuth 2")
    signed_in = sign_in_at_sandbox(sandbox.base_url)
    path.write_text(_PROJECT + TABLES, encoding="utf-8")
    settings = {
        "kind": "online",
        "company": signed_in.realm,
        "base_url": signed_in.base_url,
        "client_id": signed_in.application.client_id,
    }
    write_connection(path, BOOKS, settings)
    with Project.read(path) as project:
        signed_in.keep(project.vault)
        note(f"  Company {signed_in.realm}; tokens are in the vault, the connections in {path}")
        yield project


def _tell(project: Project) -> tuple[Run, dict[str, int], Run, TieOut]:
    """The story: mirror, change, bring orders over, mirror again, tie out."""
    from .demo_changes import change_things
    from .demo_orders import bring_orders_over
    from .run import run_one, summary_of
    from .verify import tie_out

    step("Mirroring the whole company into DuckDB")
    first = run_one(project, PROCESS)
    note(f"  {summary_of(first)}")
    step("Changing things in QuickBooks")
    with project.books(BOOKS) as books:
        for sentence in change_things(books):
            note(f"  {sentence}")
    step("Orders from a CSV file become invoices, each once")
    orders = bring_orders_over(project)
    step("Mirroring again: only what changed")
    second = run_one(project, PROCESS)
    note(f"  {summary_of(second)}")
    step("Tying out: every record of both sides, to the cent")
    return first, orders, second, tie_out(project, PROCESS)


def _document(folder: Path, first: Run, second: Run, tied: TieOut, seconds: float) -> dict[str, object]:
    return {
        "folder": str(folder),
        "records_first": first.report.read.total(),
        "requests_first": first.requests,
        "records_second": second.report.read.total(),
        "gone_second": second.report.gone.total(),
        "requests_second": second.requests,
        "agrees": tied.verdict.agrees,
        "requests_verify": tied.verdict.requests,
        "seconds": Decimal(str(seconds)),
    }


def _next(folder: Path) -> str:
    """What to try next. Each line works as it stands, the third while the second runs in another terminal."""
    project, tieout = folder / "tieout.toml", _this_program()
    return f"""Try next:

  {tieout} --project {_quoted(project)} query {WAREHOUSE}:invoice --where "balance > 0 and _deleted_at is null"
  {tieout} sandbox online --port {LATER_PORT}
  {tieout} connect books --sandbox http://127.0.0.1:{LATER_PORT}"""


def _this_program() -> str:
    """How it was called, where the shell would not find it by name: `make demo` runs it from `.venv`."""
    called = Path(sys.argv[0])
    if shutil.which("tieout") or called.stem != "tieout":
        return "tieout"
    return _quoted(called)


def _quoted(path: Path) -> str:
    return f'"{path}"' if " " in str(path) else str(path)
