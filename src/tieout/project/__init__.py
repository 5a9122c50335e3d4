"""`tieout.toml` as objects. Nothing else reads configuration or the environment.

    with Project.find() as project, project.connection("books") as books:
        print(books.check().company)

`tieout connect` writes its connection with `write_connection`; `settings_of` says what `tieout init` asks.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from ..catalog.nearest import did_you_mean
from ..errors import SetupError
from ..protocols.redaction import redacted
from ..state.arrivals import Arrivals
from ..state.database import State, open_state
from ..state.document_search import DocumentSearch
from ..state.journal import Journal
from ..state.locks import WAIT
from ..state.meter import Meter
from ..state.moving import refuse_left_behind
from ..state.process_log import LogName, ProcessLog
from ..state.run_documents import RunDocuments
from ..state.vault import Vault, open_shared_vault, open_vault
from ..state.watermarks import Watermarks
from .address import Address
from .declaration import NotInProject, Setting, UnsetVariable, settings_of
from .ends import listens
from .file import (
    ENVIRONMENT_VARIABLE,
    FILE_NAME,
    ProjectFile,
    TablePlace,
    find_file,
    parse_file,
    read_file,
)
from .flow_checks import refuse_wrong_flow
from .flow_settings import FlowSettings
from .kind import ConnectionSettings
from .openers import OPENERS
from .qbxml_settings import OnlineLegacySettings, WebConnectorSettings
from .settings import (
    KINDS,
    DuckDBSettings,
    MemorySettings,
    OnlineSettings,
    ProcessSettings,
    WholeProjectSettings,
)
from .shared import Shared
from .write import write_connection

if TYPE_CHECKING:
    from ..connections.base import Connection
    from .books import Books

__all__ = [
    "FILE_NAME",
    "KINDS",
    "Address",
    "ConnectionSettings",
    "DuckDBSettings",
    "FlowSettings",
    "MemorySettings",
    "OnlineLegacySettings",
    "OnlineSettings",
    "ProcessSettings",
    "Project",
    "Setting",
    "WebConnectorSettings",
    "WholeProjectSettings",
    "settings_of",
    "write_connection",
]


@dataclass(frozen=True)
class Project:
    """A project file and the folder `.tieout` beside it."""

    path: Path
    connections: Mapping[str, ConnectionSettings]
    processes: Mapping[str, ProcessSettings | FlowSettings]
    environ: Mapping[str, str] = field(repr=False)
    whole: WholeProjectSettings = field(default_factory=WholeProjectSettings, repr=False)
    company: str = ""
    """The one company that it is about, of a set that a process runs for."""
    say_waiting: Callable[[str], None] | None = field(default=None, repr=False)
    """Told what is waited for. Without it nothing waits for a Web Connector to call: a program has better things to do."""
    shared: Shared = field(default_factory=Shared, repr=False, compare=False)

    @classmethod
    def find(cls, start: Path | None = None, environ: Mapping[str, str] = os.environ) -> Self:
        """The project of this folder, or of the nearest one above it; of the current folder when none is given."""
        return cls.read(find_file(start or Path.cwd()), environ)

    @classmethod
    def read(cls, path: Path, environ: Mapping[str, str] = os.environ) -> Self:
        """The project of this file; SetupError names file, line, table and key of the first mistake."""
        file = read_file(path).within(environ)
        project = cls(path, file.connections(environ), file.processes(environ), environ, file.whole(environ))
        project._refuse_unknown_words(file)
        return project

    @classmethod
    def read_connections(
        cls, path: Path, environ: Mapping[str, str] = os.environ, *, incomplete: str = ""
    ) -> Self:
        """The same without its processes, which may still lack a connection; nothing when there is no file yet.

        The connection that is `incomplete` may lack settings, which are empty then.
        """
        file = read_file(path).within(environ) if path.exists() else parse_file(path, "")
        return cls(path, file.connections(environ, incomplete), {}, environ, file.whole(environ))

    @property
    def environment(self) -> str:
        """The environment that is meant; empty for the file as it stands."""
        return self.environ.get(ENVIRONMENT_VARIABLE, "")

    @property
    def folder(self) -> Path:
        """Where tieout keeps what it remembers."""
        return self.path.parent / ".tieout"

    def beside(self, path: str) -> Path:
        """A path of the project file, which is relative to the file."""
        return self.path.parent / Path(path).expanduser()

    @cached_property
    def state(self) -> State:
        if not self.whole.state:
            return open_state(self.folder)
        state = open_postgres(self.whole.state)
        try:
            refuse_left_behind(self.folder, state)
        except BaseException:
            state.close()
            raise
        return state

    @cached_property
    def vault(self) -> Vault:
        if self.whole.state:
            return open_shared_vault(self.folder, self.environ, self.state)
        return open_vault(self.folder, self.environ)

    @property
    def meter(self) -> Meter:
        return Meter(self.state, self.company)

    @cached_property
    def journal(self) -> Journal:
        """What was written, and what became of it."""
        journal = Journal(self.state, keep_documents=self.whole.documents == "keep", redact=redacted)
        oldest = journal.clock() - timedelta(days=self.whole.documents_days)
        if self.whole.documents == "keep":
            journal.purge_documents(oldest)
        self.run_documents.purge(oldest)
        return journal

    def process_log(self, name: str) -> ProcessLog:
        """What a process remembers."""
        return ProcessLog(self.state, str(LogName(name, self.environment, self.company)))

    def arrivals(self, connection: str) -> Arrivals:
        """What others sent to a connection that listens."""
        environment = f"@{self.environment}" if self.environment else ""
        return Arrivals(self.state, f"{connection}{environment}")

    @property
    def run_documents(self) -> RunDocuments:
        """What became of the documents of all processes."""
        return RunDocuments(self.state)

    @property
    def document_search(self) -> DocumentSearch:
        """The same documents, found by what they are known by."""
        return DocumentSearch(self.state)

    @property
    def watermarks(self) -> Watermarks:
        return Watermarks(self.state)

    def connection(self, name: str) -> Connection:
        """Open a connection of the file; whoever opens it closes it."""
        settings = self.settings(name)
        self._refuse_blanks(name, settings)
        return OPENERS[type(settings)](self, name, settings)

    def books(self, name: str) -> Books:
        """The same with verbs for people: `query`, `get`, `count`."""
        from .books import Books

        return Books(self.connection(name), journal=self.journal)

    def settings(self, name: str) -> ConnectionSettings:
        """The settings of a connection; NotInProject with the nearest name when there is none."""
        if name not in self.connections:
            raise NotInProject(
                f"There is no connection {name!r}.{did_you_mean(name, self.connections)}",
                advice=f"Add one with `tieout connect {name}`{_or_one_of(self.connections)}.",
            )
        return self.connections[name]

    def mirror(self, name: str) -> ProcessSettings:
        """The settings of a process that keeps a mirror or a report; SetupError for one of another kind."""
        found = self.process(name)
        if isinstance(found, FlowSettings):
            raise SetupError(
                f"The process {name} keeps no mirror.",
                advice="`tieout runs` tells what became of its documents.",
            )
        return found

    @property
    def unset(self) -> list[UnsetVariable]:
        """Settings whose variables are not set, in the order of the file's tables."""
        tables = (self.whole, *self.connections.values(), *self.processes.values())
        return [error for each in tables for error in each.unset]

    def refuse_unset(self) -> None:
        """UnsetVariable where any setting has no value: what runs unattended needs all of them."""
        for error in self.unset:
            raise error

    @property
    def listening(self) -> Mapping[str, tuple[str, str]]:
        """The processes that read what others send, each with the connection that listens and the type."""
        found = {}
        for name, each in self.processes.items():
            source = each.source.connection
            with suppress(UnsetVariable):
                if source in self.connections and listens(self.connections[source]):
                    found[name] = (source, each.source.type)
        return found

    def is_flow(self, name: str) -> bool:
        """Whether a process brings documents from one place to another, rather than keeping a mirror."""
        return isinstance(self.process(name), FlowSettings)

    def process(self, name: str) -> ProcessSettings | FlowSettings:
        """The settings of a process; NotInProject with the nearest name when there is none."""
        if name not in self.processes:
            raise NotInProject(
                f"There is no process {name!r}.{did_you_mean(name, self.processes)}",
                advice=f"Add a table [process.{name}]{_or_one_of(self.processes)}.",
            )
        return self.processes[name]

    def address(self, text: str) -> Address:
        """An address whose connection is in the file and whose type, where we know its types, exists."""
        address = Address.parse(text)
        self.check(address)
        return address

    def close(self) -> None:
        """Let go of what is open."""
        self.shared.close()
        if "state" in self.__dict__:
            self.state.close()
            del self.__dict__["state"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _refuse_blanks(self, name: str, settings: ConnectionSettings) -> None:
        from .companies import blanks_of

        if blank := next(blanks_of(settings), ""):
            raise SetupError(
                f"{name} stands for many companies: its settings have {{{blank}}}.",
                advice="`tieout serve` runs a process with `companies` for each of them; here, name a connection to one company.",
            )

    def _refuse_unknown_words(self, file: ProjectFile) -> None:
        """What a process says of its connections can be judged when all of them have been read."""
        from .companies import refuse_wrong_set

        for name, process in self.processes.items():
            place = file.place(f"process.{name}")
            with suppress(UnsetVariable):  # told to who runs the process, or opens the connection
                if isinstance(process, FlowSettings):
                    refuse_wrong_flow(self, name, process, place)
                else:
                    self._refuse_wrong_mirror(process, place)
                with place.at("companies"):
                    refuse_wrong_set(self, process)

    def _refuse_wrong_mirror(self, process: ProcessSettings, place: TablePlace) -> None:
        for key, address in (("from", process.source), ("to", process.target)):
            with place.at(key):
                self.check(address)
        with place.at("except"):
            settings = self.settings(process.source.connection)
            for word in process.excluded:
                settings.check_word(word)

    def check(self, address: Address) -> None:
        """SetupError when an address names what is not there, as far as that is known without asking."""
        settings = self.settings(address.connection)
        if not settings.TAKES_WORDS:
            address.refuse_words()
        for word in address.types:
            settings.check_word(word)


def open_postgres(url: str, *, alone: bool = False, wait: float = WAIT) -> State:
    """The state in Postgres; its driver is an extra."""
    try:
        from ..state.postgres import PostgresState
    except ImportError as error:
        raise SetupError(
            "`state` names a Postgres database, and its driver is not installed.",
            advice="Install it: pip install 'tieout[postgres]'.",
        ) from error
    return PostgresState(url, alone=alone, wait=wait)


def _or_one_of(names: Mapping[str, object]) -> str:
    return f", or name one of: {', '.join(names)}" if names else ""
