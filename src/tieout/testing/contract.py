"""What every connection keeps to, as tests that run against any of them.

    class TestCards(ConnectionContract):
        type = "card"

        @pytest.fixture
        def connection(self):
            with CardConnection("cards", example_file) as opened:
                yield opened

The connection that the fixture gives must hold three records of `type` or more. `MirrorContract` is for kinds that
keep whole tables, `supports.tables`: its fixture `destination` gives one that holds nothing yet.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ..connections.base import Connection, Expected, Gone, Mark, Mirror, News, Notice, Page, Record
from ..connections.memory import page_of
from ..errors import NotFound, SetupError
from ..operations import Compare, Predicate, Query
from ..protocols.rest_layout import REST

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
        ids = self._ids(connection)
        assert len(ids) >= 3
        assert all(isinstance(each, str) and each for each in ids)
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
        assert connection.get(self.type, wanted)[connection.id_field] == wanted

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
        read = {record[connection.id_field] for page in _pages(found) for record in page.records()}
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
        return [record[connection.id_field] for record in self._records(connection, **settings)]

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
