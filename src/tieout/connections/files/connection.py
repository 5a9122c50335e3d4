"""The kind `files`: records in the files of a folder."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import Protocol

from ...catalog.nearest import did_you_mean
from ...errors import SetupError
from ...operations import Change, Outcome, PlannedChange, Query, Sent
from ...protocols.kept_types import Layout
from ...protocols.record_files import Given
from ..base import Connection, Health, Intents, Mirror, Page, Record, Supports
from ..leave_out import LeaveOut
from ..mirrors.comparison import Comparison
from ..row_page import PlacedRecord, pages
from .folder import Folder, FoundFile, is_half_written
from .formats import ENDINGS, Format
from .writing import FileWriter

log = logging.getLogger("tieout.files")

FILE = "file"
"""What records are called where a pattern begins with no word."""
_WORD = re.compile(r"[A-Za-z]\w*")
_OF_A_PATTERN = frozenset("*?[.")
"""What a pattern has, or the name of a file with its ending; anything else is a name without one."""


class TablesInFolder(Protocol):
    """Mirrors and reports as files, where the format is one that can hold them."""

    def mirror(self, source: str, layout: Layout, *, raw: bool, leave_out: LeaveOut | None) -> Mirror: ...

    def keep(self, page: Page) -> None: ...

    def comparison(self, layout: Layout, leave_out: LeaveOut) -> AbstractContextManager[Comparison]: ...


class FilesConnection(Connection):
    """A folder; a type is the name of a file without its ending, a statement a pattern such as `orders-*.csv`."""

    def __init__(
        self,
        name: str,
        folder: Folder,
        form: Format | None = None,
        *,
        after: str = "leave",
        archive: str = "archive",
        quiet: timedelta = timedelta(0),
        id_field: str = "id",
        tables: TablesInFolder | None = None,
    ) -> None:
        self.name = name
        self.supports = Supports(tables=tables is not None, writes=True, statements=True)
        self._tables = tables
        self.id_field = id_field
        self._folder = folder
        self._form = form or Format()
        self._after = after
        self._archive = archive
        self._quiet = quiet
        self._read: dict[str, list[str]] = {}
        """What was read to its end, by what was asked for."""

    @property
    def identity(self) -> str:
        return f"files:{self._folder.address}".replace(" ", "%20")

    def check(self) -> Health:
        return Health(self._folder.address, {"files": len(self._ready()), "types": len(self.types())})

    def types(self) -> Sequence[str]:
        """The names of files, without their endings, that are names of types too."""
        stems = (_stem(each.name) for each in self._ready() if "/" not in each.name)
        return sorted({stem for stem in stems if _WORD.fullmatch(stem)})

    # ---- reading

    def read(self, query: Query) -> Iterator[Page]:
        """The records of the files that are meant, file after file by name; half-written ones are left alone."""
        began = self._folder.now()
        if query.statement is not None:
            pattern = query.statement.text
            found = (
                [self._one(pattern)]  # a name such as orders-1, which is no word
                if not _OF_A_PATTERN & set(pattern)
                else [each for each in self._ready() if _fits(each.name, pattern)]
            )
            word = _WORD.match(_stem(pattern))
            name = query.types[0] if query.types else (word[0] if word else FILE)
            yield from pages(name, self._records(found, pattern), _without_statement(query), began)
            return
        for name in query.types or self.types():
            yield from pages(name, self._records([self._one(name)], name), query, began)

    def _records(self, files: Iterable[FoundFile], asked: str) -> Iterator[Record]:
        for each in files:
            with self._folder.open(each.name) as file:
                for given in self._form.read(file, each.name):
                    yield PlacedRecord(given.place, _record(given))
            read = self._read.setdefault(asked, [])
            if each.name not in read:
                read.append(each.name)

    def _one(self, name: str) -> FoundFile:
        found = [each for each in self._ready() if each.name.partition(".")[0] == name]
        if not found:
            self._refuse_unread(name)
            raise SetupError(
                f"{self._folder.address} has no file {name}.{did_you_mean(name, self.types())}",
                advice=f"`tieout types {self.name}` lists the files; a pattern such as {self.name}:{name}-*.csv may "
                "name several.",
            )
        if len(found) > 1:
            raise SetupError(
                f"{self._folder.address} has {' and '.join(each.name for each in found)}.",
                advice=f"Say which: {self.name}:{found[0].name}.",
            )
        return found[0]

    def _refuse_unread(self, name: str) -> None:
        """SetupError that says why a file of this name is not read, where there is one."""
        for each in self._folder.files():
            if each.name.partition(".")[0] == name and not self._form.of(each.name):
                raise SetupError(
                    f"{self._folder.address} has {each.name}, and its ending is of no format that can be read.",
                    advice=f"Save it in another, one of {', '.join(sorted(ENDINGS))}; or say what it holds with `format`.",
                )

    def _ready(self) -> list[FoundFile]:
        """Files of a known format that are not being written, and were not read and put away before."""
        now, ready = self._folder.now(), []
        for each in self._folder.files():
            if is_half_written(each.name) or not self._form.of(each.name):
                continue
            if each.name.startswith(f"{self._archive}/"):
                continue
            if self._is_growing(each, now):
                log.warning(
                    "%s was changed a moment ago, and may still be written: it is left for later.", each.name
                )
                continue
            ready.append(each)
        return ready

    def _is_growing(self, file: FoundFile, now: datetime) -> bool:
        return bool(self._quiet) and file.changed is not None and now - file.changed < self._quiet

    def dealt_with(self, query: Query, /) -> None:
        """Put the files that were read for it into the archive, or delete them, as the settings say."""
        asked = [query.statement.text] if query.statement is not None else query.types or list(self._read)
        done = [name for each in asked for name in self._read.pop(each, ())]
        for name in done if self._after != "leave" else ():
            if self._after == "delete":
                self._folder.delete(name)
            else:
                stamp = f"{self._folder.now():%Y%m%dT%H%M%S%f}"
                above, _, file = name.rpartition("/")
                self._folder.move(name, "/".join(filter(None, (self._archive, above, f"{stamp}-{file}"))))

    # ---- writing

    def write(self, changes: Iterable[Change], intents: Intents, /) -> Iterator[Outcome]:
        """Write records into the file of their type, or each into one of its own; a file is replaced as a whole."""
        yield from self._writer().write(changes, intents)

    def resolve(self, sent: Sent, _intents: Intents, /) -> list[Outcome]:
        return self._writer().resolve(sent)

    def plan_changes(self, changes: Iterable[Change], /) -> Iterator[PlannedChange]:
        return self._writer().plan(changes)

    def mirror(
        self, source: str, layout: Layout, *, raw: bool = False, leave_out: LeaveOut | None = None
    ) -> Mirror:
        """A writer for the mirror of `source`, a file for each table."""
        return self._whole_tables.mirror(source, layout, raw=raw, leave_out=leave_out)

    def keep(self, page: Page) -> None:
        """Put a page's tables in the place of those that it left here before; nobody else's are touched."""
        self._whole_tables.keep(page)

    def comparison(
        self, layout: Layout, leave_out: LeaveOut | None = None
    ) -> AbstractContextManager[Comparison]:
        """The mirror as it is now, open for comparing."""
        return self._whole_tables.comparison(layout, leave_out or LeaveOut())

    @property
    def _whole_tables(self) -> TablesInFolder:
        if self._tables is None:
            raise SetupError(
                f"{self.name} keeps no mirror.", advice='Mirrors are kept in Parquet: format = "parquet".'
            )
        return self._tables

    def close(self) -> None:
        self._folder.close()

    def _writer(self) -> FileWriter:
        return FileWriter(self.name, self._folder, self._form, self.id_field)


def _record(given: Given) -> Record:
    if given.error is not None:
        raise given.error
    return dict(given.record)


def _stem(name: str) -> str:
    return name.rpartition("/")[2].partition(".")[0]


def _fits(name: str, pattern: str) -> bool:
    """Whether a file fits; `*` does not go into folders."""
    parts, wanted = name.split("/"), pattern.split("/")
    return len(parts) == len(wanted) and all(map(fnmatchcase, parts, wanted))


def _without_statement(query: Query) -> Query:
    return Query(query.types, query.where, query.fields, query.order, query.limit)
