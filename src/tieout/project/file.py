"""The project file `tieout.toml`: found, and read with the place of every mistake."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ..catalog.nearest import did_you_mean
from ..errors import SetupError
from .address import NAME
from .declaration import UnsetVariable, read_table
from .flow_settings import FlowSettings
from .kind import ConnectionSettings
from .settings import KINDS, ProcessSettings, WholeProjectSettings

FILE_NAME = "tieout.toml"
TABLES = ("connection", "process")
ENVIRONMENT = "environment"
ENVIRONMENT_VARIABLE = "TIEOUT_ENV"
"""Names the environment that is meant; `tieout --env NAME` does so too."""

_VARIABLE = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class TablePlace:
    """One table of the file, for errors that name file, line, table and key."""

    file: Path
    text: str
    title: str
    environment: str = ""
    """Where its table there has the key, that is the place."""

    def error(self, complaint: str, key: str = "", *, advice: str | None = None) -> SetupError:
        if self.environment:
            there = replace(
                self, title=f"{ENVIRONMENT}.{self.environment}.{self.title}".rstrip("."), environment=""
            )
            if there._has(key) or not self._has(""):
                return there.error(complaint, key, advice=advice)
        line = self._line(key)
        where = f"{self.file}, line {line}" if line else str(self.file)
        named = f"[{self.title}] {key}".strip() if self.title else key
        return SetupError(f"{where}: {named}: {complaint}", advice=advice)

    @contextmanager
    def at(self, key: str) -> Iterator[None]:
        """What is wrong inside stands at this key."""
        try:
            yield
        except UnsetVariable:
            raise  # it names its own place
        except SetupError as error:
            raise self.error(str(error), key, advice=error.advice) from error

    def _has(self, key: str) -> bool:
        """Whether the table stands in the file, with this key where one is named."""
        table = self._line("")
        return table is not None and (not key or self._line(key) != table)

    def _line(self, key: str) -> int | None:
        """Where the key stands, or its table; None for the spellings of TOML that are rarely used."""
        lines = self.text.splitlines()
        titles = [n for n, line in enumerate(lines, 1) if _is_title(line, self.title)] if self.title else [0]
        if not titles:
            return None
        for number, line in enumerate(lines[titles[0] :], titles[0] + 1):
            if line.lstrip().startswith("["):
                break
            if key and re.match(rf'\s*"?{re.escape(key)}"?\s*=', line):
                return number
        return titles[0] or None


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """The text of a project file and its tables, not judged yet."""

    path: Path
    text: str
    tables: Mapping[str, Any]
    environment: str = ""

    def within(self, environ: Mapping[str, str]) -> ProjectFile:
        """The same as the environment that is named has it: its tables are laid over the others, key by key."""
        name = environ.get(ENVIRONMENT_VARIABLE, "")
        there = self.tables.get(ENVIRONMENT, {})
        if not name:
            return self
        if name not in there:
            raise SetupError(
                f"{self.path} has no environment {name!r}.{did_you_mean(name, there)}",
                advice=f"Add a table such as [{ENVIRONMENT}.{name}.connection.NAME] with what is different there.",
            )
        return replace(self, tables=_laid_over(self.tables, there[name]), environment=name)

    def whole(self, environ: Mapping[str, str]) -> WholeProjectSettings:
        """The settings above the first table, with variables of the environment in their places."""
        table = {key: value for key, value in self.tables.items() if key not in (*TABLES, ENVIRONMENT)}
        place = self.place("")
        return read_table(WholeProjectSettings, _expanded(table, place, environ), place)

    def connections(self, environ: Mapping[str, str], incomplete: str = "") -> dict[str, ConnectionSettings]:
        """The settings of every connection, with variables of the environment in their places; one may be `incomplete`."""
        found = {}
        for name, table, place in self.tables_under("connection"):
            said = _expanded(without_kind(table), place, environ)
            read = read_table(kind_of(table, place), said, place, incomplete=name == incomplete)
            with suppress(UnsetVariable):
                for key, complaint in read.complaints:
                    raise place.error(complaint, key)
            found[name] = read
        return found

    def processes(self, environ: Mapping[str, str]) -> dict[str, ProcessSettings | FlowSettings]:
        """The settings of every process, with variables of the environment in their places."""
        return {
            name: read_table(declared_for(table), _expanded(table, place, environ), place)
            for name, table, place in self.tables_under("process")
        }

    def place(self, title: str) -> TablePlace:
        return TablePlace(self.path, self.text, title, self.environment)

    def tables_under(self, title: str) -> Iterator[tuple[str, Mapping[str, Any], TablePlace]]:
        """Name, content and place of each `[title.NAME]`."""
        group = self.tables.get(title, {})
        if not isinstance(group, dict):
            raise SetupError(f"{self.path}: {title} must be tables: write [{title}.NAME].")
        for name, table in group.items():
            place = self.place(f"{title}.{name}")
            if not isinstance(table, dict):
                raise self.place(title).error(f"a {title} needs a name: write [{title}.NAME].", name)
            if not NAME.fullmatch(name):
                raise place.error(f"{name!r} is no name: use letters, digits, - and _, a letter first.")
            yield name, table, place


def find_file(start: Path) -> Path:
    """The project file in this folder or the nearest one above it."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / FILE_NAME).is_file():
            return folder / FILE_NAME
    raise SetupError(
        f"There is no {FILE_NAME} in {start} or above it.",
        advice="Go to the project's folder, or make a project there with `tieout init`.",
    )


