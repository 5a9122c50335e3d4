"""Running a process of the project file, and tying its two ends out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, cast

from ..catalog.nearest import did_you_mean
from ..catalog.reports import is_report, report
from ..connections.base import Connection, Mirror
from ..connections.leave_out import LeaveOut
from ..errors import RunCancelled, SetupError
from ..processes.keep_report import KeepsPages, keep_report
from ..processes.sync import SyncReport, Watcher, sync
from ..processes.trial_balance import GENERAL_LEDGER, KeptLedger
from ..processes.verify import Agreement, Books, Kept, Verdict, verify
from ..protocols.kept_types import Layout
from ..protocols.rest_layout import REST
from ..protocols.table_names import table_name
from .flow_settings import FlowSettings

if TYPE_CHECKING:
    from . import ProcessSettings, Project


_HOLDS_TABLES = (
    'a connection of the kind duckdb, sql (PostgreSQL or SQLite), or files with format = "parquet"'
)
"""What keeps mirrors and reports."""


class KeepsMirrors(Protocol):
    """A destination that takes whole tables."""

    def mirror(self, source: str, layout: Layout, *, raw: bool, leave_out: LeaveOut) -> Mirror: ...


class LaysOut(Protocol):
    """A destination that keeps views of a layout beside a mirror."""

    def lay_out(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Run:
    """What became of a process."""

    process: str
    types: tuple[str, ...]
    report: SyncReport

    @property
    def requests(self) -> int:
        return self.report.requests


@dataclass(frozen=True, slots=True)
class TieOut:
    """Whether both ends of a process agree, and the run before that brought them together."""

    verdict: Verdict
    run: Run | None
    ledger_run: Run | None = None
    """The run of the process that keeps the general ledger beside the mirror, if one does."""

    @property
    def requests_to_catch_up(self) -> int:
        return sum(run.requests for run in (self.run, self.ledger_run) if run is not None)


def run_process(
    project: Project,
    name: str,
    *,
    everything: bool = False,
    again: Sequence[str] = (),
    watch: Watcher | None = None,
    until: Callable[[], bool] = lambda: False,
    within: AbstractContextManager[None] = nullcontext(),  # noqa: B008 - it holds nothing
) -> Run:
    """Bring a process' destination up to date; Busy while another run of it is under way.

    A mirror stops early once `until` is true, and says in its report that there is more. `within` is entered once it is
    alone.
    """
    with _ends_of(project, name) as ends, within:
        return ends.run(everything=everything, again=again, watch=watch, until=until)


def verify_process(
    project: Project,
    name: str,
    *,
    catch_up: bool = True,
    watch_run: Watcher | None = None,
    watch: Callable[[Agreement], None] | None = None,
    until: Callable[[], bool] = lambda: False,
    within: AbstractContextManager[None] = nullcontext(),  # noqa: B008 - it holds nothing
) -> TieOut:
    """Hold both ends of a process against each other, after it ran once more, `within`, unless told otherwise.

    So does a process that keeps the general ledger beside the mirror, for its table is compared too. RunCancelled when
    `until` stopped that run.
    """
    with _ends_of(project, name) as ends:
        run = None
        if catch_up:
            with within:
                run = ends.run(watch=watch_run, until=until)
            if run.report.more:
                raise RunCancelled
        ledger = _ledger_beside(project, ends)
        ledger_run = run_process(project, ledger.process, watch=watch_run) if ledger and catch_up else None
        return TieOut(ends.verify(watch, ledger), run, ledger_run)


def _ledger_beside(project: Project, ends: _Ends) -> KeptLedger | None:
    """The process, if there is one, that keeps the same books' general ledger where this one keeps its accounts."""
    if "Account" not in ends.types:
        return None
    ours = ends.settings
    for name, settings in project.processes.items():
        if isinstance(settings, FlowSettings):
            continue
        source, target = settings.source, settings.target
        same = (source.connection, target.connection) == (ours.source.connection, ours.target.connection)
        kept = KeptLedger(name, settings.asked)
        if same and is_report(source.type) and report(source.type).name == GENERAL_LEDGER and kept.is_whole:
            return kept
    return None


def planned_types(
    project: Project, name: str, *, everything: bool = False, again: Sequence[str] = ()
) -> list[tuple[str, str, str]]:
    """Each type of a process, the table it goes to, and how much of it would be read; nothing is sent."""
    with _ends_of(project, name) as ends:
        ends.refuse_unknown(again)
        afresh = ends.types if everything or ends.settings.only == "all" else again
        kept = frozenset(ends.target.types())
        tables = {type_name: table_name(type_name) for type_name in ends.types}
        return [
            (type_name, table, "what changed" if table in kept and type_name not in afresh else "everything")
            for type_name, table in tables.items()
        ]


