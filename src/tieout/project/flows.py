"""Running a process that brings documents from one place to another: from its settings to all that it needs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ..catalog.nearest import did_you_mean
from ..connections.base import Connection
from ..errors import SetupError, TieoutError
from ..operations import And, Compare, Predicate, Query
from ..processes.documents import Source
from ..processes.flow import PAUSES, Process, ProcessRun
from ..processes.outgoing import Branch, Case, Do, Exists
from ..processes.settling import Settler, Tracked, WriteBack
from ..protocols.where_clause import parse_where
from ..state.process_log import ProcessLog
from .address import Address
from .alerts import Watch
from .books import parse_order
from .finding import Finder
from .flow_settings import FlowSettings, paths_of, span_of
from .maps import load_cross_reference, load_map

if TYPE_CHECKING:
    from ..mapping import CrossReference
    from . import Project

STAMP = "MetaData.LastUpdatedTime"


class ProcessWorld:
    """What the maps of a process may ask for; answers are kept for the run."""

    def __init__(
        self, project: Project, log: ProcessLog, flow: FlowSettings, finder: Finder, *, looks_only: bool
    ) -> None:
        self._project, self._log, self._flow, self._finder = project, log, flow, finder
        self._looks_only = looks_only
        self._tables: dict[str, CrossReference] = {}
        self._numbers: dict[str, int] = {}

    def find(self, address: str, field: str, value: Any) -> Mapping[str, Any] | None:
        return self._finder.find(address, field, value)

    def xref(self, table: str, value: str) -> str | None:
        if table not in self._tables:
            self._tables[table] = load_cross_reference(table, self._project.path.parent)
        return self._tables[table].find(value)

    def sequence(self, name: str) -> int:
        if self._looks_only:
            self._numbers[name] = self._numbers.get(name, 0) + 1
            return self._numbers[name]
        return self._log.next(name)

    def last_success(self) -> datetime:
        return last_success(self._log, self._flow)

    def property(self, name: str) -> str | None:
        return dict(self._flow.properties).get(name)


def last_success(log: ProcessLog, flow: FlowSettings) -> datetime:
    """When the last run that succeeded began, by the source's clock, less the overlap; `since` before there was one."""
    return _reaching_back(log.mark.get("last_success"), flow)


def _reaching_back(text: str | None, flow: FlowSettings) -> datetime:
    return (
        flow.beginning
        if text is None
        else max(flow.beginning, datetime.fromisoformat(text) - span_of(flow.overlap))
    )


def parameters(log: ProcessLog, flow: FlowSettings, now: datetime, *, everything: bool) -> dict[str, Any]:
    """What `from` may name: `:last_success`, `:last_run`, `:now` and the properties of the process."""
    marks = {} if everything else log.mark
    return {
        **dict(flow.properties),
        "last_success": _reaching_back(marks.get("last_success"), flow),
        "last_run": _reaching_back(marks.get("last_run"), flow),
        "now": now,
    }


@contextmanager
def opened_process(
    project: Project, name: str, *, everything: bool = False, looks_only: bool = False
) -> Iterator[Process]:
    """A process with its connections open; `everything` reads from the beginning, `looks_only` uses no number up."""
    flow = project.process(name)
    if not isinstance(flow, FlowSettings):
        raise SetupError(
            f"The process {name} keeps a mirror.", advice=f"`tieout run {name}` brings it up to date."
        )
    log = project.process_log(name)
    with ExitStack() as stack:
        opened: dict[str, Connection] = {}

        def open_(connection: str) -> Connection:
            if connection not in opened:
                opened[connection] = stack.enter_context(project.connection(connection))
            return opened[connection]

        source_connection = open_(flow.source.connection)
        targets = [open_(Address.parse(branch.to).connection) for branch in flow.branches]
        finder = stack.enter_context(Finder(project, opened))
        world = ProcessWorld(project, log, flow, finder, looks_only=looks_only)
        branches = [
            _branch(project, name, branch, target, world)
            for branch, target in zip(flow.branches, targets, strict=True)
        ]
        given = parameters(log, flow, project.journal.clock(), everything=everything)
        if project.company:
            given["realm"] = project.company
        source = _source(name, flow, source_connection, given, everything=everything)
        _refuse_missing_parameters(name, source, given)
        yield Process(
            name=name,
            source=source,
            branches=branches,
            log=log,
            journal=project.journal,
            settler=_settler(project, flow, log, open_),
            when=parse_where(flow.when, None) if flow.when else None,
            on_refused="stop" if flow.on_refused == "stop" else "continue",
            retry=flow.retry,
            batch=flow.batch,
            at_once=flow.at_once == "allowed",
            deletions=flow.deletions,
            forget=finder.forget,
        )


def run_flow(
    project: Project,
    name: str,
    *,
    limit: int | None = None,
    only: str = "",
    watch: Callable[[Case], None] = lambda _case: None,
    sleep: Callable[[float], None] = time.sleep,
) -> ProcessRun:
    """Run a process to its end, again after a pause where its settings say so and what stopped it may pass."""
    flow = project.process(name)
    if not isinstance(flow, FlowSettings):
        raise SetupError(f"The process {name} keeps a mirror.")
    alerts = Watch(project, name, flow)
    pauses = list(PAUSES[: flow.retry])
    with alerts.failures_told():
        while True:
            try:
                with opened_process(project, name, everything=bool(only)) as process:
                    run = ProcessRun(process, limit=limit, only=only)
                    return alerts.followed(run, watch)
            except TieoutError as error:
                if not error.retryable or not pauses:
                    raise
                sleep(pauses.pop(0))


