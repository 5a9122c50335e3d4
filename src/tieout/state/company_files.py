"""The company files of QuickBooks Desktop that were met: by which FileID each connection knows its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from .database import State
from .times import utc_now, written_time


@dataclass(frozen=True, slots=True)
class MetFile:
    """A company file, as a connection met it."""

    identity: str
    file: str
    """The full path."""
    file_id: str
    """Empty where a person took the file for the right one before it had any."""
    company: str


class CompanyFiles:
    """All that were met."""

    def __init__(self, state: State, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._state = state
        self._clock = clock

    def met(self, identity: str) -> MetFile | None:
        """The file of a connection; nothing before the first."""
        found = self._state.rows("company_file", identity=identity)
        return MetFile(*found[0]) if found else None

    def with_id(self, file_id: str) -> list[MetFile]:
        """Where the file with this FileID was met, the first place first."""
        return [MetFile(*row) for row in self._state.rows("company_files_with_id", file_id=file_id)]

    def file_id_at(self, file: str) -> str:
        """The FileID of what was met at a path last; empty where there is none."""
        return next((str(row[2]) for row in self._state.rows("company_files_at", file=file) if row[2]), "")

    def remember(self, file: MetFile) -> None:
        """From now on this is the file of that connection."""
        self._state.rows(
            "remember_company_file",
            identity=file.identity,
            file=file.file,
            file_id=file.file_id,
            company=file.company,
            at=written_time(self._clock()),
        )
