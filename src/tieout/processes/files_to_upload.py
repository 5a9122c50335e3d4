"""Files that a process uploads: a record names one of a folder, and no other place can be named."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..errors import MapError
from ..operations import Act

NAMED_BY = "FileName"


def upload(folder: Path, type_name: str, record: Mapping[str, Any], *, key: str, place: str) -> Act:
    """The upload of the file that a record names; MapError where the folder has none of that name."""
    named = record.get(NAMED_BY)
    if not isinstance(named, str) or not named:
        raise MapError(
            f"{place}: the record names no file.",
            advice=f"Have the map give {NAMED_BY}, the file's path inside {folder.name}.",
            record=record,
            field=NAMED_BY,
        )
    path = (folder / named).resolve()
    if not path.is_relative_to(
        folder.resolve()
    ):  # what documents say must not reach other files of this machine
        raise MapError(
            f"{place}: {NAMED_BY}: {named!r} leads out of {folder.name}.",
            advice="Name a file inside the folder.",
            record=record,
            field=NAMED_BY,
        )
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise MapError(
            f"{place}: {NAMED_BY}: {named} cannot be read in {folder.name}: {why}.",
            advice="Put the file there; the document is tried again with the next run.",
            record=record,
            field=NAMED_BY,
        ) from error
    told = {**record, NAMED_BY: path.name}
    return Act(
        type=type_name,
        name="upload",
        record=told,
        arguments={"name": path.name},
        content=content,
        key=key,
        place=place,
    )