def check_steps_after(project: Project, name: str) -> None:
    """SetupError now, and not halfway, for a map that is wrong of a process that comes after this one; nobody is asked anything."""
    settings = project.process(name)
    for each in settings.then if isinstance(settings, FlowSettings) else ():
        step = project.process(each)
        if isinstance(step, FlowSettings):
            for branch in step.branches:
                _check_map(project, each, step, branch)
            check_steps_after(project, each)


def _check_map(project: Project, name: str, flow: FlowSettings, branch: FlowSettings) -> None:
    address = Address.parse(branch.to)
    with Finder(project) as finder, project.connection(address.connection) as target:
        world = ProcessWorld(project, project.process_log(name), flow, finder, looks_only=True)
        kind = target.described(address.type) if address.types else None
        names_at = kind.names_at if kind is not None else None
        load_map(branch.map, project.path.parent, world, kind, type_name=address.type, names_at=names_at)


def _source(
    name: str,
    flow: FlowSettings,
    connection: Connection,
    given: Mapping[str, Any],
    *,
    everything: bool,
) -> Source:
    changed = _changed_by(name, flow, connection)
    kind = connection.described(flow.source.type) if flow.source.types else None
    where: Predicate | None = parse_where(flow.where, kind) if flow.where else None
    if changed == "stamp":
        since = Compare(STAMP, ">", given["last_success"])
        where = since if where is None else And((where, since))
    asked = flow.source.query(given)
    key = paths_of(flow.key) or paths_of(flow.group)
    return Source(
        connection,
        Query(asked.types, where, statement=asked.statement),
        str(flow.source),
        group=paths_of(flow.group),
        each=flow.each,
        key=key or ((connection.id_field,) if flow.source.types and changed else ()),
        order=tuple(parse_order(flow.order)),
        changed="" if everything else changed,
    )


def _changed_by(name: str, flow: FlowSettings, connection: Connection) -> str:
    if flow.only != "changed":
        return ""
    able = {
        "cursor": connection.supports.changes
        and bool(flow.source.types)
        and not flow.group
        and not flow.each,
        "stamp": connection.described(flow.source.type) is not None,
        "snapshot": True,
    }
    if flow.by and not able[flow.by]:
        raise SetupError(
            f"The process {name} cannot find what changed in {flow.source} by {flow.by}.",
            advice='Write by = "snapshot", which compares with what came before, or leave the line out.',
        )
    return flow.by or ("cursor" if able["cursor"] and not flow.key else "snapshot")


def _branch(
    project: Project, name: str, branch: FlowSettings, target: Connection, world: ProcessWorld
) -> Branch:
    address = Address.parse(branch.to)
    if not target.supports.writes:
        raise SetupError(
            f"The process {name} cannot write to {target.name}: it takes no changes of single records.",
            advice=f'To keep whole types there, name none: to = "{target.name}:".',
        )
    described = target.described(address.type) if address.types else None
    kind = described or None
    match = branch.match
    if branch.exists == "skip" and not match:
        match = target.naming_field(address.type) if address.types else ""
        if not match:
            raise SetupError(
                f"The process {name} does not say by which field a {address.type} is found that exists.",
                advice='Add a line such as match = "DocNumber".',
            )
    return Branch(
        target=target,
        type=address.type or address.words,
        do=cast("Do", branch.do),
        map=load_map(
            branch.map,
            project.path.parent,
            world,
            kind,
            type_name=address.type,
            names_at=partial(target.field_names, address.type) if address.types else None,
        ),
        when=parse_where(branch.when, None) if branch.when else None,
        exists=cast("Exists", branch.exists),
        match=match,
        lines="keep" if branch.lines == "keep" else "replace",
        files=project.beside(branch.files) if branch.files else Path(),
    )


def _settler(
    project: Project, flow: FlowSettings, log: ProcessLog, open_: Callable[[str], Connection]
) -> Settler:
    back = None
    if flow.write_back:
        to = Address.parse(flow.write_back["to"])
        fields = {name: path for name, path in flow.write_back.items() if name != "to"}
        back = WriteBack(open_(to.connection), to.type or to.words, fields, log.process)
    return Settler(
        log=log,
        journal=project.journal,
        tracked=[_tracked(name, text) for name, text in dict(flow.track).items()],
        keeps_contents=project.whole.documents == "keep",
        write_back=back,
        archive=project.beside(flow.archive) if flow.archive else None,
    )


def _tracked(name: str, text: str) -> Tracked:
    return Tracked(name, tuple(part.strip() for part in text.split("+") if part.strip()))


def _refuse_missing_parameters(name: str, source: Source, given: Mapping[str, Any]) -> None:
    statement = source.query.statement
    for parameter in statement.names if statement is not None else ():
        if parameter not in given:
            raise SetupError(
                f"The process {name} asks for :{parameter}, and nothing gives it a value.{did_you_mean(parameter, given)}",
                advice="Name :last_success, :last_run, :now or one of its `properties`.",
            )
