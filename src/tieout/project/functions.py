"""Python functions that a project file names, as `module:name`."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..catalog.nearest import did_you_mean
from ..errors import SetupError

_FUNCTION = re.compile(r"[A-Za-z_]\w*(\.\w+)*:[A-Za-z_]\w*")


def is_function(text: str) -> bool:
    """Whether a text names a function of a module."""
    return _FUNCTION.fullmatch(text) is not None


def load_function(text: str, folder: Path, what: str) -> Callable[..., Any]:
    """The function; its module may be beside the project file. SetupError says what is wrong with `what`."""
    module_name, _, name = text.partition(":")
    place = str(folder.resolve())
    if place not in sys.path:
        sys.path.insert(0, place)
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise SetupError(
            f"{what}: there is no module {error.name}.",
            advice=f"Put {module_name}.py beside the project file, or install it.",
        ) from error
    except Exception as error:
        raise SetupError(
            f"{what}: {module_name} cannot be imported: {type(error).__name__}: {error}"
        ) from error
    function = getattr(module, name, None)
    if not callable(function):
        names = [each for each, value in vars(module).items() if callable(value) and not each.startswith("_")]
        raise SetupError(f"The module {module_name} has no function {name!r}.{did_you_mean(name, names)}")
    made: Callable[..., Any] = function
    return made
