"""Maps of a project: a `.jsonata` file or a Python function `module:name`, and the tables that they look values up in."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, signature
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..catalog.nearest import did_you_mean
from ..errors import SetupError
from ..protocols.record_files import read_csv
from .functions import is_function, load_function

if TYPE_CHECKING:
    from ..catalog.rest import RecordType
    from ..mapping import CrossReference, Map, NamesAt, World


def load_map(
    text: str,
    folder: Path,
    world: World,
    kind: RecordType | None = None,
    *,
    type_name: str = "",
    names_at: NamesAt | None = None,
) -> Map:
    """The map that a process names, its literal keys held against the fields that records of the type may have.

    Files are beside the project file, and so are the modules of Python functions.
    """
    from ..mapping import JsonataMap, PythonMap, SameRecord, functions_of, refuse_unknown_keys

    if not text:
        return SameRecord()
    if is_function(text):
        function = load_function(text, folder, f"The map {text}")
        return PythonMap(text, function, world if _takes_two(function) else None)
    made = JsonataMap(text, _read(folder / text), functions_of(world), kind)
    if names_at is not None:
        refuse_unknown_keys(made, type_name, names_at)
    return made


def load_cross_reference(name: str, folder: Path) -> CrossReference:
    """The table in `NAME.csv` beside the project file."""
    from ..mapping import read_cross_reference

    file = folder / (name if name.endswith(".csv") else f"{name}.csv")
    if not file.is_file():
        there = [path.stem for path in folder.glob("*.csv")]
        raise SetupError(
            f"There is no cross-reference table {name!r}: {file} is missing.{did_you_mean(name, there)}",
            advice="Make it a CSV file with the columns from and to.",
        )
    rows = []
    with file.open("rb") as lines:
        for given in read_csv(lines, file.name):
            if given.error is not None:
                raise SetupError(str(given.error), advice=given.error.advice)
            rows.append((given.place, given.record))
    return read_cross_reference(name, rows)


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8-sig")
    except FileNotFoundError as error:
        there = [path.name for path in file.parent.glob("*.jsonata")]
        raise SetupError(
            f"There is no map {file}.{did_you_mean(file.name, there)}",
            advice="Name a .jsonata file beside the project file, or a Python function as module:name.",
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"{file} cannot be read: {error}.") from error


def _takes_two(function: Callable[..., Any]) -> bool:
    kinds = (Parameter.POSITIONAL_ONLY, Parameter.POSITIONAL_OR_KEYWORD)
    places = [each for each in signature(function).parameters.values() if each.kind in kinds]
    return len(places) > 1
