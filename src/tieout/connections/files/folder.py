"""A folder of this machine, and what is asked of any: to list, read, replace, move and delete files, and nothing half."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Protocol

from ...errors import SetupError, Unreachable

_HALF_WRITTEN = re.compile(r"^[.~]|\.(part|partial|filepart|tmp|temp|crdownload|swp|lock)$", re.IGNORECASE)
"""Names that programs give to files while they write them."""


@dataclass(frozen=True, slots=True)
class FoundFile:
    """A file of a folder."""

    name: str
    """Its path in the folder, with `/` between the parts."""
    size: int
    changed: datetime | None


class Folder(Protocol):
    """Where files are."""

    @property
    def address(self) -> str:
        """One word that says which folder it is."""
        ...

    def files(self) -> list[FoundFile]:
        """All files right inside, and in folders inside; sorted by name."""
        ...

    def now(self) -> datetime:
        """The clock by which files are stamped, as far as it is known."""
        ...

    def open(self, name: str) -> BinaryIO: ...

    def read(self, name: str) -> bytes | None:
        """A whole file; None when it is not there."""
        ...

    def replace(self, name: str, body: bytes) -> None:
        """Put a file in its place at once: nobody ever sees half of it."""
        ...

    def move(self, name: str, to: str) -> None: ...

    def delete(self, name: str) -> bool:
        """Whether it was there."""
        ...

    def close(self) -> None: ...


def is_half_written(name: str) -> bool:
    """Whether a name, or that of a folder on the way to it, says that nobody should look yet."""
    return any(_HALF_WRITTEN.search(part) for part in name.split("/"))


class LocalFolder:
    """A folder of this machine; it is made when something is first written."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @property
    def address(self) -> str:
        return str(self._path)

    def files(self) -> list[FoundFile]:
        if not self._path.is_dir():
            raise SetupError(f"There is no folder {self._path}.", advice="Make it, or correct `path`.")
        with explained(self.address):
            found = [self._found(each) for each in self._path.rglob("*") if each.is_file()]
        return sorted(found, key=lambda each: each.name)

    def _found(self, path: Path) -> FoundFile:
        told = path.stat()
        name = path.relative_to(self._path).as_posix()
        return FoundFile(name, told.st_size, datetime.fromtimestamp(told.st_mtime, UTC))

    def now(self) -> datetime:
        return datetime.now(UTC)

    def open(self, name: str) -> BinaryIO:
        with explained(self.address):
            return (self._path / name).open("rb")

    def read(self, name: str) -> bytes | None:
        with explained(self.address):
            path = self._path / name
            return path.read_bytes() if path.exists() else None

    def replace(self, name: str, body: bytes) -> None:
        path = self._path / name
        with explained(self.address):
            path.parent.mkdir(parents=True, exist_ok=True)
            beside = path.with_name(f".{path.name}.part")
            with beside.open("wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)

    def move(self, name: str, to: str) -> None:
        with explained(self.address):
            (self._path / to).parent.mkdir(parents=True, exist_ok=True)
            shutil.move(self._path / name, self._path / to)

    def delete(self, name: str) -> bool:
        with explained(self.address):
            try:
                (self._path / name).unlink()
            except FileNotFoundError:
                return False
            return True

    def close(self) -> None:
        """Nothing is held."""


@contextmanager
def explained(address: str) -> Iterator[None]:
    """What the system says of files, as ours."""
    try:
        yield
    except (PermissionError, IsADirectoryError, NotADirectoryError) as error:
        raise SetupError(
            f"{address}: {error}.", advice="Let the user of tieout read and write there, or correct `path`."
        ) from error
    except OSError as error:
        raise Unreachable(f"{address}: {error or type(error).__name__}.") from error