@dataclass(frozen=True, slots=True)
class _Ends:
    name: str
    settings: ProcessSettings
    source: Connection
    target: Connection

    @property
    def types(self) -> tuple[str, ...]:
        return types_of(self.settings, self.source)

    @property
    def leave_out(self) -> LeaveOut:
        return LeaveOut(self.settings.excluded_fields)

    def run(
        self,
        *,
        everything: bool = False,
        again: Sequence[str] = (),
        watch: Watcher | None = None,
        until: Callable[[], bool] = lambda: False,
    ) -> Run:
        self.refuse_unknown(again)
        if self.report_name:
            return self._keep_report(watch)
        self._refuse_for_layout()
        if self.settings.params:
            raise SetupError(
                f"The process {self.name} has params, which only reports take.",
                advice="Leave them out, or name a report in `from`.",
            )
        mirror = cast("KeepsMirrors", self.target).mirror(
            self.source.identity, self.source.layout, raw=self.settings.raw, leave_out=self.leave_out
        )
        synced = sync(
            self.source,
            mirror,
            self.types,
            everything=everything or self.settings.only == "all",
            again=again,
            watch=watch,
            until=until,
        )
        if self.settings.layout:
            cast("LaysOut", self.target).lay_out()
        return Run(self.name, self.types, synced)

    def _refuse_for_layout(self) -> None:
        if not self.settings.layout:
            return
        if self.source.layout is not REST:
            raise SetupError(
                f"The process {self.name} has a layout, and {self.source.name} is no QuickBooks Online.",
                advice="Leave `layout` out: Fivetran has no tables of anything else.",
            )
        if not hasattr(self.target, "lay_out"):
            raise SetupError(
                f"The process {self.name} has a layout, and {self.target.name} keeps no views.",
                advice="Name a connection of the kind duckdb or sql in `to`, or leave `layout` out.",
            )

    @property
    def report_name(self) -> str:
        """The report that the process keeps; empty when it keeps records."""
        return self.settings.source.type if self.source.is_report(self.settings.source.type) else ""

    def _keep_report(self, watch: Watcher | None) -> Run:
        self._refuse_for_report()
        keeper = cast("KeepsPages", self.target)
        kept = keep_report(self.source, keeper, self.report_name, self.settings.asked, watch=watch)
        return Run(self.name, tuple(kept.read), kept)

    def _refuse_for_report(self) -> None:
        if self.settings.only == "changed":
            raise SetupError(
                f"The process {self.name} keeps a report, which is always read whole.",
                advice='Write only = "all", or leave the line out.',
            )
        if not hasattr(self.target, "keep"):
            raise SetupError(
                f"The process {self.name} cannot keep a report in {self.target.name}.",
                advice=f"Name {_HOLDS_TABLES} in `to`.",
            )

    def verify(self, watch: Callable[[Agreement], None] | None, ledger: KeptLedger | None = None) -> Verdict:
        if self.report_name:
            raise SetupError(
                f"The process {self.name} keeps a report: there is nothing to hold it against.",
                advice="Verify a process that mirrors records.",
            )
        if not hasattr(self.target, "comparison"):
            raise SetupError(
                f"The process {self.name} cannot be verified: {self.target.name} keeps no tables to compare.",
                advice=f"Name {_HOLDS_TABLES} in `to`.",
            )
        books, kept = cast("Books", self.source), cast("Kept", self.target)
        return verify(books, kept, self.types, leave_out=self.leave_out, ledger=ledger, watch=watch)

    def refuse_unknown(self, again: Sequence[str]) -> None:
        for word in again:
            if word not in self.types:
                raise SetupError(
                    f"The process {self.name} has no type {word!r}.{did_you_mean(word, self.types)}",
                    advice=f"`tieout run {self.name} --plan` lists its types.",
                )


@contextmanager
def _ends_of(project: Project, name: str) -> Iterator[_Ends]:
    settings = project.mirror(name)
    with ExitStack() as stack:
        stack.enter_context(project.state.exclusive(f"run:{name}{project.company and f':{project.company}'}"))
        source = stack.enter_context(project.connection(settings.source.connection))
        target = stack.enter_context(project.connection(settings.target.connection))
        _refuse_incapable(name, source, target)
        yield _Ends(name, settings, source, target)


def _refuse_incapable(name: str, source: Connection, target: Connection) -> None:
    if not source.supports.changes:
        raise SetupError(
            f"The process {name} cannot read from {source.name}: it does not tell what changed.",
            advice="Name a connection to QuickBooks in `from`.",
        )
    if not target.supports.tables:
        raise SetupError(
            f"The process {name} cannot write to {target.name}: it does not take whole tables.",
            advice=f"Name {_HOLDS_TABLES} in `to`.",
        )


def types_of(settings: ProcessSettings, source: Connection) -> tuple[str, ...]:
    """The record types that a process is about."""
    named = settings.source.types or source.types()
    return tuple(name for name in named if name not in settings.excluded_types)
