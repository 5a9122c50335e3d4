"""Which company file is open: a FileID is remembered, written once by who writes, and another one is refused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tieout.connections.base import Mark
from tieout.connections.qbxml.connection import QbxmlConnection, open_desktop
from tieout.connections.qbxml.recognizing import OWNER
from tieout.errors import SetupError
from tieout.operations import Add, Outcome
from tieout.processes.write import identified, write_changes
from tieout.sandbox.desktop.company import DesktopCompany
from tieout.sandbox.desktop.door import DesktopServer, running_desktop
from tieout.sandbox.desktop.small_company import small_company
from tieout.state.company_files import CompanyFiles
from tieout.state.database import State, open_state
from tieout.state.journal import Journal


class EmptyMirror:
    def count(self, _type_name: str) -> int:
        return 0

    def ids(self, _type_name: str) -> list[str]:
        return []


class Office:
    """A sandbox whose company can be exchanged, and what tieout remembers."""

    def __init__(self, door: DesktopServer, state: State) -> None:
        self.door = door
        self.state = state

    @property
    def files(self) -> CompanyFiles:
        return CompanyFiles(self.state)

    @property
    def company(self) -> DesktopCompany:
        return self.door.company

    def put_in_its_place(self, company: DesktopCompany) -> None:
        """Another file lies where this one lay."""
        self.door.company = company

    @contextmanager
    def books(self, **settings: Any) -> Iterator[QbxmlConnection]:
        with open_desktop(
            "books", sandbox=self.door.address, files=self.files, sleep=lambda _: None, **settings
        ) as books:
            yield books

    def add(self, name: str, **settings: Any) -> Outcome:
        with self.books(**settings) as books:
            changes = identified([Add(type="Customer", record={"Name": name}, key=name)], by_contents=True)
            (outcome,) = write_changes(books, changes, Journal(self.state), name="test")
            return outcome

    def mirror(self) -> None:
        with self.books() as books:
            *_, mark = books.changes(["Customer"], None, EmptyMirror())
            assert isinstance(mark, Mark)
            list(books.changes(["Customer"], mark.cursor, EmptyMirror()))


def marks(company: DesktopCompany) -> list[tuple[str, str]]:
    return [(each["OwnerID"], each["DataExtName"]) for each in company.extensions.of_company]


def names(company: DesktopCompany) -> set[str]:
    return {each["Name"] for each in company.all_of("Customer")}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with ExitStack() as stack:
        door = stack.enter_context(running_desktop(small_company(DesktopCompany())))
        yield Office(door, stack.enter_context(open_state(tmp_path)))


def test_who_only_reads_writes_no_file_id(office: Office) -> None:
    office.mirror()
    with office.books() as books:
        books.check()
    assert marks(office.company) == []


def test_the_first_write_puts_a_file_id_into_the_file_and_no_other_does(office: Office) -> None:
    assert office.add("Ann").state == "done"
    (value,) = office.company.extensions.of_company
    assert (value["OwnerID"], value["DataExtName"], value["DataExtType"]) == (OWNER, "FileID", "STR255TYPE")
    assert office.add("Ben").state == "done"
    assert office.company.extensions.of_company == [value]
    with office.books() as books:
        assert books.check().details["file_id"] == value["DataExtValue"]


def test_a_half_written_file_id_is_completed(office: Office) -> None:
    office.company.extensions.define(
        {
            "OwnerID": OWNER,
            "DataExtName": "FileID",
            "DataExtType": "STR255TYPE",
            "AssignToObject": ["Company"],
        }
    )
    assert office.add("Ann").state == "done"
    assert marks(office.company) == [(OWNER, "FileID")]


def test_a_file_id_that_is_there_is_remembered_in_reading(office: Office, tmp_path: Path) -> None:
    with open_state(tmp_path / "another installation") as state:
        Office(office.door, state).add("Ann")
    office.mirror()
    (known,) = office.files.with_id(office.company.extensions.of_company[0]["DataExtValue"])
    assert (known.file, known.company) == (office.company.file, office.company.name)


def test_another_companys_file_at_the_same_path_is_refused_before_anything_is_written(
    office: Office, tmp_path: Path
) -> None:
    office.add("Ann")
    ours = office.company
    other = small_company(DesktopCompany(name="Elm & Sons"))
    office.put_in_its_place(other)
    with open_state(tmp_path / "another installation") as state:
        Office(office.door, state).add("Zoe")
    for refused in (lambda: office.add("Ben"), office.mirror, lambda: _check(office)):
        with pytest.raises(
            SetupError, match=r"another company: it is Elm & Sons.*met Larch & Daughters"
        ) as told:
            refused()
        assert "--accept-file" in str(told.value.advice)
    assert "Ben" not in names(other) | names(ours)


def test_a_file_without_the_file_id_is_read_but_not_written_to(office: Office) -> None:
    office.add("Ann")
    office.put_in_its_place(older := small_company(DesktopCompany()))
    with pytest.raises(SetupError, match="no FileID any more"):
        office.add("Ben")
    office.mirror()
    assert marks(older) == []
    with office.books() as books:
        books.accept_file()
    assert office.add("Ben").state == "done"
    assert marks(older) == [(OWNER, "FileID")]


def test_a_file_that_was_moved_is_written_to_only_when_a_person_says_so(office: Office) -> None:
    office.add("Ann")
    before = office.company.file
    office.company.file = r"D:\Books\larch.qbw"
    with pytest.raises(SetupError, match="lay at") as told:
        office.add("Ben")
    assert "Ben" not in names(office.company)
    assert before in str(told.value.advice)
    again = office.add("Ann", known_as=before)  # moved: it keeps its journal
    assert again.state == "done"
    assert [each["Name"] for each in office.company.all_of("Customer")].count("Ann") == 1


def test_a_copy_is_written_to_when_a_person_says_so(office: Office) -> None:
    office.add("Ann")
    office.company.file = r"D:\Copies\larch.qbw"
    with office.books() as books:
        books.accept_file()
    assert office.add("Ben").state == "done"


def test_a_file_that_takes_no_file_id_is_written_to_all_the_same(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tieout.sandbox.desktop import refusals
    from tieout.sandbox.desktop.extensions import Extensions

    def refuse(*_: object) -> None:
        raise refusals.unavailable()

    monkeypatch.setattr(Extensions, "define", refuse)
    assert office.add("Ann").state == "done"
    assert marks(office.company) == []


def _check(office: Office) -> None:
    with office.books() as books:
        books.check()


def test_a_file_id_is_written_once_though_its_answer_is_lost(office: Office) -> None:
    office.door.conduct.plan([{"do": "drop-after-commit"}])
    assert office.add("Ann").state == "done"
    assert marks(office.company) == [(OWNER, "FileID")]
