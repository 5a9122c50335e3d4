"""For which companies a process runs: its own one, or a set whose rows fill `{realm}` and other names in its connections."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from threading import Lock
from typing import Any

from ..catalog.nearest import did_you_mean
from ..errors import SetupError
from . import Project
from .address import Address
from .flow_settings import FlowSettings
from .kind import ConnectionSettings
from .qbxml_settings import QbxmlSettings
from .settings import OnlineSettings, ProcessSettings

REALM = "realm"
"""The column that names a company."""

_BLANK = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
_KEPT = 300.0
"""Seconds for which rows of a set are believed."""

Row = Mapping[str, str]


@dataclass
class Companies:
    """The companies of every process. Threads share it."""

    project: Project
    clock: Callable[[], float] = time.monotonic
    _rows: dict[str, tuple[float, dict[str, Row]]] = field(default_factory=dict, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    def use(self, project: Project) -> None:
        """Go on with the project as its file is now."""
        with self._lock:
            self.project = project
            self._rows.clear()

    def rows(self) -> Iterator[tuple[str, str, str]]:
        """Process, company and lane of all that may run; the set is read anew."""
        project = self.project
        for process, settings in project.processes.items():
            if not settings.companies:
                parties = parties_of(project, process)
                yield process, parties[0] if parties else "", parties[0] if parties else f"process {process}"
            else:
                for company in self._read(project, process):
                    yield process, company, company

    def project_of(self, process: str, company: str) -> Project:
        """The project with its connections filled for a company; the project itself where the process has only one."""
        project = self.project
        if project.process(process).set_of_companies is None:
            return project
        with self._lock:
            read_at, rows = self._rows.get(process, (float("-inf"), {}))
        if company not in rows or self.clock() - read_at > _KEPT:
            rows = self._read(project, process)
        if company not in rows:
            raise SetupError(
                f"The company {company} is no longer among those of {process}.",
                advice="It leaves the agenda by itself within five minutes.",
            )
        return filled(project, rows[company])

    def _read(self, project: Project, process: str) -> dict[str, Row]:
        address = project.processes[process].set_of_companies
        assert address is not None, "asked for a set only"
        rows = read_companies(project, process, address)
        with self._lock:
            if project is self.project:
                self._rows[process] = self.clock(), rows
        return rows


def read_companies(project: Project, process: str, address: Address) -> dict[str, Row]:
    """The rows of a set by realm; SetupError when one has none, or two have the same."""
    found: dict[str, Row] = {}
    with project.connection(address.connection) as connection:
        for page in connection.read(address.query()):
            for record in page.records():
                row = {
                    str(name).casefold(): str(value) for name, value in record.items() if value is not None
                }
                realm = row.get(REALM, "")
                if not realm:
                    raise SetupError(
                        f"`companies` of {process} gave a row without {REALM}: it has {', '.join(row) or 'nothing'}.",
                        advice='Name the column, as in "firm:select client_no as realm from clients".',
                    )
                if realm in found and found[realm] != row:
                    raise SetupError(
                        f"`companies` of {process} gave the company {realm} twice, with different values.",
                        advice="Let the statement give each company once.",
                    )
                found[realm] = row
    return found


def filled(project: Project, row: Row) -> Project:
    """The project as one company sees it; what it remembers is the same."""
    project.state  # noqa: B018 - opened before it is shared
    one = replace(
        project,
        connections={name: _filled(name, settings, row) for name, settings in project.connections.items()},
        company=row[REALM],
    )
    for kept in ("state", "vault"):
        if kept in project.__dict__:
            one.__dict__[kept] = project.__dict__[kept]
    return one


def project_of_company(project: Project, connection: str, company: str) -> Project:
    """The project as a company sees it, of a set that some process runs for at this connection; the project itself where none is named."""
    if not company:
        return project
    for process, settings in project.processes.items():
        companies = settings.set_of_companies
        if companies is not None and connection in ends_of(settings):
            rows = read_companies(project, process, companies)
            if company in rows:
                return filled(project, rows[company])
    raise SetupError(
        f"No process runs for a company {company!r} at {connection}.",
        advice="The rows of `companies` in a process are those that it runs for.",
    )


def parties_of(project: Project, process: str) -> list[str]:
    """The companies that a process of one company is about, in the order of their names: where it runs first, then locks."""
    ends = ends_of(project.processes[process])
    named = (_party(name, project.connections[name]) for name in ends)
    return sorted({each for each in named if each})


def ends_of(settings: ProcessSettings | FlowSettings) -> list[str]:
    """The connections that a process reads from and writes to."""
    if isinstance(settings, FlowSettings):
        targets = [Address.parse(each.to).connection for each in settings.branches if each.to]
    else:
        targets = [settings.target.connection]
    return list(dict.fromkeys((settings.source.connection, *targets)))


def refuse_wrong_set(project: Project, settings: ProcessSettings | FlowSettings) -> None:
    """SetupError when a set of companies would meet in one place, or a connection waits for a company that never comes."""
    companies = settings.set_of_companies
    for name in ends_of(settings):
        blank = next(blanks_of(project.settings(name)), "")
        if companies is None and blank:
            raise SetupError(
                f"The connection {name} stands for many companies: its settings have {{{blank}}}.",
                advice="Say which with `companies`.",
            )
        if companies is not None and not blank and name != companies.connection:
            raise SetupError(
                f"All companies would meet in the connection {name}: its settings have no {{{REALM}}}.",
                advice=f'Write it where the companies differ, as in company = "{{{REALM}}}" or path = "{{{REALM}}}.duckdb".',
            )
    if companies is not None:
        project.check(companies)


def blanks_of(settings: ConnectionSettings) -> Iterator[str]:
    """The names in braces that a connection's settings have."""
    for each in fields(settings):
        value = getattr(settings, each.name)
        if isinstance(value, str):
            yield from _BLANK.findall(value)


def _filled(name: str, settings: ConnectionSettings, row: Row) -> ConnectionSettings:
    changed: dict[str, Any] = {}
    for each in fields(settings):
        value = getattr(settings, each.name)
        if isinstance(value, str) and _BLANK.search(value):
            changed[each.name] = _BLANK.sub(lambda match: _value(name, match[1], row), value)
    return replace(settings, **changed) if changed else settings


def _value(connection: str, column: str, row: Row) -> str:
    if column not in row:
        raise SetupError(
            f"{connection} has {{{column}}}, and the companies have no such column.{did_you_mean(column, row)}"
        )
    value = row[column]
    if not re.fullmatch(r"[\w .@-]+", value) or ".." in value:
        raise SetupError(
            f"{value!r} cannot stand in a setting of {connection}.",
            advice="Letters, digits, blanks, dots, @, _ and - can.",
        )
    return value


def _party(name: str, settings: ConnectionSettings) -> str:
    """What a company is called by; empty for a connection that leads to none."""
    if isinstance(settings, OnlineSettings):
        return settings.company
    return name if isinstance(settings, QbxmlSettings) else ""
