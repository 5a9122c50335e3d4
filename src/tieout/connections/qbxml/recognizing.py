"""Which company file is open: its path, and the FileID that stands in it as private data of an application.

A path says where a file lies, a FileID which company it is (Web Connector Programmer's Guide, FileID): a GUID, written into the
file once, that goes with it into backups and copies. Who only reads remembers the one that is there and writes none; the first run
that writes puts one in. What was remembered of a connection decides afterwards:

    the same        it is written to
    another         it is another company's file: refused, in reading and writing
    none any more   another file, or a backup from before: read, but not written to
    the same, at another path than the connection's: it was moved, or is a copy: read, but not written to

The Web Connector writes the FileID of the `.qwc` file under the OwnerID that stands there. A file in which that pair is found already
it refuses to add (QBWC1039), so the FileID that is written here has an OwnerID of its own, the same in every installation.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from ...catalog.qbxml import record_type
from ...errors import OutcomeUnknown, SetupError, TieoutError, Unreachable
from ...protocols.qbxml_writer import MessageSet, Request, write_message_set
from ...state.company_files import CompanyFiles, MetFile
from .company import Company, error_from, read_written
from .host import Opened

OWNER = "{2DE83982-AE00-4C5B-BE51-76750FD7AA52}"
"""By which company files know tieout; never to be changed."""

NAME = "FileID"

log = logging.getLogger("tieout.qbxml")


@dataclass(frozen=True, slots=True)
class About:
    """What a company file says of itself."""

    company: str
    file_id: str
    """Empty where none was written into it."""


@dataclass(slots=True)
class Recognition:
    """Knows the company file of one connection."""

    company: Company
    connection: str
    """Its name, for advice."""
    identity: Callable[[], str]
    files: CompanyFiles | None = None
    """What is remembered; without it the path alone is looked at."""
    owner: str = OWNER
    declared: str = ""
    """The FileID that the file must have where it has any: that of the `.qwc` file."""
    former_path: str = ""
    """Where the file lay when it was first written to."""
    writes_one: bool = True
    """Whether a FileID is put into a file that has none."""
    _recognized: Opened | None = field(default=None, init=False)

    # ---- reading

    def requests(self) -> tuple[Request, ...]:
        """What is asked along with a reading; nothing where there is no FileID in this qbXML."""
        if self.files is None or not record_type("DataExtDef").can("Add", self.company.edition):
            return ()
        return (Request("Company", "Query", {"OwnerID": [self.owner]}),)

    def note(self, record: Mapping[str, Any]) -> About:
        """Remember the file that was read at its first time; SetupError where it is another company's."""
        about = self._about(record)
        met = self._met()
        self._refuse_another(about, met)
        if about.file_id and met is None and not self._elsewhere(about):
            self._remember(about)
        return about

    def look(self) -> About:
        """What the file says, remembered as in every reading."""
        return self.note(self._asked())

    def accept(self) -> About:
        """A person says that this file is the right one from now on."""
        about = self._about(self._asked())
        self._remember(about)
        return about

    # ---- writing

    def require(self, file: str) -> None:
        """SetupError where another file is open than what was begun with, or is remembered; before anything is written."""
        opened = self.company.require_file(file, self.former_path)
        if self._recognized is opened or not self.requests():
            return
        about = self.look()
        met = self._met()
        if not about.file_id and met is not None and met.file_id:
            raise self._refusal(
                f"{opened.file} has no FileID any more, and had {met.file_id} when tieout met it: "
                "another file lies there, or a backup from before."
            )
        if met is None and (others := self._elsewhere(about)):
            raise SetupError(
                f"The company file {opened.file} lay at {others[0].file} when tieout met it. It was moved, or it is a copy: what was "
                "written there before could be written again, so nothing is written.",
                advice=f"Where it was moved, add `known_as = '{others[0].file}'` to the connection; where it is a copy that is to be "
                f"written to, run `tieout check {self.connection} --accept-file`.",
            )
        if not about.file_id and self.writes_one:
            about = self._with_file_id()
            self._remember(about)
        self._recognized = opened

    def _with_file_id(self) -> About:
        """Put a FileID into the file: nothing else of it changes, and what was done halfway before is completed."""
        own = {"OwnerID": self.owner, "DataExtName": NAME}
        definition = {**own, "DataExtType": "STR255TYPE", "AssignToObject": ["Company"]}
        value = {**own, "OtherDataExtType": "Company", "DataExtValue": f"{{{uuid4()}}}".upper()}
        edition = self.company.edition
        requests = (
            Request("DataExtDef", "Add", {"DataExtDefAdd": definition}),
            Request("DataExt", "Add", {"DataExtAdd": value}),
        )
        try:
            told = read_written(
                self.company.exchanged(write_message_set(MessageSet(edition, requests))), edition
            )
        except OutcomeUnknown as error:  # it is looked at again before anything else is written
            raise Unreachable(str(error)) from error
        about = self._about(self._asked())
        if not about.file_id:
            reasons = [each.answered.message.strip() for each in told.answers if each.answered.is_refusal]
            log.warning("the company file takes no FileID, and is known by its path alone: %s", reasons)
        return about

    # ---- what is known

    def _asked(self) -> Mapping[str, Any]:
        (answer,) = self.company.ask(self.requests() or (Request("Company", "Query"),))
        if answer.answered.is_refusal:
            raise error_from(answer.answered)
        return answer.records[0] if answer.records else {}

    def _about(self, record: Mapping[str, Any]) -> About:
        values = [
            str(each.get("DataExtValue") or "")
            for each in record.get("DataExtRet") or ()
            if str(each.get("OwnerID", "")).upper() == self.owner.upper() and each.get("DataExtName") == NAME
        ]
        return About(str(record.get("CompanyName") or ""), values[0].upper() if values else "")

    def _met(self) -> MetFile | None:
        return self.files.met(self.identity()) if self.files else None

    def _elsewhere(self, about: About) -> list[MetFile]:
        """Where else the same file was met."""
        here = self.company.spoken().file.casefold()
        known = self.files.with_id(about.file_id) if self.files and about.file_id else []
        return [each for each in known if each.file.casefold() != here]

    def _remember(self, about: About) -> None:
        if self.files is not None:
            file = self.company.spoken().file
            self.files.remember(MetFile(self.identity(), file, about.file_id, about.company))

    def _refuse_another(self, about: About, met: MetFile | None) -> None:
        expected = (met.file_id if met else "") or self.declared.upper()
        if about.file_id and expected and about.file_id != expected:
            before = f", and tieout met {met.company} there" if met and met.company else ""
            raise self._refusal(
                f"{self.company.spoken().file} is the file of another company: it is {about.company}, FileID {about.file_id}"
                f"{before}, FileID {expected}."
            )

    def _refusal(self, text: str) -> TieoutError:
        return SetupError(
            text,
            advice=f"Open the right file. If this one is to take its place, run `tieout check {self.connection} --accept-file`.",
        )
