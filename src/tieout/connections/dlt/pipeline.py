"""The one place that knows dlt: a pipeline into a destination, and what lies there. dlt's telemetry stays off.

A load that was begun and not finished, by us or by a process that died, lies in the pipeline's folder; it is finished before
another one begins. dlt puts none of its files through to the disk, so a power loss may tear them: then the folder is thrown away,
for whoever loads knows what did not arrive. dlt keeps one pipeline active for the whole process, so threads take turns.
"""

from __future__ import annotations

import os
import re
import shutil
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from gzip import BadGzipFile
from json import JSONDecodeError
from pathlib import Path
from threading import RLock
from typing import Any, Literal

os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"  # dlt looks at these when it is first used
os.environ["RUNTIME__LOG_LEVEL"] = "CRITICAL"  # what fails is told by us

import dlt
from dlt.common.configuration.exceptions import ConfigurationException
from dlt.common.destination import Destination
from dlt.common.destination.exceptions import DestinationTerminalException, DestinationUndefinedEntity
from dlt.common.storages.exceptions import LoadPackageNotFound
from dlt.load.exceptions import LoadClientJobFailed
from dlt.pipeline.exceptions import PipelineStepFailed

from ...errors import RemoteProtocolError, SetupError, TieoutError, Unreachable

GONE = "_tieout_gone"
"""The column that tells dlt which rows are to be deleted; nothing that stays has a value there."""

_ALONE = RLock()
_TORN = (JSONDecodeError, EOFError, BadGzipFile, zlib.error, LoadPackageNotFound)
"""What reading a file of dlt's ends with that was cut off or is empty."""
_NO_WORD = re.compile(r"\W+")
_ADVICE = "Look at the destination and at dlt's own settings, in .dlt/ or the environment, then run it again."


class NotTaken(RemoteProtocolError):
    """The destination refuses what was to be loaded, for good."""