def read_file(path: Path) -> ProjectFile:
    """The project file; SetupError when it is missing, unreadable, no TOML, or has unknown tables."""
    try:
        return parse_file(path, path.read_bytes().decode("utf-8-sig"))  # keeps the ends of lines
    except OSError as error:
        raise SetupError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise SetupError(f"{path} is not in UTF-8: byte {error.start} cannot be read.") from error


def variables_of(path: Path) -> list[str]:
    """The variables of the environment that the file names, each once."""
    return list(dict.fromkeys(_VARIABLE.findall(read_file(path).text)))


def parse_file(path: Path, text: str) -> ProjectFile:
    """The same from a text that is not on the disk."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SetupError(f"{path} is not TOML: {error}.") from error
    for key, value in tables.items():
        if key not in (*TABLES, ENVIRONMENT) and isinstance(value, dict):
            place = TablePlace(path, text, key)
            raise place.error(f"there is no such table.{did_you_mean(key, (*TABLES, ENVIRONMENT))}")
    _refuse_wrong_environments(path, text, tables.get(ENVIRONMENT, {}))
    return ProjectFile(path, text, tables)


def _refuse_wrong_environments(path: Path, text: str, environments: Any) -> None:
    if not isinstance(environments, dict) or not all(
        isinstance(each, dict) for each in environments.values()
    ):
        place = TablePlace(path, text, ENVIRONMENT)
        raise place.error(
            "an environment needs a name, and tables: write [environment.NAME.connection.NAME]."
        )
    for name, tables in environments.items():
        for key, value in tables.items():
            if isinstance(value, dict) and key not in TABLES:
                place = TablePlace(path, text, f"{ENVIRONMENT}.{name}.{key}")
                raise place.error(f"there is no such table.{did_you_mean(key, TABLES)}")


def _laid_over(tables: Mapping[str, Any], others: Mapping[str, Any]) -> dict[str, Any]:
    """Tables with those of an environment over them; a connection or process is merged by key."""
    merged = {**tables, **{key: value for key, value in others.items() if key not in TABLES}}
    for group in TABLES:
        before, after = tables.get(group, {}), others.get(group, {})
        merged[group] = {
            name: {**before.get(name, {}), **after.get(name, {})} for name in {**before, **after}
        }
    return merged


def kind_of(table: Mapping[str, Any], place: TablePlace) -> type[ConnectionSettings]:
    """The declaration of a connection's kind; SetupError for a kind that there is not."""
    kind, words = table.get("kind"), ", ".join(KINDS)
    if isinstance(kind, str) and kind in KINDS:
        return KINDS[kind]
    if kind is None:
        raise place.error("kind is missing.", advice=f"Add kind, one of {words}.")
    complaint = f"there is no kind {kind!r}.{did_you_mean(str(kind), KINDS)}"
    raise place.error(complaint, "kind", advice=f"Use one of {words}.")


def declared_for(table: Mapping[str, Any]) -> type[ProcessSettings | FlowSettings]:
    """How a process is declared: one whose `to` names no type keeps a mirror."""
    to = table.get("to", "")
    whole = not isinstance(to, str) or to.partition(":")[2].strip() in ("", "*")
    if (whole and "route" not in table) or not FlowSettings.ELSEWHERE.isdisjoint(table):
        return ProcessSettings
    return FlowSettings


def without_kind(table: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a connection's kind."""
    return {key: value for key, value in table.items() if key != "kind"}


def has_variable(value: Any) -> bool:
    """Whether a value is completed by the environment."""
    if isinstance(value, list):
        return any(map(has_variable, value))
    return isinstance(value, str) and "${" in value


def _expanded(table: Mapping[str, Any], place: TablePlace, environ: Mapping[str, str]) -> dict[str, Any]:
    """The table with variables in their places; the reason stands for a value whose variable is not set."""
    expanded: dict[str, Any] = {}
    for key, value in table.items():
        try:
            expanded[key] = _expand(value, key, place, environ)
        except UnsetVariable as error:
            expanded[key] = error
    return expanded


def _expand(value: Any, key: str, place: TablePlace, environ: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_expand(item, key, place, environ) for item in value]
    if isinstance(value, dict):
        return {name: _expand(item, key, place, environ) for name, item in value.items()}
    if not has_variable(value):
        return value
    if has_variable(_VARIABLE.sub("", value)):
        raise place.error(f"{value!r} has a ${{ that is not ${{NAME}}.", key)
    for name in _VARIABLE.findall(value):
        if name not in environ:
            near = did_you_mean(name, environ.keys() & set(_VARIABLE.findall(place.text)))
            told = place.error(f"the environment has no variable {name}.{near}", key)
            raise UnsetVariable(str(told), advice=f"Set {name} before you start tieout.")
    return _VARIABLE.sub(lambda match: environ[match[1]], value)


def _is_title(line: str, title: str) -> bool:
    found = re.match(r"\s*\[([^\]]+)\]", line)
    return found is not None and f"{found[1]}.".replace('"', "").replace(" ", "").startswith(f"{title}.")
