"""What every connection keeps to, as tests that run against any of them.

    class TestCards(ConnectionContract):
        type = "card"

        @pytest.fixture
        def connection(self):
            with CardConnection("cards", example_file) as opened:
                yield opened

The connection that the fixture gives must hold three records of `type` or more. `MirrorContract` is for kinds that
keep whole tables, `supports.tables`: its fixture `destination` gives one that holds nothing yet. `WriteContract` is
for kinds that take changes of single records, `supports.writes`: `new(n)` gives the records it writes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from ..connections.base import Connection, Expected, Gone, Mark, Mirror, News, Notice, Page, Record
from ..connections.memory import page_of
from ..errors import NotFound, SetupError
from ..operations import Act, Add, Change, Compare, Delete, Outcome, Predicate, Put, Query, Sent
from ..processes.write import write_changes
from ..protocols.rest_layout import REST
from ..state.database import open_state
from ..state.journal import Journal
from ..state.journalled_run import JournalledRun

NOBODY = "987654321"
"""No record has this id."""


class ConnectionContract:
    """Reading, and telling what changed."""

    type: str
    """A type of which the connection holds three records or more."""

    @pytest.fixture
    def connection(self) -> Iterator[Connection]:
        raise NotImplementedError("give the fixture `connection`")

    def test_it_can_be_checked(self, connection: Connection) -> None:
        assert connection.check().company

    def test_its_identity_stays_and_is_one_word(self, connection: Connection) -> None:
        assert connection.identity == connection.identity
        assert connection.identity.split() == [connection.identity]

    def test_its_types_have_names_of_their_own(self, connection: Connection) -> None:
        types = list(connection.types())
        assert self.type in types
        assert len(types) == len(set(types))

    def test_pages_hold_what_they_say(self, connection: Connection) -> None:
        for page in connection.read(Query((self.type,))):
            assert page.type == self.type
            assert len(page) == len(page.records()) == len(page.texts())

    def test_a_table_has_a_row_for_every_record(self, connection: Connection) -> None:
        for page in connection.read(Query((self.type,))):
            headers = next(iter(page.tables().values()))
            assert headers.num_rows == len(page)

    def test_every_record_has_an_id_of_its_own(self, connection: Connection) -> None:
        given = [record[connection.id_field] for record in self._records(connection)]
        assert all(isinstance(each, str | int) and str(each) for each in given)
        ids = self._ids(connection)
        assert len(ids) >= 3
        assert len(ids) == len(set(ids))

    def test_money_is_exact(self, connection: Connection) -> None:
        assert not [place for record in self._records(connection) for place in _floats(record)]

    def test_all_types_are_read_where_none_is_named(self, connection: Connection) -> None:
        assert self.type in {page.type for page in connection.read(Query())}

    def test_no_more_is_read_than_was_asked_for(self, connection: Connection) -> None:
        for limit in (0, 1, 2):
            assert len(self._records(connection, limit=limit)) == limit

    def test_records_come_in_the_order_asked_for(self, connection: Connection) -> None:
        key = connection.id_field
        forwards = self._ids(connection, order=((key, False),))
        assert self._ids(connection, order=((key, True),)) == forwards[::-1]
        assert sorted(forwards) == sorted(self._ids(connection))

    def test_a_condition_finds_what_fits(self, connection: Connection) -> None:
        wanted = self._ids(connection)[1]
        assert self._ids(connection, where=self._is(connection, wanted)) == [wanted]
        assert self._ids(connection, where=self._is(connection, NOBODY)) == []

    def test_counting_agrees_with_reading(self, connection: Connection) -> None:
        ids = self._ids(connection)
        assert connection.count(self.type) == len(ids)
        assert connection.count(self.type, self._is(connection, ids[0])) == 1

    def test_a_record_is_found_by_its_id(self, connection: Connection) -> None:
        wanted = self._ids(connection)[0]
        assert str(connection.get(self.type, wanted)[connection.id_field]) == wanted

    def test_a_record_that_is_not_there_is_missed(self, connection: Connection) -> None:
        with pytest.raises(NotFound):
            connection.get(self.type, NOBODY)

    def test_an_unknown_type_is_refused(self, connection: Connection) -> None:
        with pytest.raises(SetupError):
            list(connection.read(Query(("NoSuchThing",))))

    def test_a_plan_tells_of_every_type(self, connection: Connection) -> None:
        assert [each.type for each in connection.plan(Query((self.type,)))] == [self.type]

    def test_everything_has_changed_since_the_beginning(self, connection: Connection) -> None:
        found = self._changes(connection, None)
        read = {str(record[connection.id_field]) for page in _pages(found) for record in page.records()}
        assert read == set(self._ids(connection))  # one that changes meanwhile may come twice
        assert isinstance(found[-1], Mark)

    def test_a_cursor_survives_being_stored(self, connection: Connection) -> None:
        stored = json.loads(json.dumps(_cursor(self._changes(connection, None))))
        again = self._changes(connection, stored)
        assert isinstance(again[-1], Mark)
        assert not [change for change in again if isinstance(change, Gone)]

    def test_it_is_closed_as_often_as_one_likes(self, connection: Connection) -> None:
        connection.close()
        connection.close()

    def _records(self, connection: Connection, **settings: Any) -> list[Record]:
        pages = connection.read(Query((self.type,), **settings))
        return [record for page in pages for record in page.records()]

    def _ids(self, connection: Connection, **settings: Any) -> list[str]:
        return [str(record[connection.id_field]) for record in self._records(connection, **settings)]

    def _is(self, connection: Connection, identity: str) -> Predicate:
        return Compare(connection.id_field, "=", identity)

    def _changes(self, connection: Connection, cursor: dict[str, Any] | None) -> list[News]:
        if not connection.supports.changes:
            pytest.skip(f"{connection.name} does not tell what changed")
        return list(connection.changes([self.type], cursor, _Holds(set(self._ids(connection)))))


class MirrorContract:
    """Keeping whole tables: what was committed is there, what was not is not, and the cursor never runs ahead."""

    @pytest.fixture
    def destination(self) -> Iterator[Connection]:
        raise NotImplementedError("give the fixture `destination`")

    @pytest.fixture
    def mirror(self, destination: Any) -> Callable[[], Mirror]:
        """Opens the mirror, again and again."""
        assert destination.supports.tables
        opened: Callable[[], Mirror] = lambda: destination.mirror("contract:1", REST)  # noqa: E731
        return opened

    def test_the_first_time_there_is_no_cursor(self, mirror: Callable[[], Mirror]) -> None:
        with mirror() as writer:
            assert writer.prepare(["Customer"]) is None
            assert writer.count("Customer") == 0

    def test_what_was_put_is_there_next_time_with_its_cursor(self, mirror: Callable[[], Mirror]) -> None:
        with mirror() as writer:
            writer.prepare(["Customer"])
            writer.put(_customers("1", "2"))
            writer.mark({"at": "noon"})
        with mirror() as writer:
            assert writer.prepare(["Customer"]) == {"at": "noon"}
            assert (writer.count("Customer"), set(writer.ids("Customer"))) == (2, {"1", "2"})

    def test_a_record_that_comes_again_takes_its_own_place(self, mirror: Callable[[], Mirror]) -> None:
        with mirror() as writer:
            writer.prepare(["Customer"])
            writer.put(_customers("1", "2"))
            writer.put(_customers("2", "3"))
            assert set(writer.ids("Customer")) == {"1", "2", "3"}
            assert writer.count("Customer") == 3

    def test_what_is_gone_is_gone(self, mirror: Callable[[], Mirror]) -> None:
        with mirror() as writer:
            writer.prepare(["Customer"])
            writer.put(_customers("1", "2"))
            writer.gone(Gone("Customer", ["1", "unknown"]))
            writer.mark({})
        with mirror() as writer:
            writer.prepare(["Customer"])
            assert set(writer.ids("Customer")) == {"2"}

    def test_steps_are_taken_in_their_order(self, mirror: Callable[[], Mirror]) -> None:
        with mirror() as writer:
            writer.prepare(["Customer"])
            writer.gone(Gone("Customer", ["1"]))
            writer.put(_customers("1"))
            writer.flush()
            assert set(writer.ids("Customer")) == {"1"}

    def test_an_error_drops_what_was_not_committed(self, mirror: Callable[[], Mirror]) -> None:
        with mirror() as writer:
            writer.prepare(["Customer"])
            writer.put(_customers("1"))
            writer.mark({"at": "noon"})
        with pytest.raises(ZeroDivisionError), mirror() as writer:
            writer.prepare(["Customer"])
            writer.put(_customers("2"))
            raise ZeroDivisionError
        with mirror() as writer:
            assert writer.prepare(["Customer"]) == {"at": "noon"}
            assert set(writer.ids("Customer")) == {"1"}

    def test_a_mirror_is_compared_cell_by_cell(self, destination: Any, mirror: Callable[[], Mirror]) -> None:
        self._needs_ability(destination, "comparison")
        with mirror() as writer:
            writer.prepare(["Customer"])
            writer.put(_customers("1", "2", "3"))
        other = page_of("Customer", [{"Id": "2", "SyncToken": "0", "DisplayName": "Bob", "Balance": "1.1"}])
        kind = REST.kept("Customer")
        with destination.comparison(REST) as comparison:
            assert comparison.kept_ids(kind) == {"1", "2", "3"}
            assert comparison.differing(kind, _customers("1", "3", "4")) == {"4"}
            assert comparison.differing(kind, other) == {"2"}
            named = {
                each.place: (each.quickbooks, each.mirror) for each in comparison.explain(kind, other, "2")
            }
            assert named["display_name"] == ("Bob", "Ann 2")

    def test_a_page_takes_the_place_of_the_one_kept_before(self, destination: Any) -> None:
        self._needs_ability(destination, "keep")
        destination.keep(_customers("1", "2"))
        destination.keep(_customers("3"))
        kept = [record for page in destination.read(Query(("customer",))) for record in page.records()]
        assert [record["id"] for record in kept] == ["3"]

    def _needs_ability(self, destination: Any, ability: str) -> None:
        if not hasattr(destination, ability):
            pytest.skip(f"this kind has no {ability}")


class WriteContract:
    """Taking changes: each is made once, whatever happens meanwhile, and its outcome is known."""

    type: str
    """A type that records can be added to."""
    verbs: frozenset[str] = frozenset(("add", "put", "delete"))
    """What the kind does with records besides."""

    @pytest.fixture
    def connection(self) -> Iterator[Connection]:
        raise NotImplementedError("give the fixture `connection`")

    @pytest.fixture
    def journal(self, tmp_path: Path) -> Iterator[Journal]:
        with open_state(tmp_path / "state") as state:
            yield Journal(state)

    def new(self, number: int) -> Record:
        """A record that is not there yet, another one for each number; its key too."""
        return {"id": f"new-{number}"}

    def test_what_was_added_is_there(self, connection: Connection, journal: Journal) -> None:
        outcomes = self._write(connection, journal, self._adds(1, 2, 3))
        assert [each.state for each in outcomes] == ["done"] * 3
        found = self._all(connection)
        assert all(self._is_in(self.new(n), found) for n in (1, 2, 3))

    def test_the_same_changes_are_made_once(self, connection: Connection, journal: Journal) -> None:
        self._write(connection, journal, self._adds(1, 2))
        before = len(self._all(connection))
        again = self._write(connection, journal, self._adds(1, 2, 3))
        assert [each.state for each in again] == ["done"] * 3
        assert len(self._all(connection)) == before + 1

    def test_nothing_is_doubled_by_dying_before_the_answer_is_kept(
        self, connection: Connection, journal: Journal
    ) -> None:
        before = len(self._all(connection))
        self._die(connection, journal, self._adds(1, 2), "answered")
        self._write(connection, journal, self._adds(1, 2))
        assert len(self._all(connection)) == before + 2

    def test_nothing_is_lost_by_dying_before_it_is_sent(
        self, connection: Connection, journal: Journal
    ) -> None:
        before = len(self._all(connection))
        self._die(connection, journal, self._adds(1, 2), "sending")
        assert len(self._all(connection)) == before
        self._write(connection, journal, self._adds(1, 2))
        assert len(self._all(connection)) == before + 2

    def test_a_record_is_put_in_its_own_place(self, connection: Connection, journal: Journal) -> None:
        self._needs("put")
        puts = [Put(type=self.type, record=self.new(1), id=f"put-{n}", key="n=1") for n in (1, 2)]
        before = len(self._all(connection))
        for put in puts:
            assert [each.state for each in self._write(connection, journal, [put])] == ["done"]
        assert len(self._all(connection)) == before + 1

    def test_a_record_that_was_deleted_is_gone(self, connection: Connection, journal: Journal) -> None:
        self._needs("delete")
        before = len(self._all(connection))
        self._write(connection, journal, self._adds(1, 2))
        gone = self._write(connection, journal, [Delete(type=self.type, record=self.new(1), id="delete-1")])
        assert [each.state for each in gone] == ["done"]
        assert len(self._all(connection)) == before + 1

    def test_a_plan_writes_nothing(self, connection: Connection) -> None:
        before = len(self._all(connection))
        planned = list(connection.plan_changes(self._adds(1, 2)))
        assert [each.error for each in planned] == [None, None]
        assert len(self._all(connection)) == before

    def test_what_cannot_be_done_is_refused(self, connection: Connection, journal: Journal) -> None:
        unheard = Act(type=self.type, record=self.new(1), name="sing", id="sing-1")
        outcomes = self._write(connection, journal, [unheard, *self._adds(2)])
        assert {each.change.id: each.state for each in outcomes} == {"sing-1": "refused", "add-2": "done"}

    def _adds(self, *numbers: int) -> list[Change]:
        return [Add(type=self.type, record=self.new(n), id=f"add-{n}", place=f"record {n}") for n in numbers]

    def _write(self, connection: Connection, journal: Journal, changes: list[Change]) -> list[Outcome]:
        return list(write_changes(connection, changes, journal, name="contract"))

    def _die(self, connection: Connection, journal: Journal, changes: list[Change], at: str) -> None:
        run = journal.begin(connection.identity, "contract")
        with pytest.raises(_Killed):
            list(connection.write(changes, _Dies(run, at)))

    def _all(self, connection: Connection) -> list[Record]:
        return [record for page in connection.read(Query((self.type,))) for record in page.records()]

    def _is_in(self, wanted: Record, found: list[Record]) -> bool:
        return any(all(each.get(name) == value for name, value in wanted.items()) for each in found)

    def _needs(self, verb: str) -> None:
        if verb not in self.verbs:
            pytest.skip(f"this kind knows no {verb}")


class _Killed(BaseException):
    """The process ends here."""


class _Dies:
    """A journal beside which the process dies: right after a request was committed, or before its answer is."""

    def __init__(self, run: JournalledRun, at: str) -> None:
        self._run = run
        self._at = at
        self.restored_to = run.restored_to

    def attempt(self, change: Change) -> int:
        return self._run.attempt(change)

    def sending(self, sent: Sent) -> None:
        self._run.sending(sent)
        if self._at == "sending":
            raise _Killed

    def answered(
        self,
        _sent: Sent,
        _outcomes: Sequence[Outcome],
        _answer: bytes = b"",
        *,
        at_once: bool = True,  # noqa: ARG002 - the port's name
    ) -> None:
        raise _Killed

    def note(self, outcomes: Sequence[Outcome]) -> None:
        self._run.note(outcomes)

    def is_of_another(self, change: Change, record_id: str) -> bool:
        return self._run.is_of_another(change, record_id)


class _Holds:
    """A destination that holds these ids."""

    def __init__(self, ids: set[str]) -> None:
        self._ids = ids

    def count(self, _type_name: str) -> int:
        return len(self._ids)

    def ids(self, _type_name: str) -> set[str]:
        return self._ids


def _customers(*ids: str) -> Page:
    return page_of("Customer", [{"Id": each, "SyncToken": "0", "DisplayName": f"Ann {each}"} for each in ids])


def _pages(changes: list[News]) -> list[Page]:
    return [change for change in changes if not isinstance(change, Gone | Mark | Notice | Expected)]


def _cursor(changes: list[News]) -> dict[str, Any]:
    last = changes[-1]
    assert isinstance(last, Mark)
    return last.cursor


def _floats(value: Any, place: str = "") -> Iterator[str]:
    """Where floats are."""
    if isinstance(value, float):
        yield place
    elif isinstance(value, dict):
        for name, part in value.items():
            yield from _floats(part, f"{place}/{name}")
    elif isinstance(value, list | tuple):
        for number, part in enumerate(value):
            yield from _floats(part, f"{place}/{number}")