@dataclass(frozen=True, slots=True)
class Load:
    """Rows for one table."""

    table: str
    rows: Sequence[Mapping[str, Any]]
    how: Literal["append", "merge"]
    key: Sequence[str] = ()
    """Of a merge: the columns that tell rows apart."""
    owner: Sequence[str] = ()
    """Of a merge of parts: the columns that name their record; all its rows there make place for these."""
    types: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What dlt is told of columns."""


class Pipeline:
    """A dataset of a destination."""

    def __init__(
        self, name: str, destination: str, arguments: Mapping[str, Any], dataset: str, folder: Path
    ) -> None:
        self.name = name
        self.dataset = dataset
        self._folder = folder
        with _explained(name, destination):
            made = Destination.from_reference(destination, **arguments)
            assert made is not None, "it has a name"
            self._destination = made
        self._opened: dlt.Pipeline | None = None

    @property
    def merges(self) -> bool:
        """Whether rows of any table can be replaced and deleted there."""
        strategies = self._destination.capabilities().supported_merge_strategies or ()
        return "delete-insert" in strategies

    # ---- loading

    def load(self, loads: Sequence[Load]) -> None:
        """Load all of these, and what lay there before. NotTaken for what will never be loaded; it lies there no more."""
        with self._taken() as pipeline:
            self._finish(pipeline)
            resources = [_resource(each) for each in loads if each.rows]
            if resources:
                self._run(pipeline, resources)

    def finish(self) -> None:
        """Finish what lies in the pipeline's folder, if anything does."""
        with self._taken() as pipeline:
            self._finish(pipeline)

    def _finish(self, pipeline: dlt.Pipeline) -> None:
        if pipeline.has_pending_data:
            self._run(pipeline, None)

    def _run(self, pipeline: dlt.Pipeline, resources: Any) -> None:
        try:
            pipeline.run(resources, schema=self._schema(pipeline))
        except PipelineStepFailed as error:
            causes = list(_causes(error))
            if any(isinstance(each, _TORN) for each in causes):
                raise
            is_ours = error.step in ("extract", "normalize")
            is_final = any(
                isinstance(each, LoadClientJobFailed | DestinationTerminalException) for each in causes
            ) or (is_ours and not any(isinstance(each, OSError) for each in causes))
            if is_final:
                pipeline.abort_packages()
                raise NotTaken(f"{self.name} does not take it: {_said(error)}", advice=_ADVICE) from error
            raise Unreachable(f"{self.name} cannot be written now: {_said(error)}", advice=_ADVICE) from error

    def _schema(self, pipeline: dlt.Pipeline) -> dlt.Schema:
        """The pipeline's own, in which a text stays a text though it looks like a time."""
        if pipeline.default_schema_name:
            return pipeline.default_schema
        schema = dlt.Schema(pipeline.pipeline_name)
        schema.remove_type_detection("iso_timestamp")
        return schema

    # ---- looking

    def tables(self) -> list[str]:
        """The tables that hold something, those of parts too."""
        with self._taken() as pipeline:
            return sorted(self._columns(pipeline))

    def columns(self, table: str) -> Mapping[str, Mapping[str, Any]]:
        """What dlt knows of a table's columns, in their order; nothing where there is no such table."""
        with self._taken() as pipeline:
            return self._columns(pipeline).get(self.named(table), {})

    def named(self, name: str) -> str:
        """A table's name as dlt spells it there: Invoice becomes invoice."""
        with self._taken() as pipeline:
            naming = (
                pipeline.default_schema.naming if pipeline.default_schema_name else dlt.Schema("x").naming
            )
            return str(naming.normalize_table_identifier(name))

    def rows(self, table: str, columns: Sequence[str], most: int = 1_000) -> Iterator[list[tuple[Any, ...]]]:
        """Some columns of all rows, so many at a time; nothing where there is no such table."""
        with self._taken() as pipeline:
            there = self._columns(pipeline).get(table, {})
            if not there or not set(columns) <= set(there):
                return
            with self._looking(), pipeline.sql_client() as client:
                names = ", ".join(map(client.escape_column_name, columns))
                statement = f"SELECT {names} FROM {client.make_qualified_table_name(table)}"  # noqa: S608 - escaped
                try:
                    with client.execute_query(statement) as cursor:
                        while some := cursor.fetchmany(most):
                            yield [tuple(row) for row in some]
                except DestinationUndefinedEntity:
                    return  # it is planned, and nothing was loaded so far

    def _columns(self, pipeline: dlt.Pipeline) -> dict[str, dict[str, Mapping[str, Any]]]:
        if not pipeline.default_schema_name:
            return {}
        found: dict[str, dict[str, Mapping[str, Any]]] = {}
        for table in pipeline.default_schema.data_tables(seen_data_only=True):
            found[table["name"]] = {
                name: dict(told) for name, told in table["columns"].items() if told.get("data_type")
            }
        return found

    @contextmanager
    def _looking(self) -> Iterator[None]:
        try:
            yield
        except TieoutError:
            raise
        except Exception as error:
            raise Unreachable(f"{self.name} cannot be read: {_said(error)}", advice=_ADVICE) from error

    @contextmanager
    def _taken(self) -> Iterator[dlt.Pipeline]:
        """The pipeline, active in this thread alone."""
        with _ALONE, self._thrown_away_when_torn():
            if self._opened is None:
                with _explained(self.name, self._destination.destination_name):
                    self._opened = dlt.pipeline(
                        self._pipeline_name,
                        pipelines_dir=str(self._folder),
                        destination=self._destination,
                        dataset_name=self.dataset,
                    )
                    if self._opened.first_run:
                        self._opened.sync_destination()  # its folder may have been lost
            self._opened.activate()
            yield self._opened

    @contextmanager
    def _thrown_away_when_torn(self) -> Iterator[None]:
        """Let the next one begin with a new folder where a file of this one cannot be read."""
        try:
            yield
        except Exception as error:
            if not any(isinstance(each, _TORN) for each in _causes(error)):
                raise
            self._opened = None
            shutil.rmtree(self._folder / self._pipeline_name, ignore_errors=True)
            raise Unreachable(
                f"What dlt kept of {self.name} in {self._folder} was damaged and is thrown away: {_said(error)}",
                advice="Run it again: what did not arrive is brought once more.",
            ) from error

    @property
    def _pipeline_name(self) -> str:
        return _NO_WORD.sub("_", f"{self.name}_{self.dataset}")


def refusal_of(error: Exception) -> TieoutError | None:
    """What a failure of a source is in our words, where dlt has one of its own for it; None for any other."""
    for each in _causes(error):
        if isinstance(each, ConfigurationException):
            return SetupError(_said(each), advice="Give dlt what it lacks, in .dlt/ or the environment.")
        if isinstance(each, OSError):
            return Unreachable(_said(each))
    return None


def _resource(load: Load) -> Any:
    columns = {name: dict(told) for name, told in load.types.items()}  # dlt writes into them
    if load.how == "merge":
        columns[GONE] = {"data_type": "bool", "hard_delete": True}
    hints: dict[str, Any] = {"write_disposition": load.how, "columns": columns}
    if load.key:
        hints["primary_key"] = list(load.key)
    if load.owner:
        hints["merge_key"] = list(load.owner)
    return dlt.resource(list(load.rows), name=load.table, **hints)


@contextmanager
def _explained(name: str, destination: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        raise SetupError(
            f"{name} cannot use dlt's destination {destination}: {_said(error)}",
            advice="Correct `destination` and `arguments`; the package of its driver may be missing: pip install "
            f"'dlt[{destination}]'.",
        ) from error


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = getattr(seen, "exception", None) or seen.__cause__ or seen.__context__


def _said(error: BaseException) -> str:
    """The last cause, in its own words and not too many of them."""
    *_, cause = _causes(error)
    return f"{type(cause).__name__}: {' '.join(str(cause).split())[:400]}".rstrip(".") + "."
