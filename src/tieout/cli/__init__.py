"""The command line: a verb for everything that can be done, and little imported before it is needed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from . import (
    access,
    act,
    cancelling,
    check,
    companies,
    connect,
    demo,
    doctor,
    init,
    pausing,
    query,
    raw,
    rerun,
    run,
    runs,
    sandbox,
    serve,
    settle,
    state,
    try_map,
    types,
    verify,
    worker,
    write,
)
from .exit_codes import exits
from .options import in_environment, project_file


class Verbs(TyperGroup):
    """The verbs; whatever stops one becomes a message and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        with exits(debug=bool(ctx.params.get("debug"))):
            return super().invoke(ctx)


app = typer.Typer(
    cls=Verbs,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # with it, half of the time of `tieout --help` goes into importing rich
    context_settings={"help_option_names": ["--help", "-h"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"tieout {version('tieout')}")
        raise typer.Exit


@app.callback()
def tieout(
    ctx: typer.Context,
    project: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The project file; tieout.toml here or above when absent.",
            show_default=False,
        ),
    ] = None,
    env: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="The environment of the project file that is meant; TIEOUT_ENV says so too.",
            show_default=False,
        ),
    ] = "",
    debug: Annotated[bool, typer.Option("--debug", help="Show where in tieout an error arose.")] = False,  # noqa: ARG001 - Verbs reads it
    version: Annotated[  # noqa: ARG001 - its callback does the work
        bool, typer.Option("--version", is_eager=True, callback=_show_version, help="Show the version.")
    ] = False,
) -> None:
    """Move records into and out of QuickBooks, and prove that both sides agree.

    Exit codes: 0 done · 1 refused or not agreeing · 2 the call or the project file is wrong · 3 not reachable or not
    signed in · 4 outcome unknown · 5 a fault of tieout · 130 interrupted.
    """
    project_file.set(project)
    if env:
        ctx.call_on_close(in_environment(env))


app.command()(demo.demo)
app.add_typer(sandbox.app, name="sandbox")
app.command()(init.init)
app.command()(connect.connect)
app.command()(check.check)
app.command()(doctor.doctor)
app.command()(types.types)
app.command()(query.query)
app.command()(query.get)
app.command()(query.count)
app.command()(write.add)
app.command()(write.modify)
app.command()(write.put)
app.command()(write.delete)
app.command()(write.void)
app.command()(act.act)
app.command()(raw.raw)
app.command("map")(try_map.try_map)
app.command()(run.run)
app.command()(runs.runs)
app.command()(rerun.rerun)
app.command()(settle.settle)
app.command()(serve.serve)
app.command()(worker.worker)
app.command()(pausing.pause)
app.command()(pausing.resume)
app.command()(cancelling.cancel)
app.command()(companies.companies)
app.add_typer(state.app, name="state")
app.command()(access.users)
app.command()(access.keys)
app.command()(verify.verify)


def main() -> None:
    """What the command `tieout` runs."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8")  # a redirected stream on Windows has the system's code page
    app(prog_name="tieout")
